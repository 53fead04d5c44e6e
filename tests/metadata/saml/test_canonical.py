"""What is written canonical is canonical: lxml's exclusive C14N of it is itself, and libxmlsec agrees with its signature."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from metadata.saml import canonical
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.protocols.saml.party import verify

SPECIAL = "é<>&\"'\r\n\t]]> \u0085\u2028\U0001f600"
VALUES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff", min_codepoint=32)
    | st.sampled_from(SPECIAL)
)
FORBIDDEN = st.sampled_from(
    [*map(chr, range(9)), "\x0b", "\x0c", *map(chr, range(14, 32)), "\ufffe", "\uffff", "\ud800"]
)


@given(VALUES, VALUES)
def test_every_value_is_its_own_canonical_form_and_comes_back_whole(text: str, attribute: str) -> None:
    written = f'<a b="{canonical.attribute(attribute)}">{canonical.text(text)}</a>'.encode()
    root = etree.fromstring(written)
    assert etree.tostring(root, method="c14n", exclusive=True) == written
    assert (root.text or "", root.get("b")) == (text, attribute)


@given(VALUES, FORBIDDEN, VALUES)
def test_what_xml_cannot_carry_is_refused(before: str, forbidden: str, after: str) -> None:
    for write in (canonical.text, canonical.attribute):
        with pytest.raises(ValueError, match="XML"):
            write(before + forbidden + after)


def test_a_value_has_at_most_256_characters() -> None:
    """C-201."""
    assert canonical.short("é" * 256) == "é" * 256
    for value in ("plain", "é & <", "x" * 256, ""):
        assert canonical.said(value) == canonical.text(value)
    for call in (canonical.short, canonical.said):
        with pytest.raises(ValueError, match="longer"):
            call("x" * 257)
    with pytest.raises(ValueError, match="XML"):
        canonical.said("\0")


def test_identifiers_are_names_of_160_random_bits() -> None:
    """C-227."""
    made = {canonical.new_id() for _ in range(200)}
    assert len(made) == 200
    for identifier in made:
        assert len(identifier) == 41
        assert identifier[0] == "_"
        assert set(identifier[1:]) <= set(string.hexdigits)


@settings(max_examples=30)
@given(VALUES, st.sampled_from([rsa_pair("idp"), ec_pair("idp")]))
def test_libxmlsec_verifies_what_was_signed_without_being_parsed(value: str, pair: Pair) -> None:
    reference = canonical.new_id()
    signed = canonical.sign(
        canonical.prepare(pair),
        f'<a ID="{reference}"><b></b>',
        f"<c>{canonical.text(value)}</c></a>",
        reference=reference,
    ).encode()
    root = etree.fromstring(signed)
    assert etree.tostring(root, method="c14n", exclusive=True) == signed
    verify(root, pair)

    etree.SubElement(root, "d")
    with pytest.raises(xmlsec.Error):
        verify(root, pair)


def test_an_algorithm_without_a_saml_name_is_no_signer() -> None:
    pair = rsa_pair("idp")
    with pytest.raises(KeyError):
        canonical.prepare(Pair(pair.kid, "HS256", pair.private, pair.certificate))

"""Metadata that somebody forged: nothing of it is believed, and what was known before stays (C-202, C-205, C-265, C-280)."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadata.saml import aggregate
from metadata.saml.aggregate import Reader
from metadata.saml.document import Malformed
from metadata.sources import Wanted
from tests.metadata.aggregates import entity, group, signed
from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec

TRUST, STRANGER = rsa_pair("federation"), rsa_pair("stranger")
FORGED = entity("66", acs="https://evil.example/acs")
PLAIN = group([entity(1), entity(2)])
GOOD = signed(PLAIN, TRUST)
ROOT = re.compile(rb"<md:EntitiesDescriptor[^\n]*>\n")


def read(xml: bytes) -> dict[str, bytes]:
    reader = Reader(Wanted(authority="https://federation.example/").matches, trusted=[TRUST.certificate])
    reader.feed(xml)
    return reader.whole().entities


def refused(xml: bytes) -> str:
    with pytest.raises(Malformed) as told:
        read(xml)
    assert "evil" not in told.value.detail
    return told.value.detail


def test_what_was_signed_is_read() -> None:
    assert len(read(GOOD)) == 2


def body(xml: bytes) -> bytes:
    """Without the declaration, to stand inside another document."""
    return xml[xml.index(b"<md:EntitiesDescriptor") :]


def _wrapped_in_extensions(good: bytes) -> bytes:
    """XSW on EntitiesDescriptor: the signed one hides, and its signature stands at the head of a forged one."""
    signature = re.search(rb"<ds:Signature.*</ds:Signature>", good, re.DOTALL)
    assert signature is not None
    hidden = b"<md:Extensions>" + body(good).replace(signature[0], b"") + b"</md:Extensions>"
    other = group([FORGED]).replace(b'ID="_all"', b'ID="_other"')
    return ROOT.sub(lambda root: root[0] + signature[0] + hidden, other)


def _same_id_twice(good: bytes) -> bytes:
    signature = re.search(rb"<ds:Signature.*</ds:Signature>", good, re.DOTALL)
    assert signature is not None
    hidden = b"<md:Extensions>" + body(good) + b"</md:Extensions>"
    return ROOT.sub(lambda root: root[0] + signature[0] + hidden, group([FORGED]))


def _inside_the_signature(good: bytes) -> bytes:
    """The original inside ds:Object of its own signature."""
    signature = re.search(rb"<ds:Signature.*</ds:Signature>", good, re.DOTALL)
    assert signature is not None
    inner = body(good).replace(signature[0], b"")
    held = signature[0].replace(b"</ds:Signature>", b"<ds:Object>" + inner + b"</ds:Object></ds:Signature>")
    return ROOT.sub(lambda root: root[0] + held, group([FORGED]).replace(b'ID="_all"', b'ID="_other"'))


def _as_the_root(good: bytes) -> bytes:
    """A forged entity as root, the signed aggregate inside it."""
    alone = entity("66", acs="https://evil.example/acs", before="<md:Extensions>@</md:Extensions>")
    spaces = ROOT.search(good)
    assert spaces is not None
    named = spaces[0].split(b" ID=")[0].removeprefix(b"<md:EntitiesDescriptor")
    return (
        alone.encode()
        .replace(b"EntityDescriptor entityID", b"EntityDescriptor" + named + b' ID="_x" entityID')
        .replace(b"@", body(good))
    )


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "an entity more": lambda good: good.replace(
        b"</md:EntitiesDescriptor>", FORGED.encode() + b"</md:EntitiesDescriptor>"
    ),
    "an entity less": lambda good: re.sub(
        rb"<md:EntityDescriptor.*?</md:EntityDescriptor>\n", b"", good, count=1, flags=re.DOTALL
    ),
    "another address": lambda good: good.replace(b"https://sp1.example/acs", b"https://evil.example/acs"),
    "valid for longer": lambda good: good.replace(b"2026-12-05", b"2026-12-25"),
    "no signature": lambda _good: PLAIN,
    "signed by a stranger who shows the trusted certificate": lambda _good: re.sub(
        rb"(<ds:X509Certificate>)[^<]*", rb"\g<1>" + TRUST.certificate.encode(), signed(PLAIN, STRANGER), count=1
    ),
    "signed by a stranger": lambda _good: signed(PLAIN, STRANGER),
    "signed by SHA-1": lambda _good: sp.enveloped(PLAIN, TRUST, place=0, method=xmlsec.Transform.RSA_SHA1),
    "digested by SHA-1": lambda _good: sp.enveloped(PLAIN, TRUST, place=0, digest=xmlsec.Transform.SHA1),
    "by HMAC with the certificate": lambda _good: GOOD.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256"),
    "inclusive C14N": lambda _good: sp.enveloped(
        PLAIN, TRUST, place=0, transforms=(xmlsec.Transform.ENVELOPED, xmlsec.Transform.C14N)
    ),
    "signed as a whole document": lambda _good: sp.enveloped(PLAIN, TRUST, place=0, uri=""),
    "a signature that is not at the head": lambda _good: sp.enveloped(PLAIN, TRUST, place=1),
    "two signatures": lambda good: re.sub(
        rb"(<ds:Signature.*?</ds:Signature>)", rb"\1\1", good, count=1, flags=re.DOTALL
    ),
    "wrapped in extensions": _wrapped_in_extensions,
    "the same ID twice": _same_id_twice,
    "inside its own signature": _inside_the_signature,
    "inside a forged entity": _as_the_root,
    "a document type": lambda good: good.replace(b"<md:EntitiesDescriptor", b"<!DOCTYPE x><md:EntitiesDescriptor", 1),
    "an entity of a document type": lambda good: good.replace(
        b"<!-- made up -->", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1
    ),
    "a processing instruction": lambda good: good.replace(b"<md:EntityDescriptor", b"<?a b?><md:EntityDescriptor", 1),
    "Latin-1": lambda good: good.replace(b"UTF-8", b"iso-8859-1", 1),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_c280_a_forged_aggregate(forgery: str) -> None:
    xml = FORGERIES[forgery](GOOD)
    assert xml != GOOD
    assert refused(xml)


EXPECTED = read(GOOD)


@given(
    st.integers(0, len(GOOD) - 1),
    st.integers(0, 40),
    st.sampled_from([b"", b"<", b">", b" ", b"/", b"x", b"</md:EntityDescriptor>", b"<!---->", b"&#x20;"]),
)
@settings(max_examples=75, deadline=None)
def test_c205_no_changed_byte_changes_what_is_believed(at: int, gone: int, come: bytes) -> None:
    """Cut out or put in anything anywhere: refused, or the very same entities."""
    try:
        found = read(GOOD[:at] + come + GOOD[at + gone :])
    except Malformed:
        return
    assert found == EXPECTED


def among_many(inside: str) -> bytes:
    """Signed, in an aggregate of several pieces."""
    many = [entity(f"{side}{number}") for side in ("a", "b") for number in range(65)]
    xml = signed(group([*many[:65], inside, *many[65:]]), TRUST)
    assert len(xml) > 2 * aggregate.PIECE
    return xml


@pytest.mark.parametrize("inside", ["<!-- </md:EntityDescriptor> -->", "<![CDATA[</md:EntityDescriptor>]]>"])
def test_c280_a_tag_that_would_cut_a_document_where_it_has_no_seam(inside: str) -> None:
    """What is read in pieces is the same document as what is read whole, or nothing."""
    xml = among_many(inside)
    try:
        found = read(xml)
    except Malformed:
        found = {}
    assert len(found) in {0, 130}


def test_c260_a_part_of_the_signature_with_the_name_of_the_document() -> None:
    assert refused(GOOD.replace(b"<ds:KeyInfo", b'<ds:KeyInfo ID="_all"', 1)) == "an ID occurs twice"


def test_c280_an_entity_twice_also_when_it_is_signed_and_in_another_group() -> None:
    assert "twice" in refused(among_many(entity("a3")))
    assert "twice" in refused(among_many(inner(entity("a3"))))


def inner(*inside: str, more: str = "") -> str:
    return f"<md:EntitiesDescriptor{more}>{''.join(inside)}</md:EntitiesDescriptor>"


def test_c276_groups_without_end_or_by_the_thousand() -> None:
    deep = entity("deep")
    for _ in range(aggregate.DEEPEST):
        deep = inner(deep)
    assert "deeper" in refused(signed(group([deep]), TRUST))
    assert "deeper" in refused(among_many("<md:EntitiesDescriptor>" * 9 + entity("x") + "</md:EntitiesDescriptor>" * 9))
    assert "deeper" in refused(signed(group([inner() * (aggregate.MOST_GROUPS + 1), entity(1)]), TRUST))


EVIL = '<md:EntitiesDescriptor xmlns:x="urn:oasis:names:tc:SAML:2.0:metadata">'


@pytest.mark.parametrize(
    "hidden",
    [f"<!-- </md:EntitiesDescriptor>{EVIL} -->", f"<!-- {EVIL} -->", "<!-- </md:EntitiesDescriptor> -->"],
)
def test_c268_a_tag_in_a_comment_gives_no_other_group_to_the_entities_behind_it(hidden: str) -> None:
    """Comments are not signed: whoever carries the document could put one in, and what he writes there must not name anything."""
    honest = [entity(f"a{number}") for number in range(65)], [entity(f"b{number}") for number in range(65)]
    good = signed(group([inner(*honest[0], "<x:here xmlns:x='urn:x'/>", *honest[1])]), TRUST)
    assert len(read(good)) == 130
    assert refused(good.replace(b"<x:here", hidden.encode() + b"<x:here"))


def test_c260_one_id_in_two_groups() -> None:
    assert (
        refused(among_many(inner(entity("x"), more=' ID="_1"') + inner(entity("y"), more=' ID="_1"')))
        == "an ID occurs twice"
    )


def fed(*pieces: bytes) -> None:
    reader = Reader(Wanted(("x",)).matches, trusted=None)
    for piece in pieces:
        reader.feed(piece)


def test_c276_an_endless_document_ends() -> None:
    with pytest.raises(Malformed, match="does not begin"):
        fed(*[b"<!-- " + b"x" * 100_000 + b" -->"] * 10)
    with pytest.raises(Malformed, match="larger"):
        fed(PLAIN[:-30], *[b"<a>" * 100_000] * 20)

"""Values cut in two by comments, instructions, sections and elements (C-264, C-266, C-267)."""

import pytest

from metadata.saml.document import Malformed
from protocols.saml.signature import NotSigned
from tests.protocols.saml import party
from tests.protocols.saml.asking import accepted, by_post, by_redirect
from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.party import ENTITY, authn_request

SP = rsa_pair("sp")
TRUSTING = party.party(SP)
SIGNED = party.enveloped(authn_request(), SP)


@pytest.mark.parametrize("element", [b"DigestValue", b"SignatureValue"])
@pytest.mark.parametrize(
    "inserted",
    [
        b"<!--x-->",
        b"<!-- -->AAAA",
        b"<?x y?>",
        b"<x/>",
        b"<ds:x/>",
        b"<![CDATA[AAAA]]>",
        b"&#65;",
        b"AAAA",
        b"=",
        b" =",
    ],
)
def test_c264_a_split_or_stretched_value_is_refused(element: bytes, inserted: bytes) -> None:
    for tag in (b"<ds:" + element + b">", b"</ds:" + element + b">"):
        place = SIGNED.index(tag) + (len(tag) if not tag.startswith(b"</") else 0)
        with pytest.raises(Malformed):
            by_post(SIGNED[:place] + inserted + SIGNED[place:], of=TRUSTING)


def test_c264_a_comment_with_another_digest_is_refused() -> None:
    digest = SIGNED.split(b"<ds:DigestValue>")[1].split(b"<")[0]
    changed = SIGNED.replace(digest, b"<!--" + digest + b"-->" + b"A" * 43 + b"=")
    with pytest.raises(NotSigned, match="comment"):
        by_post(changed, of=TRUSTING)


def test_c264_white_space_and_lines_in_a_digest_are_harmless() -> None:
    """Libraries wrap base64; SignedInfo is signed with the white space, so that only its signer can put it there."""
    changed = SIGNED.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>\n ").replace(
        b"</ds:SignatureValue>", b"\n</ds:SignatureValue>"
    )
    assert accepted(by_post(changed, of=TRUSTING)).signed
    with pytest.raises(NotSigned):
        by_post(SIGNED.replace(b"<ds:DigestValue>", b"<ds:DigestValue>\n "), of=TRUSTING)


def test_c266_a_comment_in_the_issuer_cuts_nothing_off() -> None:
    issuer = f"{ENTITY}<!-- -->.evil.example"
    for ask in (by_redirect, by_post):
        with pytest.raises(NotSigned, match="issuer"):
            ask(authn_request(issuer=issuer))
    assert accepted(by_redirect(authn_request(issuer=ENTITY.replace("sp", "s<!-- -->p"))))


@pytest.mark.parametrize(
    "issuer",
    [
        f"{ENTITY}<?x y?>",
        f"<?x y?>{ENTITY}",
        f"{ENTITY}<x/>",
        f"<b>{ENTITY}</b>",
        f"{ENTITY}&e;",
        f"{ENTITY}<saml:NameID/>.evil",
    ],
)
def test_c267_an_issuer_is_text_and_nothing_else(issuer: str) -> None:
    with pytest.raises(Malformed):
        by_redirect(authn_request(issuer=issuer))


def test_c267_sections_and_references_are_read_whole() -> None:
    assert accepted(by_redirect(authn_request(issuer=f"<![CDATA[{ENTITY}]]>")))
    assert accepted(by_redirect(authn_request(issuer=ENTITY.replace("s", "&#115;"))))
    with pytest.raises(NotSigned):
        by_redirect(authn_request(issuer=f"{ENTITY}<![CDATA[.evil.example]]>"))

"""SAML that is born canonical: what is written here already is its own exclusive C14N, so that a signature costs one SHA-256 and the key.

The rules a writer must keep, because a digest depends on each (Exclusive XML Canonicalization 1.0, section 3):
namespace declarations first, then attributes sorted by name; a prefix declared on the element that first uses it and nowhere below; start and
end tag always; no white space between elements; values through `text` or `attribute`; no prefix inside a value (so no `xsi:type`).
A property test holds them: our bytes equal lxml's exclusive C14N of the parsed document.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final, Protocol

from metadata.saml import names

LONGEST: Final = 256
"""SDP-G02, C-201: no string value of ours is longer."""

_METHODS: Final = {
    "RS256": names.RSA_SHA256,
    "RS384": names.RSA_SHA384,
    "RS512": names.RSA_SHA512,
    "ES256": names.ECDSA_SHA256,
    "ES384": names.ECDSA_SHA384,
}

_PLAIN: Final = re.compile(r"""[ !#$%'-;=?-~]*""")
_SHORT_AND_PLAIN: Final = re.compile(rf"""[ !#$%'-;=?-~]{{0,{LONGEST}}}""")
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class Signer(Protocol):
    """A private key of ours. `sign` answers RSASSA-PKCS1-v1_5, or raw r||s for ECDSA; `certificate` is DER in base64, one line."""

    @property
    def kid(self) -> str: ...
    @property
    def alg(self) -> str: ...
    @property
    def certificate(self) -> str: ...
    def sign(self, data: bytes, /) -> bytes: ...


def text(value: str) -> str:
    """A value as element content. Raises `ValueError` for a character that XML 1.0 forbids."""
    if _PLAIN.fullmatch(value):
        return value
    _refuse_forbidden(value)
    return value.translate(_TEXT)


def attribute(value: str) -> str:
    """A value as attribute content, between double quotes. Raises `ValueError` for a character that XML 1.0 forbids."""
    if _PLAIN.fullmatch(value):
        return value
    _refuse_forbidden(value)
    return value.translate(_ATTRIBUTE)


def _refuse_forbidden(value: str) -> None:
    if _FORBIDDEN.search(value):
        raise ValueError("the value holds a character that XML 1.0 cannot carry")


def short(value: str) -> str:
    """The same value. Raises `ValueError` when it is longer than a SAML string may be (C-201)."""
    if len(value) > LONGEST:
        raise ValueError(f"the value is longer than {LONGEST} characters")
    return value


def said(value: str) -> str:
    """A value of ours as element content: `short`, then `text`, at once for what needs neither."""
    return value if _SHORT_AND_PLAIN.fullmatch(value) else text(short(value))


def new_id() -> str:
    """160 random bits as an NCName (C-227)."""
    return "_" + secrets.token_hex(20)


@dataclass(frozen=True, slots=True)
class Seal:
    """All of a signature that does not depend on what is signed, prepared once per key. `prefix` is that of its namespace."""

    signer: Signer
    prefix: str
    before_reference: str
    before_digest: str
    before_value: str
    after_value: str


def prepare(signer: Signer, *, prefix: str = "ds") -> Seal:
    """The constant parts of `ds:Signature` for one key. Raises `KeyError` for an algorithm that SAML has no name for here."""
    method, ds = _METHODS[signer.alg], prefix
    return Seal(
        signer=signer,
        prefix=prefix,
        before_reference=(
            f'><{ds}:CanonicalizationMethod Algorithm="{names.EXC_C14N}"></{ds}:CanonicalizationMethod>'
            f'<{ds}:SignatureMethod Algorithm="{method}"></{ds}:SignatureMethod><{ds}:Reference URI="#'
        ),
        before_digest=(
            f'"><{ds}:Transforms><{ds}:Transform Algorithm="{names.ENVELOPED}"></{ds}:Transform>'
            f'<{ds}:Transform Algorithm="{names.EXC_C14N}"></{ds}:Transform></{ds}:Transforms>'
            f'<{ds}:DigestMethod Algorithm="{names.SHA256}"></{ds}:DigestMethod><{ds}:DigestValue>'
        ),
        before_value=f"</{ds}:DigestValue></{ds}:Reference></{ds}:SignedInfo>",
        after_value=(
            f"</{ds}:SignatureValue><{ds}:KeyInfo><{ds}:X509Data><{ds}:X509Certificate>"
            f"{signer.certificate}</{ds}:X509Certificate></{ds}:X509Data></{ds}:KeyInfo></{ds}:Signature>"
        ),
    )


def sign(seal: Seal, head: str, rest: str, *, reference: str) -> str:
    """An element with its enveloped signature between `head` and `rest`, which together are the canonical element.

    `reference` is the element's ID. The enveloped transform takes out exactly what is put in here, so the digest is taken beforehand.
    """
    ds = seal.prefix
    digest = base64.b64encode(hashlib.sha256((head + rest).encode()).digest()).decode()
    info = f"{seal.before_reference}{reference}{seal.before_digest}{digest}{seal.before_value}"
    # Canonicalised by itself, SignedInfo declares the prefix; in the document ds:Signature above it does, and C14N drops a repetition.
    value = seal.signer.sign(f'<{ds}:SignedInfo xmlns:{ds}="{names.DS}"{info}'.encode())
    return (
        f'{head}<{ds}:Signature xmlns:{ds}="{names.DS}"><{ds}:SignedInfo{info}<{ds}:SignatureValue>'
        f"{base64.b64encode(value).decode()}{seal.after_value}{rest}"
    )

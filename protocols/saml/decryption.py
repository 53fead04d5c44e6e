"""EncryptedAssertion or EncryptedID in, the octets of one Assertion or NameID out (D33, XML Encryption 1.1).

The methods are looked at first: AES-GCM under RSA-OAEP, nothing else is ever tried (C-210). That somebody could encrypt to us proves nothing about
him: what comes out still has to be signed, or to lie in a signed Response.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml.etree import QName
from lxml.etree import _Element as Element

from metadata.decryption_keys import Opener
from metadata.saml import document, names
from metadata.saml.document import Malformed
from metadata.saml.names import DS, SAML, XENC, XENC11
from protocols.saml.wire import decode_base64

MOST_RECIPIENTS: Final = 4
INSIDE: Final = {f"{{{SAML}}}EncryptedAssertion": f"{{{SAML}}}Assertion", f"{{{SAML}}}EncryptedID": f"{{{SAML}}}NameID"}
"""What each may hold. An EncryptedID could hold more (Core 2.2.4), for which we have no use."""
NONCE: Final = 12
TAG: Final = 16

_SIZES: Final = {names.AES128_GCM: 16, names.AES256_GCM: 32}
_DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    names.SHA1: hashes.SHA1(),  # noqa: S303 - see names.SHA1
    names.SHA256: hashes.SHA256(),
    names.SHA384: hashes.SHA384(),
    names.SHA512: hashes.SHA512(),
}
_MASKS: Final[dict[str, hashes.HashAlgorithm]] = {
    f"{XENC11}mgf1sha1": hashes.SHA1(),  # noqa: S303
    f"{XENC11}mgf1sha256": hashes.SHA256(),
    f"{XENC11}mgf1sha384": hashes.SHA384(),
    f"{XENC11}mgf1sha512": hashes.SHA512(),
}


class NotDecrypted(Malformed):
    """Something encrypted that is not for us, not whole, or by a method that we do not take. Which of them, the sender is not told."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="network.answer")


def decrypt(encrypted: Element, openers: Sequence[Opener]) -> bytes:
    """The octets inside: an XML document whose root is what belongs there (`INSIDE`), safe to parse and not believed.

    Raises `NotDecrypted`, and `Malformed` for what comes out and is no such document.
    """
    data, inside = document.one(encrypted, f"{{{XENC}}}EncryptedData"), INSIDE.get(QName(encrypted).text)
    if data is None or inside is None:
        raise NotDecrypted("no EncryptedData")
    if data.get("Type", f"{XENC}Element") != f"{XENC}Element":
        raise NotDecrypted("not an encrypted element")
    size = _SIZES.get(_method(data))
    if size is None:
        raise NotDecrypted("content encrypted by another method than AES-GCM")
    wrapped = [_wrapped(key) for key in _keys(encrypted, data)]
    sealed = _value(data)
    if len(sealed) <= NONCE + TAG:
        raise NotDecrypted("encrypted content cut short")
    for value, oaep in wrapped:
        for opener in openers:
            plain = _opened(opener, value, oaep, size, sealed)
            if plain is not None:
                return _the_one(plain, inside)
    raise NotDecrypted("no key of ours opens it")


def _keys(encrypted: Element, data: Element) -> list[Element]:
    """The wrapped keys: inside KeyInfo, or beside EncryptedData as some write it (Core 2.3.4)."""
    inside = data.findall(f"{{{DS}}}KeyInfo/{{{XENC}}}EncryptedKey")
    beside = encrypted.findall(f"{{{XENC}}}EncryptedKey")
    found = [*inside, *beside]
    if not 0 < len(found) <= MOST_RECIPIENTS:
        raise NotDecrypted("no wrapped key, or too many")
    return found


def _wrapped(key: Element) -> tuple[bytes, padding.OAEP]:
    method = key.find(f"{{{XENC}}}EncryptionMethod")
    if method is None or _method(key) not in {names.RSA_OAEP_MGF1P, names.RSA_OAEP}:
        raise NotDecrypted("key wrapped by another method than RSA-OAEP")
    if method.find(f"{{{XENC}}}OAEPparams") is not None:
        raise NotDecrypted("RSA-OAEP with a label")
    digest = _DIGESTS.get(_algorithm(method, f"{{{DS}}}DigestMethod", names.SHA1))
    # XML Encryption 1.1, 5.5.2: the older name always means MGF1 with SHA-1.
    older = _method(key) == names.RSA_OAEP_MGF1P
    mask = _MASKS.get(f"{XENC11}mgf1sha1" if older else _algorithm(method, f"{{{XENC11}}}MGF", f"{XENC11}mgf1sha1"))
    if digest is None or mask is None:
        raise NotDecrypted("RSA-OAEP with an unknown digest or mask")
    return _value(key), padding.OAEP(mgf=padding.MGF1(mask), algorithm=digest, label=None)


def _method(parent: Element) -> str:
    method = document.one(parent, f"{{{XENC}}}EncryptionMethod")
    return "" if method is None else method.get("Algorithm", "")


def _algorithm(method: Element, name: str, default: str) -> str:
    element = document.one(method, name)
    return default if element is None else element.get("Algorithm", "")


def _value(parent: Element) -> bytes:
    """CipherValue and nothing else: a CipherReference would have us fetch something."""
    data = document.one(parent, f"{{{XENC}}}CipherData")
    if data is None or [QName(child).text for child in data] != [f"{{{XENC}}}CipherValue"]:
        raise NotDecrypted("no CipherValue")
    return decode_base64("".join(document.text(data[0]).split()))


def _opened(opener: Opener, value: bytes, oaep: padding.OAEP, size: int, sealed: bytes) -> bytes | None:
    try:
        key = opener.private.decrypt(value, oaep)
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None) if len(key) == size else None
    except (ValueError, InvalidTag):
        return None


def _the_one(plain: bytes, inside: str) -> bytes:
    # The rules of every document of others hold here too: no document type, no processing instruction, bounded (D33).
    if document.parse(plain).tag != inside:
        raise NotDecrypted("something else inside than what belongs there")
    return plain

"""Assertions that only their party can read: AES-GCM under a key of their own, and that key under the party's RSA-OAEP (XML Encryption 1.1, C-219).

What is written is canonical like everything of ours (`metadata.saml.canonical`), because a signature of the Response covers it.
"""

import base64
import functools
import os
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from metadata.saml import certificates, names
from metadata.saml.party import EncryptionKey

NONCE: Final = 12
"""Octets, in front of what is encrypted (XML Encryption 1.1, 5.2.4); AESGCM puts the tag behind it."""

_SIZES: Final = {names.AES128_GCM: 16, names.AES256_GCM: 32}
# OAEP leans on no collision resistance: SHA-1 here is the standard's default, and what old software can read.
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    names.SHA1: hashes.SHA1(),  # noqa: S303
    names.SHA256: hashes.SHA256(),
    names.MGF1_SHA1: hashes.SHA1(),  # noqa: S303
    names.MGF1_SHA256: hashes.SHA256(),
}


@dataclass(frozen=True, slots=True)
class Lock:
    """All of an encrypted assertion that does not depend on what is in it, prepared once per key of a party."""

    key: rsa.RSAPublicKey
    padding: padding.OAEP
    size: int
    before_key: str
    before_content: str


@functools.lru_cache(maxsize=1024)
def prepare(to: EncryptionKey) -> Lock:
    """The lock for one key of a party, from metadata that `party_keys` has read. The certificate's dates mean nothing (IIP-MD12)."""
    key = certificates.load(to.certificate).key
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("only RSA keys are read as encryption keys")
    mask = f'<xenc11:MGF xmlns:xenc11="{names.XENC11}" Algorithm="{to.mask}"></xenc11:MGF>'
    return Lock(
        key=key,
        padding=padding.OAEP(padding.MGF1(_HASHES[to.mask]), _HASHES[to.digest], None),
        size=_SIZES[to.content],
        before_key=(
            f'<saml:EncryptedAssertion xmlns:saml="{names.SAML}">'
            f'<xenc:EncryptedData xmlns:xenc="{names.XENC}" Type="{names.XENC}Element">'
            f'<xenc:EncryptionMethod Algorithm="{to.content}"></xenc:EncryptionMethod><ds:KeyInfo xmlns:ds="{names.DS}">'
            f'<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{to.transport}">'
            f'<ds:DigestMethod Algorithm="{to.digest}"></ds:DigestMethod>'
            f"{mask if to.transport == names.RSA_OAEP else ''}</xenc:EncryptionMethod>"
            # A party with several keys learns here which one is meant.
            f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{to.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            "<xenc:CipherData><xenc:CipherValue>"
        ),
        before_content=(
            "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>"
        ),
    )


def encrypt(lock: Lock, assertion: str) -> str:
    """An EncryptedAssertion in place of a whole Assertion, which declares its own namespaces."""
    secret, nonce = os.urandom(lock.size), os.urandom(NONCE)
    content = base64.b64encode(nonce + AESGCM(secret).encrypt(nonce, assertion.encode(), None)).decode()
    key = base64.b64encode(lock.key.encrypt(secret, lock.padding)).decode()
    return (
        f"{lock.before_key}{key}{lock.before_content}{content}"
        "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>"
    )

"""X.509 certificates as SAML uses them: boxes for a public key.

Dates, issuers and chains inside them mean nothing: trust comes from the metadata that carries them (IIP-MD12, C-231).
"""

import base64
import binascii
import functools
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

SMALLEST_RSA: Final = 2048
CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
LARGEST: Final = 16 * 1024

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate whose key is strong enough. `text` is its DER in base64 without line breaks, as it is stored and published."""

    text: str
    der: bytes
    key: PublicKey


@functools.lru_cache(maxsize=4096)
def load(text: str) -> Certificate:
    """A certificate from the base64 of its DER, white space allowed. Raises `ValueError` with a reason for people.

    RSA below 2048 bits, curves below 256 bits and other kinds of key are refused (C-208 as D30 bends it).
    """
    packed = "".join(text.split())
    if len(packed) > LARGEST:
        raise ValueError("the certificate is larger than 16 KiB")
    try:
        der = base64.b64decode(packed, validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError("the certificate is not the base64 of an X.509 certificate with a known kind of key") from None
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SMALLEST_RSA:
            raise ValueError(f"the certificate's RSA key has {key.key_size} bits; at least {SMALLEST_RSA} are needed")
        return Certificate(packed, der, key)
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return Certificate(packed, der, key)
    raise ValueError("the certificate's key is neither RSA nor on the curves P-256, P-384 or P-521")


def from_pem(pem: str | bytes) -> Certificate:
    """A certificate from its PEM form. Raises `ValueError`."""
    raw = pem.encode() if isinstance(pem, str) else pem
    return load(base64.b64encode(x509.load_pem_x509_certificate(raw).public_bytes(Encoding.DER)).decode())

"""What our signing keys are made of: private and public parts, their names and their certificates (D30). Pure, but for the dice."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.core.crypto import CannotOpen

Alg = Literal["RS256", "ES256", "PS256"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

CERTIFICATE_LIFE = timedelta(days=3650)


RsaBits = Literal[2048, 3072]


def new_private_key(alg: Alg, *, rsa_bits: RsaBits = 2048) -> PrivateKey:
    """A fresh private key: P-256, or RSA-2048, by choice RSA-3072 (D30). A key serves one algorithm, so RS256 and PS256 share none (RFC 8017, 8)."""
    return ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else rsa.generate_private_key(65537, rsa_bits)


def new_named_key(alg: Alg, *, rsa_bits: RsaBits = 2048) -> tuple[PrivateKey, str]:
    """A fresh private key and its `kid`, which never begins with a dash: on a command line that would be an option (one key in 64)."""
    while True:
        private = new_private_key(alg, rsa_bits=rsa_bits)
        kid = thumbprint(public_jwk(private.public_key()))
        if not kid.startswith("-"):
            return private, kid


def public_of(certificate: str) -> PublicKey:
    """The public key that a certificate (base64 DER) is about. Raises `CannotOpen` for a kind that we do not make."""
    public = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
    if not isinstance(public, PublicKey):
        raise CannotOpen("a certificate of a kind we do not make")
    return public


def public_jwk(public: PublicKey) -> dict[str, str]:
    """What everybody may know of a key, as RFC 7517 wants it, without its name and use."""
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _b64(numbers.n.to_bytes(public.key_size // 8)), "e": _b64(numbers.e.to_bytes(3))}
    point = public.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _b64(point.x.to_bytes(32)), "y": _b64(point.y.to_bytes(32))}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638: SHA-256 over the required members in order, no white space."""
    members = ",".join(f'"{name}":"{jwk[name]}"' for name in sorted(jwk))
    return _b64(hashlib.sha256(f"{{{members}}}".encode()).digest())


def certificate_of(private: PrivateKey, kid: str, *, now: datetime) -> str:
    """A certificate that says nothing but which key it is, valid from now on for `CERTIFICATE_LIFE`, as base64 DER."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Poortwachter {kid[:16]}")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + CERTIFICATE_LIFE)
        .sign(private, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()

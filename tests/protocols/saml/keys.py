"""Key pairs with self-signed certificates: ours, the parties', strangers'. Each is made once per run."""

import base64
import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, eq=False)
class Pair:
    """A private key that fits `metadata.saml.canonical.Signer`, with what tests need beside it."""

    kid: str
    alg: str
    private: Private
    certificate: str

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        size = self.private.key_size // 8
        return r.to_bytes(size) + s.to_bytes(size)

    @property
    def pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def certificate_pem(self) -> str:
        lines = "\n".join(self.certificate[at : at + 64] for at in range(0, len(self.certificate), 64))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def certificate(private: Private, *, days: tuple[int, int] = (-1, 365)) -> str:
    """The base64 DER of a self-signed certificate that is valid between two days counted from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .sign(private, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


@functools.cache
def _rsa_private(_name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@functools.cache
def rsa_pair(name: str, *, bits: int = 2048, expired: bool = False) -> Pair:
    """The key of that name; an expired certificate is another box for the same one."""
    private = _rsa_private(name, bits)
    return Pair(name, "RS256", private, certificate(private, days=(-20, -10) if expired else (-1, 365)))


@functools.cache
def ec_pair(name: str) -> Pair:
    private = ec.generate_private_key(ec.SECP256R1())
    return Pair(name, "ES256", private, certificate(private))

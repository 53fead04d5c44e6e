"""A certificate is a box for a key: what is in it must be strong, when it ends says nothing."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from metadata.saml import certificates
from tests.protocols.saml.keys import certificate, ec_pair, rsa_pair


def test_white_space_does_not_matter() -> None:
    pair = rsa_pair("idp")
    wrapped = "\n".join(pair.certificate[at : at + 64] for at in range(0, len(pair.certificate), 64))
    assert certificates.load(f"\n  {wrapped}\r\n").text == pair.certificate
    assert certificates.from_pem(pair.certificate_pem) == certificates.load(pair.certificate)


def test_an_expired_certificate_serves() -> None:
    """C-231."""
    assert isinstance(certificates.load(rsa_pair("old", expired=True).certificate).key, rsa.RSAPublicKey)


def test_p256_serves() -> None:
    assert isinstance(certificates.load(ec_pair("idp").certificate).key, ec.EllipticCurvePublicKey)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (certificate(rsa.generate_private_key(65537, 1024)), "1024 bits"),
        (certificate(ec.generate_private_key(ec.SECP224R1())), "neither RSA"),
        (certificate(ec.generate_private_key(ec.SECP256K1())), "neither RSA"),
        (base64.b64encode(b"no certificate").decode(), "not the base64"),
        ("%%%", "not the base64"),
        ("", "not the base64"),
        ("A" * 20_000, "larger"),
    ],
)
def test_weak_and_strange_keys_are_refused(text: str, reason: str) -> None:
    """C-208 as D30 bends it."""
    with pytest.raises(ValueError, match=reason):
        certificates.load(text)


def test_another_kind_of_key_is_refused() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now + timedelta(days=1)).sign(
        private, None
    )
    with pytest.raises(ValueError, match="neither RSA"):
        certificates.load(base64.b64encode(made.public_bytes(Encoding.DER)).decode())

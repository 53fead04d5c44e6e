"""Our side of a secure connection: whom we believe, and the client certificate by which some systems know us (ESIS)."""

import secrets
import ssl
import tempfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from idp.core.outgoing import trusting


def read_certificate(raw: bytes, password: str | None = None) -> bytes:
    """A client certificate with its chain and key as PEM, from PEM or PKCS #12 (`.p12`). Raises `ValueError` without repeating any of it."""
    secret = password.encode() if password else None
    try:
        if b"-----BEGIN" in raw:
            key, chain = load_pem_private_key(raw, secret), x509.load_pem_x509_certificates(raw)
        else:
            found, first, others = pkcs12.load_key_and_certificates(raw, secret)
            key, chain = found, [one for one in (first, *others) if one is not None]  # type: ignore[assignment]
    except (ValueError, TypeError):
        raise ValueError("not a certificate with its key, or another password") from None
    if key is None or not chain or key.public_key() != chain[0].public_key():
        raise ValueError("the file must hold a certificate and the key that belongs to it, the certificate first")
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join(one.public_bytes(Encoding.PEM) for one in chain) + written


def valid_until(certificate: bytes) -> datetime:
    """Until when a certificate that `read_certificate` returned may be used."""
    return x509.load_pem_x509_certificates(certificate)[0].not_valid_after_utc


@lru_cache(maxsize=16)
def context(certificate: bytes | None = None, *, trusted: Path | None = None) -> ssl.SSLContext:
    """TLS that checks the other side by `outgoing.trusting`, and shows our certificate where there is one."""
    made = trusting(roots=trusted)
    if certificate is not None:
        _present(made, certificate)
    return made


def _present(made: ssl.SSLContext, certificate: bytes) -> None:
    """The standard library takes keys from files only: it gets one that is encrypted with a password nobody keeps."""
    password = secrets.token_hex(16)
    key = load_pem_private_key(certificate, None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in x509.load_pem_x509_certificates(certificate))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "client.pem"
        file.write_bytes(chain + encrypted)
        made.load_cert_chain(file, password=password)

"""Our client certificate, and whom we believe."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from directory.imports.uwlr import tls
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.fetch import NoData
from tests.attacks.test_uwlr_hostile_system import NO_DATA
from tests.directory.uwlr.standing import PATIENT, asked, conversing, http, request, source

UNTIL = datetime(2040, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.certificate.public_bytes(Encoding.PEM) + key


def issued(name: str, by: Certificate | None = None) -> Certificate:
    """A certificate for a name, by an authority or as one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(UNTIL - timedelta(days=365 * 20))
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((by.key if by else key).public_key()), critical=False
        )
    )
    if by is not None:
        names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certificate(builder.sign((by or Certificate(None, key)).key, SHA256()), key)  # type: ignore[arg-type]


AUTHORITY = issued("Proefuitgever")
SERVER = issued("localhost", AUTHORITY)
CLIENT = issued("poortwachter", AUTHORITY)


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    file = tmp_path / "authority.pem"
    file.write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
    return file


def serving_side(tmp_path: Path, trusted: Path, server: Certificate = SERVER) -> ssl.SSLContext:
    """A server that wants to know its clients."""
    file = tmp_path / "server.pem"
    file.write_bytes(server.pem)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trusted)
    made.load_cert_chain(file)
    made.verify_mode = ssl.CERT_REQUIRED
    return made


async def test_a_system_knows_us_by_our_certificate(tmp_path: Path, trusted: Path) -> None:
    seen: list[object] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        seen.append(writer.get_extra_info("peercert")["subject"])
        writer.write(http(NO_DATA))
        await writer.drain()

    async with conversing(talk, secure=serving_side(tmp_path, trusted)) as endpoint:
        read = tls.read_certificate(CLIENT.pem)
        found = await asked(source(endpoint), patience=PATIENT, secure=tls.context(read, trusted=trusted))
    assert found == NoData()
    assert seen == [((("commonName", "poortwachter"),),)]


async def test_without_it_we_are_not_let_in(tmp_path: Path, trusted: Path) -> None:
    """A server of plain sockets: unlike asyncio's it tells us why before it hangs up."""
    secure = serving_side(tmp_path, trusted)

    def refuse_one(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.dup() as below:
            below.settimeout(5)
            with pytest.raises(ssl.SSLError):
                secure.wrap_socket(connection, server_side=True)
            while below.recv(4096):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        refusing = asyncio.create_task(asyncio.to_thread(refuse_one, listening))
        endpoint = f"https://localhost:{listening.getsockname()[1]}/uwlr"
        with pytest.raises(Refused) as refused:
            await asked(source(endpoint), patience=PATIENT, secure=tls.context(trusted=trusted))
        await refusing
    assert refused.value.code == "forbidden"


@pytest.mark.parametrize("whom", ["an unknown authority", "another name"])
async def test_nobody_else_hears_the_key(tmp_path: Path, trusted: Path, whom: str) -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))

    server = SERVER if whom == "an unknown authority" else issued("las.example", AUTHORITY)
    ours = tls.context() if whom == "an unknown authority" else tls.context(trusted=trusted)
    async with conversing(talk, secure=serving_side(tmp_path, trusted, server)) as endpoint:
        with pytest.raises(Refused) as refused:
            await asked(source(endpoint), patience=PATIENT, secure=ours)
    assert refused.value.code == "untrusted"
    assert heard == []


def packed(password: bytes | None) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(
        b"poortwachter", CLIENT.key, CLIENT.certificate, [AUTHORITY.certificate], encryption
    )


def test_both_kinds_of_files_are_read() -> None:
    chain = CLIENT.certificate.public_bytes(Encoding.PEM) + AUTHORITY.certificate.public_bytes(Encoding.PEM)
    assert tls.read_certificate(packed(b"geheim"), "geheim").startswith(chain)
    assert tls.read_certificate(packed(None)).startswith(chain)
    locked = CLIENT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim"))
    assert tls.read_certificate(CLIENT.certificate.public_bytes(Encoding.PEM) + locked, "geheim") == CLIENT.pem
    assert tls.valid_until(CLIENT.pem) == UNTIL


@pytest.mark.parametrize(
    ("raw", "password"),
    [
        (packed(b"geheim"), "anders"),
        (packed(b"geheim"), None),
        (b"", None),
        (b"-----BEGIN NONSENSE-----", None),
        (CLIENT.certificate.public_bytes(Encoding.PEM), None),
        (SERVER.certificate.public_bytes(Encoding.PEM) + CLIENT.pem.split(b"-----END CERTIFICATE-----\n")[1], None),
    ],
    ids=["other password", "no password", "empty", "nonsense", "no key", "another's key"],
)
def test_what_is_no_certificate_with_its_key(raw: bytes, password: str | None) -> None:
    with pytest.raises(ValueError, match=r"^(not a certificate with its key|the file must hold)") as refused:
        tls.read_certificate(raw, password)
    assert "anders" not in str(refused.value)

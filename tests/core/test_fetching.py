"""What comes back from an address of somebody else, and that the connection goes to what was checked (C-128)."""

import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from idp.core import fetching, outgoing
from idp.core.fetching import FetchRefused
from idp.core.outgoing import Broken, Endpoint, Patience, Sent
from tests.attacks.test_fetching_what_lies_inside import saying
from tests.directory.uwlr.standing import conversing, http, request
from tests.directory.uwlr.test_tls import AUTHORITY, SERVER, Certificate, issued

QUICK = Patience(2, 2, 2, 100_000)


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("roots") / "authority.pem"
    file.write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
    return file


def secured(certificate: Certificate, folder: Path) -> ssl.SSLContext:
    """The side of a server that has this certificate."""
    file = folder / "server.pem"
    file.write_bytes(certificate.pem)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(file)
    return made


async def test_an_answer_comes_with_its_status_and_headers() -> None:
    heard: list[bytes] = []
    answer = http(b'{"keys": []}', status="404 Not Found", kind="application/json", more="ETag: a\r\nETag: b\r\n")
    async with conversing(saying(answer, heard)) as here:
        got = await fetching.get(here + "?x=1", loopback_allowed=True, headers={"If-None-Match": '"a"'})
    assert (got.status, got.body, got.address) == (404, b'{"keys": []}', here + "?x=1")
    assert (got.headers["content-type"], got.headers["etag"]) == ("application/json", "a, b")
    assert heard[0].startswith(b"GET /uwlr?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b'\r\nIf-None-Match: "a"\r\n' in heard[0]


async def test_a_redirect_can_be_the_answer_and_nobody_goes_there() -> None:
    heard: list[bytes] = []
    answer = http(b"", status="303 See Other", kind="text/html", more="Location: http://10.0.0.1/binnen\r\n")
    async with conversing(saying(answer, heard)) as here:
        got = await fetching.get(here, loopback_allowed=True, redirects=None)
    assert (got.status, got.headers["location"], len(heard)) == (303, "http://10.0.0.1/binnen", 1)


async def test_a_form_and_a_message_are_posted_whole() -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await request(reader))
        writer.write(http(b"taken", status="202 Accepted"))
        await writer.drain()

    async with conversing(talk) as here:
        form = await fetching.post_form(here, {"logout_token": "a b&ü"}, loopback_allowed=True)
        await fetching.post(here, b"<x/>", kind="text/xml", loopback_allowed=True)
    assert (form.status, form.body) == (202, b"taken")
    assert heard[0].endswith(b"\r\n\r\nlogout_token=a+b%26%C3%BC")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in heard[0]
    assert b"Content-Type: text/xml\r\n" in heard[1]
    assert heard[1].endswith(b"\r\n\r\n<x/>")


async def test_the_connection_goes_to_the_checked_address_and_the_certificate_is_that_of_the_name(
    roots: Path, tmp_path: Path
) -> None:
    """The name exists in no DNS: nobody can answer it differently a moment later."""
    named = secured(issued("party.example", AUTHORITY), tmp_path)
    said: list[bytes] = []
    async with conversing(saying(http(b"ours")), secure=named) as here:
        port = outgoing.parse_endpoint(here).port
        for host in ("party.example", "other.example"):
            asked = outgoing.exchange(
                Endpoint(host, port, "/", secure=True),
                Sent("GET", {}),
                judge=lambda _head: None,
                take=said.append,
                tls=outgoing.trusting(roots=roots),
                patience=QUICK,
                connect_to=["127.0.0.1"],
            )
            if host == "party.example":
                await asked
            else:
                with pytest.raises(Broken, match="untrusted"):
                    await asked
    assert said == [b"ours"]


async def test_a_pin_is_a_public_key_and_nothing_is_asked_of_another(roots: Path, tmp_path: Path) -> None:
    heard: list[bytes] = []
    tls = outgoing.trusting(roots=roots)
    right = fetching.public_key_pin(SERVER.certificate.public_bytes(Encoding.DER))
    wrong = fetching.public_key_pin(AUTHORITY.certificate.public_bytes(Encoding.DER))
    async with conversing(saying(http(b"ours"), heard), secure=secured(SERVER, tmp_path)) as here:
        got = await fetching.get(here, loopback_allowed=True, tls=tls, pin=right)
        with pytest.raises(FetchRefused) as refused:
            await fetching.get(here, loopback_allowed=True, tls=tls, pin=wrong)
        with pytest.raises(FetchRefused) as distrusted:
            await fetching.get(here, loopback_allowed=True, pin=right)
    assert (got.body, len(heard)) == (b"ours", 1)
    assert (refused.value.code, distrusted.value.code) == ("other_certificate", "untrusted")


async def test_nobody_at_home() -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        raise OSError

    with pytest.raises(FetchRefused, match="does not exist"):
        await fetching.get("https://party.example/", loopback_allowed=False, resolve=unknown)
    async with conversing(saying(b"")) as here:
        pass
    with pytest.raises(FetchRefused, match="nothing answers"):
        await fetching.get(here, loopback_allowed=True)


async def test_a_header_of_ours_carries_no_second_one() -> None:
    async with conversing(saying(http(b""))) as here:
        with pytest.raises(ValueError, match="header"):
            await fetching.get(here, loopback_allowed=True, headers={"Authorization": "x\r\nCookie: y"})

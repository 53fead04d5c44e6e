"""An administration system that hangs, drips, lies, redirects, floods or sends a web page: always a clear code, in time, and nothing taken in."""

import asyncio
import gzip
import re
import ssl
from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from directory.imports.records import Administration
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.wire import Patience, parse_endpoint
from idp.demo import las_answers
from tests.directory.uwlr.standing import (
    HASTY,
    PATIENT,
    Conversation,
    a_las,
    asked,
    conversing,
    edexml,
    http,
    request,
    saying,
    serving,
    source,
)

NO_DATA = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><leerlinggegevens_antwoord '
    b'xmlns="http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"><geengegevens/></leerlinggegevens_antwoord>'
    b"</s:Body></s:Envelope>"
)


async def code_of(talk: Conversation, *, staged: bool = False, patience: Patience = PATIENT) -> str:
    async with conversing(talk) as endpoint, asyncio.timeout(20):
        with pytest.raises(Refused) as refused:
            await asked(source(endpoint, staged=staged), patience=patience)
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    return refused.value.code


async def test_one_that_never_answers() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await asyncio.Event().wait()

    async with conversing(silent) as endpoint, asyncio.timeout(5):
        # Long before the limit on the whole.
        with pytest.raises(Refused, match="too_slow"):
            await asked(source(endpoint), patience=replace(HASTY, total=60))


async def test_one_that_drips() -> None:
    """A byte long before every limit between two pieces: only the limit on the whole ends it."""

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n<")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.02)

    assert await code_of(dripping, patience=HASTY) == "too_slow"


async def test_one_that_answers_each_of_three_calls_just_in_time() -> None:
    """The limit is on all three together."""

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.19)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n")
        await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.19)
        writer.write(b"<")
        await asyncio.Event().wait()

    assert await code_of(late, staged=True, patience=HASTY) == "too_slow"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_one_that_sends_us_elsewhere(status: int) -> None:
    """Nobody there ever sees the key."""
    visited: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visited.append(await request(reader))
        writer.write(http(NO_DATA))
        await writer.drain()

    async with conversing(elsewhere) as other:
        moved = http(b"", status=f"{status} Moved", more=f"Location: {other}\r\n")
        assert await code_of(saying(moved)) == "redirected"
    assert visited == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http(b"<html>Onderhoud</html>", kind="text/html"), "not_uwlr"),
        (http(b"<!DOCTYPE html><html>Onderhoud</html>"), "not_uwlr"),
        (http(b"Onderhoud", kind="text/plain"), "not_uwlr"),
        (http(b"{}", kind="application/json"), "not_uwlr"),
        (http(b""), "cut_off"),
        (http(NO_DATA[:-5]), "cut_off"),
        (http(NO_DATA.replace(b"</s:Body>", b"")), "not_well_formed"),
        (http(NO_DATA + b"<more/>"), "not_well_formed"),
        (http(b"\xff\xfe\x00"), "bad_bytes"),
        (http(gzip.compress(NO_DATA), more="Content-Encoding: gzip\r\n"), "not_uwlr"),
        (http(NO_DATA, more="Content-Type: text/html\r\n"), "not_uwlr"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n" + NO_DATA, "cut_off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_uwlr"),
        (b"", "cut_off"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "not_uwlr"),
        (http(b"<html/>", status="500 Oeps", kind="text/html"), "las_server_fault"),
        (http(b"", status="503 Druk"), "las_unavailable"),
        (http(b"", status="429 Druk"), "las_unavailable"),
        (http(b"", status="401 Nee"), "forbidden"),
        (http(b"", status="403 Nee"), "forbidden"),
        (http(b"", status="404 Weg"), "http_error"),
        (http(b"", status="204 Leeg"), "http_error"),
    ],
)
async def test_one_that_answers_something_else(answer: bytes, code: str) -> None:
    assert await code_of(saying(answer)) == code


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["no length", "length", "header", "chunk"],
)
async def test_one_that_floods(head: bytes) -> None:
    async def flooding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(head)
        while not writer.is_closing():
            writer.write(b" " * 65536 if b"X:" not in head and b"chunked" not in head else b"x" * 65536)
            await writer.drain()

    assert await code_of(flooding) in ("too_large", "not_uwlr")


async def test_an_end_without_a_length_is_an_end() -> None:
    """HTTP/1.0 servers close; whether the answer is whole, the XML tells."""
    head = b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n"
    async with conversing(saying(head, NO_DATA)) as endpoint:
        assert type(await asked(source(endpoint), patience=PATIENT)).__name__ == "NoData"
    assert await code_of(saying(head, NO_DATA[:-9])) == "cut_off"


async def test_one_that_is_not_there() -> None:
    async with conversing(saying(b"")) as endpoint:
        gone = endpoint
    with pytest.raises(Refused, match="unreachable"):
        await asked(source(gone), patience=PATIENT)


def answering(of_part: Callable[[str], bytes]) -> Conversation:
    """Answers every question with the data of a file of its own choice."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked_for = re.search(rb":([a-z]+)_verzoek>", await request(reader))
        assert asked_for is not None
        part = asked_for[1].decode()
        groups = frozenset({("groep", "G1")})
        body = las_answers.data(part, etree.fromstring(of_part(part)), profile="whole", with_eckid=True, groups=groups)
        writer.write(http(body))
        await writer.drain()

    return talk


@pytest.mark.parametrize("staged", [False, True], ids=["in one", "in three"])
@pytest.mark.parametrize(
    "content",
    [
        edexml(brin="99ZZ"),
        edexml(location="01"),
        edexml().replace(b"<brincode>99XX</brincode>", b"<schoolkey>99XX</schoolkey>"),
    ],
    ids=["brin", "location", "key"],
)
async def test_one_that_answers_about_another_school(content: bytes, staged: bool) -> None:
    assert await code_of(answering(lambda _part: content), staged=staged) == "other_school_answered"


@pytest.mark.parametrize("year", ["2025-2026", "2027-2028"])
async def test_one_that_answers_about_another_year(year: str) -> None:
    assert await code_of(answering(lambda _part: edexml(year=year))) == "other_year_answered"


@pytest.mark.parametrize("mixed_up", ["leerlingen", "leerkrachten"])
async def test_one_that_mixes_two_schools_in_three_calls(mixed_up: str) -> None:
    def of_part(part: str) -> bytes:
        return edexml(brin="99ZZ" if part == mixed_up else "99XX")

    assert await code_of(answering(of_part), staged=True) == "other_school_answered"


async def test_one_that_writes_the_main_location_in_two_ways_means_one_school() -> None:
    def of_part(part: str) -> bytes:
        whole, location = edexml(), b"</brincode><dependancecode>00</dependancecode>"
        return whole.replace(b"</brincode>", location) if part == "leerlingen" else whole

    async with conversing(answering(of_part)) as endpoint:
        assert isinstance(await asked(source(endpoint, staged=True)), Administration)


async def test_one_that_names_groups_it_does_not_have() -> None:
    """The schema's own references never match, so that this is valid by it."""
    content = edexml().replace(b'<groep key="G1"/>', b'<groep key="G9"/>', 1)
    assert await code_of(answering(lambda _part: content)) == "dangling_reference"


async def test_one_that_gives_two_pupils_one_key() -> None:
    content = edexml().replace(b'<leerling key="L00002"', b'<leerling key="L00001"')
    assert await code_of(answering(lambda _part: content)) == "duplicate_key"


@pytest.mark.parametrize(
    "text",
    [
        "http://las.example/uwlr",
        "http://127.0.0.1.example/uwlr",
        "https://gebruiker:geheim@las.example/uwlr",
        "https://las.example/uwlr#deel",
        "https://las.example/uw lr",
        "https://las.example/\r\nX: y",
        "https://las.example:99999/uwlr",
        "https:///uwlr",
        "file:///etc/passwd",
        "ftp://las.example/",
        "",
        "https://las.example/" + "x" * 300,
    ],
)
def test_addresses_that_are_no_endpoint(text: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        parse_endpoint(text)


async def test_an_address_that_got_into_the_table_otherwise_is_refused_too() -> None:
    with pytest.raises(Refused, match="not_set_up"):
        await asked(source("http://192.0.2.1/uwlr"))


def test_an_endpoint_keeps_its_query_and_port() -> None:
    parsed = parse_endpoint("https://las.example:8443/uwlr.svc?school=1")
    assert (parsed.authority, parsed.target, parsed.secure) == ("las.example:8443", "/uwlr.svc?school=1", True)
    assert replace(parsed, port=443).authority == "las.example"
    assert parse_endpoint("http://[::1]:81").authority == "[::1]:81"


async def test_a_key_in_a_refusal_is_nowhere() -> None:
    async with serving(a_las()) as endpoint:
        given = source(endpoint, key="geheime-sleutel")
        with pytest.raises(Refused) as refused:
            await asked(given)
    assert "geheime-sleutel" not in repr(refused.value) + repr(given) + refused.value.text("nl") + str(refused.value)


async def test_plain_text_where_tls_is_meant() -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with conversing(plain) as endpoint:
        with pytest.raises(Refused, match="untrusted"):
            await asked(source(endpoint.replace("http://127.0.0.1", "https://localhost")), patience=PATIENT)


def test_tls_is_checked_by_default() -> None:
    from directory.imports.uwlr import tls

    made = tls.context()
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2

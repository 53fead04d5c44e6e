"""Documents that grow, nest, fetch or never end: each refused in less than a second, in little memory, without a connection (C-276)."""

import base64
import re
import socket
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from idp.main import every_route
from metadata.saml.document import Malformed
from metadata.saml.reader import read_sp
from tests.house import House
from tests.protocols.saml import party
from tests.protocols.saml.asking import by_form, by_post, by_query, by_redirect

MEGABYTE = 1024 * 1024
XML = party.authn_request()


def refused_cheaply(attempt: Callable[[], object]) -> None:
    """Refused within a second and 50 MB (of what Python allocates)."""
    tracemalloc.start()
    begun = time.process_time()
    try:
        with pytest.raises(Malformed):
            attempt()
        assert time.process_time() - begun < 1
        assert tracemalloc.get_traced_memory()[1] < 50 * MEGABYTE
    finally:
        tracemalloc.stop()


def everywhere(xml: bytes) -> list[Callable[[], object]]:
    return [lambda: by_redirect(xml), lambda: by_post(xml), lambda: read_sp(xml)]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
EXTERNAL = [
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd">',
    f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]>',
    f'<!DOCTYPE a [<!ENTITY q "{"q" * 50_000}">]>',
    '<!DOCTYPE a [<!ATTLIST a ID CDATA "_evil">]>',
]


@pytest.mark.parametrize("doctype", EXTERNAL)
@pytest.mark.parametrize("start", ["", '<?xml version="1.0" encoding="UTF-8"?>\n', "\ufeff", "<!-- -->"])
def test_c276_a_document_type_is_refused_before_it_acts(doctype: str, start: str) -> None:
    xml = (start + doctype).encode() + XML.replace(b"</saml:Issuer>", b"&l9;&q;</saml:Issuer>")
    for attempt in everywhere(xml):
        refused_cheaply(attempt)


def test_c276_no_connection_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        for doctype in (f'<!DOCTYPE a SYSTEM "{address}">', f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}">]>'):
            for attempt in everywhere(doctype.encode() + XML):
                refused_cheaply(attempt)
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}"/>'
        by_post(party.authn_request(inside=include))
        with pytest.raises(TimeoutError):
            server.accept()


def test_c276_a_deflate_bomb_is_not_inflated() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(b"\0" * MEGABYTE) for _ in range(10)) + packer.flush()
    query = f"SAMLRequest={quote(base64.b64encode(packed).decode(), safe='')}".encode()
    assert len(query) < 16 * 1024
    refused_cheaply(lambda: by_query(query))
    huge = zlib.compressobj(9, zlib.DEFLATED, -15)
    octets = b"".join(huge.compress(b"\0" * MEGABYTE) for _ in range(50)) + huge.flush()
    refused_cheaply(lambda: by_query(f"SAMLRequest={quote(base64.b64encode(octets).decode(), safe='')}".encode()))


def test_c276_a_large_body_is_refused_unread() -> None:
    body = party.form(XML) + b"&x=" + b"a" * (50 * MEGABYTE)
    refused_cheaply(lambda: by_form(body))
    metadata = b"<a>" + b" " * (50 * MEGABYTE) + b"</a>"
    refused_cheaply(lambda: read_sp(metadata))


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 10_000 + "</a>" * 10_000,
        "<a>" * 400 + "</a>" * 400,
        "<a/>" * 5_000,
        "<a " + " ".join(f'b{n}=""' for n in range(5_000)) + "/>",
        "<a " + " ".join(f'xmlns:b{n}="urn:{n}"' for n in range(2_000)) + "/>",
        "x" * 70_000,
        "&amp;" * 20_000,
        "<![CDATA[" + "<" * 5_000 + "]]>",
    ],
)
def test_c276_a_message_has_bounds(inside: str) -> None:
    xml = party.authn_request(inside=f"<samlp:Extensions>{inside}</samlp:Extensions>")
    for attempt in (lambda: by_redirect(xml), lambda: by_post(xml)):
        refused_cheaply(attempt)


@pytest.mark.parametrize(
    "inside", ["<a>" * 10_000 + "</a>" * 10_000, "<a " + " ".join(f'b{n}=""' for n in range(100_000)) + "/>"]
)
def test_c276_metadata_has_bounds(inside: str) -> None:
    refused_cheaply(lambda: read_sp(f"<a>{inside}</a>".encode()))


def test_c276_a_file_of_this_machine_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://sp.example/saml")
    xml = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode() + party.authn_request(issuer="&e;")
    for attempt in (lambda: by_redirect(xml), lambda: by_post(xml)):
        refused_cheaply(attempt)


async def test_c276_over_http_no_door_reads_fifty_megabytes(house: House) -> None:
    """Every address that takes a post, and nobody signed in: what is sent is refused before it is here."""
    rooms = ("/desk/", "/classroom/", "/board/", "/helpdesk/", "/party/", "/account/")
    posts = {route.path for route in every_route() if "POST" in (route.methods or ())}
    # A room opens to who is signed in there: one address of each stands for all behind its door.
    posts = {next((one for one in sorted(posts) if one.startswith(room)), room) for room in rooms} | {
        path for path in posts if not path.startswith(rooms)
    }
    assert {"/saml/sso", "/saml/slo", "/saml/slo/soap", "/network/saml/acs", "/oidc/token", "/oidc/par"} <= posts
    client, piece = house.browser().client, b"SAMLRequest=" + b"A" * MEGABYTE
    for path in sorted(posts):
        read = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(50):
                read += 1
                yield piece

        began = time.process_time()
        soap = path.endswith("/soap")
        kind = "text/xml" if soap else "application/x-www-form-urlencoded"
        response = await client.post(re.sub("{[^}]*}", "1", path), content=body(), headers={"Content-Type": kind})
        # SOAP 1.1, 6.2: there a refusal is a fault, and its status is 500.
        assert (response.status_code < 500 or soap, read <= 2) == (True, True), path
        assert soap is (b":Client</faultcode>" in response.content), path
        assert time.process_time() - began < 1, path


async def test_c276_over_http_bombs_meet_the_same_page(house: House) -> None:
    """Deflated, laughing, external: at each door for messages, by each binding, without a call to anybody."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = quote(base64.b64encode(packer.compress(b"\0" * (8 * MEGABYTE)) + packer.flush()).decode(), safe="")
    client = house.browser().client
    for path in ("/saml/sso", "/saml/slo"):
        for kind in ("SAMLRequest", "SAMLResponse"):
            began = time.process_time()
            response = await client.get(f"{path}?{kind}={deflated}")
            assert (response.status_code, response.headers.get("location")) == (400, None)
            for doctype in EXTERNAL:
                xml = doctype.encode() + XML.replace(b"</saml:Issuer>", b"&l9;&q;</saml:Issuer>")
                response = await client.post(path, data={kind: base64.b64encode(xml).decode()})
                assert (response.status_code, response.headers.get("location")) == (400, None)
            assert time.process_time() - began < 1
    for doctype in EXTERNAL:
        content = doctype.encode() + b"<a>&l9;&q;</a>"
        response = await client.post("/saml/slo/soap", content=content, headers={"Content-Type": "text/xml"})
        assert (response.status_code, b":Client</faultcode>" in response.content) == (500, True)

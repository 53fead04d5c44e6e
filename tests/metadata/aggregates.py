"""Aggregates as a federation publishes them, made up and signed by libxmlsec; and a shelf from which they are served."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.protocols.saml import party as sp
from tests.protocols.saml.keys import Pair, rsa_pair

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made up -->\n'
UNTIL = "2026-12-05T12:00:00Z"
CATEGORY = "https://federation.example/category/learning"
_ABOUT = "Een made-up omschrijving van een dienst, zo lang als federaties ze schrijven. " * 12


def entity(
    number: int | str,
    *,
    category: str | None = None,
    authority: str = "https://federation.example/",
    before: str = "",
    certificate: str | None = None,
    acs: str | None = None,
    role: str = "SPSSODescriptor",
    outer: str = "",
    prefix: str = "md:",
) -> str:
    """A service provider like most of a federation: names, texts, logo, two keys, requested attributes, contacts. About 6 KB."""
    name, key = f"https://sp{number}.example", certificate or rsa_pair("sp").certificate
    space = "" if prefix else ' xmlns="urn:oasis:names:tc:SAML:2.0:metadata"'
    of_category = (
        f'<mdattr:EntityAttributes><saml:Attribute Name="http://macedir.org/entity-category"'
        ' NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">'
        f"<saml:AttributeValue>{category}</saml:AttributeValue></saml:Attribute></mdattr:EntityAttributes>"
        if category
        else ""
    )
    keys = "".join(
        f'<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{key}</ds:X509Certificate>'
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for use in ("signing", "encryption")
    )
    wanted = "".join(
        f'<md:RequestedAttribute Name="urn:oid:{oid}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"/>'
        for oid in ("2.5.4.42", "2.5.4.4", "0.9.2342.19200300.100.1.3")
    )
    shown = "".join(
        f'<mdui:DisplayName xml:lang="{language}">Dienst {number}</mdui:DisplayName>'
        f'<mdui:Description xml:lang="{language}">{_ABOUT}</mdui:Description>'
        for language in ("nl", "en")
    )
    consumer = f'Binding="{sp.POST}" Location="{acs or name + "/acs"}"'
    return (
        f'<{prefix}EntityDescriptor{space} entityID="{name}/saml"{outer}><md:Extensions>'
        f'<mdrpi:RegistrationInfo registrationAuthority="{authority}" registrationInstant="2020-01-01T00:00:00Z"/>'
        f'{of_category}</md:Extensions><md:{role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'<md:Extensions><mdui:UIInfo>{shown}<mdui:Logo height="64" width="64">{name}/logo.png</mdui:Logo></mdui:UIInfo>'
        f'</md:Extensions>{before}{keys}<md:AssertionConsumerService {consumer} index="0"/>'
        f'<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="en">{number}</md:ServiceName>{wanted}'
        f"</md:AttributeConsumingService></md:{role}>"
        f'<md:ContactPerson contactType="technical"><md:EmailAddress>mailto:beheer@sp{number}.example</md:EmailAddress>'
        f"</md:ContactPerson></{prefix}EntityDescriptor>\n"
    )


def group(
    entities: Sequence[str], *, until: str | None = UNTIL, more: str = ' cacheDuration="PT6H"', before: str = ""
) -> bytes:
    """An unsigned aggregate."""
    ends = f' validUntil="{until}"' if until else ""
    return (
        f"{HEAD.decode()}"
        '<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
        ' xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
        ' xmlns:mdrpi="urn:oasis:names:tc:SAML:metadata:rpi" xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute"'
        f' ID="_all" Name="federation > all"{ends}{more}>\n{before}{"".join(entities)}</md:EntitiesDescriptor>\n'
    ).encode()


def signed(xml: bytes, pair: Pair) -> bytes:
    """With a signature at its head, by libxmlsec."""
    return HEAD + sp.enveloped(xml, pair, place=0)


@dataclass
class Shelf:
    """What a server shows, by path; `heard` are the headers of every question."""

    address: str
    shown: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    heard: list[Mapping[str, str]] = field(default_factory=list)

    def put(self, document: bytes, *, path: str = "/metadata", etag: str | None = None) -> str:
        """Shows a document; its address."""
        self.shown[path] = document
        self.etags.pop(path, None)
        if etag:
            self.etags[path] = etag
        return f"{self.address}{path}"


@contextmanager
def shelf() -> Iterator[Shelf]:
    """A server on this machine for as long as the block lasts, in a thread of its own: commands have no loop to share."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.heard.append(dict(self.headers))
            body, etag = made.shown.get(self.path), made.etags.get(self.path)
            if body is not None and etag and self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(200 if body is not None else 404)
            if etag:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    made = Shelf(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Messages of ours on their way to a party: in a signed query (Bindings 3.4) or in a SOAP envelope (Bindings 3.2)."""

import base64
import zlib
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from lxml import etree
from lxml.etree import _Element as Element

from metadata.saml import document, names
from metadata.saml.canonical import Signer
from metadata.saml.document import Malformed
from metadata.saml.party import LogoutService
from protocols.saml.wire import LARGEST_RELAY_STATE, Kind, UnverifiedMessage

SOAP_KIND: Final = "text/xml; charset=utf-8"
SOAP_KINDS: Final = ("text/xml", "application/soap+xml")
"""SOAP 1.1 has the first, SOAP 1.2 the second, and pysaml2 sends an envelope of the one by the name of the other."""
SOAP_ACTION: Final = {"SOAPAction": '"http://www.oasis-open.org/committees/security"'}
_ALGORITHMS: Final = {"RS256": quote(names.RSA_SHA256, safe=""), "ES256": quote(names.ECDSA_SHA256, safe="")}
"""As they stand in a query."""


def service_of(services: Sequence[LogoutService], binding: str) -> LogoutService | None:
    """Where a party takes logout messages by this binding."""
    return next((service for service in services if service.binding == binding), None)


def redirect(location: str, xml: bytes, *, kind: Kind, signer: Signer, relay_state: str | None = None) -> str:
    """The address that takes a browser to a party with a message, signed over the octets of the query (Bindings 3.4.4.1)."""
    relayed = relay_state is not None and len(relay_state.encode()) <= LARGEST_RELAY_STATE
    state = f"&RelayState={quote(relay_state or '', safe='')}" if relayed else ""
    query = f"{kind}={_escaped(_deflated(xml))}{state}&SigAlg={_ALGORITHMS[signer.alg]}"
    signature = _escaped(signer.sign(query.encode()))
    return f"{location}{'&' if '?' in location else '?'}{query}&Signature={signature}"


def _deflated(xml: bytes) -> bytes:
    # A window of 4 KiB, larger than most messages: asking for the memory of the usual one takes longer than the work (70 µs against 11).
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits=-12, memLevel=5)
    return packer.compress(xml) + packer.flush()


def _escaped(octets: bytes) -> str:
    """In base64, for a query. Of its signs only three are escaped: looking at each of them takes twenty times as long."""
    return base64.b64encode(octets).replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D").decode()


def enveloped(message: bytes) -> bytes:
    """A message in the body of an envelope. It was born canonical, and exclusive C14N leaves it so wherever it stands."""
    return b'<S:Envelope xmlns:S="%s"><S:Body>%s</S:Body></S:Envelope>' % (names.SOAP.encode(), message)


def opened(raw: bytes, *, kind: Kind) -> UnverifiedMessage:
    """The one message in an envelope, a document of its own. Raises `Malformed`."""
    envelope = document.parse(raw)
    if envelope.tag.endswith("}Envelope") and envelope.tag != f"{{{names.SOAP}}}Envelope":
        # SOAP 1.1, 4.1.2: another namespace is another version.
        raise Malformed("an envelope of another version of SOAP", code="soap.version")
    body = document.one(envelope, f"{{{names.SOAP}}}Body")
    if envelope.tag != f"{{{names.SOAP}}}Envelope" or body is None or len(body) != 1:
        raise Malformed("no SOAP envelope with one message in its body")
    header = document.one(envelope, f"{{{names.SOAP}}}Header")
    if header is not None and any(entry.get(f"{{{names.SOAP}}}mustUnderstand") == "1" for entry in header):
        # SOAP 1.1, 4.2.3: Bindings 3.2.2 knows no header that would have to be understood.
        raise Malformed("a header that must be understood", code="soap.header")
    inside: Element = body[0]
    inside.tail = None
    xml = etree.tostring(inside)
    # Under POST's rules: the signature is inside, and there is no other.
    return UnverifiedMessage(kind=kind, binding="post", xml=xml, root=document.parse(xml), relay_state=None)

"""A publisher's logout messages, made without any of the product's code: requests and responses, over each binding; and what came back, judged."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from tests.protocols.saml import party
from tests.protocols.saml.keys import Pair
from tests.protocols.saml.libxmlsec import xmlsec

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "S": "http://schemas.xmlsoap.org/soap/envelope/",
}
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
ASYNCHRONOUS = '<samlp:Extensions><aslo:Asynchronous xmlns:aslo="urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo"/></samlp:Extensions>'


@dataclass(frozen=True)
class Signed:
    """What an assertion told of person and session."""

    name_id: str
    name_format: str
    session_index: str


def told(response: bytes) -> Signed:
    root: Any = etree.fromstring(response)
    name = root.find(".//saml:NameID", NS)
    statement = root.find(".//saml:AuthnStatement", NS)
    return Signed(name.text, name.get("Format"), statement.get("SessionIndex"))


def request(
    signed: Signed,
    *,
    to: str,
    issued: datetime,
    issuer: str = party.ENTITY,
    changed: Mapping[str, str | None] | None = None,
    extensions: str = "",
    with_index: bool = True,
) -> bytes:
    attributes = {"ID": "_lr1", "Version": "2.0", "IssueInstant": f"{issued:%Y-%m-%dT%H:%M:%SZ}", "Destination": to}
    return _message("LogoutRequest", {**attributes, **(changed or {})}, issuer, extensions + _about(signed, with_index))


def _about(signed: Signed, with_index: bool) -> str:
    name = f'<saml:NameID Format="{signed.name_format}">{signed.name_id}</saml:NameID>'
    return name + (f"<samlp:SessionIndex>{signed.session_index}</samlp:SessionIndex>" if with_index else "")


def response(
    *, to: str, in_response_to: str, issued: datetime, issuer: str = party.ENTITY, status: str = SUCCESS
) -> bytes:
    attributes = {
        "ID": "_ls1",
        "Version": "2.0",
        "IssueInstant": f"{issued:%Y-%m-%dT%H:%M:%SZ}",
        "Destination": to,
        "InResponseTo": in_response_to,
    }
    inside = f'<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>'
    return _message("LogoutResponse", attributes, issuer, inside)


def _message(kind: str, attributes: Mapping[str, str | None], issuer: str, inside: str) -> bytes:
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value is not None)
    spaces = " ".join(f'xmlns:{prefix}="{NS[prefix]}"' for prefix in ("samlp", "saml"))
    return f"<samlp:{kind} {spaces} {written}><saml:Issuer>{issuer}</saml:Issuer>{inside}</samlp:{kind}>".encode()


def query(xml: bytes, pair: Pair | None, *, kind: str = "SAMLRequest", relay_state: str | None = None) -> str:
    """A query of the Redirect binding, signed unless there is no pair."""
    made = f"{kind}={quote(party.deflated(xml), safe='')}"
    if relay_state is not None:
        made += f"&RelayState={quote(relay_state, safe='')}"
    if pair is not None:
        made += f"&SigAlg={quote(party.RSA_SHA256, safe='')}"
        made += f"&Signature={quote(base64.b64encode(pair.sign(made.encode())).decode(), safe='')}"
    return made


def envelope(xml: bytes) -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="%s"><S:Header/><S:Body>%s</S:Body></S:Envelope>'
        % (
            NS["S"].encode(),
            xml,
        )
    )


def from_envelope(raw: bytes) -> Any:
    """The one message in a SOAP envelope."""
    root: Any = etree.fromstring(raw)
    (message,) = root.find("S:Body", NS)
    return etree.fromstring(etree.tostring(message))


def from_query(location: str, certificates: list[str], *, kind: str) -> tuple[Any, str | None]:
    """The message and RelayState in an address of ours, once its signature was checked with our metadata's keys."""
    raw = urlsplit(location).query
    values = {name: found[0] for name, found in parse_qs(raw).items()}
    covered, _, _ = raw[raw.index(kind + "=") :].partition("&Signature=")
    value = base64.b64decode(values["Signature"])
    assert values["SigAlg"] == party.RSA_SHA256
    key = x509.load_der_x509_certificate(base64.b64decode(certificates[0])).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(value, covered.encode(), padding.PKCS1v15(), hashes.SHA256())
    return etree.fromstring(zlib.decompress(base64.b64decode(values[kind]), -15)), values.get("RelayState")


def verified(message: Any, certificates: list[str]) -> None:
    """libxmlsec's opinion of the signature directly in a message of ours."""
    lines = "\n".join(certificates[0][at : at + 64] for at in range(0, len(certificates[0]), 64))
    context = xmlsec.SignatureContext()
    pem = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(message, "ID")
    context.verify(message.find("ds:Signature", NS))


def codes(message: Any) -> list[str]:
    return [code.get("Value").rsplit(":", 1)[1] for code in message.iterfind(".//samlp:StatusCode", NS)]

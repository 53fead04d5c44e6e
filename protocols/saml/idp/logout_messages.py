"""Logout requests and responses (Core 3.7): ours written canonical and signed, others' read from what their signature covers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from metadata.saml import canonical, document, names, values
from metadata.saml.canonical import attribute, short, text
from metadata.saml.document import Malformed
from metadata.saml.names import SAML, SAMLP
from metadata.saml.party import SamlParty
from metadata.saml.values import instant
from protocols.saml import signature, status
from protocols.saml.idp.named import NameId
from protocols.saml.idp.request import (
    NCNAME,
    SKEW,
    Incoming,
    Unanswerable,
    addressed_to_us,
    fresh,
    from_the_party,
    metadata_still_valid,
)
from protocols.saml.idp.response import Issuer
from protocols.saml.signature import NotSigned
from protocols.saml.status import Status
from protocols.saml.wire import UnverifiedMessage

LIFE: Final = timedelta(minutes=4)
MOST_INDEXES: Final = 20


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A party's request that passed every check. `asynchronous`: it wants no answer (Asynchronous Single Logout Extension)."""

    id: str
    name_id: str
    name_format: str
    qualifiers: tuple[str | None, str | None]
    session_indexes: tuple[str, ...]
    relay_state: str | None
    asynchronous: bool


def read_request(message: UnverifiedMessage, *, party: SamlParty, endpoint: str, now: datetime) -> LogoutRequest:
    """A logout request. Raises a `Problem`: nothing is ended, and nobody is answered, for a message that may be anybody's (C-230)."""
    root = signature.covered(message, trusted=party.signing)
    if root is None:
        # SDP-IDP22: without a signature everybody could end everybody's session.
        raise NotSigned("an unsigned logout request")
    incoming = Incoming(root, True, party, endpoint, now)
    _shape(incoming, "LogoutRequest")
    for check in (from_the_party, metadata_still_valid, addressed_to_us, fresh, _not_over):
        check(incoming)
    name = document.one(root, f"{{{SAML}}}NameID")
    indexes = root.findall(f"{{{SAMLP}}}SessionIndex")
    if name is None or len(indexes) > MOST_INDEXES:
        # Core 3.7.1 knows encrypted names too; our metadata offers no key for them.
        raise Malformed("no NameID, or too many SessionIndexes")
    return LogoutRequest(
        id=root.get("ID", ""),
        name_id=document.text(name),
        name_format=name.get("Format", names.UNSPECIFIED),
        qualifiers=(name.get("NameQualifier"), name.get("SPNameQualifier")),
        session_indexes=tuple(document.text(index) for index in indexes),
        relay_state=message.relay_state,
        asynchronous=root.find(f"{{{SAMLP}}}Extensions/{{{names.ASYNC_SLO}}}Asynchronous") is not None,
    )


def _shape(incoming: Incoming, kind: str) -> None:
    if incoming.root.tag != f"{{{SAMLP}}}{kind}" or incoming.root.get("Version") != "2.0":
        raise Malformed(f"not a {kind} of SAML 2.0")
    if not NCNAME.fullmatch(incoming.root.get("ID", "")):
        raise Malformed("ID is no NCName of at most 256 characters")


def _not_over(incoming: Incoming) -> None:
    until = incoming.root.get("NotOnOrAfter")
    if until is None:
        return
    try:
        over = values.moment(until) + SKEW <= incoming.now
    except ValueError:
        raise Malformed("NotOnOrAfter is not a moment") from None
    if over:
        raise Unanswerable("request.expired", 400, "NotOnOrAfter has passed")


@dataclass(frozen=True, slots=True)
class LogoutResponse:
    """A party's answer that passed every check: to which request of ours, and whether the session is over there."""

    in_response_to: str
    ended: bool


def read_response(
    message: UnverifiedMessage, *, party: SamlParty, endpoint: str | None, now: datetime
) -> LogoutResponse:
    """A logout response. By way of a browser it must be signed (Profiles 4.4.4.2) and addressed to `endpoint`; without one the answer came over the
    connection that we opened to the party, and a signature, where there is one, must hold. Raises a `Problem`.
    """
    root = signature.covered(message, trusted=party.signing)
    if root is None and endpoint is not None:
        raise NotSigned("an unsigned logout response")
    incoming = Incoming(message.root if root is None else root, root is not None, party, endpoint or "", now)
    _shape(incoming, "LogoutResponse")
    for check in (from_the_party, metadata_still_valid, *((addressed_to_us,) if endpoint is not None else ()), fresh):
        check(incoming)
    said = document.one(incoming.root, f"{{{SAMLP}}}Status")
    code = document.one(said, f"{{{SAMLP}}}StatusCode") if said is not None else None
    if code is None:
        raise Malformed("no StatusCode")
    inner = document.one(code, f"{{{SAMLP}}}StatusCode")
    partial = inner is not None and inner.get("Value") == status.PARTIAL_LOGOUT
    ended = code.get("Value") == status.SUCCESS and not partial
    return LogoutResponse(incoming.root.get("InResponseTo", ""), ended)


def request(
    issuer: Issuer,
    name_id: NameId,
    session_index: str,
    *,
    request_id: str,
    to: str,
    party: str,
    now: datetime,
    sign: str,
) -> bytes:
    """Our logout request in UTF-8; `sign` is `inside` for POST and SOAP, `outside` for a query."""
    head = (
        f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" Destination="{attribute(to)}" ID="{request_id}"'
        f' IssueInstant="{instant(now)}" NotOnOrAfter="{instant(now + LIFE)}" Version="2.0">{issuer.element}'
    )
    qualifiers = ""
    if name_id.name_format == names.PERSISTENT:
        qualifiers = f' NameQualifier="{attribute(issuer.entity_id)}" SPNameQualifier="{attribute(party)}"'
    rest = (
        f'<saml:NameID xmlns:saml="{SAML}" Format="{attribute(name_id.name_format)}"{qualifiers}>'
        f"{text(short(name_id.value))}</saml:NameID><samlp:SessionIndex>{text(short(session_index))}</samlp:SessionIndex>"
        "</samlp:LogoutRequest>"
    )
    return _signed(issuer, head, rest, reference=request_id, sign=sign)


def response(issuer: Issuer, why: Status, *, in_response_to: str, to: str, now: datetime, sign: str) -> bytes:
    """Our answer to a party's logout request, in UTF-8."""
    reference = canonical.new_id()
    destination = f' Destination="{attribute(to)}"' if to else ""
    head = (
        f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}"{destination} ID="{reference}"'
        f' InResponseTo="{attribute(short(in_response_to))}" IssueInstant="{instant(now)}" Version="2.0">{issuer.element}'
    )
    detail = f'<samlp:StatusCode Value="{why.detail}"></samlp:StatusCode>' if why.detail else ""
    message = f"<samlp:StatusMessage>{text(short(why.message))}</samlp:StatusMessage>" if why.message else ""
    rest = (
        f'<samlp:Status><samlp:StatusCode Value="{why.code}">{detail}</samlp:StatusCode>{message}</samlp:Status>'
        "</samlp:LogoutResponse>"
    )
    return _signed(issuer, head, rest, reference=reference, sign=sign)


def _signed(issuer: Issuer, head: str, rest: str, *, reference: str, sign: str) -> bytes:
    if sign == "outside":
        return (head + rest).encode()
    return canonical.sign(issuer.seal, head, rest, reference=reference).encode()


def unverified_issuer(message: UnverifiedMessage) -> str:
    """Who a message says it is from: good for finding the metadata to check it against, and for nothing else. Raises `Malformed`."""
    issuer = document.one(message.root, f"{{{SAML}}}Issuer")
    if issuer is None:
        raise Malformed("no Issuer")
    return document.text(issuer)

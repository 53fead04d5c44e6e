"""Logout requests and responses (Core 3.7): ours written canonical and signed, others' read from what their signature covers."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, cast

from lxml.etree import _Element as Element

from metadata.decryption_keys import Opener
from metadata.saml import canonical, document, names, values
from metadata.saml.canonical import Seal, Signer, attribute, short, text
from metadata.saml.document import Malformed
from metadata.saml.names import SAML, SAMLP
from metadata.saml.values import instant
from protocols.saml import signature, status
from protocols.saml.decryption import decrypt
from protocols.saml.incoming import (
    NCNAME,
    SKEW,
    Incoming,
    Sender,
    Unanswerable,
    addressed_to_us,
    fresh,
    from_the_party,
    metadata_still_valid,
)
from protocols.saml.numbered import OF_THE_SIGNATURE, numbered
from protocols.saml.signature import NotSigned
from protocols.saml.status import Status
from protocols.saml.wire import UnverifiedMessage

LIFE: Final = timedelta(minutes=4)
MOST_INDEXES: Final = 20
REQUEST: Final = "LogoutRequest"
ENCRYPTED_ID: Final = f"{{{SAML}}}EncryptedID"


class Ours(Protocol):
    """We, under one key: the entity, how it signs, and its Issuer element."""

    @property
    def entity_id(self) -> str: ...
    @property
    def seal(self) -> Seal: ...
    @property
    def element(self) -> str: ...


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A party's request that passed every check. `asynchronous`: it wants no answer (Asynchronous Single Logout Extension).

    `name` is the whole NameID element (`name_of`), `name_id` its text; both are empty, as nobody is called, where it was encrypted and nothing of
    ours opens it: who asks learns no more than about a stranger.
    """

    id: str
    name: str
    name_id: str
    name_format: str
    qualifiers: tuple[str | None, str | None]
    session_indexes: tuple[str, ...]
    relay_state: str | None
    asynchronous: bool


def hides_its_name(message: UnverifiedMessage) -> bool:
    """Whether a key of ours may be needed to read whom a message is about."""
    return next(message.root.iter(ENCRYPTED_ID), None) is not None


def read_request(
    message: UnverifiedMessage, *, party: Sender, endpoint: str, now: datetime, openers: Sequence[Opener] = ()
) -> LogoutRequest:
    """A logout request. Raises a `Problem`: nothing is ended, and nobody is answered, for a message that may be anybody's (C-230)."""
    root = signature.covered(message, trusted=party.signing)
    if root is None:
        # SDP-IDP22: without a signature everybody could end everybody's session.
        raise NotSigned("an unsigned logout request")
    incoming: Incoming[Sender] = Incoming(root, True, party, endpoint, now)
    _shape(incoming, REQUEST)
    for check in (from_the_party, metadata_still_valid, addressed_to_us, fresh, _not_over):
        check(incoming)
    indexes = root.findall(f"{{{SAMLP}}}SessionIndex")
    if len(indexes) > MOST_INDEXES:
        raise Malformed("too many SessionIndexes")
    name = _whom(root, openers)
    return LogoutRequest(
        id=root.get("ID", ""),
        name=name.whole,
        name_id=name.value,
        name_format=name.name_format,
        qualifiers=name.qualifiers,
        session_indexes=tuple(document.text(index) for index in indexes),
        relay_state=message.relay_state,
        asynchronous=root.find(f"{{{SAMLP}}}Extensions/{{{names.ASYNC_SLO}}}Asynchronous") is not None,
    )


@dataclass(frozen=True, slots=True)
class _Name:
    whole: str = ""
    value: str = ""
    name_format: str = names.UNSPECIFIED
    qualifiers: tuple[str | None, str | None] = (None, None)


def _whom(root: Element, openers: Sequence[Opener]) -> _Name:
    """Core 3.7.1: the person, by a name or by an encrypted one. Why that cannot be read is nobody's to learn: a key of ours answers no questions."""
    plain, hidden = document.one(root, f"{{{SAML}}}NameID"), document.one(root, ENCRYPTED_ID)
    if (plain is None) is (hidden is None):
        raise Malformed("no NameID, or several")
    if plain is not None:
        return _name(plain)
    try:
        return _name(document.parse(decrypt(cast(Element, hidden), openers)))
    except Malformed:
        return _Name()


def _name(element: Element) -> _Name:
    qualifiers = element.get("NameQualifier"), element.get("SPNameQualifier")
    return _Name(name_of(element), document.text(element), element.get("Format", names.UNSPECIFIED), qualifiers)


def _shape(incoming: Incoming[Any], kind: str) -> None:
    if incoming.root.tag != f"{{{SAMLP}}}{kind}" or incoming.root.get("Version") != "2.0":
        raise Malformed(f"not a {kind} of SAML 2.0")
    if not NCNAME.fullmatch(incoming.root.get("ID", "")):
        raise Malformed("ID is no NCName of at most 256 characters")


def _not_over(incoming: Incoming[Any]) -> None:
    until = incoming.root.get("NotOnOrAfter")
    if until is None:
        return
    try:
        # Nothing is added to a moment of theirs: it may be the last that a calendar knows.
        over = values.moment(until) <= incoming.now - SKEW
    except ValueError:
        raise Malformed("NotOnOrAfter is not a moment") from None
    if over:
        raise Unanswerable("request.expired", 400, "NotOnOrAfter has passed")


@dataclass(frozen=True, slots=True)
class LogoutResponse:
    """A party's answer that passed every check: to which request of ours, and whether the session is over there."""

    in_response_to: str
    ended: bool


def read_response(message: UnverifiedMessage, *, party: Sender, endpoint: str | None, now: datetime) -> LogoutResponse:
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
    issuer: Ours, name_id: str, session_index: str | None, *, request_id: str, to: str, now: datetime, sign: str
) -> bytes:
    """Our logout request in UTF-8. `name_id` is the whole element, canonical; `sign` is `inside` for POST, `in soap`, `outside` for a query."""
    head = (
        f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" Destination="{attribute(to)}" ID="{request_id}"'
        f' IssueInstant="{instant(now)}" NotOnOrAfter="{instant(now + LIFE)}" Version="2.0">{issuer.element}'
    )
    index = f"<samlp:SessionIndex>{text(short(session_index))}</samlp:SessionIndex>" if session_index else ""
    return _signed(issuer, head, f"{name_id}{index}</samlp:LogoutRequest>", reference=request_id, sign=sign)


def response(issuer: Ours, why: Status, *, in_response_to: str, to: str, now: datetime, sign: str) -> bytes:
    """Our answer to a party's logout request, in UTF-8; `in_response_to` is empty where the request has no ID that could be one (Core 3.2.2)."""
    reference = canonical.new_id()
    destination = f' Destination="{attribute(to)}"' if to else ""
    about = f' InResponseTo="{attribute(short(in_response_to))}"' if in_response_to else ""
    head = (
        f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}"{destination} ID="{reference}"{about}'
        f' IssueInstant="{instant(now)}" Version="2.0">{issuer.element}'
    )
    detail = f'<samlp:StatusCode Value="{why.detail}"></samlp:StatusCode>' if why.detail else ""
    message = f"<samlp:StatusMessage>{text(short(why.message))}</samlp:StatusMessage>" if why.message else ""
    rest = (
        f'<samlp:Status><samlp:StatusCode Value="{why.code}">{detail}</samlp:StatusCode>{message}</samlp:Status>'
        "</samlp:LogoutResponse>"
    )
    return _signed(issuer, head, rest, reference=reference, sign=sign)


def _signed(issuer: Ours, head: str, rest: str, *, reference: str, sign: str) -> bytes:
    if sign == "outside":
        return (head + rest).encode()
    if sign == "in soap":
        seal = canonical.prepare(issuer.seal.signer, prefix=OF_THE_SIGNATURE)
        return canonical.sign(seal, numbered(head), numbered(rest), reference=reference).encode()
    return canonical.sign(issuer.seal, head, rest, reference=reference).encode()


def name_of(element: Element) -> str:
    """A NameID in the one form in which we keep and compare it: its own words, in our writing (Core 2.2.2)."""
    told = {name: element.get(name) for name in ("Format", "NameQualifier", "SPNameQualifier", "SPProvidedID")}
    if told["Format"] == names.UNSPECIFIED:
        # Core 2.2.2: the same as saying nothing.
        told["Format"] = None
    written = "".join(f' {name}="{attribute(value)}"' for name, value in told.items() if value is not None)
    return f'<saml:NameID xmlns:saml="{SAML}"{written}>{text(document.text(element))}</saml:NameID>'


@dataclass(frozen=True, slots=True)
class Writer:
    """We, under one key, as `Ours` wants it."""

    entity_id: str
    seal: Seal
    element: str


@functools.lru_cache(maxsize=16)
def writer(entity_id: str, signer: Signer) -> Writer:
    """We as this entity, made once for a key."""
    element = f'<saml:Issuer xmlns:saml="{SAML}">{text(short(entity_id))}</saml:Issuer>'
    return Writer(entity_id, canonical.prepare(signer), element)


def unverified_id(message: UnverifiedMessage) -> str:
    """The ID that an answer may name, empty where the request has none of that shape; anybody may have written it."""
    found = message.root.get("ID", "")
    return found if NCNAME.fullmatch(found) else ""


def unverified_issuer(message: UnverifiedMessage) -> str:
    """Who a message says it is from: good for finding the metadata to check it against, and for nothing else. Raises `Malformed`."""
    issuer = document.one(message.root, f"{{{SAML}}}Issuer")
    if issuer is None:
        raise Malformed("no Issuer")
    return document.text(issuer)

"""To which party a new connection belongs: an existing one, which it does not widen unasked, or one that the connection introduces (D12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from directory.identifiers import parse_email_address
from idp.cli.options import one_line
from idp.cli.output import Refused
from idp.core.db import Db
from metadata import connections, parties
from metadata.oidc import clients
from metadata.parties import KnownParty, PartyKind
from metadata.saml.party import SamlParty
from protocols.attributes import catalogue

SAML_CONTACTS = ("support", "technical", "administrative", "other", "billing")


@dataclass(frozen=True, slots=True)
class Typed:
    """What the operator said: about a new party, or under which existing one (`under`) the connection hangs."""

    kind: PartyKind
    under: str | None
    widen: bool
    name: str | None
    contact_email: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Introduced:
    """What the connection's own file says about its party; `address` is where its subjects are at home."""

    name: str
    address: str
    contact_name: str | None
    contact_email: str | None
    url: str | None


def by_client(metadata: dict[str, Any]) -> Introduced:
    """From validated RFC 7591 metadata."""
    contacts, name, url = metadata.get("contacts"), metadata.get("client_name"), metadata.get("client_uri")
    # A client for data alone has no address where people come back.
    first = (metadata["redirect_uris"] or [url or metadata.get("client_id") or str(name)])[0]
    return Introduced(
        name=name if isinstance(name, str) else urlsplit(first).hostname or first,
        # OIDC Core 8.1: a list of addresses that share a sector gives it its name.
        address=metadata.get("sector_identifier_uri", first),
        contact_name=None,
        contact_email=_first_address(contacts if isinstance(contacts, list) else ()),
        url=url if isinstance(url, str) else None,
    )


def by_service_provider(sp: SamlParty) -> Introduced:
    """From SAML metadata: its Dutch name, else its English one, else any."""
    names = [*(sp.names.get(lang) for lang in ("nl", "en")), *sp.names.values()]
    contacts = sorted((c for c in sp.contacts if c.kind in SAML_CONTACTS), key=lambda c: SAML_CONTACTS.index(c.kind))
    chosen = next((contact for contact in contacts if _first_address([contact.email])), None)
    return Introduced(
        name=next((name for name in names if name), urlsplit(sp.entity_id).hostname or sp.entity_id),
        address=sp.entity_id,
        contact_name=chosen.name[:200] or None if chosen else None,
        contact_email=_first_address([chosen.email]) if chosen else None,
        url=None,
    )


def scopes_offered(kind: PartyKind, under: KnownParty | None) -> tuple[str, ...]:
    """The scopes of a client that names none: what its party may ask for already, else all (without the ECK-iD for a network provider)."""
    if under is not None:
        return tuple(scope for scope in catalogue.SCOPES if catalogue.asked_by_scopes([scope]) <= under.fields)
    return tuple(scope for scope in catalogue.SCOPES if kind == "publisher" or scope != "eckid")


def fields_asked(
    sp: SamlParty, kind: PartyKind, under: KnownParty | None, *, required_only: bool = False
) -> frozenset[str]:
    """The fields that a service provider's metadata asks for; when it names none that we know, like `scopes_offered`.

    `required_only` leaves out what it could do without (isRequired, Metadata 2.4.4.2), and what it does not name.
    """
    # C-221: a name that is the same at every party is asked for by who demands it, and by nobody else.
    always = {"subject", "subject_id"} if sp.subject_id == "subject-id" else {"subject"}
    asked = catalogue.asked_by_attributes(
        attribute.name for attribute in sp.requested if attribute.required or not required_only
    )
    if not asked and not required_only:
        asked = catalogue.asked_by_scopes(scopes_offered(kind, under))
    return asked | always


async def party_for(
    db: Db, typed: Typed, said: Introduced, fields: frozenset[str], *, now: datetime, loopback_allowed: bool
) -> KnownParty:
    """The party of a new connection that asks for these fields. Raises `LookupError`, `Refused`."""
    if typed.under is not None:
        return await _existing(db, await parties.find(db, typed.under), fields, widen=typed.widen)
    url = typed.url or said.url
    if url is not None:
        clients.check_uri(url, loopback_allowed=loopback_allowed)
    email = parse_email_address(typed.contact_email) if typed.contact_email else said.contact_email
    contact = {"contact_name": said.contact_name, "contact_email": email, "url": url}
    party_id = await parties.add_party(
        db,
        name=typed.name or one_line(said.name, most=200),
        kind=typed.kind,
        fields=fields,
        sector=await connections.new_sector(db, said.address),
        now=now,
        contact=contact,
    )
    return await parties.by_id(db, party_id)


async def _existing(db: Db, party: KnownParty, fields: frozenset[str], *, widen: bool) -> KnownParty:
    beyond = fields - party.fields
    if not beyond:
        return party
    if not widen:
        told = f"the connection asks for what party {party.id} may not ask for: {', '.join(sorted(beyond))}; --widen allows it"
        raise Refused("wider_than_party", told, fields=sorted(beyond))
    await connections.widen(db, party.id, party.fields | fields)
    return await parties.by_id(db, party.id)


def _first_address(candidates: Iterable[object]) -> str | None:
    for candidate in candidates:
        try:
            return parse_email_address(str(candidate))
        except ValueError:
            continue
    return None

"""What a contact changes about a connection himself: a new client secret, and other addresses or metadata (`idp.sandbox.proposals`)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from idp.core import throttle
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.core.throttle import Policy
from idp.sandbox import proposals
from idp.sandbox.proposals import Desired
from idp.web.party import frame
from idp.web.party.guards import ADDRESS, Contact, Form, acts, opens, view
from metadata import client_changes, connections
from metadata.client_changes import LISTS, SINGLE, Registered, Unchangeable
from metadata.connections import Connection
from metadata.oidc import referred
from metadata.oidc.clients import MetadataRefused

OVERLAPS: Final = (0, 1, 3, 7)
"""Days for which the former secret counts beside the new one."""
USUAL_OVERLAP: Final = 1
PACE: Final = Policy(free=10, first_pause=600, longest_pause=3600, most=40)
"""Changes of one party: each mails people and may ask a server something."""
TOO_OFTEN: Final = "party.too_often"


async def list_(contact: Contact) -> Response:
    """Each connection, and what waits for an operator."""
    async with contact.floor.database.read() as db:
        found = await connections.of_party(db, contact.party.id)
        waiting = {one.connection: one for one in await proposals.waiting(db, party_id=contact.party.id)}
        shown = [await _shown(db, contact, one, waiting.get(one.name)) for one in found]
    return frame.respond(contact, "connections.html", at="connections", connections=shown)


async def _shown(db: Db, contact: Contact, one: Connection, waits: proposals.Waiting | None) -> dict[str, Any]:
    client = (
        await client_changes.registered(db, one.name, party_id=contact.party.id) if one.protocol == "oidc" else None
    )
    return {
        "id": one.id,
        "protocol": one.protocol,
        "name": one.name,
        "enabled": one.enabled,
        "addresses": one.addresses,
        "secret": client is not None and client.has_secret,
        "former_until": _still(client, contact) if client is not None else None,
        "source": one.details.get("source"),
        "waits_since": waits.proposed_at.astimezone(AMSTERDAM) if waits else None,
    }


def _still(client: Registered, contact: Contact) -> datetime | None:
    ends = client.ends
    return ends.astimezone(AMSTERDAM) if ends is not None and ends > contact.now else None


async def secret(contact: Contact) -> Response:
    """How a new secret comes about, and how long the former one goes on."""
    return await _secret_page(contact)


async def _secret_page(contact: Contact, *, error: str | None = None, overlap: int = USUAL_OVERLAP) -> Response:
    async with contact.floor.database.read() as db:
        client = await _client(db, contact)
    if not client.has_secret:
        raise Problem("not_found", status=404, detail="a client without a secret")
    return frame.respond(
        contact,
        "secret.html",
        at="connections",
        error=error,
        name=client.client_id,
        here=contact.request.url.path,
        version=client.version,
        overlaps=OVERLAPS,
        overlap=overlap,
    )


async def renew(contact: Contact, form: Form) -> Response:
    """Makes the secret and shows it, this once."""
    days = _days(form.get("overlap", ""))
    if await _too_often(contact):
        return await _secret_page(contact, error=TOO_OFTEN, overlap=days)
    try:
        async with contact.floor.database.begin() as db:
            client = await _client(db, contact)
            if form.get("version") != str(client.version):
                # A page that is loaded again must not take away the secret that it showed.
                raise Unchangeable("the secret was renewed meanwhile")
            made = await client_changes.renew_secret(
                db, contact.floor.keyring, client, overlap=timedelta(days=days), now=contact.now
            )
            await proposals.secret_renewed(
                db,
                contact.party,
                client,
                now=contact.now,
                by=contact.by,
                contact=contact.floor.settings.support_contact,
            )
    except Unchangeable:
        return await _secret_page(contact, error="party.secret.meanwhile", overlap=days)
    until = (contact.now + timedelta(days=days)).astimezone(AMSTERDAM) if days else None
    return frame.respond(
        contact, "secret_shown.html", at="connections", name=client.client_id, secret=made, former_until=until
    )


async def addresses(contact: Contact) -> Response:
    """Where a client is reached, to change it; newer metadata of an entity."""
    return await _addresses_page(contact)


async def _addresses_page(
    contact: Contact, *, error: str | None = None, told: str | None = None, form: Form | None = None
) -> Response:
    async with contact.floor.database.read() as db:
        one = await _connection(db, contact)
        client = await _client(db, contact) if one.protocol == "oidc" else None
        at_once = not await proposals.in_use(db, contact.party)
    if one.details.get("source"):
        raise Problem("not_found", status=404, detail="its metadata are published at an address")
    return frame.respond(
        contact,
        "addresses.html",
        at="connections",
        error=error,
        told=told,
        one={"id": one.id, "protocol": one.protocol, "name": one.name},
        here=contact.request.url.path,
        typed=_typed(client.metadata if client is not None else {}) | dict(form or {}),
        lists=LISTS,
        single=SINGLE,
        at_once=at_once,
    )


def _typed(metadata: Mapping[str, Any]) -> dict[str, str]:
    listed = {name: "\n".join(metadata.get(name, ())) for name in LISTS}
    return listed | {name: metadata.get(name, "") for name in SINGLE}


async def change(contact: Contact, form: Form) -> Response:
    """At once, or for an operator to say yes to."""
    loopback = contact.floor.settings.loopback
    by, asked = contact.by, contact.floor.settings.support_contact
    try:
        async with contact.floor.database.read() as db:
            desired = await _desired(db, contact, form, loopback=loopback)
        if await _too_often(contact):
            return await _addresses_page(contact, error=TOO_OFTEN, form=form)
        if desired.metadata is not None:
            made = await referred.fetched(desired.metadata, loopback_allowed=loopback)
            desired = replace(desired, metadata=made)
        async with contact.floor.database.begin() as db:
            at_once = await proposals.want(
                db, contact.party, desired, now=contact.now, by=by, contact=asked, loopback=loopback
            )
    except (MetadataRefused, Unchangeable) as refused:
        if refused.why:
            because = f"party.addresses.because.{refused.why}"
            return await _addresses_page(contact, error=because, told=refused.about, form=form)
        return await _addresses_page(contact, error="party.addresses.wrong", told=str(refused), form=form)
    return frame.back(contact, "/connections", done="changed" if at_once else "proposed")


async def _desired(db: Db, contact: Contact, form: Form, *, loopback: bool) -> Desired:
    one = await _connection(db, contact)
    if one.protocol == "saml":
        return Desired(one.name, document=form.get("document", "").strip().encode())
    client = await _client(db, contact)
    wanted: dict[str, Any] = {name: form.get(name, "").split() for name in LISTS}
    wanted |= {name: form.get(name, "").strip() for name in SINGLE}
    return Desired(one.name, client, client_changes.readdressed(client, wanted, loopback_allowed=loopback))


async def _connection(db: Db, contact: Contact) -> Connection:
    """The one that the address names. Raises `Problem("not_found")` for another party's, which is as one that does not exist."""
    of_client = "client" in contact.request.path_params
    wanted = ("oidc", contact.number("client")) if of_client else ("saml", contact.number("entity"))
    found = await connections.of_party(db, contact.party.id)
    one = next((one for one in found if (one.protocol, one.id) == wanted), None)
    if one is None:
        raise Problem("not_found", status=404, detail="no such connection of this party")
    return one


async def _client(db: Db, contact: Contact) -> Registered:
    one = await _connection(db, contact)
    if one.protocol != "oidc":
        raise Problem("not_found", status=404, detail="an entity has no secret")
    return await client_changes.registered(db, one.name, party_id=contact.party.id)


async def _too_often(contact: Contact) -> bool:
    """Counts one change of this party, whoever makes it; whether there were too many."""
    return await throttle.enter(contact.floor.store, changes_of(contact.floor, contact.party.id), PACE) > 0


def changes_of(floor: Floor, party_id: int) -> bytes:
    """The counter of this party's changes."""
    return floor.keyring.mac("token", "throttle", "connection changes", str(party_id))


def _days(text: str) -> int:
    return next((days for days in OVERLAPS if str(days) == text), USUAL_OVERLAP)


_CLIENT: Final = ADDRESS + "/{party}/clients/{client}"
_ENTITY: Final = ADDRESS + "/{party}/entities/{entity}"

ROUTES = [
    Route(ADDRESS + "/{party}/connections", view(list_)),
    Route(f"{_CLIENT}/secret", opens(secret), methods=["GET"]),
    Route(f"{_CLIENT}/secret", acts(renew), methods=["POST"]),
    Route(f"{_CLIENT}/addresses", opens(addresses), methods=["GET"]),
    Route(f"{_CLIENT}/addresses", acts(change), methods=["POST"]),
    Route(f"{_ENTITY}/metadata", opens(addresses), methods=["GET"]),
    Route(f"{_ENTITY}/metadata", acts(change), methods=["POST"]),
]

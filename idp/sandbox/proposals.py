"""What a party wants changed about its connections, by its contacts or by an operator for it.

Under test, and used by nobody but reference people, a change counts at once: that is what a test is for. Once a school says yes to the party another
address is where its pupils' data go, so that an operator looks at it first, outside these pages.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from consent.models import Tick
from directory import contacts
from directory.models import School
from idp.core import ledger, mail
from idp.core.db import Db
from metadata import client_changes, entity_changes, parties
from metadata.client_changes import Registered, Unchangeable
from metadata.models import ConnectionProposal, OidcClient, Party, SamlEntity
from metadata.parties import KnownParty
from metadata.saml.document import Malformed

Differs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that nobody decided yet."""

    id: int
    party_id: int
    party: str
    protocol: str
    connection: str
    proposed_at: datetime
    addresses: dict[str, Any] | None
    document: bytes | None


@dataclass(frozen=True, slots=True)
class Desired:
    """What is to become of a connection of a party: `metadata` of a client (`client_changes.readdressed`), or the `document` of an entity."""

    connection: str
    client: Registered | None = None
    metadata: Mapping[str, Any] | None = None
    document: bytes | None = None


async def in_use(db: Db, party: KnownParty) -> bool:
    """Whether anybody but reference people may be sent to the party: it is not under test, or a school that exists says yes to it."""
    if not party.under_test:
        return True
    real = School.id == Tick.school_id, School.reference_of.is_(None)
    said = select(exists().where(Tick.party_id == party.id, Tick.given, *real))
    return bool((await db.execute(said)).scalar())


async def secret_renewed(db: Db, party: KnownParty, known: Registered, *, now: datetime, by: str, contact: str) -> None:
    """Records that a client's secret was renewed, and tells every contact of the party. `contact` is whom to ask."""
    fresh = await client_changes.registered(db, known.client_id)
    until = datetime.fromtimestamp(fresh.former_until, UTC) if fresh.former_until else None
    detail = {"party": party.id, "connection": known.client_id, "former_until": fresh.former_until}
    await ledger.record(db, "party.secret_renewed", now=now, by=by, detail=detail)
    kind = "party_secret_renewed" if until else "party_secret_replaced"
    await _tell(db, party, kind, now=now, connection=known.client_id, contact=contact, until=until)


async def want(
    db: Db, party: KnownParty, desired: Desired, *, now: datetime, by: str, contact: str, loopback: bool
) -> bool:
    """Makes the change, or keeps it for an operator, in the place of what was proposed before. True where it counts at once.

    Raises `Unchangeable` for what differs in nothing or cannot be used, `LookupError`.
    """
    # Who looks at the party, or says the first yes to it, at this moment is before this change or after it (`parties.hold_offered`).
    await parties.hold(db, party.id)
    differs = await _differs(db, desired, now=now, loopback=loopback)
    if not differs:
        raise Unchangeable("nothing differs from what is registered", why="same")
    await _forget(db, desired.connection)
    if not await in_use(db, party):
        await apply(db, party, desired, now=now, by=by, contact=contact, loopback=loopback)
        # What counts at once while nobody but reference people comes is looked at before a school's pupils do (`idp.sandbox.looking`).
        await db.execute(
            update(Party).where(Party.id == party.id, Party.unseen_since.is_(None)).values(unseen_since=now)
        )
        return True
    await _keep(db, desired, now=now, by=by)
    detail = {"party": party.id, "connection": desired.connection, "fields": sorted(differs)}
    await ledger.record(db, "party.change_proposed", now=now, by=by, detail=detail)
    await _tell(db, party, "party_change_proposed", now=now, connection=desired.connection, contact=contact)
    await mail.queue(db, "party_change_waits", contact, now=now, party=party.name, connection=desired.connection)
    return False


async def _differs(db: Db, desired: Desired, *, now: datetime, loopback: bool) -> Differs:
    if desired.client is not None and desired.metadata is not None:
        return client_changes.difference(desired.client.metadata, desired.metadata)
    change = await _read(db, desired, now=now, loopback=loopback)
    kept = select(SamlEntity.document_sha256).where(SamlEntity.entity_id == desired.connection)
    was, now_it_is = (await db.execute(kept)).scalar_one(), hashlib.sha256(change.octets).hexdigest()
    # Another document that says the same of what we use, such as until when it holds.
    return change.differs or ({} if was == now_it_is else {"document": {"removed": [was], "added": [now_it_is]}})


async def _read(db: Db, desired: Desired, *, now: datetime, loopback: bool) -> entity_changes.Change:
    """What a document means for the publisher's entity. It must be that very entity's, and stand under nobody else's word."""
    try:
        changes = await entity_changes.of_file(db, desired.document or b"", loopback_http=loopback, now=now)
    except (Malformed, LookupError, ValueError) as refused:
        told = refused.detail if isinstance(refused, Malformed) else str(refused)
        raise Unchangeable(told, why="document", about=told) from None
    change = changes[0]
    if len(changes) != 1 or change.role != "sp" or change.entity_id != desired.connection:
        raise Unchangeable("the metadata are of another entity", why="other_entity")
    if change.kind == "refused":
        told = change.why or "the metadata cannot be used"
        raise Unchangeable(told, why="document", about=told)
    return change


async def apply(
    db: Db, party: KnownParty, desired: Desired, *, now: datetime, by: str, contact: str, loopback: bool
) -> None:
    """Makes the change, from the commit on: recorded, and told to every contact of the party. Raises `Unchangeable`."""
    fields = sorted(await _differs(db, desired, now=now, loopback=loopback))
    if desired.client is not None and desired.metadata is not None:
        await client_changes.readdress(db, desired.client, desired.metadata)
    else:
        change = await _read(db, desired, now=now, loopback=loopback)
        await entity_changes.apply(db, [change], source_id=None, now=now)
    detail = {"party": party.id, "connection": desired.connection, "fields": fields}
    await ledger.record(db, "party.connection_changed", now=now, by=by, detail=detail)
    await _tell(db, party, "party_connection_changed", now=now, connection=desired.connection, contact=contact)


async def _keep(db: Db, desired: Desired, *, now: datetime, by: str) -> None:
    values: dict[str, Any] = {"by": by, "proposed_at": now}
    if desired.client is not None and desired.metadata is not None:
        asked = {name: desired.metadata.get(name) for name in (*client_changes.LISTS, *client_changes.SINGLE)}
        values |= {"oidc_client_id": desired.client.id, "addresses": asked}
    else:
        entity = select(SamlEntity.id).where(SamlEntity.entity_id == desired.connection)
        values |= {"saml_entity_id": (await db.execute(entity)).scalar_one(), "document": desired.document}
    await db.execute(insert(ConnectionProposal).values(**values))


async def _forget(db: Db, connection: str) -> None:
    client = select(OidcClient.id).where(OidcClient.client_id == connection)
    entity = select(SamlEntity.id).where(SamlEntity.entity_id == connection)
    await db.execute(delete(ConnectionProposal).where(ConnectionProposal.oidc_client_id.in_(client)))
    await db.execute(delete(ConnectionProposal).where(ConnectionProposal.saml_entity_id.in_(entity)))


async def waiting(db: Db, *, party_id: int | None = None) -> list[Waiting]:
    """What waits for an operator, the oldest first; of one party, if one is named."""
    columns = ConnectionProposal.id, ConnectionProposal.proposed_at
    content = ConnectionProposal.addresses, ConnectionProposal.document
    of_client = select(*columns, *content, OidcClient.party_id, OidcClient.client_id)
    of_entity = select(*columns, *content, SamlEntity.party_id, SamlEntity.entity_id)
    rows = [
        ("oidc", row)
        for row in await db.execute(of_client.join(OidcClient, OidcClient.id == ConnectionProposal.oidc_client_id))
    ]
    rows += [
        ("saml", row)
        for row in await db.execute(of_entity.join(SamlEntity, SamlEntity.id == ConnectionProposal.saml_entity_id))
    ]
    names = {party.id: party.name for party in await parties.known(db, {row[4] for _, row in rows})}
    found = [
        Waiting(row[0], row[4], names[row[4]], protocol, row[5], row[1], row[2], row[3])
        for protocol, row in rows
        if party_id in {None, row[4]}
    ]
    return sorted(found, key=lambda one: one.id)


async def find(db: Db, number: int) -> Waiting:
    """One that waits. Raises `LookupError`."""
    found = next((one for one in await waiting(db) if one.id == number), None)
    if found is None:
        raise LookupError(f"no proposal {number}")
    return found


async def differs_by(db: Db, desired: Desired, *, now: datetime, loopback: bool) -> Differs:
    """What would change, by name. Raises `Unchangeable`."""
    return await _differs(db, desired, now=now, loopback=loopback)


async def approve(
    db: Db, one: Waiting, desired: Desired, *, now: datetime, by: str, contact: str, loopback: bool
) -> None:
    """The proposal counts from the commit on. Raises `Unchangeable` for one that meanwhile cannot be used."""
    party = await parties.by_id(db, one.party_id)
    await apply(db, party, desired, now=now, by=by, contact=contact, loopback=loopback)
    await _forget(db, one.connection)


async def refuse(db: Db, one: Waiting, *, now: datetime, by: str, contact: str) -> None:
    """Everything stays as it was, and the party hears so."""
    party = await parties.by_id(db, one.party_id)
    await _forget(db, one.connection)
    detail = {"party": party.id, "connection": one.connection}
    await ledger.record(db, "party.change_refused", now=now, by=by, detail=detail)
    await _tell(db, party, "party_change_refused", now=now, connection=one.connection, contact=contact)


async def _tell(
    db: Db, party: KnownParty, kind: str, *, now: datetime, until: datetime | None = None, **values: str
) -> None:
    """Everybody who acts for the party, and the address that it gave."""
    addresses = [one.email for one in await contacts.of_party(db, party.id)]
    if party.contact_email:
        addresses.append(party.contact_email.lower())
    for address in dict.fromkeys(addresses):
        await mail.queue(db, kind, address, now=now, party=party.name, until=until or "", **values)

"""Looking at what a party's own people changed at once while it was under test, before any school's pupils are sent there.

What a contact of a live party wants is proposed, validated, fetched and looked at by an operator; under test it counts at once. Until the operator
looked, no school can say yes to the party, and it stays under test.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from directory.reference import people as reference_people
from idp.core import ledger
from idp.core.crypto import same
from idp.core.db import Db
from idp.core.floor import Floor
from idp.sandbox import checking, exchanges, probing, proposals
from idp.sandbox.checking import Checked
from idp.sandbox.probing import Ask
from idp.sandbox.proposals import Desired
from metadata import client_changes, connections, entity_changes, parties
from metadata.client_changes import LISTS, SINGLE, Unchangeable
from metadata.connections import Connection
from metadata.models import Party
from metadata.oidc import referred
from metadata.oidc.clients import MetadataRefused
from metadata.parties import KnownParty


class Changed(Exception):
    """Between a look and the word that it is right the party's own people changed something."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A connection as it stands: where it is reached, `trouble` where a live party would not get that, and how its software answered a knock."""

    connection: Connection
    addresses: tuple[str, ...]
    mark: str
    trouble: str | None
    lines: tuple[Checked, ...] = ()


async def look(floor: Floor, party: KnownParty, ask: Ask) -> list[Looked]:
    """Every connection of the party, checked as a change of a live party is: validated anew, what it refers to fetched, and under test knocked at."""
    async with floor.database.read() as db:
        found = await connections.of_party(db, party.id)
        school = await reference_people.school_of(db, party.id)
    if school is not None:
        for one in found:
            if one.protocol == "oidc":
                await probing.probe(floor, party.id, school.id, one, ask)
    async with floor.database.read() as db:
        seen = await exchanges.listed(db, floor.keyring, party.id)
    return [await _looked(floor, one, tuple(_lines(seen, one))) for one in found]


def _lines(seen: list[exchanges.Exchange], one: Connection) -> Iterable[Checked]:
    return checking.checklist(seen, one.name, one.protocol, "en", but_for=checking.useless(one.details))


async def _looked(floor: Floor, one: Connection, lines: tuple[Checked, ...]) -> Looked:
    loopback = floor.settings.loopback
    if one.protocol == "oidc":
        async with floor.database.read() as db:
            known = await client_changes.registered(db, one.name)
        wanted = {name: known.metadata.get(name) for name in (*LISTS, *SINGLE)}
        try:
            made = client_changes.readdressed(known, wanted, loopback_allowed=loopback)
            await referred.fetched(made, loopback_allowed=loopback)
            trouble = None
        except MetadataRefused as refused:
            trouble = str(refused)
        listed = [each for name in LISTS for each in wanted[name] or ()]
        listed += [str(wanted[name]) for name in SINGLE if wanted[name]]
        return Looked(one, tuple(listed), _marked(one, str(known.version)), trouble, lines)
    async with floor.database.read() as db:
        document = await entity_changes.document_of(db, one.name)
        try:
            await proposals.differs_by(db, Desired(one.name, document=document), now=floor.now, loopback=loopback)
            trouble = None
        except Unchangeable as refused:
            trouble = str(refused)
    return Looked(one, one.addresses, _marked(one, _digest(document)), trouble, lines)


def fingerprint(looked: Iterable[Looked]) -> str:
    """Stands for exactly these connections as they are: another one means that somebody changed one since."""
    return _fingerprint(one.mark for one in looked)


async def stands(db: Db, party_id: int) -> str:
    """The fingerprint of the party's connections as they stand now."""
    return _fingerprint([await _mark(db, one) for one in await connections.of_party(db, party_id)])


def _fingerprint(marks: Iterable[str]) -> str:
    return hashlib.sha256(repr(sorted(marks)).encode()).hexdigest()[:32]


async def _mark(db: Db, one: Connection) -> str:
    if one.protocol == "oidc":
        return _marked(one, str((await client_changes.registered(db, one.name)).version))
    return _marked(one, _digest(await entity_changes.document_of(db, one.name)))


def _marked(one: Connection, state: str) -> str:
    return f"{one.name} {state}"


def _digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


async def seen(db: Db, party: KnownParty, looked_at: str, *, now: datetime, by: str) -> None:
    """An operator looked at what has this fingerprint, and it is right: schools can say yes from the commit on.

    Raises `Changed` where it stands otherwise by now: a look takes as long as the party's own servers take to answer.
    """
    await parties.hold(db, party.id)
    if not same(await stands(db, party.id), looked_at):
        raise Changed(f"{party.name} was changed meanwhile")
    await db.execute(update(Party).where(Party.id == party.id).values(unseen_since=None))
    await ledger.record(db, "party.looked_at", now=now, by=by, detail={"party": party.id})

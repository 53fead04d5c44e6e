"""The last ten exchanges of a party under test: kept after the answer, read by its contacts, gone after two weeks.

An exchange is kept when it is about somebody of the party's own reference school, or was refused before anybody had signed in. Everything else,
and with it whatever a person who exists does, is dropped here, whoever hands it over.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import delete, exists, func, insert, select, update

from directory.reference import people as reference_people
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.purging import PORTION, delete_some
from idp.sandbox.models import ExchangeStep
from idp.sandbox.seen import Seen, Step
from metadata.models import Party

MOST: Final = 10
"""Exchanges of one party."""
MOST_OF_NOBODY: Final = 5
"""Of them, such as were refused before anybody signed in: what strangers send never pushes out what a contact tried."""
MOST_STEPS: Final = 12
"""Steps of one exchange."""
KEPT: Final = timedelta(days=14)
PAUSE: Final = 1
"""Seconds between two refusals of nobody that are kept: anybody can send those, as fast as he likes."""


@dataclass(frozen=True, slots=True)
class KeptStep:
    """A step with its moment; `number` tells which of two was kept first."""

    at: datetime
    step: Step
    number: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """What belongs together, the oldest step first. `name` stands for it in an address."""

    name: str
    steps: tuple[KeptStep, ...]

    @property
    def at(self) -> datetime:
        """When it began."""
        return self.steps[0].at

    @property
    def faults(self) -> tuple[str, ...]:
        """What was wrong in it."""
        return tuple(kept.step.fault for kept in self.steps if kept.step.fault is not None)


async def keep(floor: Floor, seen: Seen, *, at: datetime) -> bool:
    """Keeps a step of this moment, and forgets the oldest exchange beyond ten. False where it may not be kept, or need not."""
    if seen.school_id is None and not await _turn(floor, seen.party_id):
        return False
    async with floor.database.begin() as db:
        # One at a time for a party, so that there are never more than ten; sign-ins do not wait for this.
        held = select(Party.id).where(Party.id == seen.party_id, Party.under_test)
        if (await db.execute(held.with_for_update(key_share=True))).scalar() is None:
            return False
        if seen.school_id is not None and await reference_people.party_of(db, seen.school_id) != seen.party_id:
            return False
        return await _write(db, floor.keyring, seen, at=at)


async def _turn(floor: Floor, party_id: int) -> bool:
    return await floor.store.first("watched", floor.keyring.mac("token", "watched", str(party_id)), PAUSE)


async def _write(db: Db, keyring: Keyring, seen: Seen, *, at: datetime) -> bool:
    thread = seen.thread or secrets.token_bytes(16)
    mine = ExchangeStep.party_id == seen.party_id, ExchangeStep.thread == thread
    counted = select(func.count()).select_from(ExchangeStep).where(*mine)
    if (await db.execute(counted)).scalar_one() >= MOST_STEPS:
        return False
    values = {"party_id": seen.party_id, "thread": thread, "at": at, "of_nobody": seen.school_id is None}
    number = (await db.execute(insert(ExchangeStep).values(**values).returning(ExchangeStep.id))).scalar_one()
    sealed = keyring.seal(_written(seen.step), bound_to=_place(number))
    await db.execute(update(ExchangeStep).where(ExchangeStep.id == number).values(sealed=sealed))
    await _trim(db, seen.party_id)
    return True


async def _trim(db: Db, party_id: int) -> None:
    mine = select(ExchangeStep.thread).where(ExchangeStep.party_id == party_id).group_by(ExchangeStep.thread)
    newest = mine.order_by(func.max(ExchangeStep.at).desc(), func.max(ExchangeStep.id).desc())
    for over in (newest.where(ExchangeStep.of_nobody).offset(MOST_OF_NOBODY), newest.offset(MOST)):
        if gone := (await db.execute(over)).scalars().all():
            these = ExchangeStep.party_id == party_id, ExchangeStep.thread.in_(gone)
            await db.execute(delete(ExchangeStep).where(*these))


async def listed(db: Db, keyring: Keyring, party_id: int) -> list[Exchange]:
    """The exchanges of a party, the newest first."""
    columns = ExchangeStep.id, ExchangeStep.thread, ExchangeStep.at, ExchangeStep.sealed
    rows = await db.execute(select(*columns).where(ExchangeStep.party_id == party_id).order_by(ExchangeStep.id))
    found: dict[bytes, list[KeptStep]] = {}
    for row in rows:
        if row.sealed is not None:
            step = _read(keyring.open(row.sealed, bound_to=_place(row.id)))
            found.setdefault(row.thread, []).append(KeptStep(row.at, step, row.id))
    made = [
        Exchange(_name(party_id, thread), tuple(sorted(steps, key=_place_on_road))) for thread, steps in found.items()
    ]
    return sorted(made, key=lambda one: max((kept.at, kept.number) for kept in one.steps), reverse=True)


ROAD: Final = ("par", "authorize", "sso", "probe", "probe_start", "token", "userinfo")
"""In which order things happen: what is kept after the answer may be kept in another one."""


def _place_on_road(kept: KeptStep) -> tuple[datetime, int, int]:
    return kept.at, ROAD.index(kept.step.endpoint), kept.number


async def forget(db: Db, party_id: int) -> None:
    """Nothing of this party is kept any more."""
    await db.execute(delete(ExchangeStep).where(ExchangeStep.party_id == party_id))


async def purge(db: Db, *, now: datetime, most: int = PORTION) -> int:
    """Removes what is older than two weeks, and everything of parties that are under test no more, at most so many steps; returns how many (D40)."""
    tested = exists().where(Party.id == ExchangeStep.party_id, Party.under_test)
    return await delete_some(db, ExchangeStep, (ExchangeStep.at < now - KEPT) | ~tested, most=most)


def _place(number: int) -> str:
    return f"exchange_steps.sealed.{number}"


def _name(party_id: int, thread: bytes) -> str:
    # Of the grant itself nothing stands in an address.
    return hashlib.sha256(b"exchange %d " % party_id + thread).hexdigest()[:16]


def _written(step: Step) -> bytes:
    return orjson.dumps((step.endpoint, step.connection, dict(step.asked), dict(step.answered), step.fault))


def _read(raw: bytes) -> Step:
    endpoint, connection, asked, answered, fault = orjson.loads(raw)
    return Step(endpoint, connection, _mapping(asked), _mapping(answered), fault)


def _mapping(value: Any) -> Mapping[str, Any]:
    return dict(value)

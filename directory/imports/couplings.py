"""A school's coupling with its administration system (R22-R25, R33, D5): what it is, who agreed, with which key, and when it is asked.

A coupling works when both sides agreed: the school here, and the system by the key that it gave or, where it gives none, by answering.
Who is asked when, and what follows from an answer, is next door in `nights`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import insert, select, update

from directory import schools
from directory.imports import systems
from directory.imports.hours import next_night as next_night
from directory.imports.models import AdministrationSystem, Coupling, DeliveredLocation
from directory.imports.systems import System
from directory.models import School
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db

Mode = Literal["automatic", "manual", "off"]
Side = Literal["school", "system"]

MODES: Final[tuple[Mode, ...]] = ("automatic", "manual", "off")
_MOST_KEY: Final = 64


@dataclass(frozen=True, slots=True)
class Coupled:
    """A coupling as it stands. `refused` is the code of the answer that stopped it; `received_until` what the system may leave out."""

    school_id: int
    system: System
    mode: Mode
    has_key: bool
    agreed_by_school_at: datetime | None
    agreed_by_system_at: datetime | None
    refused: str | None
    received_until: datetime | None
    next_run_at: datetime | None
    attempts: int

    @property
    def lacking(self) -> str | None:
        """The first thing that keeps it from being asked, as a code of `uwlr.faults`; None when both sides are ready."""
        return next((code for lacks, code in _LACKS if lacks(self)), None)

    @property
    def active(self) -> bool:
        """Whether it is asked every night."""
        return self.mode == "automatic" and self.lacking is None and self.agreed_by_system_at is not None


@dataclass(frozen=True, slots=True)
class CoupledSchool:
    """A line of a list of couplings; `system` is a code."""

    school_id: int
    name: str
    system: str
    mode: str
    next_run_at: datetime | None
    refused: str | None


def _lacks_system(coupled: Coupled) -> bool:
    return not coupled.system.reachable


def _lacks_agreement(coupled: Coupled) -> bool:
    return coupled.agreed_by_school_at is None


def _lacks_key(coupled: Coupled) -> bool:
    return coupled.system.needs_key and not coupled.has_key


def _is_off(coupled: Coupled) -> bool:
    return coupled.mode == "off"


# In the order in which a school sets a coupling up.
_LACKS: Final = (
    (_lacks_system, "not_set_up"),
    (_is_off, "turned_off"),
    (_lacks_key, "key_missing"),
    (_lacks_agreement, "not_agreed"),
)


async def of(db: Db, school_id: int) -> Coupled | None:
    """The school's coupling, or None when it never chose a system."""
    columns = (
        AdministrationSystem.code,
        Coupling.mode,
        Coupling.key.is_not(None).label("has_key"),
        Coupling.agreed_by_school_at,
        Coupling.agreed_by_system_at,
        Coupling.refused,
        Coupling.received_until,
        Coupling.next_run_at,
        Coupling.attempts,
    )
    query = select(*columns).join(AdministrationSystem, AdministrationSystem.id == Coupling.system_id)
    row = (await db.execute(query.where(Coupling.school_id == school_id))).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return Coupled(school_id=school_id, system=await systems.of(db, values.pop("code")), **values)


async def require(db: Db, school_id: int) -> Coupled:
    """The school's coupling. Raises `LookupError` when it never chose a system."""
    coupled = await of(db, school_id)
    if coupled is None:
        raise LookupError("this school has no coupling: choose its administration system first")
    return coupled


async def couple(db: Db, school_id: int, system: str, *, now: datetime, by: str) -> Coupled:
    """Chooses the school's system, turned off. Another one than before begins anew: key and agreements were for the other. Raises `LookupError`."""
    await schools.hold(db, school_id)
    had = await of(db, school_id)
    if had is not None and had.system.code == system:
        return had
    values: dict[str, Any] = {
        "system_id": await systems.row_of(db, system),
        "mode": "off",
        "key": None,
        "agreed_by_school_at": None,
        "agreed_by_system_at": None,
        "refused": None,
        "received_until": None,
        "next_run_at": None,
        "attempts": 0,
        "claimed_until": None,
    }
    if had is None:
        await db.execute(insert(Coupling).values(school_id=school_id, **values))
    else:
        await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return await _changed(db, school_id, "coupling.chosen", now=now, by=by, system=system)


async def set_mode(db: Db, school_id: int, mode: Mode, *, now: datetime, by: str) -> Coupled:
    """Automatic, manual (only when somebody says so, as during a merger), or off. Raises `LookupError`, and `ValueError` for an account that
    agreed to get its pupils from another school's administration (D13): two sources would end each other's pupils, night after night.

    What was left out while it was not automatic is sent again: the next answer is a whole one.
    """
    if mode not in MODES:
        raise ValueError(f"a coupling is {', '.join(MODES[:-1])} or {MODES[-1]}")
    had = await require(db, school_id)
    if had.mode == mode:
        return had
    if mode == "automatic" and await _is_delivered(db, school_id):
        raise ValueError("another school's administration delivers to this school: end that first")
    values = {"mode": mode, "received_until": None, "attempts": 0}
    await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return await _changed(db, school_id, "coupling.mode", now=now, by=by, mode=mode)


async def _is_delivered(db: Db, school_id: int) -> bool:
    agreed = DeliveredLocation.target_school_id == school_id, DeliveredLocation.agreed_by_target_at.is_not(None)
    return (await db.execute(select(DeliveredLocation.id).where(*agreed).limit(1))).scalar() is not None


async def to_manual(db: Db, school_ids: list[int], *, now: datetime, by: str) -> int:
    """Sets every automatic coupling of these schools to manual, for a merger or an undo (R33, D17); returns how many."""
    automatic = select(Coupling.school_id).where(Coupling.school_id.in_(school_ids), Coupling.mode == "automatic")
    found = list((await db.execute(automatic.order_by(Coupling.school_id))).scalars())
    for school_id in found:
        await set_mode(db, school_id, "manual", now=now, by=by)
    return len(found)


async def set_key(db: Db, school_id: int, key: str, *, now: datetime, by: str, keyring: Keyring) -> Coupled:
    """Keeps the key that the system gave, sealed; with it the system agreed. Raises `LookupError`, and `ValueError` without repeating the key."""
    await require(db, school_id)
    key = key.strip()
    if not 1 <= len(key) <= _MOST_KEY or not key.isprintable():
        raise ValueError(f"a key has 1 to {_MOST_KEY} printable characters")
    values = {
        "key": keyring.seal(key.encode(), bound_to=place_of_key(school_id)),
        "agreed_by_system_at": now,
        "refused": None,
        "attempts": 0,
        "received_until": None,
    }
    await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return await _changed(db, school_id, "coupling.key_entered", now=now, by=by)


async def remove_key(db: Db, school_id: int, *, now: datetime, by: str) -> Coupled:
    """Forgets the key, and with it the system's agreement. Raises `LookupError`."""
    await require(db, school_id)
    values = {"key": None, "agreed_by_system_at": None}
    await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return await _changed(db, school_id, "coupling.key_removed", now=now, by=by)


async def agree(db: Db, school_id: int, side: Side, *, now: datetime, by: str) -> Coupled:
    """One side's yes (R22). Raises `LookupError`."""
    values: dict[str, Any] = {f"agreed_by_{side}_at": now, "refused": None}
    await require(db, school_id)
    await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return await _changed(db, school_id, "coupling.agreed", now=now, by=by, side=side)


async def withdraw(db: Db, school_id: int, side: Side, *, now: datetime, by: str) -> Coupled:
    """One side's no: from this commit on nothing is asked. Raises `LookupError`."""
    await require(db, school_id)
    values: dict[str, Any] = {f"agreed_by_{side}_at": None}
    await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return await _changed(db, school_id, "coupling.withdrawn", now=now, by=by, side=side)


async def listed(db: Db, *, mode: Mode | None = None, after: int = 0, limit: int = 50) -> list[CoupledSchool]:
    """A page of couplings, in the order of the schools' ids, behind the school with id `after`."""
    columns = School.id, School.name, AdministrationSystem.code, Coupling.mode, Coupling.next_run_at, Coupling.refused
    query = select(*columns).join(Coupling, Coupling.school_id == School.id)
    query = query.join(AdministrationSystem, AdministrationSystem.id == Coupling.system_id)
    query = query.where(School.id > after).order_by(School.id).limit(limit)
    if mode is not None:
        query = query.where(Coupling.mode == mode)
    return [CoupledSchool(*row) for row in await db.execute(query)]


async def schedule(db: Db, school_id: int, *, now: datetime) -> None:
    """Puts an active coupling on the timetable, for the coming night unless its time is still to come, and takes any other one off it."""
    coupled = await require(db, school_id)
    at = None
    if coupled.active:
        known = coupled.next_run_at
        at = known if known is not None and known > now else next_night(school_id, now)
    if at != coupled.next_run_at:
        await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(next_run_at=at))


def place_of_key(school_id: int) -> str:
    """What the sealed key of a school is bound to."""
    return f"couplings.key.{school_id}"


async def _changed(db: Db, school_id: int, action: str, *, now: datetime, by: str, **detail: object) -> Coupled:
    await schedule(db, school_id, now=now)
    await ledger.record(db, action, now=now, by=by, school_id=school_id, detail=detail)
    return await require(db, school_id)

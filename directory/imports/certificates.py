"""Client certificates of administration systems that are about to end, and which schools that concerns (D5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from directory.imports.models import AdministrationSystem, Coupling
from directory.models import School
from idp.core.clock import AMSTERDAM
from idp.core.db import Db

TOLD: Final = (30, 7)
"""So many days before its end at most are coordinators told, the longest first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A system's certificate that ends within a month; `until` is its last day in Amsterdam, `stage` the notice (of `TOLD`) whose time it is."""

    system_id: int
    code: str
    name: str
    until: date
    stage: int


def stage(until: date, *, today: date) -> int | None:
    """Which notice of `TOLD` is due about a certificate with that last day; None too early, and when it is over. Pure."""
    left = (until - today).days
    return min((days for days in TOLD if 0 <= left <= days), default=None)


async def ending(db: Db, *, now: datetime) -> list[Ending]:
    """The systems that are reached with a certificate about to end, by id."""
    today = now.astimezone(AMSTERDAM).date()
    soon = AdministrationSystem.certificate_until < now + timedelta(days=TOLD[0] + 1)
    columns = AdministrationSystem.id, AdministrationSystem.code, AdministrationSystem.name
    query = select(*columns, AdministrationSystem.certificate_until).where(
        soon, AdministrationSystem.endpoint.is_not(None)
    )
    found = []
    for row in await db.execute(query.order_by(AdministrationSystem.id)):
        until = row.certificate_until.astimezone(AMSTERDAM).date()
        if (due := stage(until, today=today)) is not None:
            found.append(Ending(row.id, row.code, row.name, until, due))
    return found


async def schools_asked_through(db: Db, system_id: int) -> Sequence[tuple[int, str]]:
    """Id and name of every school whose data come from that system, by id: those whose coupling is off hear nothing, nor do closed ones."""
    coupled = select(School.id, School.name).join(Coupling, Coupling.school_id == School.id)
    here = coupled.where(Coupling.system_id == system_id, Coupling.mode != "off", School.closed_at.is_(None))
    return [(row.id, row.name) for row in await db.execute(here.order_by(School.id))]

"""Trying a coupling without taking anything in: whether the system answers, and about how many (R22, R29)."""

from dataclasses import dataclass
from datetime import datetime

from directory.imports import nights
from directory.imports.records import Administration
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.fetch import fetch
from directory.schools import KnownSchool
from idp.core.crypto import Keyring
from idp.core.db import Database


@dataclass(frozen=True, slots=True)
class Checked:
    """What the system answered: numbers where it sent data. `error` is a code of `uwlr.faults` or of `refusals`, None when it answered."""

    error: str | None
    school_year: str | None = None
    groups: int = 0
    pupils: int = 0
    with_eckid: int = 0
    staff: int = 0


async def check(
    database: Database, school: KnownSchool, *, now: datetime, by: str, keyring: Keyring, contact: str
) -> Checked:
    """Asks for the school's data and forgets them. An answer is the system's agreement; a refused key is removed as at night.

    Raises `LookupError` without a coupling. Opens transactions of its own: nobody waits for the other side with one open.
    """
    try:
        async with database.begin() as db:
            claimed = await nights.open_now(db, school, now=now, keyring=keyring)
    except Refused as lacking:
        return Checked(lacking.code)
    refused, found = None, Checked(None)
    try:
        answer = await fetch(claimed.for_everything(), now=now)
        found = _counted(answer) if isinstance(answer, Administration) else found
    except Refused as error:
        refused, found = error, Checked(error.code)
    async with database.begin() as db:
        await nights.settle(db, claimed, refused, now=now, by=by, contact=contact, taken_in=False)
    return found


def _counted(administration: Administration) -> Checked:
    return Checked(
        None,
        school_year=administration.school.school_year,
        groups=len(administration.groups),
        pupils=len(administration.pupils),
        with_eckid=sum(pupil.eckid is not None for pupil in administration.pupils),
        staff=len(administration.staff),
    )

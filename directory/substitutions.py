"""An ECK-iD that is replaced by another: both are the same child, the old one until its date, and dates may lie ahead (domain rule).

The parties get the new one from its first day on. Until the last day of the old one a file may still tell it, and finds the same child.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TextIO

from sqlalchemy import delete, func, insert, select, update

from directory import eckid
from directory.eckid import Eckid, Environment
from directory.models import EckId, EckIdAlias, Enrolment, Person
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db

KEPT: Final = timedelta(days=365)
"""How long the old one is still known where nobody says until when: every file of a school year comes past."""

COLUMNS: Final = ("oud", "nieuw", "vanaf", "tot_en_met")
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Substitution:
    """`old` becomes `new` on the day `starts_on`; `old` is known to the end of `old_until`."""

    old: Eckid
    new: Eckid
    starts_on: date
    old_until: date


@dataclass(frozen=True, slots=True)
class Substituted:
    """How many were carried out, how many were known already, how many name no pupil of this school, how many contradict what we have."""

    done: int = 0
    known: int = 0
    not_here: int = 0
    refused: int = 0


def read(source: TextIO, environment: Environment, *, today: date) -> Iterator[Substitution]:
    """From a CSV file with a header: `oud`, `nieuw`, and if need be `vanaf` and `tot_en_met` (days, `2026-11-23`).

    Raises `ValueError` with the number of the line and nothing of its content.
    """
    rows = csv.DictReader(source, delimiter=";", restval="")
    if not {"oud", "nieuw"} <= set(rows.fieldnames or ()) <= set(COLUMNS):
        raise ValueError(f"the first line must name columns of {';'.join(COLUMNS)}, oud and nieuw among them")
    try:
        for number, row in enumerate(rows, 2):
            if number > MOST + 1:
                raise ValueError(f"more than {MOST} lines")
            yield _substitution(row, environment, number=number, today=today)
    except csv.Error:
        raise ValueError("a line is no line of a table") from None


def _substitution(
    row: dict[str | Any, str | Any], environment: Environment, *, number: int, today: date
) -> Substitution:
    if None in row:
        raise ValueError(f"line {number} has more cells than there are columns")
    try:
        old, new = (eckid.parse(row[name].strip(), environment) for name in ("oud", "nieuw"))
        starts_on = date.fromisoformat(row.get("vanaf", "").strip() or today.isoformat())
        until = row.get("tot_en_met", "").strip()
        old_until = date.fromisoformat(until) if until else starts_on + KEPT
    except (ValueError, OverflowError):
        raise ValueError(f"line {number} is not: two ECK-iDs of this environment, and days like 2026-11-23") from None
    if old == new or old_until < starts_on:
        raise ValueError(f"line {number} contradicts itself")
    return Substitution(old, new, starts_on, old_until)


async def carry_out(
    db: Db, school_id: int, wanted: Sequence[Substitution], *, today: date, now: datetime, by: str, keyring: Keyring
) -> Substituted:
    """Replaces ECK-iDs of this school's own pupils, at once or from their day on; nobody else's are looked at (D14).

    Of a chain (one replaced, and replaced again) every link finds the same child.
    """
    counted = {"done": 0, "known": 0, "not_here": 0, "refused": 0}
    for one in wanted:
        counted[await _substitute(db, school_id, one, today=today, now=now, by=by, keyring=keyring)] += 1
    return Substituted(**counted)


async def _substitute(
    db: Db, school_id: int, one: Substitution, *, today: date, now: datetime, by: str, keyring: Keyring
) -> str:
    old, new = eckid.index(keyring, one.old.value), eckid.index(keyring, one.new.value)
    owners = await _owners(db, school_id, old), await _owners(db, school_id, new)
    if owners[0] and owners[0] == owners[1]:
        return "known"
    if len(owners[0]) != 1:
        return "refused" if owners[0] else "not_here"
    if owners[1]:
        return "refused"  # two children of this school: no substitution makes them one
    (person_id,) = owners[0]
    main = (await db.execute(select(EckId.lookup).where(EckId.person_id == person_id))).scalar()
    if main != old:
        return "refused"  # the old one is an alias: what replaced it is what can be replaced
    rows = [_alias(person_id, one.old, old, one.starts_on, one.old_until, keyring)]
    if one.starts_on > today:
        rows.append(_alias(person_id, one.new, new, one.starts_on, None, keyring))
    else:
        await _make_main(db, person_id, one.new.value, keyring)
    await db.execute(insert(EckIdAlias), rows)
    subject = (await db.execute(select(Person.ledger_id).where(Person.id == person_id))).scalar_one()
    await ledger.record(db, "eckid.substituted", now=now, by=by, school_id=school_id, subject=subject)
    return "done"


async def turn(db: Db, *, today: date, keyring: Keyring) -> dict[str, int]:
    """What a day brings: coming ECK-iDs whose day it is take their place, and replaced ones whose last day has passed are forgotten.

    Returns counts. To be run every day; a day that was missed is made good.
    """
    coming = (
        await db.execute(
            select(EckIdAlias.id, EckIdAlias.person_id, EckIdAlias.sealed)
            .where(EckIdAlias.valid_from <= today, EckIdAlias.valid_until.is_(None))
            .order_by(EckIdAlias.valid_from, EckIdAlias.id)
        )
    ).all()
    for row in coming:
        await _make_main(db, row.person_id, eckid.unseal_alias(keyring, row.person_id, row.sealed), keyring)
        await db.execute(delete(EckIdAlias).where(EckIdAlias.id == row.id))
    gone = await db.execute(delete(EckIdAlias).where(EckIdAlias.valid_until < today))
    return {"taken_over": len(coming), "forgotten": gone.rowcount}


async def counts(db: Db, school_id: int) -> tuple[int, int]:
    """How many active pupils of a school have an ECK-iD, and how many there are: "219 van 225", never a value (R46)."""
    query = (
        select(func.count(EckId.person_id), func.count())
        .select_from(Enrolment)
        .outerjoin(EckId, EckId.person_id == Enrolment.person_id)
        .where(Enrolment.school_id == school_id, Enrolment.active)
    )
    row = (await db.execute(query)).one()
    return row[0], row[1]


async def _owners(db: Db, school_id: int, lookup: bytes) -> set[int]:
    """Whose it is among the pupils of this school, whether as the ECK-iD itself or as one of the others."""
    found: set[int] = set()
    for table in (EckId, EckIdAlias):
        here = select(table.person_id).join(Enrolment, Enrolment.person_id == table.person_id)
        rows = await db.execute(here.where(Enrolment.school_id == school_id, table.lookup == lookup))
        found.update(rows.scalars())
    return found


def _alias(
    person_id: int, one: Eckid, lookup: bytes, starts_on: date, until: date | None, keyring: Keyring
) -> dict[str, object]:
    sealed = eckid.seal_alias(keyring, person_id, one.value)
    return {
        "person_id": person_id,
        "sealed": sealed,
        "lookup": lookup,
        "valid_from": starts_on,
        "valid_until": until,
    }


async def _make_main(db: Db, person_id: int, value: str, keyring: Keyring) -> None:
    sealed, lookup = eckid.seal(keyring, person_id, value), eckid.index(keyring, value)
    await db.execute(update(EckId).where(EckId.person_id == person_id).values(sealed=sealed, lookup=lookup))

"""Fills an empty database with a country: every school of it in one transaction, all of it or nothing.

Made school by school and stored a few schools at a time, so that memory stays small: on PostgreSQL by COPY, on SQLite row after row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, insert, select, text

from consent import fields as field_sets
from directory.imports import systems
from directory.imports.models import AdministrationSystem
from directory.models import Board, Person, School
from idp.core import clock, ledger
from idp.core.db import Base, Db
from idp.core.errors import Misconfigured
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.credentials.passwords import Hasher
from idp.demo import nation_people, nation_rows
from idp.demo.nation_people import MadeSchool, Place
from idp.demo.nation_rows import COLUMNS, NUMBERED, Common, Party, Rows
from idp.demo.schools import BY
from idp.demo.seed import PASSWORD
from metadata import connections, parties

SYSTEM: Final = "landelijk"
"""The code of the administration system that all the schools are coupled with; where it is has to be configured."""
_AT_A_TIME: Final = 50
_PUBLISHERS: Final = ("Rekenwereld", "Taaltuin", "Leesland", "Ontdekhoek", "Muziekkist", "Weetfabriek")
_FIELDS: Final = ("subject", "first_name", "affiliation", "groups", "school_name")

Progress = Callable[[int], None]
"""Told how many schools are stored so far."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many of each there are now."""

    schools: int
    pupils: int
    staff: int
    boards: int


async def seed(floor: Floor, places: Sequence[Place], *, number: int, progress: Progress) -> Seeded:
    """Makes the schools at these places up; the same `number` makes the same people again.

    Refused with `ValueError` where there are schools already that are not the demonstration's, and with `Misconfigured` in an installation for
    real ECK-iDs. When it is broken off, nothing was stored.
    """
    refuse_real_eckids(floor.settings)
    password = await _hash(floor)
    async with floor.database.begin() as db:
        await _refuse_beside_others(db, floor, places)
        common = await _common(db, floor, places, number=number, password=password)
        rows = Rows(await _first_numbers(db))
        made = (nation_people.make(number, place) for place in places)
        pupils = staff = stored = 0
        while portion := list(islice(made, _AT_A_TIME)):
            for school in portion:
                nation_rows.write(rows, common, school)
            await _store(db, rows.taken())
            pupils, staff, stored = _counted(portion, pupils, staff, stored)
            progress(stored)
        await _number_on(db, rows)
        told = {"schools": stored, "pupils": pupils, "staff": staff}
        await ledger.record(db, "demo.nation_seeded", now=floor.now, by=BY, detail=told)
    await _count(floor)
    return Seeded(**told, boards=len(common.boards))


def refuse_real_eckids(settings: Settings) -> None:
    """Raises `Misconfigured` in an installation for real ECK-iDs."""
    if settings.eckid_environment != "pilot":
        raise Misconfigured("made-up pupils have the ECK-iDs of a pilot: it takes IDP_ECKID_ENVIRONMENT=pilot")


def _counted(portion: Sequence[MadeSchool], pupils: int, staff: int, stored: int) -> tuple[int, int, int]:
    return (
        pupils + sum(len(school.pupils) for school in portion),
        staff + sum(len(school.staff) for school in portion),
        stored + len(portion),
    )


async def _hash(floor: Floor) -> str:
    # One for all of them: 150,000 would cost an hour, and nobody looks at which of them are alike (D45).
    hasher = Hasher(floor.settings)
    try:
        return await hasher.hash(PASSWORD)
    finally:
        hasher.close()


async def _refuse_beside_others(db: Db, floor: Floor, places: Sequence[Place]) -> None:
    if not places:
        raise ValueError("there is no school to make up")
    if db.dialect.name == "postgresql":
        # Whoever adds a school or a person meanwhile would get a number that is given here.
        await db.exec_driver_sql(f"LOCK TABLE {', '.join(model.__tablename__ for model in NUMBERED)} IN EXCLUSIVE MODE")
    known = (await db.execute(select(School.brin, School.location))).all()
    if known and not floor.settings.demo:
        raise ValueError(
            "there are schools in this database: a country is made up in an empty one, or in a demonstration"
        )
    if {(place.brin, place.location) for place in places} & {(row.brin, row.location) for row in known}:
        raise ValueError("there is a made-up country in this database already")


async def _common(db: Db, floor: Floor, places: Sequence[Place], *, number: int, password: str) -> Common:
    now = floor.now
    await systems.configure(
        db,
        SYSTEM,
        now=now,
        by=BY,
        name="Landelijk",
        needs_key=True,
        help_nl="Dit systeem hoort bij een verzonnen land.",
        help_en="This system belongs to a made-up country.",
    )
    system_id = (
        await db.execute(select(AdministrationSystem.id).where(AdministrationSystem.code == SYSTEM))
    ).scalar_one()
    return Common(
        seed=number,
        now=now,
        school_year=clock.school_year(now),
        keyring=floor.keyring,
        password=password,
        system_id=system_id,
        parties=[await _party(db, floor, name) for name in _PUBLISHERS],
        boards=await _boards(db, places),
    )


async def _party(db: Db, floor: Floor, name: str) -> Party:
    sector = await connections.new_sector(db, f"https://{name.lower()}.example")
    party_id = await parties.add_party(
        db, name=name, kind="publisher", fields=_FIELDS, sector=sector, now=floor.now, contact={}
    )
    return Party(party_id, await field_sets.set_id(db, _FIELDS))


async def _boards(db: Db, places: Sequence[Place]) -> dict[str, int]:
    """The boards of these places, by number; some may be there already."""
    named = dict(place.board for place in places if place.board)
    query = select(Board.number, Board.id)
    known = {row.number for row in await db.execute(query)}
    new = [{"number": one, "name": name[:200]} for one, name in named.items() if one not in known]
    if new:
        await db.execute(insert(Board), new)
    return {row.number: row.id for row in await db.execute(query) if row.number in named}


async def _first_numbers(db: Db) -> Mapping[type[Base], int]:
    """The first number of each table that nobody ever had."""
    if db.dialect.name == "postgresql":
        return {model: (await db.execute(_sequence("nextval", model))).scalar_one() for model in NUMBERED}
    free = {}
    for model in NUMBERED:
        highest = (await db.execute(select(func.max(model.id)))).scalar() or 0
        free[model] = highest + 1
    once = (await db.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'persons'"))).scalar() or 0
    return {**free, Person: max(free[Person], once + 1)}


async def _number_on(db: Db, rows: Rows) -> None:
    """Whoever is added next gets the next number. SQLite looks that up by itself."""
    if db.dialect.name == "postgresql":
        for model in NUMBERED:
            await db.execute(_sequence("setval", model, next(rows.next[model]), False))


def _sequence(name: str, model: type[Any], *more: object) -> Any:
    of = func.pg_get_serial_sequence(model.__tablename__, "id")
    return select(getattr(func, name)(of, *more))


async def _store(db: Db, portion: Mapping[type[Base], Sequence[tuple[Any, ...]]]) -> None:
    if db.dialect.name == "postgresql":
        copying: Any = (await db.get_raw_connection()).driver_connection
        for model, rows in portion.items():
            await copying.copy_records_to_table(model.__tablename__, records=rows, columns=COLUMNS[model])
        return
    for model, rows in portion.items():
        if rows:
            await db.execute(insert(model), [dict(zip(COLUMNS[model], row, strict=True)) for row in rows])


async def _count(floor: Floor) -> None:
    """Tells the database's planner how large everything has become; it would find out itself, but later than the first question."""
    if not floor.database.sqlite:
        async with floor.database.begin() as db:
            await db.exec_driver_sql("ANALYZE")

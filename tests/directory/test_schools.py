"""School accounts (D13): one per location, found by every name that people and protocols have for them."""

import re

import pytest
from sqlalchemy import insert

from directory import schools
from directory.models import Group
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from tests.clock import Clock
from tests.house import House


async def add(db: Db, clock: Clock, brin: str | None, location: str = "", name: str = "De Regenboog") -> KnownSchool:
    return await schools.add(db, name=name, brin=brin, location=location, now=clock.now)


async def test_a_location_is_an_account_of_its_own(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        main = await add(db, clock, "99ZZ", "00")
        second = await add(db, clock, "99ZZ", "01")
        assert (main.location, second.location) == ("", "01")
        assert main.instelling_ref != second.instelling_ref
        assert re.fullmatch(r"[0-9a-f-]{36}", main.instelling_ref)
        for brin, location in (("99ZZ", ""), ("99ZZ", "00"), ("99ZZ", "01")):
            with pytest.raises(ValueError, match="exists already"):
                await add(db, clock, brin, location)


async def test_every_name_finds_it(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        main, second = await add(db, clock, "99ZZ"), await add(db, clock, "99ZZ", "01")
        abroad = await add(db, clock, None, name="Nederlandse school Athene")
        for code, school in (
            ("99ZZ", main),
            ("99zz", main),
            ("99ZZ00", main),
            ("99ZZ01", second),
            (second.instelling_ref, second),
            (abroad.instelling_ref.upper(), abroad),
        ):
            assert await schools.by_code(db, code) == school
        assert [school.code for school in (main, second, abroad)] == ["99ZZ", "99ZZ01", abroad.instelling_ref]
        assert await schools.by_ref(db, main.instelling_ref.upper()) == main
        assert await schools.by_brin(db, "99ZZ", "01") == second
        assert await schools.by_brin(db, None, "") is None
        for code in ("98ZZ", "99ZZ02", "", "x" * 36, "99ZZ1"):
            with pytest.raises(LookupError):
                await schools.by_code(db, code)


async def test_a_brin_with_one_location_means_that_one_and_with_two_neither(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        first = await add(db, clock, "99ZZ", "01")
        assert await schools.by_code(db, "99ZZ") == first
        await add(db, clock, "99ZZ", "02")
        with pytest.raises(LookupError, match="several locations"):
            await schools.by_code(db, "99ZZ")


async def test_a_board_is_known_by_its_number(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        one = await schools.add(db, name="A", brin="99ZZ", location="", now=clock.now, board=("41234", "Stichting"))
        two = await schools.add(db, name="B", brin="98ZZ", location="", now=clock.now, board=("41234", "Andere naam"))
        alone = await add(db, clock, "97ZZ")
        assert one.board_id == two.board_id is not None
        assert await schools.board_of(db, two) == ("41234", "Stichting")
        assert await schools.board_of(db, alone) is None


async def test_every_school_stands_on_one_page(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        for number in range(7):
            await add(db, clock, f"9{number}ZZ", name="De Regenboog" if number % 2 else f"School {number}")
        seen: list[KnownSchool] = []
        while page := await schools.listed(db, after=seen[-1] if seen else None, limit=3):
            seen += page
        assert len({school.id for school in seen}) == 7 == len(seen)
        assert [school.name for school in seen] == sorted(school.name for school in seen)
        found = await schools.listed(db, search="regen")
        assert {school.name for school in found} == {"De Regenboog"}
        assert [school.brin for school in await schools.listed(db, search="92z")] == ["92ZZ"]


async def test_counts_are_of_what_is_active_and_subgroups_are_no_groups(house: House) -> None:
    plus = {"school_year": "2026-2027", "kind": "subgroep", "las_key": "plus", "name": "Plusklas"}
    async with house.floor.database.begin() as db:
        await db.execute(insert(Group).values(school_id=house.school.id, **plus))
        counts = await schools.counts(db, house.school.id)
    assert counts == {"groups": 2, "pupils": 3, "staff": 2, "addresses": 2, "devices": 0}


async def test_who_is_not_there_is_said_so(database: Database) -> None:
    async with database.read() as db:
        with pytest.raises(LookupError):
            await schools.by_id(db, 1)
        assert await schools.by_ids(db, [1, 2]) == []

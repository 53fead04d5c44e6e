"""A place that a file gives is nothing until the owner of the account says yes: no sign-in there, no say, no data; a no ends it (D15)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from directory import classroom, people, schools
from directory.lifecycle import employments, named, offers
from directory.models import Employment, Person
from idp.core.db import Database
from idp.core.settings import Settings
from idp.credentials import newcomers
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.test_plan import colleague, file, pupil

EMAIL = "juf@school.example"
TOLD = file(pupil("a"), colleague("m1", email=EMAIL), colleague("m2", email="ander@school.example"))


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


async def whose(desk: Desk) -> int:
    return int((await desk.rows(Person.id, where=[Person.email == EMAIL]))[0][0])


async def works(desk: Desk) -> tuple[list[str], int, int, bool]:
    """Where the person signs in, at how many schools for a publisher, whose say the account is, and whether a group is seen."""
    person_id, today = await whose(desk), desk.now.date()
    async with desk.floor.database.read() as db:
        at = [place.school_name for place in await people.workplaces(db, person_id, today=today)]
        say = len(await employments.schools_of(db, person_id, today=today))
        year = TOLD.school.school_year
        seen = await classroom.groups_seen(db, desk.school.id, person_id, school_year=year, today=today)
    hot = await people.workplace_ids(desk.floor.database.hot, person_id, today=today)
    return at, len(hot), say, bool(seen)


async def test_a_place_that_a_file_gave_is_nothing_before_its_owner_answers(desk: Desk) -> None:
    await desk.receive(TOLD)
    assert await works(desk) == ([], 0, 0, False)
    async with desk.floor.database.begin() as db:
        await named.answer(db, await whose(desk), now=desk.now)
    assert await works(desk) == (["De Regenboog"], 1, 1, True)
    assert (await desk.receive(TOLD)).state == "nothing"


async def test_a_no_ends_it_and_no_file_brings_it_back(desk: Desk) -> None:
    await desk.receive(TOLD)
    async with desk.floor.database.begin() as db:
        person_id = await whose(desk)
        [place] = await named.of(db, person_id, now=desk.now)
        await named.answer(db, person_id, not_here=[place.id], now=desk.now)
    assert await works(desk) == ([], 0, 0, False)
    run = await desk.receive(TOLD)
    assert [one["reason"] for one in run.doubts["doubts"]] == ["ended_here"]


@pytest.mark.parametrize("yes", [True, False])
async def test_who_works_elsewhere_is_asked_before_a_former_school_has_him_back(desk: Desk, yes: bool) -> None:
    await desk.receive(TOLD)
    person_id = await whose(desk)
    async with desk.floor.database.begin() as db:
        await named.answer(db, person_id, now=desk.now)
        other = await schools.add(db, name="De Ander", brin="98XX", location="", now=desk.now)
        await people.employ(db, other.id, person_id, ["teacher"])
    await desk.receive(replace(TOLD, staff=TOLD.staff[1:]))
    assert (await works(desk))[0] == ["De Ander"]
    run = await desk.receive(TOLD)
    assert run.counts["staff"]["changed"] + run.counts["staff"]["moved"] == 1
    assert (await works(desk))[0] == ["De Ander"]
    async with desk.floor.database.begin() as db:
        links: dict[str, Any] = {"base_url": "https://x", "contact": "c", "now": desk.now}
        await newcomers.welcome(db, desk.floor.keyring, desk.school.id, run.applied, **links)
        [offer] = await offers.open_for(db, person_id, now=desk.now)
        assert offer.must_sign_in
        if yes:
            assert await offers.accept(db, offer, now=desk.now) == person_id
        else:
            assert await offers.decline(db, offer, now=desk.now)
    assert (await works(desk))[0] == (["De Ander", "De Regenboog"] if yes else ["De Ander"])
    async with desk.floor.database.read() as db:
        here = select(Employment.active, Employment.source).where(Employment.school_id == desk.school.id)
        [row] = (await db.execute(here.where(Employment.person_id == person_id))).all()
    assert tuple(row) == ((True, "las") if yes else (False, "platform"))

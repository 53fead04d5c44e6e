"""Who came by a provider goes with it: its tick taken back, or the provider switched off, ends those sessions at that moment (C-078, C-279, D35)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consent import came_by, exclusions, ticks
from directory.models import Person
from idp.core import endings, ledger
from idp.core.models import Ending
from idp.jobs import logouts
from idp.jobs.shift import Shift
from metadata import upstreams
from tests.browser import Browser
from tests.conformance.relying_party import arrives, staff_arrives, tokens_of, userinfo
from tests.house import House
from tests.journeys.stories import add_school
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage) as attached:
        yield attached


async def comes(road: Road, name: str) -> Browser:
    browser = road.house.browser()
    told = replace(await road.ask(browser), name_id=name)
    await road.send(browser, provider.answer(told))
    return browser


async def signed_in(road: Road, browser: Browser) -> bool:
    return (await browser.request("GET", "/account")).status == 200


async def epochs(house: House) -> dict[str, int]:
    async with house.floor.database.read() as db:
        rows = await db.execute(select(Person.first_name, Person.epoch))
        return {str(row.first_name): row.epoch for row in rows}


async def test_who_is_kept_away_from_a_provider_is_out_at_that_moment_and_the_others_stay(road: Road) -> None:
    """C-279: nobody stays in by a provider that may not bring him any more; nor who was on the way then."""
    house = road.house
    juf, noor = await staff_arrives(house), await comes(road, "leerling-1")
    await came_just_now(road, "Finn")
    assert await signed_in(road, noor)
    before = await epochs(house)
    async with house.floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        at = house.school.id, party
        assert await exclusions.exclude(db, *at, house.people["Noor"], now=house.clock.now, by="test")
        assert await exclusions.exclude(db, *at, house.people["juf"], now=house.clock.now, by="test")
    assert not await signed_in(road, noor)
    assert await signed_in(road, juf.browser), "who proved himself here is not meant"
    assert await changed(house, before) == {"Noor"}
    before = await epochs(house)
    await came_just_now(road, "Noor")
    await works(house)
    assert await changed(house, before) == {"Noor"}, "of whoever came by it that one alone"
    async with house.floor.database.begin() as db:
        for name in ("Noor", "juf"):
            await exclusions.admit(db, *at, house.people[name], now=house.clock.now, by="test")


async def test_who_was_on_the_way_when_a_provider_was_switched_off_is_ended_a_moment_later(road: Road) -> None:
    house = road.house
    async with house.floor.database.begin() as db:
        house.clock.move(minutes=2)
        party = (await upstreams.find(db, str(road.number))).party_id
        await endings.note(db, school_id=house.school.id, party_id=party)
    await came_just_now(road, "Finn")
    await came_just_now(road, "Noor", by=road.number + 2)
    before = await epochs(house)
    await works(house)
    assert await changed(house, before) == {"Noor"}, (
        "who came by one that is there no more; another way of that party was closed; this one is open"
    )
    async with house.floor.database.begin() as db:
        await upstreams.switch(db, road.number, enabled=False)
        await endings.note(db, school_id=house.school.id, party_id=party)
    await works(house)
    assert await changed(house, before) == {"Finn", "Noor"}
    async with house.floor.database.begin() as db:
        await upstreams.switch(db, road.number, enabled=True)


async def test_the_sessions_of_a_provider_end_with_its_tick_and_others_stay(road: Road) -> None:
    house = road.house
    noor = await comes(road, "leerling-1")
    juf = await staff_arrives(house)
    token = (await tokens_of(house, await arrives(house, noor)))["access_token"]
    assert await signed_in(road, noor)
    async with house.floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        ended = (await db.execute(select(func.count()).select_from(Ending))).scalar_one()
        await ticks.withdraw(db, house.school.id, party, now=house.clock.now, by="test")
    assert not await signed_in(road, noor)
    assert (await userinfo(noor, token)).status_code == 401, "what its session brought stops too"
    assert await signed_in(road, juf.browser), "who proved himself here is not meant"
    async with house.floor.database.read() as db:
        rows = (await db.execute(select(Ending.person_id).order_by(Ending.id).offset(ended))).scalars().all()
    assert house.people["Noor"] in rows, "parties hear of it"
    assert house.people["juf"] not in rows


async def came_just_now(road: Road, name: str, *, by: int | None = None) -> None:
    """His answer was read before a way was closed, and written down after."""
    house = road.house
    async with house.floor.database.begin() as db:
        who = select(Person.ledger_id).where(Person.id == house.people[name])
        subject = str((await db.execute(who)).scalar_one())
        about: dict[str, Any] = {"school_id": house.school.id, "detail": {"upstream": by or road.number}}
        await ledger.record(db, "signin.passed", now=house.clock.now, by=subject, subject=subject, **about)


async def works(house: House) -> None:
    """The worker, until nothing is left."""
    for _ in range(3):
        await logouts.turn(Shift(house.floor, (), post=_nobody))


async def changed(house: House, before: dict[str, int]) -> set[str]:
    """Whose sessions ended since."""
    after = await epochs(house)
    return {name for name in after if after[name] != before[name]}


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=1)])
async def test_who_was_coming_by_it_at_that_very_moment_is_ended_a_moment_later(road: Road, late: timedelta) -> None:
    """The answer was read before the tick went, and written down after: the worker that tells the parties looks once more, were it an hour later."""
    house = road.house
    await works(house)
    async with house.floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        await ticks.give(db, house.school.id, party, {"subject"}, now=house.clock.now, by="test")
        house.clock.move(minutes=2)
        await ticks.withdraw(db, house.school.id, party, now=house.clock.now, by="test")
    await came_just_now(road, "Finn")
    before = await epochs(house)
    house.clock.move(seconds=late.total_seconds())
    await works(house)
    assert await changed(house, before) == {"Finn"}


async def test_who_was_being_written_down_with_a_lower_number_is_ended_too_however_late(road: Road) -> None:
    """His entry had its number before that of the closing, and stood there after: who closed the way did not see it."""
    house = road.house
    house.clock.move(hours=2)
    await came_just_now(road, "Finn")
    async with house.floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        await upstreams.switch(db, road.number, enabled=False)
        await ledger.record(db, "upstream.disabled", now=house.clock.now, by="test")
        await endings.note(db, school_id=house.school.id, party_id=party)
    before = await epochs(house)
    house.clock.move(hours=1)
    await works(house)
    assert await changed(house, before) == {"Finn"}
    async with house.floor.database.begin() as db:
        await upstreams.switch(db, road.number, enabled=True)


async def _nobody(*_: object, **__: object) -> None:
    """No party is there to be told."""


async def test_of_who_came_long_ago_by_another_way_or_of_another_school_nobody_is_meant(road: Road) -> None:
    house = road.house
    other = await add_school(house, "De Overkant", "98XX")
    before = await epochs(house)
    async with house.floor.database.begin() as db:
        for school_id, number in ((house.school.id, road.number + 1), (other.id, road.number)):
            assert await came_by.end_at_school(db, school_id, [number], now=house.clock.now) == 0
        later = house.clock.now + came_by.LONGEST + timedelta(seconds=1)
        assert await came_by.end_at_school(db, house.school.id, [road.number], now=later) == 0, "no session is so old"
    assert await epochs(house) == before

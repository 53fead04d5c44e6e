"""Who came by a provider goes with it: its tick taken back, or the provider switched off, ends those sessions at that moment (C-078, C-279, D35)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consent import came_by, ticks
from directory.models import Person
from idp.core import ledger
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


async def test_who_was_coming_by_it_at_that_very_moment_is_ended_a_moment_later(road: Road) -> None:
    """The answer was read before the tick went, and written down after: the worker that tells the parties looks once more."""
    house = road.house
    async with house.floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        await ticks.give(db, house.school.id, party, {"subject"}, now=house.clock.now, by="test")
        house.clock.move(minutes=2)
        await ticks.withdraw(db, house.school.id, party, now=house.clock.now, by="test")
        who = select(Person.ledger_id).where(Person.id == house.people["Finn"])
        finn = str((await db.execute(who)).scalar_one())
        about: dict[str, Any] = {"school_id": house.school.id, "subject": finn, "detail": {"upstream": road.number}}
        await ledger.record(db, "signin.passed", now=house.clock.now, by=finn, **about)
    before = await epochs(house)
    for _ in range(3):
        await logouts.turn(Shift(house.floor, (), post=_nobody))
    after = await epochs(house)
    assert {name for name in after if after[name] != before[name]} == {"Finn"}


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

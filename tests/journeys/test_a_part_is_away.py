"""The store or the database is away: a clear page with a reference, nothing skipped, nothing lost, and it recovers by itself (D26, C-325)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from idp.core.db import Database
from idp.core.valkey import RedisStore
from idp.http import cookies
from tests.browser import Page
from tests.house import PASSWORD, House, authorize_url, pupil_signs_in, redeem
from tests.inside import stored
from tests.journeys.stories import at_our_door, shortcut, teacher_signs_in, to_the_secret
from tests.listening import NOWHERE

AWAY = {
    "store": "Een deel van Poortwachter is niet bereikbaar",
    "database": "kan de gegevens van scholen nu niet lezen",
}


@asynccontextmanager
async def away(house: House, part: str) -> AsyncIterator[None]:
    """The same application while one part does not answer."""
    whole = house.resources
    if part == "store":
        store = RedisStore(f"redis://{NOWHERE}/0")
        floor = replace(house.floor, store=store)
    else:
        database = Database(f"postgresql+asyncpg://nobody:nothing@{NOWHERE}/nowhere")
        floor = replace(house.floor, database=database)
    house.app.state.resources = replace(whole, floor=floor)
    try:
        yield
    finally:
        house.app.state.resources = whole
        await (store.close() if part == "store" else database.close())


def clear(page: Page, part: str) -> None:
    """A page that says what is going on and what to do."""
    assert page.status == 503, page.url
    assert int(page.response.headers["retry-after"]) > 0
    # To staff in their words; to a child in its own.
    assert AWAY[part] in page.text or page.heading == "De poort is even stuk"
    assert 'class="reference"' in page.text
    assert "Traceback" not in page.text
    assert cookies.SESSION not in str(page.response.headers.get_list("set-cookie"))


@pytest.mark.parametrize("part", ["store", "database"])
async def test_nobody_is_let_in_and_everybody_is_told(house: House, part: str) -> None:
    signed_in, child, teacher = house.browser(), house.browser(), house.browser()
    await teacher_signs_in(signed_in)
    secret = await to_the_secret(child, await child.get(shortcut(house.school)), house, "Noor", "Groep 6")
    password = await at_our_door(teacher)
    before = await stored(house, "session")
    async with away(house, part):
        clear(await signed_in.get("/account"), part)
        clear(await signed_in.get(authorize_url().url), part)
        clear(await child.choose(secret, "pin", "4711"), part)
        clear(await child.choose(secret, "pin", "1111"), part)
        clear(await teacher.choose(password, "email", "juf@regenboog.example", password=PASSWORD), part)
        assert (await signed_in.get("/")).status == 200, "the front door itself asks nobody"
        assert (await signed_in.get("/livez")).status == 200
        ready = await signed_in.get("/readyz")
        assert (ready.status, ready.response.json()["missing"]) == (503, [part])
    assert await stored(house, "session") == before
    assert (await signed_in.get("/account")).heading == "Dag Juf", "nothing was lost"
    assert (await child.choose(secret, "pin", "4711")).heading == "Hoi Noor!"
    assert (await teacher.choose(password, "email", "juf@regenboog.example", password=PASSWORD)).heading == "Dag Juf"
    assert (await signed_in.get("/readyz")).status == 200


async def test_a_code_is_not_redeemed_while_the_database_is_away_and_keeps_its_value(house: House) -> None:
    browser, asked = house.browser(), authorize_url()
    page = await pupil_signs_in(browser, await browser.get(asked.url), house, "Noor", "Groep 6", "4711")
    async with away(house, "database"):
        answer = await redeem(house, browser, page, asked)
        assert answer.status_code == 503
        assert "access_token" not in answer.text
    assert (await redeem(house, browser, page, asked)).status_code == 200


async def test_a_child_reads_it_in_its_own_words(house: House) -> None:
    async with away(house, "database"):
        page = await house.browser().get(shortcut(house.school))
    assert page.status == 503
    assert page.heading == "De poort is even stuk"


async def test_a_program_gets_it_as_json(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    async with away(house, "store"):
        page = await browser.request("GET", authorize_url().url, Accept="application/json")
    assert page.status == 503
    assert page.response.json()["error"] == "store.unavailable"
    assert "reference" in page.response.json()

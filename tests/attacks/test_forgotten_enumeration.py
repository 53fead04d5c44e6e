"""Whoever asks for a link by address learns nothing: the same answer, as large and as quick, for every kind of address (C-313, ASVS 6.3.8)."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from statistics import median

import pytest
from sqlalchemy import delete, select, update

from directory.models import Employment, Person
from idp.core.models import Mail
from idp.credentials import forgotten
from idp.credentials.models import Password
from tests.browser import Page
from tests.house import ELSEWHERE, House
from tests.inside import lapse
from tests.journeys.stories import add_staff
from tests.puzzles import asked_of, solved

ASK = "/password/forgotten"
KINDS = {
    "known": "juf@regenboog.example",
    "unknown": "wie@regenboog.example",
    "pupil": "noor@regenboog.example",
    "disabled": "ex@regenboog.example",
    "left": "weg@regenboog.example",
    "unactivated": "in@regenboog.example",
    "none": "",
}
TRIES = 40


@pytest.fixture
async def ask(house: House) -> Callable[..., Awaitable[Page]]:
    """Asks for one kind of address, what follows the answer is not waited for."""
    for name in ("ex", "weg", "in"):
        await add_staff(house, name, "teacher")
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.email == KINDS["disabled"]).values(disabled=True))
        left = select(Person.id).where(Person.email == KINDS["left"]).scalar_subquery()
        await db.execute(update(Employment).where(Employment.person_id == left).values(active=False))
        await db.execute(delete(Password).where(Password.person_id == house.people["in"]))

    async def asked(kind: str, address: str = ELSEWHERE) -> Page:
        return await house.browser(address).request("POST", ASK, data={"email": KINDS[kind]})

    return asked


async def test_the_answer_is_one_and_the_same(house: House, ask: Callable[..., Awaitable[Page]]) -> None:
    said = {}
    for kind in KINDS:
        page = await ask(kind)
        headers = [(name, value) for name, value in page.response.headers.multi_items() if name != "date"]
        said[kind] = (page.status, headers, page.text)
        await house.resources.afterwards.done()
    assert said["known"][0] == 303
    assert len({repr(answer) for answer in said.values()}) == 1
    async with house.floor.database.read() as db:
        mailed = set((await db.execute(select(Mail.recipient))).scalars())
    assert mailed == {KINDS["known"], KINDS["left"], KINDS["unactivated"]}, (
        "and all the same the right people are mailed"
    )


async def test_the_answer_takes_no_longer_for_anybody(house: House, ask: Callable[..., Awaitable[Page]]) -> None:
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn in range(TRIES):
        # Without a pause, so that each answer stands before work that differs from one kind to the next.
        await lapse(house, seconds=24 * 3600)
        for kind in KINDS:
            began = time.perf_counter()
            page = await ask(kind, f"198.51.100.{turn}")
            took[kind].append(time.perf_counter() - began)
            assert page.status == 303
            await house.resources.afterwards.done()
    medians = {kind: median(each) for kind, each in took.items()}
    assert max(medians.values()) - min(medians.values()) < 0.010, medians


async def test_a_pause_begins_for_every_address_alike(house: House, ask: Callable[..., Awaitable[Page]]) -> None:
    for kind in ("known", "unknown"):
        assert [(await ask(kind)).status for _ in range(6)] == [303] * 6
    await house.resources.afterwards.done()


async def test_a_flood_from_a_network_has_to_work_and_then_to_wait_whoever_is_asked_for(
    house: House, ask: Callable[..., Awaitable[Page]]
) -> None:
    busy = "203.0.113.9"
    for what in ("network", "crowd"):
        counter = house.floor.keyring.mac("token", "throttle", "forgotten", what, f"{busy}/32")
        await house.floor.store.add("failures", counter, 98, 3600)
    assert [(await ask("known", busy)).status for _ in range(2)] == [303] * 2
    pages = {kind: await ask(kind, busy) for kind in KINDS}
    assert {page.status for page in pages.values()} == {200}
    assert len({bare(page, KINDS[kind]) for kind, page in pages.items()}) == 1
    form = pages["known"].form("email")
    worked = {**form.hidden, "puzzle": solved(asked_of(pages["known"])), "email": KINDS["known"]}
    assert (await house.browser(busy).request("POST", ASK, data=worked)).status == 303
    assert (await house.browser(busy).request("POST", ASK, data=worked)).status == 200, "a puzzle counts once"
    waited = pages["unknown"].form("email").hidden
    await lapse(house, seconds=30)
    assert (await house.browser(busy).request("POST", ASK, data={**waited, "email": "x"})).status == 303, "no scripts"
    network = house.floor.keyring.mac("token", "throttle", "forgotten", "network", f"{busy}/32")
    await house.floor.store.add("failures", network, 197, 3600)
    page = await ask("known", busy)
    worked = {**page.form("email").hidden, "puzzle": solved(asked_of(page)), "email": KINDS["known"]}
    assert (await house.browser(busy).request("POST", ASK, data=worked)).status == 303
    pages = {kind: await ask(kind, busy) for kind in KINDS}
    assert {page.status for page in pages.values()} == {429}
    assert len({page.text for page in pages.values()}) == 1
    assert "data-wait" in pages["known"].text
    assert (await ask("known")).status == 303, "another network notices nothing"


def bare(page: Page, email: str) -> str:
    """The page without its puzzle and the address that was typed."""
    text = re.sub(r'data-puzzle="[^"]*"|name="since" value="[^"]*"', "", page.text)
    return text.replace(f'value="{email}"', 'value=""')


async def test_of_many_asks_at_once_no_more_pass_than_one_after_the_other(
    house: House, ask: Callable[..., Awaitable[Page]]
) -> None:
    busy = "203.0.113.9"
    for what in ("network", "crowd"):
        counter = house.floor.keyring.mac("token", "throttle", "forgotten", what, f"{busy}/32")
        await house.floor.store.add("failures", counter, forgotten.EASY - 5, 3600)
    pages = await asyncio.gather(*(ask("unknown", busy) for _ in range(20)))
    assert [page.status for page in pages].count(303) == 5

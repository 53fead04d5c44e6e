"""Who is asked for by address learns nothing about whether that address has an account: same text, status, size and work (C-313, ASVS 6.3.8)."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from directory.models import Person
from idp.core.settings import Settings
from idp.credentials.models import Password
from idp.credentials.passwords import Hasher
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, PASSWORD, House
from tests.journeys.stories import add_staff, at_our_door, attempt_of, shortcut
from tests.puzzles import asked_of

KNOWN, UNKNOWN, DISABLED, WITHOUT = (
    "juf@regenboog.example",
    "wie@regenboog.example",
    "ex@regenboog.example",
    "in@regenboog.example",
)


class CountingHasher(Hasher):
    """Counts what is computed."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.verified = 0

    async def verify(self, password: str, known: str | None) -> bool:
        self.verified += 1
        return await super().verify(password, known)


@pytest.fixture
async def hasher(house: House, settings: Settings) -> AsyncIterator[CountingHasher]:
    """The password pool of the house, counting."""
    made = CountingHasher(settings)
    house.app.state.resources = replace(house.resources, hasher=made)
    yield made
    made.close()


def bare(page: Page) -> str:
    """The page without what belongs to this attempt alone: its address, its ticket, its challenge, the address that was typed."""
    text = re.sub(r"[\w.]+@regenboog\.example", "ADDRESS", page.text)
    text = re.sub(r"/signin/[\w%-]+", "/signin/ID", text).replace("signin%2F", "")
    text = re.sub(r'data-puzzle="[^"]*"|name="since" value="[^"]*"', "", text)
    text = re.sub(r"(challenge&#34;:&#34;)[\w-]+", r"\1ONE", text)
    return re.sub(r'name="ticket" value="[^"]+"|to=[\w%-]+', "", text)


async def give(browser: Browser, email: str, password: str = "Verkeerd-1") -> Page:
    return await browser.choose(await at_our_door(browser), "email", email, password=password)


async def seed_more(house: House) -> None:
    await add_staff(house, "ex", "teacher")
    await add_staff(house, "in", "teacher")
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.email == DISABLED).values(disabled=True))
        await db.execute(delete(Password).where(Password.person_id == house.people["in"]))


@pytest.mark.parametrize("email", [UNKNOWN, DISABLED, WITHOUT, "", "@", "geen adres"])
async def test_the_answer_is_that_of_a_wrong_password(house: House, hasher: CountingHasher, email: str) -> None:
    await seed_more(house)
    known = await give(house.browser(ELSEWHERE), KNOWN)
    other = await give(house.browser("203.0.113.9"), email, PASSWORD)
    assert "horen niet bij elkaar" in known.text
    assert known.status == other.status == 200
    assert bare(known).replace('value="ADDRESS"', 'value=""').replace(" autofocus", "") == bare(other).replace(
        'value="ADDRESS"', 'value=""'
    ).replace(f'value="{email}"', 'value=""').replace(" autofocus", "")
    assert sorted(known.response.headers) == sorted(other.response.headers)


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN, DISABLED, WITHOUT])
async def test_every_try_costs_exactly_one_hash(house: House, hasher: CountingHasher, email: str) -> None:
    await seed_more(house)
    browser = house.browser(ELSEWHERE)
    for so_far in range(1, 6):
        await give(browser, email)
        assert hasher.verified == so_far
    await give(browser, email)
    assert hasher.verified == 5, "while it must wait nothing is computed, known or not"


async def test_what_stands_in_for_a_missing_hash_costs_what_a_real_one_does(
    house: House, hasher: CountingHasher
) -> None:
    made = await hasher.hash(PASSWORD)
    parameters = made.rsplit("$", 2)[0]
    assert hasher._nobody.rsplit("$", 2)[0] == parameters
    assert not await hasher.verify("nobody has this password", None)


async def test_waiting_begins_at_the_same_try(house: House, hasher: CountingHasher) -> None:
    pages = []
    for email, address in ((KNOWN, ELSEWHERE), (UNKNOWN, "203.0.113.9")):
        browser = house.browser(address)
        for _ in range(6):
            page = await give(browser, email)
        pages.append(page)
    known, unknown = pages
    assert "data-wait" in known.text
    assert bare(known) == bare(unknown)


async def test_work_is_asked_at_the_same_try(house: House, hasher: CountingHasher) -> None:
    pages = []
    for email in (KNOWN, UNKNOWN):
        for host in range(11):
            page = await give(house.browser(f"203.0.113.{host}"), email)
        pages.append(page)
    known, unknown = pages
    assert asked_of(known)
    assert bare(known) == bare(unknown)
    assert known.status == unknown.status == 200
    assert hasher.verified == 20, "before work that was asked is done nothing is computed, known or not"


async def test_nobody_lists_schools_and_parties_by_ids_that_he_wrote(house: House) -> None:
    """Where an attempt began is believed of what we wrote alone: not of a number put behind an id, nor of a seal taken from another id."""
    real = attempt_of(await house.browser().get(shortcut(house.school)))
    seal = real[22 + len(f"s{house.school.id}") :]
    assert seal
    marks = {
        f"{mark}{number}" for mark in "sp" for number in (house.school.id, house.party_id, house.school.id + 1, "")
    }
    sealed = {f"{mark}{seal}" for mark in (*marks, "h", "x", "s²")} - {real[22:]}
    made_up = ["A" * 22 + real[22:], real[:-1], f"{real}A"]
    made_up += [real[:22] + tail for tail in ("h", "h" * 13, *sorted(marks | sealed))]
    for name in made_up:
        page = await house.browser(ELSEWHERE).request("GET", f"/signin/{name}")
        assert (page.status, page.location) == (410, None), name[22:]
        assert house.school.instelling_ref not in page.text

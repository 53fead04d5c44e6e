"""A board's own provider of its staff: bound once, by the activation link, then known by its lasting subject (D35, C-279, R16)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from consent import ticks
from directory import people, schools
from idp.credentials import activation, links, passwords
from idp.credentials.terms import VERSION
from idp.http import cookies
from metadata import upstreams
from metadata.models import UpstreamLink
from tests.browser import Browser, Page
from tests.desk.sitting import recorded
from tests.house import BASE, ECKID, House
from tests.journeys import mailbox
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road
from tests.upstreams.provider import Told

NAME = "Account van De Kring"


@dataclass(frozen=True)
class Board:
    """The house with a board's own provider."""

    road: Road

    @property
    def house(self) -> House:
        return self.road.house

    async def new(self, name: str) -> int:
        """A colleague without a password, who was mailed the link."""
        house, now = self.house, self.house.clock.now
        async with house.floor.database.begin() as db:
            person_id = await people.new_person(
                db,
                kind="staff",
                first_name=name.title(),
                prefix=None,
                surname="Smit",
                email=f"{name}@regenboog.example",
                now=now,
            )
            await people.employ(db, house.school.id, person_id, ["teacher"])
            said = {"base_url": BASE, "contact": "helpdesk@example.nl"}
            await activation.invite(db, house.floor.keyring, [person_id], **said, now=now)
        return person_id

    async def opens(self, name: str, browser: Browser | None = None) -> tuple[Browser, Page]:
        browser = browser or self.house.browser()
        return browser, await browser.get(await mailbox.link(self.house, f"{name}@regenboog.example", "/activate"))

    async def sent(self, name: str, browser: Browser | None = None) -> tuple[Browser, Told]:
        """The page of the link, and on to the provider; what an honest provider says of this colleague."""
        browser, page = await self.opens(name, browser)
        page = await browser.choose(page, "by", str(self.road.number))
        asked = provider.asked(page.location or "")
        return browser, Told(answers=asked["ID"], now=self.house.clock.now, name_id=f"kring-{name}")

    async def bound(self, person_id: int) -> int:
        async with self.house.floor.database.read() as db:
            rows = await db.execute(select(UpstreamLink.id).where(UpstreamLink.person_id == person_id))
            return len(rows.all())


@pytest.fixture(scope="module")
async def board(storage: Storage) -> AsyncIterator[Board]:
    async with kit.attached_house(storage) as road:
        document = provider.metadata(entity="https://kring.example/saml")
        number = await kit.attach(road.house, name=NAME, document=document, for_staff=True)
        yield Board(Road(road.house, number))


def said(told: Told, **changes: object) -> bytes:
    mine = replace(told, issuer="https://kring.example/saml", asserted_issuer="https://kring.example/saml")
    return provider.answer(replace(mine, **changes))  # type: ignore[arg-type]


async def test_d35_by_the_link_once_and_by_the_subject_from_then_on(board: Board) -> None:
    person = await board.new("sanne")
    browser, page = await board.opens("sanne")
    assert page.heading == "Zet uw account klaar"
    assert f"Inloggen met {NAME}" in page.text
    browser, told = await board.sent("sanne", browser)
    page = await board.road.send(browser, said(told))
    assert (await board.bound(person), page.offers("terms")) == (1, [VERSION]), "R16: the agreement is still to be read"
    page = await browser.choose(page, "terms", VERSION)
    assert page.heading == "Dag Sanne"
    assert [detail for _, _, detail in await recorded(board.house, "account.bound")] == [
        {"upstream": board.road.number}
    ]
    async with board.house.floor.database.read() as db:
        assert await passwords.known_hash(db, person) is None, "no password is needed, and none was made"
    # The link is used.
    assert "niet meer" in (await board.opens("sanne"))[1].text
    # The next time the provider's lasting subject is enough; this browser knows the provider.
    browser.drop(cookies.SESSION)
    page = await browser.choose(await browser.get("/"), "way", "network")
    again = Told(answers=provider.asked(page.location or "")["ID"], now=board.house.clock.now, name_id="kring-sanne")
    assert (await board.road.send(browser, said(again))).heading == "Dag Sanne"


async def test_a_password_stays_possible(board: Board) -> None:
    await board.new("bart")
    browser, page = await board.opens("bart")
    page = await mailbox.chooses_password(browser, page)
    assert page.status == 200
    assert (await mailbox.signs_in(browser, "bart@regenboog.example")).heading == "Dag Bart"


async def test_cve_2026_105215_without_the_link_or_in_another_browser_nothing_is_bound(board: Board) -> None:
    """A forged callback, an answer that another browser asked for, one that a stranger signed: no link comes of any of them."""
    person = await board.new("eva")
    browser, told = await board.sent("eva")
    attempts = (
        (board.house.browser(), said(told)),
        (browser, said(told, answers=None)),
        (browser, said(told, answers="_verzonnen.vraag")),
        (browser, provider.answer(replace(told, issuer=provider.ENTITY, asserted_issuer=provider.ENTITY))),
    )
    for who, xml in attempts:
        await board.road.send(who, xml)
        assert await board.bound(person) == 0
    await board.road.send(browser, said(told))
    assert await board.bound(person) == 1


async def test_cve_2026_105215_another_site_binds_nobody_to_the_account_of_its_own_link(board: Board) -> None:
    """Who is signed in at the provider would be its author's colleague here, for good, by one cross-site post of that one's link."""
    await board.new("kwaad")
    _, page = await board.opens("kwaad")
    victim, form = board.house.browser(), page.form("by")
    sent = {**form.hidden, "by": str(board.road.number)}
    page = await victim.request("POST", form.action, data=sent, cross_site=True)
    assert page.location == f"{BASE}/activate", "to our own page, which says whose account it is"
    page = await victim.follow(page)
    assert "kwaad@regenboog.example" in page.text


async def test_c279_the_same_address_or_eckid_binds_nobody(board: Board) -> None:
    person = await board.new("iris")
    browser, page = await board.opens("iris")
    other = board.house.browser()
    page = await other.get(board.road.shortcut())
    told = Told(answers=provider.asked(page.location or "")["ID"], now=board.house.clock.now)
    attributes = {"mail": ("iris@regenboog.example",), provider.ECKID: (ECKID,)}
    page = await board.road.send(other, said(told, name_id="iris@regenboog.example", attributes=attributes))
    assert await board.road.session_of(other) is None
    assert await board.bound(person) == 0
    assert browser.cookies, "the link is still to be used"


async def test_c278_by_the_boards_provider_no_pupil_comes_in_even_if_somebody_linked_one(board: Board) -> None:
    house = board.house
    async with house.floor.database.begin() as db:
        await upstreams.link(
            db, house.floor.keyring, board.road.number, house.people["Noor"], "kring-noor", now=house.clock.now
        )
    browser = house.browser()
    page = await browser.get(board.road.shortcut())
    told = Told(answers=provider.asked(page.location or "")["ID"], now=house.clock.now)
    await board.road.send(browser, said(told, name_id="kring-noor"))
    assert await board.road.session_of(browser) is None


async def test_an_account_there_that_is_somebody_elses_here_is_refused_and_the_link_stays_good(board: Board) -> None:
    first, second = await board.new("tom"), await board.new("kim")
    browser, told = await board.sent("tom")
    await board.road.send(browser, said(told))
    browser, told = await board.sent("kim")
    page = await board.road.send(browser, said(told, name_id="kring-tom"))
    assert (page.heading, await board.bound(second)) == ("Uw account kon niet worden gekoppeld", 0)
    assert await board.bound(first) == 1
    browser, told = await board.sent("kim", browser)
    page = await board.road.send(browser, said(told, name_id="x", name_format=provider.TRANSIENT))
    assert (page.heading, await board.bound(second)) == ("Uw account kon niet worden gekoppeld", 0), (
        "nothing that lasts"
    )
    browser, told = await board.sent("kim", browser)
    await board.road.send(browser, said(told))
    assert await board.bound(second) == 1


async def test_c314_a_link_that_ended_on_the_way_binds_nobody(board: Board) -> None:
    for number, spoil in enumerate(("old", "newer", "password", "gone")):
        name = f"laat{number}"
        person = await board.new(name)
        browser, told = await board.sent(name)
        house = board.house
        async with house.floor.database.begin() as db:
            if spoil == "newer":
                await links.issue(
                    db,
                    house.floor.keyring,
                    person,
                    f"{name}@regenboog.example",
                    purpose="activation",
                    now=house.clock.now,
                )
            if spoil == "password":
                await passwords.set_password(db, person, "x", now=house.clock.now)
            if spoil == "gone":
                await ticks.withdraw(db, house.school.id, await party_of(board), now=house.clock.now, by="test")
        if spoil == "old":
            async with house.floor.database.begin() as db:
                await links.forget(db, person)
        page = await board.road.send(browser, said(told))
        assert (page.heading, await board.bound(person)) == ("Uw account kon niet worden gekoppeld", 0), spoil
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, await party_of(board), {"subject"}, now=house.clock.now, by="test")


async def party_of(board: Board) -> int:
    async with board.house.floor.database.read() as db:
        return (await upstreams.find(db, str(board.road.number))).party_id


async def test_only_a_provider_of_ones_own_school_is_offered(board: Board) -> None:
    house, now = board.house, board.house.clock.now
    async with house.floor.database.begin() as db:
        other = await schools.add(db, name="De Brug", brin="95ZZ", location="", now=now)
        person_id = await people.new_person(
            db, kind="staff", first_name="Jan", prefix=None, surname="Smit", email="jan@brug.example", now=now
        )
        await people.employ(db, other.id, person_id, ["teacher"])
        said_ = {"base_url": BASE, "contact": "helpdesk@example.nl"}
        await activation.invite(db, house.floor.keyring, [person_id], **said_, now=now)
    browser = house.browser()
    page = await browser.get(await mailbox.link(house, "jan@brug.example", "/activate"))
    assert NAME not in page.text
    forged = await browser.post("/activate", {**page.form("password").hidden, "by": str(board.road.number)})
    assert forged.status == 403

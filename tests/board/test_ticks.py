"""One yes for several schools, and taking it back: what each school gets of it, who may not, and what is forged (R59, R70-R73, C-318, C-324, D9)."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from consent import bulk, ticks
from consent.bulk import Acting
from directory.lifecycle import board_people
from directory.schools import KnownSchool
from idp.core.models import Ending
from metadata import field_lists, parties
from metadata.field_lists import ListedField
from tests.board.seating import BASE, COORDINATOR, DIRECTOR, board_of, comes, moves, place_of, sheet, takes_office
from tests.browser import Browser, Page
from tests.consent.test_withdrawal import AT_LAST, waits
from tests.desk.sitting import recorded
from tests.house import House
from tests.inside import lapse
from tests.journeys.stories import add_school, add_staff, mails, step_of

NAME = ListedField("first_name", True, "De naam op het scherm", "The name on the screen")
ECKID = ListedField("eckid", False, "Werk meenemen", "Taking work along")
GROUP = ListedField("groups", False, "De groep van het kind", "The group of the child")


async def taalschip(house: House, *fields: ListedField) -> int:
    """A publisher that no school ticked."""
    async with house.floor.database.begin() as db:
        asks, name = ["first_name", "groups", "eckid"], "Taalschip"
        made = await parties.add_party(db, name=name, kind="publisher", fields=asks, sector=name, now=house.clock.now)
        await field_lists.publish(db, made, "Lezen", fields or (NAME, ECKID, GROUP), now=house.clock.now)
    return made


async def ticked(house: House, party_id: int, schools: Sequence[KnownSchool]) -> list[set[str] | None]:
    """What each of these schools says yes to; None where it does not."""
    async with house.floor.database.read() as db:
        found = [await ticks.find(db, school.id, party_id) for school in schools]
    return [set(one.fields) if one is not None and one.given else None for one in found]


async def decides(browser: Browser, party_id: int, act: str, *schools: KnownSchool, **chosen: str) -> Page:
    """Opens the sheet, chooses these schools, and says yes."""
    url = f"{BASE}/parties/{party_id}/{act}"
    form = {**sheet(await browser.get(url)), **{f"school_{school.id}": "1" for school in schools}, **chosen}
    return await browser.post(url, form)


async def test_one_yes_for_several_schools_is_the_yes_of_each_of_them(house: House) -> None:
    second, third = await add_school(house, "De Branding", "98XX"), await add_school(house, "Duinpad", "96XX")
    schools = (house.school, second, third)
    board_id = await board_of(house, *schools)
    await takes_office(house, "boven", COORDINATOR, board_id)
    await takes_office(house, "bestuur", DIRECTOR, board_id)
    await add_staff(house, "derde", "ict-coordinator", at=[third])
    party_id = await taalschip(house)
    async with house.floor.database.begin() as db:
        own = frozenset({"first_name", "groups"})
        await ticks.give(db, second.id, party_id, own, now=house.clock.now, by="test")
    browser = await comes(house, "boven")
    page = await browser.get(f"{BASE}/parties/{party_id}/tick")
    assert "De naam op het scherm" in page.text
    assert "checked" not in page.text, "nobody is ticked beforehand"
    page = await decides(browser, party_id, "tick", house.school, second, field_eckid="1")
    assert "Gewijzigd bij 2 van 2 gekozen scholen" in page.text
    assert "keuzes aangevuld" in page.text
    chosen, kept = {"first_name", "eckid"}, {"first_name", "eckid", "groups"}
    assert await ticked(house, party_id, schools) == [chosen, kept, None], "a school's own choice stays"
    given = await recorded(house, "consent.given")
    assert [(school_id, len(actor)) for school_id, actor, _ in given[-2:]] == [(second.id, 36), (house.school.id, 36)]
    told = [to for to, subject in await mails(house) if subject == "Bevestiging van toestemming: Taalschip"]
    assert sorted(told) == ["boven@regenboog.example"] * 2 + ["ict@regenboog.example"], "a receipt per school"
    page = await decides(browser, party_id, "tick", all="1", field_eckid="1")
    assert "Gewijzigd bij 1 van 3 gekozen scholen" in page.text
    assert page.text.count("was al aangevinkt") == 2
    assert "derde@regenboog.example" in {to for to, _ in await mails(house)}
    looks = await (await comes(house, "bestuur")).get(f"{BASE}/parties/{party_id}")
    assert "3 van 3 scholen" in looks.text
    assert "Boven Smit" in looks.text
    page = await decides(browser, party_id, "untick", second, third)
    assert "Gewijzigd bij 2 van 2 gekozen scholen" in page.text
    assert await ticked(house, party_id, schools) == [chosen, None, None]
    assert {school_id for school_id, _, _ in await recorded(house, "consent.withdrawn")} == {second.id, third.id}
    async with house.floor.database.read() as db:
        ended = await db.execute(select(Ending.school_id).where(Ending.party_id == party_id))
        assert set(ended.scalars()) == {second.id, third.id}, "D9: sessions there are ended"
    page = await decides(browser, party_id, "untick", second)
    assert "was niet aangevinkt" in page.text


async def test_what_a_school_chooses_while_its_board_says_yes_stays_its_choice(house: House) -> None:
    """The board's yes looks at what the school says once it is alone with it, not before."""
    board_id = await board_of(house, house.school)
    person_id = await takes_office(house, "boven", COORDINATOR, board_id)
    party_id = await taalschip(house)
    seen = sheet(await (await comes(house, "boven")).get(f"{BASE}/parties/{party_id}/tick"))["seen"]
    acting = Acting(person_id, board_id, "0" * 36, house.clock.now)

    async def says_yes() -> object:
        async with house.floor.database.begin() as db:
            return (await bulk.give(db, acting, house.school, party_id, ("eckid",), seen=seen)).said

    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, party_id, ["first_name"], now=house.clock.now, by="test")
    async with house.floor.database.begin() as db:
        own = ["first_name", "groups"]
        await ticks.give(db, house.school.id, party_id, own, now=house.clock.now, by="test")
        both: asyncio.Task[object] = asyncio.create_task(says_yes())
        assert await waits(both)
    assert await asyncio.wait_for(both, AT_LAST) == "renewed"
    assert await ticked(house, party_id, [house.school]) == [{"first_name", "groups", "eckid"}]


async def test_a_school_that_cannot_go_along_says_why_and_the_others_go_on(house: House) -> None:
    """Each asks in its own transaction whether the board still has the school and the person still the right."""
    second = await add_school(house, "De Branding", "98XX")
    board_id = await board_of(house, house.school, second)
    person_id = await takes_office(house, "boven", COORDINATOR, board_id)
    looks = await takes_office(house, "bestuur", DIRECTOR, board_id)
    party_id = await taalschip(house)
    browser = await comes(house, "boven")
    seen = sheet(await browser.get(f"{BASE}/parties/{party_id}/tick"))["seen"]
    acting = Acting(person_id, board_id, "0" * 36, house.clock.now)
    await moves(house, None, second)
    async with house.floor.database.begin() as db:
        said = [
            (await bulk.give(db, who, school, party_id, (), seen=told)).said
            for who, school, told in (
                (acting, second, seen),
                (Acting(looks, board_id, "0" * 36, house.clock.now), house.school, seen),
                (acting, house.school, "0" * 32),
                (acting, house.school, seen),
                (acting, house.school, seen),
            )
        ]
        assert said == ["left", "left", "changed", "given", "had"]
        assert (await bulk.give(db, acting, house.school, party_id, ["surname"], seen=seen)).said == "changed"
        assert (await bulk.give(db, acting, house.school, 999_999, (), seen=seen)).said == "away"
        assert (await bulk.withdraw(db, acting, second, party_id)).said == "left"
        assert (await bulk.withdraw(db, acting, house.school, 999_999)).said == "had_none"


@pytest.mark.parametrize("act", ["tick", "untick"])
async def test_nobody_decides_for_a_school_without_the_right_the_proof_and_our_own_sheet(
    house: House, act: str
) -> None:
    """The attacks by name: another board's school among the chosen, a director who posts, a role taken away in the middle, a stale sheet."""
    foreign, second = await add_school(house, "De Overkant", "98XX"), await add_school(house, "Duinpad", "96XX")
    board_id, other_id = await board_of(house, house.school), await board_of(house, foreign, number="41235", name="Ver")
    for name, role, board in (("boven", COORDINATOR, board_id), ("bestuur", DIRECTOR, board_id)):
        await takes_office(house, name, role, board)
    await takes_office(house, "ver", COORDINATOR, other_id)
    party_id = await taalschip(house) if act == "tick" else house.party_id
    url, schools = f"{BASE}/parties/{party_id}/{act}", (house.school, foreign, second)
    before, lines = await ticked(house, party_id, schools), len(await recorded(house, "consent.given"))
    boven, bestuur, ver = [await comes(house, name) for name in ("boven", "bestuur", "ver")]
    mine = {**sheet(await boven.get(url)), f"school_{house.school.id}": "1"}
    theirs = sheet(await ver.get(url.replace(BASE, "/board/41235")))
    looked = await boven.post(url, {**mine, f"school_{foreign.id}": "1"})
    nobodys = await boven.post(url, {**mine, "school_4000000": "1"})
    assert [looked.status, nobodys.status] == [404, 404], (
        "another board's school is no school, and nothing happens at any"
    )
    assert "Overkant" not in looked.text
    for who, form, status in (
        (bestuur, mine, 403),
        (ver, {**mine, "ticket": theirs["ticket"]}, 403),
        (await comes(house, "boven"), mine, 403),
        (boven, {**mine, "ticket": theirs["ticket"]}, 403),
        (boven, {"ticket": mine["ticket"], "among": mine["among"], "seen": mine.get("seen", "")}, 400),
        (boven, {**mine, "all": "1", "among": "0" * 32}, 400),
        (boven, {**mine, "school_x": "1"}, 404),
        *([(boven, {**mine, "seen": "0" * 32}, 400)] if act == "tick" else []),
    ):
        assert (await who.post(url, form)).status == status
    await moves(house, board_id, second)
    assert (await boven.post(url, {**mine, "all": "1"})).status == 400, "a school that came meanwhile stood on no sheet"
    await lapse(house, minutes=16)
    assert step_of(await boven.get(url)) == "password", "C-318"
    boven = await comes(house, "boven")
    mine = {**sheet(await boven.get(url)), f"school_{house.school.id}": "1"}
    async with house.floor.database.begin() as db:
        place = await place_of(house, "boven")
        await board_people.take(db, board_id, place, taker=None, contact="x", by="test", now=house.clock.now)
    assert "/signin/" in (await boven.post(url, mine)).url, "a role taken away ends the session with its commit"
    assert await ticked(house, party_id, schools) == before
    assert len(await recorded(house, "consent.given")) == lines
    assert await recorded(house, "consent.withdrawn") == []

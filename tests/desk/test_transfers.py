"""The transfer of a pupil at the desk (D14): both schools name their own, neither sees the other's before, and then it is one child."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import insert, select

from consent.models import Release
from directory import eckid
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Transfer
from directory.models import EckId, Enrolment
from directory.schools import KnownSchool
from idp.web.desk import transfers
from tests.browser import Browser, Page
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.directory.eckids import value_of
from tests.house import House
from tests.journeys.stories import add_child, add_group, add_school, give_role, mails


@dataclass(frozen=True, slots=True)
class Move:
    """Noor of the seeded school was Eleonora at the other one."""

    other: KnownSchool
    old_id: int
    here: Browser
    there: Browser


async def moving(house: House) -> Move:
    other = await add_school(house, "De Overkant", "98XX")
    old_id = await add_child(house, other, await add_group(house, other, "Groep 5"), "Eleonora", "Oudenaam")
    return Move(other, old_id, await sits_down(house), await colleague_of(house, other, "ginds"))


async def asked(house: House, move: Move, *, other: str = "98XX", pupil: int | None = None) -> Page:
    page = await move.here.get(f"{base(house)}/transfers/new")
    page = await move.here.post(page.url, {"ticket": ticket_on(page), "do": "find", "other": other, "q": "noor"})
    form = {"ticket": ticket_on(page), "do": "ask", "other": other, "q": "noor"}
    return await move.here.post(page.url, {**form, "pupil": str(pupil or house.people["Noor"])})


def number_of(page: Page) -> str:
    return page.url.partition("?")[0].rpartition("/")[2]


async def named(move: Move, number: str, pupil: int) -> Page:
    page = await move.there.get(f"/desk/98XX/transfers/{number}/pupil")
    form = {"ticket": ticket_on(page), "do": "name", "q": "", "pupil": str(pupil)}
    return await move.there.post(page.url, form)


async def decide(browser: Browser, address: str, what: str, **fields: str) -> Page:
    page = await browser.get(address)
    hidden = page.form("do").hidden
    return await browser.post(address, {"ticket": ticket_on(page), "do": what, **hidden, **fields})


async def enrolled_as(house: House, school_id: int) -> set[int]:
    async with house.floor.database.read() as db:
        return set((await db.execute(select(Enrolment.person_id).where(Enrolment.school_id == school_id))).scalars())


async def test_two_schools_make_one_child_of_two_accounts(house: House) -> None:
    move = await moving(house)
    page = await asked(house, move)
    assert "Aangevraagd" in page.text
    number = number_of(page)
    assert {subject for _, subject in await mails(house)} == {"Een school vraagt een overstap aan"}
    assert {to for to, _ in await mails(house)} == {"ict@regenboog.example", "ginds@regenboog.example"}
    theirs = await move.there.get(f"/desk/98XX/transfers/{number}")
    assert "Wijs uw eigen leerling aan" in theirs.text
    assert "/transfers/" in (await move.there.get("/desk/98XX")).text, "it stands under what needs you today"
    page = await named(move, number, move.old_id)
    assert "Uw leerling is aangewezen" in page.text
    assert page.heading == "Overstap van Eleonora Oudenaam"
    ours = await move.here.get(f"{base(house)}/transfers/{number}")
    for shown in (ours, page):
        assert "Eleonora Oudenaam" in shown.text
        assert "Noor van Beek" in shown.text
    assert "Het oudste account is dat van De Regenboog (99ZZ)" in ours.text
    assert "Geen uitgeverij kent beide accounts" in ours.text
    page = await decide(move.here, f"{base(house)}/transfers/{number}", "carry-out")
    assert "Het kind heeft nu één account." in page.text
    assert await enrolled_as(house, move.other.id) == {house.people["Noor"]}
    assert house.people["Noor"] in await enrolled_as(house, house.school.id)
    page = await decide(move.there, f"/desk/98XX/transfers/{number}", "undo")
    assert "Teruggedraaid" in page.text
    assert await enrolled_as(house, move.other.id) == {move.old_id}
    assert [entry[2]["kind"] for entry in await recorded(house, "reorganisation.carried_out")] == ["transfer"] * 2


async def test_before_both_have_named_one_neither_sees_the_others_pupil(house: House) -> None:
    move = await moving(house)
    number = number_of(await asked(house, move))
    there, here = f"/desk/98XX/transfers/{number}", f"{base(house)}/transfers/{number}"
    for address in (there, f"{there}/pupil", "/desk/98XX/transfers", "/desk/98XX"):
        page = await move.there.get(address)
        assert page.status == 200
        assert not re.search("Noor|Beek", page.text), address
    for address in (here, f"{base(house)}/transfers"):
        page = await move.here.get(address)
        assert "Noor van Beek" in page.text
        assert "Oudenaam" not in page.text
    # What is found there is only ever of one's own school.
    page = await move.there.get(f"{there}/pupil")
    page = await move.there.post(page.url, {"ticket": ticket_on(page), "do": "find", "q": "o"})
    assert "Eleonora Oudenaam" in page.text
    assert "Beek" not in page.text


async def test_what_the_helpdesk_asked_shows_no_school_more_than_its_own_pupil_either(house: House) -> None:
    move = await moving(house)
    async with house.floor.database.begin() as db:
        number = await asking.ask(
            db,
            Transfer(move.other.id, house.school.id, house.people["Noor"], move.old_id),
            by=Asker("operator:cli", helpdesk=True),
            effective_on=None,
            now=house.clock.now,
            keyring=house.floor.keyring,
            contact="helpdesk@example.org",
        )
    there, here = f"/desk/98XX/transfers/{number}", f"{base(house)}/transfers/{number}"
    for browser, address, hidden in ((move.there, there, "Noor"), (move.here, here, "Oudenaam")):
        page = await browser.get(address)
        assert "Klopt het?" in page.text
        assert hidden not in page.text
        page = await decide(browser, address, "agree")
        assert "Uw school heeft ja gezegd" in page.text
    assert "Eleonora Oudenaam" in page.text
    page = await decide(move.here, here, "carry-out")
    assert await enrolled_as(house, move.other.id) == {house.people["Noor"]}


async def test_who_named_a_pupil_does_not_carry_it_out(house: House) -> None:
    """The school that asked said yes before it could see whom the other would name: the last word is its own."""
    move = await moving(house)
    number = number_of(await asked(house, move))
    page = await named(move, number, move.old_id)
    there = f"/desk/98XX/transfers/{number}"
    assert "carry-out" not in page.text
    page = await decide(move.there, there, "carry-out")
    assert page.status == 400
    assert "Dat doet de andere school" in page.text
    assert await enrolled_as(house, move.other.id) == {move.old_id}


async def test_what_was_shown_is_what_is_done(house: House) -> None:
    move = await moving(house)
    number = number_of(await asked(house, move))
    second = await add_child(house, move.other, await add_group(house, move.other, "Groep 4"), "Iemand", "Anders")
    await named(move, number, move.old_id)
    page = await move.here.get(f"{base(house)}/transfers/{number}")
    seen = page.form("do").hidden["fingerprint"]
    await named(move, number, second)
    form = {"ticket": ticket_on(page), "do": "carry-out", "fingerprint": seen}
    page = await move.here.post(page.url, form)
    assert "Er is intussen iets veranderd" in page.text
    assert "Iemand Anders" in page.text


@pytest.mark.parametrize("side", ["here", "there"])
async def test_either_school_ends_it_and_nothing_is_left(house: House, side: str) -> None:
    move = await moving(house)
    number = number_of(await asked(house, move))
    browser, desk = (move.here, base(house)) if side == "here" else (move.there, "/desk/98XX")
    assert ("Aanvraag intrekken" if side == "here" else "Weigeren") in (
        await browser.get(f"{desk}/transfers/{number}")
    ).text
    page = await decide(browser, f"{desk}/transfers/{number}", "withdraw")
    assert "Dit gaat niet door" in page.text
    assert "Noor" not in page.text
    assert (await move.there.get(f"/desk/98XX/transfers/{number}/pupil")).status == 404
    async with house.floor.database.read() as db:
        assert await records.listed(db, [house.school.id], states=records.OPEN) == []
        assert [one.state for one in await records.listed(db, [house.school.id])] == ["withdrawn"]
    assert await enrolled_as(house, move.other.id) == {move.old_id}


async def test_what_may_be_lost_is_said_before_the_yes(house: House) -> None:
    move = await moving(house)
    async with house.floor.database.begin() as db:
        for person_id, school_id in ((house.people["Noor"], house.school.id), (move.old_id, move.other.id)):
            row = {"school_id": school_id, "party_id": house.party_id, "person_id": person_id}
            sets = {"asked_set_id": 1, "ticked_set_id": 1, "ground": "instruction", "connection_id": 1, "wire": "oidc"}
            await db.execute(insert(Release).values(at=house.clock.now, **row, **sets))
    number = number_of(await asked(house, move))
    assert "Rekenrijk" not in (await move.here.get(f"{base(house)}/transfers/{number}")).text
    await named(move, number, move.old_id)
    page = await move.here.get(f"{base(house)}/transfers/{number}")
    assert "Bij deze uitgeverijen bestaan beide accounts: Rekenrijk" in page.text


async def test_two_eckids_are_two_children_and_no_page_says_which(house: House) -> None:
    move = await moving(house)
    keyring, value = house.floor.keyring, value_of("another")
    async with house.floor.database.begin() as db:
        row = {"sealed": eckid.seal(keyring, move.old_id, value), "lookup": eckid.index(keyring, value)}
        await db.execute(insert(EckId).values(person_id=move.old_id, **row))
    number = number_of(await asked(house, move))
    await named(move, number, move.old_id)
    page = await move.here.get(f"{base(house)}/transfers/{number}")
    assert "dit zijn twee kinderen" in page.text
    assert "carry-out" not in page.text
    assert value not in page.text
    form = {"ticket": ticket_on(page), "do": "carry-out", **page.form("do").hidden}
    assert "Er staat nog iets in de weg" in (await move.here.post(page.url, form)).text
    assert await enrolled_as(house, move.other.id) == {move.old_id}


async def test_only_ones_own_pupil_can_be_named(house: House) -> None:
    move = await moving(house)
    page = await asked(house, move, pupil=move.old_id)
    assert page.status == 400
    assert "staat niet (meer) bij de school" in page.text
    assert await recorded(house, "reorganisation.asked") == []
    number = number_of(await asked(house, move))
    page = await named(move, number, house.people["Noor"])
    assert page.status == 400
    assert "Noor" not in page.text


@pytest.mark.parametrize("other", ["97QQ", "99ZZ", "", "geen brin"])
async def test_a_school_that_is_none_is_said(house: House, other: str) -> None:
    move = await moving(house)
    page = await asked(house, move, other=other)
    assert page.status == 400
    assert "Deze school kennen wij niet" in page.text
    assert 'name="pupil"' in page.text, "what was found stands there again"


async def test_a_third_school_sees_no_transfer(house: House) -> None:
    move = await moving(house)
    number = number_of(await asked(house, move))
    third = await add_school(house, "De Derde", "97XX")
    stranger = await colleague_of(house, third, "derde")
    ticket = ticket_on(await stranger.get("/desk/97XX/transfers/new"))
    assert number not in re.findall(r"/transfers/(\d+)", (await stranger.get("/desk/97XX/transfers")).text)
    for place in (f"/desk/97XX/transfers/{number}", f"/desk/97XX/transfers/{number}/pupil"):
        assert (await stranger.get(place)).status == 404
        assert (await stranger.post(place, {"ticket": ticket, "do": "withdraw"})).status == 404


async def test_who_coordinates_both_schools_names_a_pupil_at_each(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    old_id = await add_child(house, other, await add_group(house, other, "Groep 5"), "Eleonora", "Oudenaam")
    await give_role(house, "ict", "ict-coordinator", at=other)
    browser = await sits_down(house)
    move = Move(other, old_id, browser, browser)
    page = await asked(house, move)
    assert "Oudenaam" not in page.text
    await named(move, number_of(page), old_id)
    page = await decide(browser, f"{base(house)}/transfers/{number_of(page)}", "carry-out")
    assert await enrolled_as(house, other.id) == {house.people["Noor"]}


async def test_a_long_list_has_pages_and_none_is_lost(house: House) -> None:
    move = await moving(house)
    for _ in range(transfers.SHOWN + 3):
        page = await asked(house, move)
    newest = int(number_of(page))
    page = await move.here.get(f"{base(house)}/transfers")
    shown = numbers_on(page)
    (further,) = re.findall(r'href="([^"]+\?before=\d+)"', page.text)
    rest = await move.here.get(further)
    assert len(shown) == transfers.SHOWN
    assert max(shown) == newest
    assert len(shown | numbers_on(rest)) == transfers.SHOWN + 3
    assert "before=" not in rest.text


def numbers_on(page: Page) -> set[int]:
    return {int(number) for number in re.findall(r'/transfers/(\d+)"', page.text)}


async def test_no_school_mails_others_without_end(house: House) -> None:
    move = await moving(house)
    by = Asker("ledger-id", frozenset({house.school.id}))
    async with house.floor.database.begin() as db:
        for _ in range(asking.ASKS_A_DAY[True]):
            await asking.ask(
                db,
                Transfer(move.other.id, house.school.id, house.people["Noor"]),
                by=by,
                effective_on=None,
                now=house.clock.now,
                keyring=house.floor.keyring,
                contact="helpdesk@example.org",
            )
    before = len(await mails(house))
    page = await asked(house, move)
    assert page.status == 400
    assert "vroeg vandaag al veel overstappen aan" in page.text
    assert len(await mails(house)) == before

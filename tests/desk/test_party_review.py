"""The yearly look at the ticks (R77), and what the first page says about parties."""

from datetime import timedelta

from sqlalchemy import update

from consent import party_agreements, reviews
from consent.agreement_papers import Signing, Whose
from consent.models import DeletionRequest, Tick
from tests.board.seating import board_of
from tests.browser import Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.desk.test_parties import LATER, NAME, publish, says_yes, taalschip
from tests.house import House

YEAR = timedelta(days=366)


def seen_on(page: Page) -> str:
    return page.text.partition('name="seen" value="')[2][:32]


async def due(house: House) -> bool:
    async with house.floor.database.read() as db:
        return await reviews.due(db, house.school.id, now=house.clock.now)


async def test_a_year_after_the_oldest_yes_the_ticks_are_looked_at(house: House) -> None:
    assert not await due(house)
    async with house.floor.database.begin() as db:
        await db.execute(update(Tick).values(changed_at=house.clock.now - YEAR))
    assert await due(house)
    browser = await sits_down(house)
    assert "Kijk de vinkjes na" in (await browser.get(base(house))).text
    page = await browser.get(f"{base(house)}/parties/review")
    assert "Rekenrijk" in page.text
    form = {"ticket": ticket_on(page), "seen": seen_on(page)}
    assert (await browser.post(f"{base(house)}/parties/review", {"ticket": "0" * 32})).status == 403
    page = await browser.post(f"{base(house)}/parties/review", form)
    assert "Nagekeken. Over een jaar" in page.text
    assert "Laatst nagekeken op" in page.text
    assert not await due(house)
    await browser.post(f"{base(house)}/parties/review", form)
    shown = {"ticks": 1, "seen": form["seen"]}
    assert [detail for _, _, detail in await recorded(house, "consent.reviewed")] == [shown, shown]
    async with house.floor.database.read() as db:
        assert await reviews.due(db, house.school.id, now=house.clock.now + YEAR)


async def test_what_changed_while_the_page_stood_open_is_looked_at_first(house: House) -> None:
    """What is recorded is what stood there, not what is ticked at the moment of the yes: a party added, taken away, or asking for another thing."""
    party_id = await taalschip(house, NAME)
    browser = await sits_down(house)
    here = f"{base(house)}/parties/review"
    page = await browser.get(here)
    ticket = ticket_on(page)
    for change in ("yes", "list", "withdrawn"):
        before = seen_on(page)
        house.clock.move(minutes=1)
        if change == "yes":
            await says_yes(house, browser, party_id)
        elif change == "list":
            await publish(house, party_id, NAME, LATER)
        else:
            await browser.post(f"{base(house)}/parties/{party_id}/untick", {"ticket": ticket})
        for old in ("", before):
            page = await browser.post(here, {"ticket": ticket, "seen": old})
            assert (page.status, "Kijk de lijst nog eens na" in page.text) == (400, True), change
    assert await recorded(house, "consent.reviewed") == []
    assert (await browser.post(here, {"ticket": ticket_on(page), "seen": seen_on(page)})).status == 200
    assert len(await recorded(house, "consent.reviewed")) == 1


async def test_the_first_page_tells_of_more_that_is_asked_and_of_a_party_that_is_silent(house: House) -> None:
    party_id = await taalschip(house, NAME)
    browser = await sits_down(house)
    await says_yes(house, browser, party_id)
    assert "Partijen die meer vragen" not in (await browser.get(base(house))).text
    house.clock.move(minutes=1)
    await publish(house, party_id, NAME, LATER)
    assert "Partijen die meer vragen: 1" in (await browser.get(base(house))).text
    here = f"{base(house)}/parties/{party_id}"
    ticket = {"ticket": ticket_on(await browser.get(f"{here}/untick"))}
    await browser.post(f"{here}/untick", ticket)
    await browser.post(f"{here}/deletion", ticket)
    assert "Geen antwoord" not in (await browser.get(base(house))).text
    async with house.floor.database.begin() as db:
        await db.execute(update(DeletionRequest).values(asked_at=house.clock.now - timedelta(days=31)))
    text = (await browser.get(base(house))).text
    assert "Geen antwoord op een verzoek om te wissen: 1" in text
    assert "Partijen die meer vragen" not in text, "who has no yes asks nothing more"


async def test_a_partys_page_tells_what_a_register_knows_of_the_agreement_and_a_missing_one_blocks_nothing(
    house: House,
) -> None:
    """R68, D8: the school's own or its board's, while it holds; whether there is one decides nothing."""
    party_id = await taalschip(house, NAME)
    browser = await sits_down(house)
    here = f"{base(house)}/parties/{party_id}"
    assert "Verwerkersovereenkomst" not in (await browser.get(here)).text, "nothing was ticked yet"
    await says_yes(house, browser, party_id)
    assert "Wij kennen geen overeenkomst" in (await browser.get(here)).text
    board_id = await board_of(house, house.school)
    today = house.clock.now.date()
    over = Signing("1.0", None, today - timedelta(days=400), today - timedelta(days=1))
    for whose, signing, told in (
        (Whose(school_id=house.school.id), over, "Wij kennen geen overeenkomst"),
        (Whose(board_id=board_id), Signing("2.0", "A. Zee", today - timedelta(days=20)), "versie 2.0 voor uw bestuur"),
        (Whose(school_id=house.school.id), Signing("2.1", None, today, today), "versie 2.1 voor uw school"),
    ):
        async with house.floor.database.begin() as db:
            await party_agreements.record(db, whose, party_id, signing, now=house.clock.now, by="operator:cli")
        page = await browser.get(here)
        assert (told in page.text, "A. Zee" in page.text) == (True, False)
    log = await browser.get(f"{base(house)}/trail")
    assert "verwerkersovereenkomst met Taalschip overgenomen" in log.text

"""Publishers and network providers at the desk: what they ask, the school's yes and no, and who said it (R59, R70-R76, C-318)."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select, update

from consent import ticks
from idp.core.models import Ending, Mail
from metadata import field_lists, parties
from metadata.field_lists import ListedField
from metadata.models import Party
from tests.browser import Browser, Page
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.house import House, authorize_url, signed_in
from tests.journeys.stories import add_school, add_staff

NAME = ListedField("first_name", True, "De naam op het scherm", "The name on the screen")
GROUP = ListedField("groups", True, "De groep van het kind", "The group of the child")
ECKID = ListedField("eckid", False, "Werk meenemen", "Taking work along")
LATER = ListedField("year_group", True, "Het niveau", "The level")


async def taalschip(house: House, *fields: ListedField, name: str = "Taalschip") -> int:
    async with house.floor.database.begin() as db:
        asks = ["first_name", "groups", "eckid", "year_group"]
        kind: parties.PartyKind = "publisher"
        made = await parties.add_party(db, name=name, kind=kind, fields=asks, sector=name, now=house.clock.now)
        await field_lists.publish(db, made, "Lezen", fields or (ECKID, NAME), now=house.clock.now)
    return made


async def publish(house: House, party_id: int, *fields: ListedField) -> None:
    async with house.floor.database.begin() as db:
        await field_lists.publish(db, party_id, "Lezen", fields, now=house.clock.now)


async def ticked(house: House, party_id: int) -> set[str] | None:
    async with house.floor.database.read() as db:
        found = await ticks.find(db, house.school.id, party_id)
    return set(found.fields) if found is not None and found.given else None


async def says_yes(house: House, browser: Browser, party_id: int, **chosen: str) -> Page:
    page = await browser.get(f"{base(house)}/parties/{party_id}/tick")
    return await browser.post(f"{base(house)}/parties/{party_id}/tick", {**sheet(page), **chosen})


def sheet(page: Page) -> dict[str, str]:
    seen = page.text.partition('name="seen" value="')[2][:32]
    return {"ticket": ticket_on(page), "seen": seen}


async def mails(house: House) -> list[tuple[str, str, str]]:
    async with house.floor.database.read() as db:
        rows = await db.execute(select(Mail.recipient, Mail.subject, Mail.body).order_by(Mail.id))
        return [(row.recipient, row.subject, row.body) for row in rows]


async def test_a_school_says_yes_to_exactly_what_is_asked_and_takes_it_back(house: House) -> None:
    party_id = await taalschip(house)
    await add_staff(house, "tweede", "ict-coordinator", at=[house.school])
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/parties")
    assert "Staat uw netwerkleverancier of versie er niet bij?" in page.text
    assert "vraagt 2" in page.text
    page = await browser.get(f"{base(house)}/parties/{party_id}")
    assert "De naam op het scherm" in page.text
    assert "Achternaam" not in page.text, "what the party does not ask for is not there"
    page = await says_yes(house, browser, party_id)
    assert "Aangevinkt. Het geldt meteen" in page.text
    assert await ticked(house, party_id) == {"first_name"}, "what is optional stays here unless it is chosen"
    told = await mails(house)
    assert len({recipient for recipient, _, _ in told}) == 2, "every coordinator, and nobody twice"
    assert "Roepnaam (Lezen: De naam op het scherm)" in told[-1][2]
    assert "ECK-iD" not in told[-1][2]
    house.clock.move(minutes=1)
    await says_yes(house, browser, party_id, field_eckid="1")
    assert await ticked(house, party_id) == {"first_name", "eckid"}
    page = await browser.get(f"{base(house)}/parties/{party_id}/untick")
    assert "is met uitvinken niet gewist" in page.text, "R73 is told before the yes"
    page = await browser.post(f"{base(house)}/parties/{party_id}/untick", {"ticket": ticket_on(page)})
    assert page.text.count("Uitgevinkt") >= 2
    assert "Keuzes gewijzigd" in page.text
    assert "Erbij: ECK-iD" in page.text
    assert await ticked(house, party_id) is None
    assert [len(await recorded(house, f"consent.{what}")) for what in ("given", "withdrawn")] == [3, 1]
    actors = {actor for _, actor, _ in (await recorded(house, "consent.given"))[1:]}
    assert [len(actor) for actor in actors] == [36], "a ledger id, no name"
    async with house.floor.database.read() as db:
        ended = await db.execute(select(Ending.school_id).where(Ending.party_id == party_id))
        assert list(ended.scalars()) == [house.school.id], "D9: sessions at the party are ended"
    assert "Taalschip" in (await mails(house))[-1][1]


async def test_a_new_field_waits_for_a_new_yes_while_the_old_one_goes_on(house: House) -> None:
    party_id = await taalschip(house)
    browser = await sits_down(house)
    await says_yes(house, browser, party_id)
    house.clock.move(minutes=1)
    stale = sheet(await browser.get(f"{base(house)}/parties/{party_id}/tick"))
    await publish(house, party_id, ECKID, NAME, LATER)
    page = await browser.post(f"{base(house)}/parties/{party_id}/tick", stale)
    assert page.status == 400
    assert "is intussen veranderd" in page.text
    assert await ticked(house, party_id) == {"first_name"}, "the old yes goes on, without what is new"
    assert "die nu meer vragen dan eerst: 1" in (await browser.get(f"{base(house)}/parties")).text
    assert "nieuw: nog geen ja" in (await browser.get(f"{base(house)}/parties/{party_id}")).text
    await says_yes(house, browser, party_id)
    assert await ticked(house, party_id) == {"first_name", "year_group"}
    await publish(house, party_id, NAME)
    page = await browser.get(f"{base(house)}/parties/{party_id}")
    assert "niet meer gevraagd" in page.text
    assert "vraagt meer" not in page.text
    await says_yes(house, browser, party_id)
    assert await ticked(house, party_id) == {"first_name"}, "what is not asked any more goes with the next yes"


async def test_of_a_party_that_said_nothing_all_that_it_may_ask_is_told(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/parties/{house.party_id}")
    assert "heeft niet opgegeven waarvoor" in page.text
    assert "bij het inrichten" not in page.text or "Aangevinkt" in page.text
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).where(Party.id == house.party_id).values(enabled=False))
    assert (await browser.get(f"{base(house)}/parties/{house.party_id}/tick")).status == 404
    page = await browser.get(f"{base(house)}/parties/{house.party_id}/untick")
    assert page.status == 200, "a yes to a party that is away can be taken back"
    await browser.post(f"{base(house)}/parties/{house.party_id}/untick", {"ticket": ticket_on(page)})
    assert (await browser.get(f"{base(house)}/parties/{house.party_id}")).status == 404


async def test_after_the_yes_is_taken_back_nobody_signs_in_there(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/parties/{house.party_id}/untick")
    await browser.post(f"{base(house)}/parties/{house.party_id}/untick", {"ticket": ticket_on(page)})
    teacher = await signed_in(house, "juf")
    assert "toestemming" in (await teacher.get(authorize_url().url)).text.lower()


@pytest.mark.parametrize("act", ["tick", "untick"])
async def test_no_tick_changes_without_a_fresh_proof_our_own_form_and_ones_own_school(house: House, act: str) -> None:
    party_id = await taalschip(house) if act == "tick" else house.party_id
    before = await ticked(house, party_id)
    url = f"{base(house)}/parties/{party_id}/{act}"
    browser = await sits_down(house)
    mine = sheet(await browser.get(url))
    elsewhere = await add_school(house, "De Overkant", "98XX")
    other = await colleague_of(house, elsewhere, "overkant")
    theirs = sheet(await other.get(f"/desk/{elsewhere.code}/parties/{party_id}/tick"))
    attempts: Mapping[str, tuple[Browser, dict[str, str]]] = {
        "the coordinator of another school": (other, theirs),
        "with the ticket of another's page": (browser, {**mine, "ticket": theirs["ticket"]}),
        "without a ticket": (browser, {"seen": mine["seen"]}),
    }
    for who, (comes, form) in attempts.items():
        assert (await comes.post(url, form)).status == 403, who
    assert (await other.get(url)).status == 403
    if act == "tick":
        for forged in ({"field_surname": "1"}, {"seen": "0" * 32}, {"field_birth_date": "1"}):
            assert (await browser.post(url, {**mine, **forged})).status == 400
    house.clock.move(minutes=16)
    assert (await browser.get(url)).heading != (await browser.get(base(house))).heading
    assert "parties" not in (await browser.get(url)).url, "the sheet opens after a fresh proof only (C-318)"
    house.clock.move(minutes=15)
    assert "Aangevinkt" not in (await browser.post(url, mine)).text
    assert await ticked(house, party_id) == before


async def test_a_party_is_found_by_a_part_of_its_name(house: House) -> None:
    await taalschip(house, name="Taalschip")
    browser = await sits_down(house)
    ticket = {"ticket": ticket_on(await browser.get(f"{base(house)}/parties"))}
    page = await browser.post(f"{base(house)}/parties", {**ticket, "q": " taal "})
    assert "Taalschip" in page.text
    assert "Rekenrijk" not in page.text
    assert "Niets gevonden" in (await browser.post(f"{base(house)}/parties", {**ticket, "q": "<b>"})).text
    assert (await browser.get(f"{base(house)}/parties/999999")).status == 404

"""At the desk: keeping a single person away from a party, and asking a party to erase (R73, D9, C-323)."""

from sqlalchemy import select

from consent import deletions, exclusions
from idp.core.models import Ending, LedgerEntry, Mail
from metadata import parties
from tests.browser import Browser
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.desk.test_parties import sheet
from tests.house import House, authorize_url, pupil_signs_in, redeem
from tests.journeys.stories import add_school


async def away(house: House) -> list[int]:
    async with house.floor.database.read() as db:
        return [one.person_id for one in await exclusions.of_party(db, house.school.id, house.party_id)]


async def signs_in(house: House, name: str) -> int:
    browser, asked = house.browser(), authorize_url()
    page = await pupil_signs_in(browser, await browser.get(asked.url), house, name, "Groep 6", "4711")
    if "code" not in page.query:
        return 0
    return (await redeem(house, browser, page, asked)).status_code


async def unticked(house: House, browser: Browser) -> str:
    here = f"{base(house)}/parties/{house.party_id}"
    page = await browser.get(f"{here}/untick")
    await browser.post(f"{here}/untick", {"ticket": ticket_on(page)})
    return here


async def test_who_is_excluded_goes_nowhere_and_others_notice_nothing(house: House) -> None:
    browser = await sits_down(house)
    here = f"{base(house)}/parties/{house.party_id}/people"
    page = await browser.get(here)
    ticket = {"ticket": ticket_on(page)}
    page = await browser.post(here, {**ticket, "q": "noor", "do": "find"})
    assert "Noor" in page.text
    person_id = page.text.partition('name="person" value="')[2].partition('"')[0]
    assert (await browser.post(here, {**ticket, "q": "noor", "do": "exclude"})).status == 400, "nobody was picked"
    assert await signs_in(house, "Noor") == 200
    page = await browser.post(here, {**ticket, "person": person_id, "do": "exclude"})
    assert "Uitgesloten. Het geldt meteen" in page.text
    assert await away(house) == [int(person_id)]
    assert "noor" not in page.url.lower(), "a name stands in no address"
    async with house.floor.database.read() as db:
        ended = await db.execute(select(Ending.person_id, Ending.school_id, Ending.party_id))
        assert [tuple(row) for row in ended] == [(int(person_id), house.school.id, house.party_id)]
        subject = await db.execute(select(LedgerEntry.subject).where(LedgerEntry.action == "consent.person_excluded"))
        assert [len(one) for one in subject.scalars() if one] == [36], "a ledger id, no name"
    assert await signs_in(house, "Noor") != 200
    await browser.post(here, {**ticket, "person": person_id, "do": "admit"})
    assert await away(house) == []
    assert await signs_in(house, "Noor") == 200
    await browser.post(here, {**ticket, "person": person_id, "do": "admit"})
    async with house.floor.database.read() as db:
        query = select(Mail.recipient, Mail.subject, Mail.body).order_by(Mail.id)
        told = [row for row in await db.execute(query) if "Rekenrijk" in row.subject]
    assert [(row.recipient, row.subject) for row in told] == [
        ("ict@regenboog.example", "Iemand uitgesloten van Rekenrijk"),
        ("ict@regenboog.example", "Uitsluiting opgeheven bij Rekenrijk"),
    ], "R72: once each, and not for what was so already"
    assert ["Nu uitgesloten: 1." in told[0].body, "Nu uitgesloten: 0." in told[1].body] == [True, True]
    assert all(here in row.body and "Noor" not in row.body for row in told), "who it is stands at the desk only"
    assert [detail for _, _, detail in await recorded(house, "consent.person_admitted")] == [
        {"party": house.party_id, "request": None}
    ]


async def test_nobody_of_another_school_is_excluded_and_nobody_else_excludes(house: House) -> None:
    browser = await sits_down(house)
    here = f"{base(house)}/parties/{house.party_id}/people"
    mine = {"ticket": ticket_on(await browser.get(here)), "do": "exclude", "person": "1"}
    elsewhere = await add_school(house, "De Overkant", "98XX")
    other = await colleague_of(house, elsewhere, "overkant")
    theirs = f"/desk/{elsewhere.code}/parties/{house.party_id}/people"
    ticket = {"ticket": ticket_on(await other.get(theirs))}
    assert (await other.post(theirs, {**mine, **ticket})).status == 404, "a pupil of another school is nobody here"
    assert (await other.post(here, {**mine, **ticket})).status == 403
    assert (await browser.post(here, {**mine, **ticket})).status == 403, "the ticket of another's page"
    assert (await browser.post(here, {**mine, "person": "x"})).status == 404
    house.clock.move(minutes=31)
    assert "Uitgesloten." not in (await browser.post(here, mine)).text, "a proof that is too old"
    assert await away(house) == []


async def test_a_party_is_asked_to_erase_and_its_answer_stands_on_record(house: House) -> None:
    browser = await sits_down(house)
    here = f"{base(house)}/parties/{house.party_id}"
    assert (await browser.get(f"{here}/deletion")).status == 404, "not while the school says yes"
    assert "Vraag om te wissen" in (await browser.get(await unticked(house, browser))).text
    ticket = {"ticket": ticket_on(await browser.get(f"{here}/deletion"))}
    assert (await browser.post(f"{here}/answer", {**ticket, "answer": "ja"})).status == 404, "nothing was asked"
    page = await browser.post(f"{here}/deletion", ticket)
    assert "Wij hadden geen adres" in page.text
    assert (await browser.post(f"{here}/answer", {**ticket, "answer": " "})).status == 400
    await browser.post(f"{here}/deletion", ticket)
    page = await browser.post(f"{here}/answer", {**ticket, "answer": "Gewist op <b>1 oktober</b>"})
    assert "Gewist op &lt;b&gt;1 oktober" in page.text
    async with house.floor.database.read() as db:
        assert len(await deletions.of_party(db, house.school.id, house.party_id)) == 1, "asked twice is asked once"
    for action in ("deletion_asked", "deletion_answered"):
        ((school_id, _, detail),) = await recorded(house, f"consent.{action}")
        assert (school_id, detail["party"]) == (house.school.id, house.party_id)
        assert "Gewist" not in str(detail)


async def test_the_partys_contact_is_mailed_whom_to_answer(house: House) -> None:
    async with house.floor.database.begin() as db:
        contact = {"contact_email": "privacy@wereldwijs.example"}
        party_id = await parties.add_party(
            db,
            name="Wereldwijs",
            kind="publisher",
            fields=["groups"],
            sector="w.example",
            now=house.clock.now,
            contact=contact,
        )
    browser = await sits_down(house)
    here = f"{base(house)}/parties/{party_id}"
    assert (await browser.get(f"{here}/deletion")).status == 404, "who never got anything is asked nothing"
    await browser.post(f"{here}/tick", sheet(await browser.get(f"{here}/tick")))
    ticket = {"ticket": ticket_on(await browser.get(f"{here}/untick"))}
    await browser.post(f"{here}/untick", ticket)
    await browser.post(f"{here}/deletion", ticket)
    async with house.floor.database.read() as db:
        told = (await db.execute(select(Mail.body).where(Mail.recipient == "privacy@wereldwijs.example"))).scalars()
        (body,) = told
    assert house.school.name in body
    assert "ict" in body, "the coordinators to answer"
    for _ in range(3):
        await browser.post(f"{here}/answer", {**ticket, "answer": "ja"})
        page = await browser.post(f"{here}/deletion", ticket)
    assert (page.status, "net al een paar keer deze vraag" in page.text) == (400, True), (
        "nobody floods a party's mailbox"
    )

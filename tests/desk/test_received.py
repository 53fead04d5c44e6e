"""Who received what about a person, and why (D11, D40, D41): on the page, as a file, and for nobody else."""

from sqlalchemy import select, update

from consent.models import Release
from idp.core.models import LedgerEntry
from metadata import field_lists
from metadata.field_lists import ListedField
from metadata.models import Party
from tests.desk.sitting import base, colleague_of, sits_down, ticket_on
from tests.house import House, authorize_url, pupil_signs_in, redeem
from tests.journeys.stories import add_school

WHY = ListedField("first_name", True, "De naam op het scherm", "The name on the screen")
LATER = ListedField("first_name", True, "Voor iets heel anders", "For something else")


async def noor_signs_in(house: House) -> int:
    browser, asked = house.browser(), authorize_url(scope="openid profile")
    page = await pupil_signs_in(browser, await browser.get(asked.url), house, "Noor", "Groep 6", "4711")
    assert (await redeem(house, browser, page, asked)).status_code == 200
    async with house.floor.database.read() as db:
        return (await db.execute(select(Release.person_id).order_by(Release.id.desc()).limit(1))).scalar_one()


async def publish(house: House, field: ListedField) -> None:
    async with house.floor.database.begin() as db:
        await field_lists.publish(db, house.party_id, "Rekenen", (field,), now=house.clock.now)


async def entries(house: House) -> list[tuple[str, str | None, str]]:
    query = select(LedgerEntry.action, LedgerEntry.subject, LedgerEntry.actor).order_by(LedgerEntry.id)
    async with house.floor.database.read() as db:
        rows = await db.execute(query.where(LedgerEntry.action.like("consent.releases_%")))
        return [(row[0], row[1], row[2]) for row in rows]


async def test_a_parent_is_told_who_received_what_and_why(house: House) -> None:
    await publish(house, WHY)
    person_id = await noor_signs_in(house)
    await noor_signs_in(house)
    house.clock.move(minutes=1)
    await publish(house, LATER)
    browser = await sits_down(house)
    ticket = {"ticket": ticket_on(await browser.get(f"{base(house)}/received"))}
    page = await browser.post(f"{base(house)}/received", {**ticket, "q": "noor"})
    assert f"{base(house)}/received/{person_id}" in page.text
    page = await browser.get(f"{base(house)}/received/{person_id}")
    assert "2 keer" in page.text
    assert "De naam op het scherm" in page.text, "what the party said at the time"
    assert "heel anders" not in page.text
    assert "Groepen op school" not in page.text, "ticked, and not asked for: it did not leave"
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).where(Party.id == house.party_id).values(name='=HYPERLINK("x")'))
    file = await browser.post(f"{base(house)}/received/{person_id}/file", ticket)
    text = file.response.content.decode("utf-8-sig")
    assert file.response.headers["content-disposition"].startswith('attachment; filename="verstrekkingen-')
    assert "Over;Noor" in text
    assert "'=HYPERLINK" in text, "no cell begins to reckon"
    assert "Rekenen: De naam op het scherm" in text
    told = await entries(house)
    assert [action for action, _, _ in told] == ["consent.releases_shown", "consent.releases_exported"]
    assert {len(one or "") for _, *who in told for one in who} == {36}, "ledger ids, no names"


async def test_a_person_of_another_school_is_nobody_here(house: House) -> None:
    person_id = await noor_signs_in(house)
    elsewhere = await add_school(house, "De Overkant", "98XX")
    other = await colleague_of(house, elsewhere, "overkant")
    theirs = f"/desk/{elsewhere.code}/received"
    page = await other.get(theirs)
    ticket = {"ticket": ticket_on(page)}
    assert "Noor" not in (await other.post(theirs, {**ticket, "q": "noor"})).text.replace('value="noor"', "")
    assert (await other.get(f"{theirs}/{person_id}")).status == 404
    assert (await other.post(f"{theirs}/{person_id}/file", ticket)).status == 404
    assert (await other.get(f"{base(house)}/received/{person_id}")).status == 403
    assert (await other.post(f"{base(house)}/received/{person_id}/file", ticket)).status == 403
    assert await entries(house) == [], "who is refused leaves no trace of having seen something"

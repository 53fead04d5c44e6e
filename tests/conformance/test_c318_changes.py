"""C-318: changing mail, password, second step, roles or consent wants a whole fresh proof and is told; other sessions can be ended."""

from sqlalchemy import select

from directory.models import Employment
from tests.browser import Browser
from tests.desk.sitting import base, sits_down, ticket_on
from tests.house import ELSEWHERE, PASSWORD, House
from tests.inside import lapse
from tests.journeys.mailbox import NEW_PASSWORD, mailed_to
from tests.journeys.stories import ledger_actions, step_of, teacher_signs_in

ICT, JUF = "ict@regenboog.example", "juf@regenboog.example"


async def place_of(house: House, name: str) -> int:
    """The employment of somebody at the seeded school."""
    async with house.floor.database.read() as db:
        mine = select(Employment.id).where(Employment.person_id == house.people[name])
        return (await db.execute(mine)).scalar_one()


async def sheets(house: House) -> dict[str, dict[str, str]]:
    """Every sheet at which a coordinator changes one of these things, with a form that would change it."""
    juf, party = f"/staff/{await place_of(house, 'juf')}", f"/parties/{house.party_id}"
    return {
        f"{juf}/address": {"email": "nieuw@regenboog.example"},
        f"{juf}/roles": {"role_teacher": "1", "role_ib": "1"},
        f"{juf}/appoint": {},
        "/two-steps": {"wanted": "on"},
        f"{party}/people": {"do": "exclude", "person": str(house.people["Finn"])},
        f"{party}/untick": {},
        f"{party}/tick": {},
    }


async def test_c318_no_such_change_is_made_with_an_old_proof(house: House) -> None:
    browser = await sits_down(house)
    tickets = {path: ticket_on(await browser.get(base(house) + path)) for path in await sheets(house)}
    own = {path: ticket_on(await browser.get(path)) for path in ("/account/password", "/account/two-steps")}
    await lapse(house, minutes=31)
    before = await ledger_actions(house)
    for path, form in (await sheets(house)).items():
        page = await browser.post(base(house) + path, {"ticket": tickets[path], **form})
        assert step_of(page) == "password", path
        assert step_of(await browser.get(base(house) + path)) == "password", path
    for path, ticket in own.items():
        page = await browser.post(path, {"ticket": ticket, "password": NEW_PASSWORD, "codes": "1"})
        assert step_of(page) == "password", path
    assert await ledger_actions(house) == before, "nothing happened"
    # One factor alone is no whole proof: the page opens after the code, too.
    page = await browser.get(f"{base(house)}/parties/{house.party_id}/untick")
    page = await browser.choose(page, "email", ICT, password=PASSWORD)
    assert step_of(page) == "second_factor"


async def test_c318_each_such_change_is_told_to_whom_it_concerns(house: House) -> None:
    browser = await sits_down(house)
    for path, form in (await sheets(house)).items():
        page = await browser.get(base(house) + path)
        seen = page.text.partition('name="seen" value="')[2][:32]
        done = await browser.post(base(house) + path, {"ticket": ticket_on(page), "seen": seen, **form})
        assert done.status == 200, path
    juf, ict = await mailed_to(house, JUF), await mailed_to(house, ICT)
    assert "Uw rollen bij De Regenboog zijn gewijzigd" in juf
    assert len([one for one in juf if "e-mailadres" in one]) == 1, "the old address, and below the new one"
    assert len(await mailed_to(house, "nieuw@regenboog.example")) == 1
    for subject in (
        "Nieuwe ICT-coördinator bij De Regenboog",
        "Bevestiging van toestemming: Rekenrijk",
    ):
        assert [one for one in ict if one.startswith(subject)], subject
        assert [one for one in juf if one.startswith(subject)], "the new coordinator reads it too"
    assert any("twee stappen" in one for one in ict)


async def test_c318_somebody_ends_every_other_session_of_his(house: House) -> None:
    async def signs_in(address: str) -> Browser:
        browser = house.browser(address)
        await teacher_signs_in(browser)
        return browser

    there, here = await signs_in(ELSEWHERE), await signs_in("192.0.2.10")
    page = await here.get("/account/sessions")
    await here.choose(page, "others", "1")
    assert (await there.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await here.get("/account")).heading == "Dag Juf"
    assert "sessions.ended" in await ledger_actions(house)

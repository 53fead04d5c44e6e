"""Sessions that end at a caller's word, and a lost second factor that two operators take away (C-318, D38)."""

import pytest
from sqlalchemy import select

from idp.core.models import LedgerEntry
from mfa import lost_factors, totp
from tests.board.seating import COORDINATOR, DIRECTOR, board_of, takes_office
from tests.browser import Browser, Page
from tests.desk.sitting import recorded, sits_down, ticket_on
from tests.helpdesk.working import comes_to_work
from tests.house import ELSEWHERE, House, pupil_signs_in, staff_signs_in
from tests.inside import lapse
from tests.journeys.home import PARENT, activates, enters, lets_parents_in, parent_signs_in
from tests.journeys.mailbox import mailed_to
from tests.journeys.stories import add_staff, step_of

ICT = "ict@regenboog.example"


async def sends(browser: Browser, path: str, back: str = "", **fields: str) -> Page:
    return await browser.post(path, {"ticket": ticket_on(await browser.get(back or path)), **fields})


async def test_a_members_sessions_are_seen_without_a_place_and_ended(house: House) -> None:
    """Since when, never from where (privacy); nothing of it stands in an address, and the person is mailed."""
    at_school = house.browser()
    await staff_signs_in(at_school, await at_school.get("/"), "juf")
    assert (await at_school.get("/account")).heading == "Dag Juf"
    helpdesk = await comes_to_work(house, "helpdesk")
    page = await sends(helpdesk, "/helpdesk/sessions", email="JUF@regenboog.example ")
    assert "23 november 2026, 08:30" in page.text
    assert not any(word in page.text for word in ("192.0.2", "Jansen", "Regenboog<"))
    assert "juf" not in page.url
    page = await sends(helpdesk, "/helpdesk/sessions/end", "/helpdesk/sessions", email="juf@regenboog.example")
    assert "Overal uitgelogd" in page.text
    assert (await at_school.get("/account")).heading != "Dag Juf"
    assert await mailed_to(house, "juf@regenboog.example") == ["U bent overal uitgelogd"]
    told = [(await recorded(house, f"helpdesk.sessions_{what}"))[0][0] for what in ("looked_at", "ended")]
    assert told == [None, None], "of a person, not of a school"


async def test_a_pupil_is_named_by_its_schools_key_and_by_nothing_else(house: House) -> None:
    child = house.browser()
    page = await child.choose(await child.get("/"), "way", "pupil")
    await pupil_signs_in(child, page, house, "Noor", "Groep 6", "4711")
    assert (await child.get("/account")).status == 200
    helpdesk = await comes_to_work(house, "helpdesk")
    page = await sends(helpdesk, "/helpdesk/sessions", school="99ZZ", key="Noor")
    assert "van Beek" not in page.text
    for wrong in ({"school": "99ZZ", "key": "weg"}, {"school": "98XX", "key": "Noor"}, {"email": "x@y.example"}, {}):
        for form in ("/helpdesk/sessions", "/helpdesk/sessions/end"):
            assert "kennen wij niet" in (await sends(helpdesk, form, "/helpdesk/sessions", **wrong)).text
    looked = await recorded(house, "helpdesk.sessions_looked_at")
    assert [detail["found"] for _, _, detail in looked].count(0) == 8, "guessing is on record, by either form"
    await sends(helpdesk, "/helpdesk/sessions/end", "/helpdesk/sessions", school="99ZZ", key="Noor")
    assert (await child.request("GET", "/account")).status == 303
    assert [school for school, _, _ in await recorded(house, "helpdesk.sessions_ended")] == [house.school.id]


async def test_a_parents_tiles_and_the_children_behind_them_end_and_no_child_is_seen(house: House) -> None:
    """R144, D15, D29: an account of a parent is another one than that of a member of staff with the same address; nobody learns whose parent."""
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    on_the_way, inside, at_school = house.browser(ELSEWHERE), house.browser(ELSEWHERE), house.browser()
    tiles = await parent_signs_in(on_the_way)
    page = await parent_signs_in(inside)
    page = await inside.choose(page, "child", str(house.people["Noor"]))
    assert "Hoi Noor" in (await inside.choose(page, "pin", "4711")).text
    page = await at_school.choose(await at_school.get("/"), "way", "pupil")
    await pupil_signs_in(at_school, page, house, "Finn", "Groep 6", "0042")
    helpdesk = await comes_to_work(house, "helpdesk")
    assert "kennen wij niet" in (await sends(helpdesk, "/helpdesk/sessions", email=PARENT)).text
    assert "kennen wij niet" in (await sends(helpdesk, "/helpdesk/sessions", parent=ICT)).text
    page = await sends(helpdesk, "/helpdesk/sessions", parent=f" {PARENT.upper()}")
    assert "Account van een ouder" in page.text
    assert f"{house.clock.now.day} {'november'}" in page.text
    assert not any(word in page.text for word in ("Noor", "Beek", "Regenboog<", "99ZZ"))
    page = await sends(helpdesk, "/helpdesk/sessions/end", "/helpdesk/sessions", parent=PARENT)
    assert "Overal uitgelogd" in page.text
    assert (await inside.request("GET", "/account")).status == 303
    assert (await at_school.request("GET", "/account")).status == 200, "another child stays"
    page = await on_the_way.choose(tiles, "child", str(house.people["Noor"]))
    assert page.offers("child") == []
    assert "U bent overal uitgelogd" in await mailed_to(house, PARENT)
    assert [school for school, _, _ in await recorded(house, "helpdesk.sessions_ended")] == [None], "of no school"
    assert (await parent_signs_in(house.browser(ELSEWHERE))).offers("child") == [str(house.people["Noor"])]


async def test_who_agrees_to_a_lost_factor_agrees_to_none_that_came_in_its_place(house: House) -> None:
    asked = {"reference": "brief", "by": "een", "now": house.clock.now}
    async with house.floor.database.begin() as db:
        looked_at = await lost_factors.ask(db, ICT, **asked)  # type: ignore[arg-type]
        await lost_factors.withdraw(db, looked_at, by="een", now=house.clock.now)
        assert await lost_factors.ask(db, ICT, **asked) != looked_at  # type: ignore[arg-type]


async def test_a_lost_second_factor_takes_two_operators(house: House) -> None:
    """D38, attacked: the helpdesk asks, the first operator agrees alone, twice over or in another session; then a second one does."""
    first = await comes_to_work(house, "operator", "een@poortwachter.example")
    second = await comes_to_work(house, "operator", "twee@poortwachter.example")
    helpdesk = await comes_to_work(house, "helpdesk")
    for method, path in (("GET", "/helpdesk/second-steps"), ("POST", "/helpdesk/second-steps")):
        ticket = ticket_on(await helpdesk.get("/helpdesk/sessions"))
        page = await helpdesk.request(method, path, data={"ticket": ticket, "email": ICT, "reference": "1"})
        assert page.status == 403
    asked = {"email": ICT, "reference": "brief 2026-114"}
    assert "wacht op een tweede" in (await sends(first, "/helpdesk/second-steps", **asked)).text
    assert "wacht al een verzoek" in (await sends(second, "/helpdesk/second-steps", **asked)).text
    async with house.floor.database.read() as db:
        [waiting] = await lost_factors.waiting(db, now=house.clock.now)
    path = f"/helpdesk/second-steps/{waiting.id}"
    again = await comes_to_work(house, "operator", "een@poortwachter.example")
    for browser in (first, again):
        page = await sends(browser, path, "/helpdesk/second-steps", do="agree")
        assert (page.status, "Een andere beheerder moet" in page.text) == (400, True)
        assert (await recorded(house, "second_factor.reset_refused"))[-1][2] == {
            "request": waiting.id,
            "why": "own_request",
        }
    ticket = ticket_on(await helpdesk.get("/helpdesk/sessions"))
    assert (await helpdesk.request("POST", path, data={"ticket": ticket, "do": "agree"})).status == 403
    coordinator = await sits_down(house)
    assert "1" in (await second.get("/helpdesk")).text
    assert "weggehaald" in (await sends(second, path, "/helpdesk/second-steps", do="agree")).text
    assert (await coordinator.request("GET", "/account")).status == 303
    page = await staff_signs_in(fresh := house.browser(), await fresh.get("/"), "ict")
    assert step_of(page) == "enrol"
    assert (await sends(second, path, "/helpdesk/second-steps", do="agree")).status == 404
    async with house.floor.database.read() as db:
        query = (
            select(LedgerEntry.actor).where(LedgerEntry.action.like("second_factor.reset%")).order_by(LedgerEntry.id)
        )
        actors = list((await db.execute(query)).scalars())
    assert len(set(actors)) == 2, "each under the own ledger id"
    assert await mailed_to(house, ICT)


@pytest.mark.parametrize(
    ("who", "why", "code"),
    [
        ("juf", "er is niets weg te halen", "no_second_step"),
        ("met-app", "geen ICT-coördinator", "not_coordinator"),
        ("ict", "is nog een ICT-coördinator", "has_colleague"),
        ("bestuur", "is nog een ICT-coördinator", "has_colleague"),
        ("niemand", "kennen wij niet", "unknown"),
    ],
)
async def test_only_who_has_no_colleague_is_helped(house: House, who: str, why: str, code: str) -> None:
    if who == "bestuur":
        board_id = await board_of(house, house.school)
        await takes_office(house, "bestuur", DIRECTOR, board_id)
        await takes_office(house, "boven", COORDINATOR, board_id)
    if who == "ict":
        await add_staff(house, "collega", "ict-coordinator")
    if who == "met-app":
        person_id = await add_staff(house, "met-app", "teacher")
        async with house.floor.database.begin() as db:
            await totp.enrol(db, house.floor.keyring, person_id, totp.new_secret(), used_step=0, now=house.clock.now)
    operator = await comes_to_work(house, "operator")
    page = await sends(operator, "/helpdesk/second-steps", email=f"{who}@regenboog.example", reference="brief 1")
    assert (page.status, why in page.text) == (400, True)
    async with house.floor.database.read() as db:
        refused = LedgerEntry.action == "second_factor.reset_refused"
        [(whom, detail)] = await db.execute(select(LedgerEntry.subject, LedgerEntry.detail).where(refused))
    assert (detail, whom is None) == ({"why": code}, who == "niemand"), "trying addresses is on record, and no address"
    page = await sends(operator, "/helpdesk/second-steps", email=ICT, reference=" ")
    assert "Vul het kenmerk" in page.text


async def test_a_boards_only_coordinator_is_helped_too(house: House) -> None:
    board_id = await board_of(house, house.school)
    await takes_office(house, "boven", COORDINATOR, board_id)
    operator = await comes_to_work(house, "operator")
    page = await sends(operator, "/helpdesk/second-steps", email="boven@regenboog.example", reference="brief 1")
    assert "wacht op een tweede" in page.text


async def test_what_nobody_answers_is_over_after_two_weeks_and_can_be_withdrawn(house: House) -> None:
    first = await comes_to_work(house, "operator", "een@poortwachter.example")
    await sends(first, "/helpdesk/second-steps", email=ICT, reference="brief 1")
    async with house.floor.database.begin() as db:
        [waiting] = await lost_factors.waiting(db, now=house.clock.now)
        assert await lost_factors.purge(db, now=house.clock.now, most=10) == 0
    page = await sends(first, f"/helpdesk/second-steps/{waiting.id}", "/helpdesk/second-steps", do="withdraw")
    assert "ingetrokken" in page.text
    await sends(first, "/helpdesk/second-steps", email=ICT, reference="brief 2")
    await lapse(house, days=14)
    async with house.floor.database.begin() as db:
        assert await lost_factors.waiting(db, now=house.clock.now) == []
        assert await lost_factors.purge(db, now=house.clock.now, most=10) == 1

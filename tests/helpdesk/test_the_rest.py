"""Mails without what they say, reorganisations that wait for the helpdesk, and notices (R144, R157, D37, D40)."""

import pytest

from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import CodeChange
from idp.core import mail
from tests.browser import Browser, Page, forms_of
from tests.desk.sitting import recorded, ticket_on
from tests.helpdesk.working import comes_to_work
from tests.house import House
from tests.journeys.stories import add_school

WORDS = {"kind": "outage", "title_nl": "Het is traag", "title_en": "It is slow", "text_nl": "Even.", "text_en": "Soon."}


async def sends(browser: Browser, path: str, back: str = "", **fields: str) -> Page:
    return await browser.post(path, {"ticket": ticket_on(await browser.get(back or path)), **fields})


async def test_mails_are_counted_and_found_by_the_callers_address_alone(house: House) -> None:
    said = {"who": "x", "contact": "y"}
    async with house.floor.database.begin() as db:
        await mail.queue(db, "second_factor_reset", "juf@regenboog.example", now=house.clock.now, **said)
    helpdesk = await comes_to_work(house, "helpdesk")
    page = await helpdesk.get("/helpdesk/mails")
    assert "<b>1</b>" in page.text
    assert "regenboog" not in page.text
    page = await sends(helpdesk, "/helpdesk/mails", email="Juf@regenboog.example")
    assert "Er wacht post" in page.text
    assert "tweede stap" not in page.text.split('id="main"')[1].lower().replace("in twee stappen", "")
    assert "Er wacht niets" in (await sends(helpdesk, "/helpdesk/mails", email="ict@regenboog.example")).text
    assert (await sends(helpdesk, "/helpdesk/mails", email="geen adres")).status == 400
    assert [detail for _, _, detail in await recorded(house, "helpdesk.mails_looked_at")] == [
        {"found": 1},
        {"found": 0},
    ]


async def test_a_school_without_a_coordinator_is_spoken_for_at_its_written_request_only(house: House) -> None:
    """D14, D19: and by an operator, to what was shown; the helpdesk looks."""
    lonely = await add_school(house, "De Eenzame", "98XX")
    now, keyring = house.clock.now, house.floor.keyring
    async with house.floor.database.begin() as db:
        number = await asking.ask(
            db,
            CodeChange(lonely.id, "97XX"),
            effective_on=None,
            by=Asker("x", frozenset({lonely.id})),
            now=now,
            keyring=keyring,
            contact="x",
        )
    path, helpdesk = f"/helpdesk/reorganisations/{number}", await comes_to_work(house, "helpdesk")
    assert "De Eenzame (98XX)" in (await helpdesk.get("/helpdesk/reorganisations")).text
    page = await helpdesk.get(path)
    assert "Een beheerder geeft dat" in page.text
    ticket = ticket_on(await helpdesk.get("/helpdesk/mails"))
    assert (await helpdesk.request("POST", path, data={"ticket": ticket, "request": "brief"})).status == 403
    operator = await comes_to_work(house, "operator")
    assert "wacht: 1" in (await operator.get("/helpdesk")).text
    shown = next(form.hidden for form in forms_of((await operator.get(path)).text) if "fingerprint" in form.hidden)
    for wrong in ({"request": ""}, {"request": "brief 1", "fingerprint": "anders"}):
        assert (await operator.post(path, {**shown, **wrong})).status == 400
    assert await recorded(house, "reorganisation.requested") == []
    assert "vastgelegd" in (await operator.post(path, {**shown, "request": "brief 1"})).text
    async with house.floor.database.read() as db:
        assert (await records.of(db, number)).needed == ()
    [(school_id, _, detail)] = await recorded(house, "reorganisation.requested")
    assert (school_id, detail["request"]) == (lonely.id, "brief 1")
    assert (await operator.get("/helpdesk/reorganisations/999999")).status == 404


async def test_an_operator_plans_shows_and_ends_a_notice(house: House) -> None:
    operator, helpdesk = await comes_to_work(house, "operator"), await comes_to_work(house, "helpdesk")
    ticket = ticket_on(await helpdesk.get("/helpdesk/mails"))
    for method, path in (
        ("GET", "/helpdesk/notices"),
        ("GET", "/helpdesk/notices/new"),
        ("POST", "/helpdesk/notices/new"),
    ):
        assert (await helpdesk.request(method, path, data={"ticket": ticket, **WORDS})).status == 403
    new = "/helpdesk/notices/new"
    for wrong in (
        {"title_en": " "},
        {"kind": "grap"},
        {"from": "morgen"},
        {"until": "2020-01-01T00:00"},
        {"text_nl": "\x07"},
    ):
        page = await sends(operator, new, **{**WORDS, **wrong})
        assert (page.status, "Niet gelukt." in page.text) == (400, True), wrong
    page = await sends(operator, new, **WORDS)
    page = await sends(operator, new, **{**WORDS, "kind": "news", "title_nl": "Later", "from": "2026-12-01T08:00"})
    assert ("wordt getoond" in page.text, "komt nog" in page.text) == (True, True)
    house.clock.move(seconds=31)
    actueel = (await house.browser().get("/actueel")).text
    assert ("Het is traag" in actueel, "Later" in actueel) == (True, False)
    ends = [form.action for form in forms_of(page.text) if form.action.endswith("/end")]
    ticket = ticket_on(page)
    assert (await helpdesk.request("POST", ends[0], data={"ticket": ticket})).status == 403
    for address in ends:
        page = await operator.post(address, {"ticket": ticket})
    assert page.text.count('"tag">voorbij') == 2
    assert "al voorbij" in (await operator.post(ends[0], {"ticket": ticket})).text
    assert (await operator.post("/helpdesk/notices/999999/end", {"ticket": ticket})).status == 404
    [(_, by, _), _] = await recorded(house, "notice.added")
    assert len(by) == 36, "under the own ledger id"


@pytest.mark.parametrize("path", ["/helpdesk/sessions/end", "/helpdesk/second-steps", "/helpdesk/notices/new"])
async def test_what_changes_something_wants_a_fresh_proof_and_our_own_form(house: House, path: str) -> None:
    """C-133, C-318: within half an hour for who opened the form in time, a quarter where the page could be opened without."""
    operator = await comes_to_work(house, "operator")
    assert (await operator.request("POST", path, data={"ticket": "0" * 32, **WORDS})).status == 403
    ticket = ticket_on(await operator.get("/helpdesk/sessions"))
    for _ in range(3):
        house.clock.move(minutes=10)
        await operator.get("/helpdesk")
    house.clock.move(minutes=-14 if path.endswith("/end") else 1)
    page = await operator.request("POST", path, data={"ticket": ticket, **WORDS, "email": "juf@regenboog.example"})
    assert (page.status, "/signin/" in (page.location or "")) == (303, True)
    assert await recorded(house, "notice.added") == []

"""A button that is pressed twice, or by two at once: it does its work once, and nobody reads about a fault of ours."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from consent import agreement_extract, agreement_import, agreement_papers, party_agreements
from consent.agreement_papers import End, Signing, Whose
from idp.core.db import Db
from idp.credentials import parents
from tests.board.seating import board_of
from tests.browser import Browser
from tests.classroom.teaching import comes_in, room
from tests.desk.sitting import ticket_on
from tests.desk.test_held_mails import held, mailed
from tests.desk.test_parties import sheet, taalschip
from tests.helpdesk.test_agreements import PAPER, PATH
from tests.helpdesk.working import comes_to_work
from tests.house import House, signed_in
from tests.journeys.home import PARENT, lets_parents_in
from tests.journeys.stories import ledger_actions, mails

TOGETHER = 4


async def pressed(browser: Browser, path: str, fields: dict[str, str]) -> set[int]:
    """The statuses of one form that is sent several times at once."""
    # Every one of them finds a connection to the database that is open already.
    await asyncio.gather(*(browser.request("GET", "/classroom") for _ in range(TOGETHER)))
    sent = (browser.request("POST", path, data=fields) for _ in range(TOGETHER))
    return {page.status for page in await asyncio.gather(*sent)}


async def test_a_teacher_who_presses_twice(house: House) -> None:
    await lets_parents_in(house)
    juf, child = await comes_in(house, "juf"), f"{room(house)}/{house.people['Noor']}"
    ticket = {"ticket": ticket_on(await juf.get(child))}
    for path, fields in (
        (f"{room(house)}/home/make", {}),
        (f"{room(house)}/home/renew", {"sure": "1"}),
        (f"{child}/home/renew", {"kind": "pin"}),
        (f"{child}/renew", {"kind": "pin"}),
    ):
        assert await pressed(juf, path, ticket | fields) == {303}, path
    entered = {"email": PARENT, "permission": "1", "permission_on": house.clock.now.date().isoformat()}
    assert 500 not in await pressed(juf, f"{child}/home/parents", ticket | entered)


async def test_codes_that_are_made_twice_at_once_are_made_once(house: House) -> None:
    juf, shown = await comes_in(house, "juf"), f"{room(house)}/home"
    ticket = {"ticket": ticket_on(await juf.get(shown))}
    assert await pressed(juf, f"{shown}/make", ticket) == {303}
    assert [action for action in await ledger_actions(house) if action.startswith("home.")] == ["home.codes_made"]


async def test_a_coordinator_who_presses_twice(house: House) -> None:
    ict, desk = await signed_in(house, "ict", two_steps=True), f"/desk/{house.school.code}"
    ticket = {"ticket": ticket_on(await ict.get(f"{desk}/home"))}
    by_network = {"way": "network", "network_name": "De Leeromgeving", "network_url": "https://leeromgeving.example/"}
    for path, fields in (
        ("home", by_network),
        ("home/parents", {"wanted": "on"}),
        ("networks/new", {"network": "203.0.113.7", "kind": "vast", "label": ""}),
        ("imports/coupling", {"do": "choose", "system": "other"}),
    ):
        # The second may read that it is there already.
        assert await pressed(ict, f"{desk}/{path}", ticket | fields) <= {303, 400}, path


async def test_a_coordinator_who_says_a_first_yes_twice(house: House) -> None:
    """Of a party to which nothing was ever said there is nothing to hold (D9): yes, exclusion, question and look count once all the same."""
    ict, party_id = await signed_in(house, "ict", two_steps=True), await taalschip(house)
    desk = f"/desk/{house.school.code}"
    away = await taalschip(house, name="Nooit gevraagd")
    seen = sheet(await ict.get(f"{desk}/parties/{party_id}/tick"))
    ticket, kept_away = {"ticket": seen["ticket"]}, {"do": "exclude", "person": str(house.people["Noor"])}
    for path, fields in (
        (f"{party_id}/tick", seen),
        (f"{away}/people", kept_away),
        (f"{party_id}/untick", {}),
        (f"{party_id}/deletion", {}),
        ("review", {}),
    ):
        # A sheet that somebody else filled in a moment before may be shown anew.
        assert await pressed(ict, f"{desk}/parties/{path}", {**ticket, **fields}) <= {303, 400}, path
    told = [action for action in await ledger_actions(house) if action.startswith("consent.")]
    once = ("consent.person_excluded", "consent.withdrawn", "consent.deletion_asked")
    assert [told.count(action) for action in once] == [1, 1, 1]
    assert told.count("consent.given") == 2, "one of them is the seeded one"


async def test_an_operator_who_records_an_agreement_twice_takes_it_back_once(house: House) -> None:
    """One that was recorded twice would go on to hold after it was taken back."""
    await board_of(house, house.school)
    operator, shown = await comes_to_work(house, "operator"), f"/helpdesk/schools/{house.school.code}/agreement"
    for path in (PATH, shown):
        ticket = {"ticket": ticket_on(await operator.get(path))}
        assert await pressed(operator, path, ticket | PAPER) == {303}
    assert (await ledger_actions(house)).count("agreement.recorded") == 2, "once for the board, once for the school"


async def test_an_extract_that_was_read_before_an_end_was_announced_does_not_take_it_back(house: House) -> None:
    """Nothing leaves after the last day that schools were told of (D8), whatever a register said a moment before."""
    now, today, whose = house.clock.now, house.clock.now.date(), Whose(school_id=house.school.id)
    doing: dict[str, Any] = {"now": now, "today": today, "by": "test"}
    async with house.floor.database.begin() as db:
        number = await agreement_papers.record(db, whose, Signing("3.0", "A. Zee", today), **doing)
        assert number is not None
        [planned] = [one for one in await agreement_papers.of(db, whose) if one.number == number]
    last = agreement_papers.earliest_end(today)
    async with house.floor.database.begin() as db:
        await agreement_papers.end(db, number, End(last), **doing)
    with pytest.raises(LookupError):
        async with house.floor.database.begin() as db:
            await agreement_papers.change(db, planned, replace(planned.signing, signer="B. Zee"), **doing)
    async with house.floor.database.read() as db:
        [stands] = [one for one in await agreement_papers.of(db, whose) if one.number == number]
    assert (stands.signing.ends_on, stands.signing.signer) == (last, "A. Zee")


async def test_an_extract_that_two_take_over_at_once_is_taken_over_once(house: House) -> None:
    today, code = house.clock.now.date(), house.school.code
    header = "brin;partij;versie;getekend_op"
    lines = [f"{code};{party};9.1;{today.isoformat()}" for party in ("platform", house.party_id)]
    extract = "\n".join((header, *lines)).encode()
    # SQLite has one writer at a time, and the second reads what the first did.
    planned = asyncio.Barrier(2)

    async def take_over() -> None:
        async with house.floor.database.begin() as db:
            steps = await agreement_import.plan(db, agreement_extract.read(extract, today=today), today=today)
            if not house.floor.database.sqlite:
                await planned.wait()
            doing: dict[str, Any] = {"now": house.clock.now, "today": today, "by": "test"}
            await agreement_import.apply(db, steps, contact="helpdesk@poortwachter.example", **doing)

    await asyncio.gather(take_over(), take_over())
    whose = Whose(school_id=house.school.id)
    async with house.floor.database.read() as db:
        ours, theirs = await agreement_papers.of(db, whose), await party_agreements.of(db, whose)
    assert [one.signing.version for one in ours].count("9.1") == 1
    assert len(theirs) == 1
    assert len([to for to, subject in await mails(house) if "vastgelegd" in subject]) == 1


async def test_newcomers_are_mailed_once_however_often_the_button_is_pressed(house: House) -> None:
    await held(house, 3)
    ict, shown = await signed_in(house, "ict", two_steps=True), f"/desk/{house.school.code}/staff/held"
    assert await pressed(ict, shown, {"ticket": ticket_on(await ict.get(shown))}) == {303}
    assert await mailed(house) == ["n0@elders.example", "n1@elders.example", "n2@elders.example"]


async def test_an_address_that_is_taken_away_at_one_child_while_it_is_entered_at_another_stays_there(
    house: House,
) -> None:
    school_id, database, now = house.school.id, house.floor.database, house.clock.now

    async def enter(db: Db, name: str) -> int:
        day = now.date()
        return (await parents.enter(db, school_id, house.people[name], PARENT, permission_on=day, now=now))[1]

    async def remove(name: str, parent_id: int) -> None:
        async with database.begin() as db:
            await parents.remove(db, school_id, house.people[name], parent_id)

    async with database.begin() as db:
        parent_id = await enter(db, "Noor")
    async with database.begin() as db:
        await enter(db, "Finn")
        removing = asyncio.create_task(remove("Noor", parent_id))
        await asyncio.wait({removing}, timeout=0.1)
    await removing
    async with database.read() as db:
        left = await parents.of_children(db, school_id, [house.people["Noor"], house.people["Finn"]])
    assert list(left) == [house.people["Finn"]]

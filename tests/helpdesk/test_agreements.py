"""An operator records a board's agreement once, and it holds for all its schools; the helpdesk looks on (R60-R67, D8)."""

import re
from datetime import timedelta

from sqlalchemy import insert

from consent import agreement_papers
from directory.register.models import RegisterBoard
from tests.board.seating import board_of, takes_office
from tests.desk.sitting import recorded, ticket_on
from tests.helpdesk.working import comes_to_work
from tests.house import House
from tests.journeys.stories import add_school, mails

PATH = "/helpdesk/boards/41234/agreement"
PAPER = {"version": "3.0", "signer": "A. Zee", "signed_on": "2026-08-02", "ends_on": "", "reference": "DVO 12"}


async def test_an_operator_records_the_agreement_of_a_board(house: House) -> None:
    second = await add_school(house, "De Branding", "98XX")
    board_id = await board_of(house, house.school, second)
    await takes_office(house, "bestuur", "board-director", board_id)
    operator, helpdesk = await comes_to_work(house, "operator"), await comes_to_work(house, "helpdesk")
    page = await operator.get(f"/helpdesk/schools/{second.code}")
    assert f'href="{PATH}"' in page.text
    assert f'href="/helpdesk/schools/{second.code}/agreement"' in page.text
    assert "/agreement" not in (await helpdesk.get(f"/helpdesk/schools/{second.code}")).text
    assert (await helpdesk.get(PATH)).status == 403
    page = await operator.get(PATH)
    assert ("De Branding" in page.text, "De Regenboog" in page.text, "nog niets vastgelegd" in page.text) == (True,) * 3
    assert "Adres van het bestuur" not in page.text
    async with house.floor.database.begin() as db:
        at = {"street": "Zeeweg", "house_number": "1", "postcode": "2202 AB", "place": "NOORDWIJK"}
        await db.execute(insert(RegisterBoard).values(number="41234", **at))
    assert "Zeeweg 1, 2202 AB NOORDWIJK" in (await operator.get(PATH)).text
    ticket = ticket_on(page)
    for wrong in (
        {"version": ""},
        {"signer": " "},
        {"signed_on": "2100-01-01"},
        {"signed_on": ""},
        {"ends_on": "2026-08-01"},
        {"ends_on": "ooit"},
        {"reference": "x" * 101},
    ):
        page = await operator.post(PATH, {"ticket": ticket, **PAPER, **wrong})
        assert (page.status, "Niet vastgelegd" in page.text) == (400, True), wrong
    assert (await operator.post(PATH, {"ticket": "0" * 32, **PAPER})).status == 403
    assert (await operator.post("/helpdesk/boards/99999/agreement", {"ticket": ticket, **PAPER})).status == 404
    assert (await operator.get("/helpdesk/schools/00XX/agreement")).status == 404
    assert await recorded(house, "agreement.recorded") == []
    page = await operator.post(PATH, {"ticket": ticket, **PAPER})
    assert ("geldt meteen" in page.text, "A. Zee" in page.text) == (True, True)
    assert "stond er al" in (await operator.post(PATH, {"ticket": ticket, **PAPER})).text
    found = await recorded(house, "agreement.recorded")
    assert {school_id for school_id, _, _ in found} == {house.school.id, second.id}, "each has it in its own log"
    _, actor, detail = found[0]
    assert (len(actor), detail["board"], detail["request"]) == (36, board_id, "DVO 12")
    assert "Zee" not in str(detail)
    told = [
        to
        for to, subject in await mails(house)
        if subject == "Verwerkersovereenkomst van Stichting Aan Zee is vastgelegd"
    ]
    assert told == ["bestuur@regenboog.example"]
    alone = await operator.post(f"/helpdesk/schools/{second.code}/agreement", {"ticket": ticket, **PAPER})
    assert "geldt meteen" in alone.text
    assert (await recorded(house, "agreement.recorded"))[2][0] == second.id


async def test_an_operator_announces_the_end_on_the_same_page(house: House) -> None:
    """As `idp agreements end` does: 90 days from now or later, so that three notices go before it (D8); why is a choice, and names nobody."""
    board_id = await board_of(house, house.school)
    operator, helpdesk = await comes_to_work(house, "operator"), await comes_to_work(house, "helpdesk")
    ticket = ticket_on(await operator.get(PATH))
    page = await operator.post(PATH, {"ticket": ticket, **PAPER})
    found = re.search(f'href="({PATH}/[0-9]+/end)"', page.text)
    assert found is not None
    here = found[1]
    today = house.clock.now.date()
    soon, on = (today + timedelta(days=days) for days in (89, 90))
    told = {"on": on.isoformat(), "reason": "board", "reference": "Z 118"}
    page = await operator.get(here)
    assert ("90, 30 en 7 dagen" in page.text, "tot nu toe" in page.text) == (True, False)
    assert ((await helpdesk.get(here)).status, (await operator.post(here, {"ticket": "0" * 32, **told})).status) == (
        403,
        403,
    )
    other = here.replace("boards/41234", f"schools/{house.school.code}")
    for elsewhere in (other, f"{PATH}/999999/end"):
        assert (await operator.get(elsewhere)).status == 404
        assert (await operator.post(elsewhere, {"ticket": ticket, **told})).status == 404
    for wrong in (
        {"on": ""},
        {"on": "ooit"},
        {"on": soon.isoformat()},
        {"reason": ""},
        {"reason": "A. Zee"},
        {"reference": "x" * 101},
    ):
        page = await operator.post(here, {"ticket": ticket, **told, **wrong})
        assert (page.status, "Niet aangekondigd" in page.text) == (400, True), wrong
    assert await recorded(house, "agreement.ended") == []
    page = await operator.post(here, {"ticket": ticket, **told})
    assert ("Het einde is aangekondigd" in page.text, here in page.text) == (True, False), "no sooner end fits any more"
    [(school_id, actor, detail)] = await recorded(house, "agreement.ended")
    assert (school_id, len(actor), detail["board"]) == (house.school.id, 36, board_id)
    assert (detail["ends"], detail["reason"], detail["request"]) == (on.isoformat(), "board", "Z 118")
    async with house.floor.database.read() as db:
        [paper, *_] = await agreement_papers.of(db, agreement_papers.Whose(board_id=board_id))
    assert paper.signing.ends_on == on
    assert (await operator.post(here, {"ticket": ticket, **told})).status == 404
    longer = await operator.post(PATH, {"ticket": ticket, **PAPER, "ends_on": (on + timedelta(days=9)).isoformat()})
    later = re.search(f'href="({PATH}/[0-9]+/end)"', longer.text)
    assert later is not None
    page = await operator.post(later[1], {"ticket": ticket, **told, "on": (on + timedelta(days=10)).isoformat()})
    last = (on + timedelta(days=9)).isoformat()
    assert ("eindigt al eerder" in page.text, f'tot nu toe: <time datetime="{last}">' in page.text) == (True, True)

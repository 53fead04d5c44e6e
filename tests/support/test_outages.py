"""Reporting an outage: a mail to the helpdesk, a few times an hour, and nothing that tells who is known here (R158, C-313)."""

import asyncio

import pytest
from sqlalchemy import select

from idp.core.models import Mail
from idp.support import outages
from tests.browser import Page
from tests.house import ELSEWHERE, House
from tests.inside import lapse

PATH = "/help/outage"
TOLD = {"what": "Niemand komt binnen.\nSinds 8.25 uur.", "school": "De Regenboog", "reply": "juf@regenboog.example"}


async def report(house: House, address: str = ELSEWHERE, **changes: str) -> Page:
    browser = house.browser(address)
    form = (await browser.get(PATH)).form("school")
    return await browser.post(PATH, {**form.hidden, **TOLD, **changes})


async def mails(house: House) -> list[tuple[str, str]]:
    async with house.floor.database.read() as db:
        return [(to, body) for to, body in await db.execute(select(Mail.recipient, Mail.body).order_by(Mail.id))]


async def test_a_report_reaches_the_helpdesk_and_only_the_helpdesk(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    page = await browser.get(f"{PATH}?reference=7KQ2-M4XD")
    assert 'value="7KQ2-M4XD"' in page.text
    page = await browser.choose(page, "reference", "7kq2-m4xd", **TOLD)
    assert page.heading == "Uw melding is onderweg"
    [(to, body)] = await mails(house)
    assert to == "helpdesk@poortwachter.example"
    for line in (
        "> Niemand komt binnen.",
        "> Sinds 8.25 uur.",
        "> De Regenboog",
        "> 7KQ2-M4XD",
        "> juf@regenboog.example",
    ):
        assert line in body.splitlines() or line in body
    assert ELSEWHERE not in body


async def test_a_report_tells_nobody_which_schools_and_addresses_are_known(house: House) -> None:
    known, unknown = await report(house), await report(house, school="Nergens", reply="niemand@nergens.example")
    assert (known.status, known.text) == (unknown.status, unknown.text)
    assert len({to for to, _ in await mails(house)}) == 1, "never to the address that was typed"


async def test_what_was_typed_cannot_pass_for_a_mail_of_ours(house: House) -> None:
    await report(house, what="Goedendag,\n\nKlik hier\x1b {contact}", school="A\nBcc: iedereen@example.nl")
    [(_, body)] = await mails(house)
    assert "> Klik hier {contact}" in body, "never filled in"
    assert "> A Bcc: iedereen@example.nl" in body
    assert "\nBcc:" not in body
    assert "\nGoedendag" not in body


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("what", " \n "),
        ("what", "x" * 2001),
        ("school", "x" * 121),
        ("reply", "geen adres"),
        ("reply", "a@b.nl, c@d.nl"),
    ],
)
async def test_a_report_that_is_not_clear_comes_back_with_what_was_typed(house: House, field: str, text: str) -> None:
    page = await report(house, **{field: text})
    assert page.status == 422
    assert page.title.startswith("Let op:")
    assert "De Regenboog" in page.text or field == "school"
    assert await mails(house) == []


async def test_a_reference_that_is_none_is_left_out(house: House) -> None:
    assert 'value=""' in (await house.browser().get(f"{PATH}?reference=%22%3E%3Cb%3E")).text
    await report(house, reference="iets anders dan een code")
    [(_, body)] = await mails(house)
    assert "iets anders" not in body


async def test_a_flood_of_one_network_is_held_and_others_are_not(house: House) -> None:
    for _ in range(outages.OF_A_NETWORK.free):
        assert (await report(house)).status == 200
    page = await report(house)
    assert page.status == 429
    assert "Over 10 minuten" in page.text
    assert "Niemand komt binnen." in page.text, "what was typed is not lost"
    assert len(await mails(house)) == outages.OF_A_NETWORK.free
    assert (await report(house, "203.0.113.9")).status == 200
    await lapse(house, minutes=11)
    assert (await report(house)).status == 200


async def test_many_reports_at_once_are_no_more_mails_than_one_after_the_other(house: House) -> None:
    pages = await asyncio.gather(*(report(house, what=f"Melding {number}") for number in range(30)))
    assert sorted({page.status for page in pages}) == [200, 429]
    assert len(await mails(house)) == outages.OF_A_NETWORK.free


async def test_another_site_makes_nobody_report_anything(house: House) -> None:
    """It has no ticket of this browser; who lost his own reads what he typed, and presses once more."""
    strange, mine = house.browser(), house.browser(ELSEWHERE)
    of_another = (await strange.get(PATH)).form("school").hidden
    await mine.get(PATH)
    for sent in ({}, of_another):
        page = await mine.post(PATH, {**sent, **TOLD})
        assert (page.status, await mails(house)) == (403, [])
        assert "Niemand komt binnen." in page.text
        assert "nog niet verstuurd" in page.text
    page = await mine.post(PATH, {**page.form("school").hidden, **TOLD})
    assert (page.heading, len(await mails(house))) == ("Uw melding is onderweg", 1)

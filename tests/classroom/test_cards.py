"""A teacher prints sign-in cards, sees who has one, and makes lost ones worthless; every act is in the ledger, no card is (D26, D29)."""

import re
import zlib

from sqlalchemy import delete, select

from idp.core.models import LedgerEntry
from idp.credentials.models import PupilSecret
from idp.web import qr
from idp.web.classroom import card_sheets
from idp.web.classroom.card_sheets import Card
from idp.web.classroom.sheets import SHEETS
from tests.browser import Page
from tests.cards import card_of, shows
from tests.classroom import pdf_text
from tests.classroom.teaching import comes_in, link, press, room
from tests.desk.sitting import recorded
from tests.house import House
from tests.journeys.stories import step_of

Modules = tuple[tuple[bool, ...], ...]
LOST = ("Kwijt?", "Zeg het.")
FOOT = "De Regenboog · 23 november 2026"
POINTS = 72 / 25.4


def drawn(pdf: bytes) -> list[Modules]:
    """The codes on the first page, from the rectangles that were filled."""
    content = b"".join(zlib.decompress(raw) for raw in re.findall(rb"stream\n(x\x9c.*?)\nendstream", pdf, re.S)[:1])
    side, sheet = SHEETS[card_sheets.COLUMNS].height - 4, SHEETS[card_sheets.COLUMNS]
    filled = [tuple(map(float, one)) for one in re.findall(rb"([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re f", content)]
    size = side / len(qr.modules("A" * 32))
    found: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for left, top, width, _ in filled:
        x, y = left / POINTS, 297 - top / POINTS
        column, row = int((x - sheet.left) / (sheet.width + sheet.gap)), int((y - sheet.top) / sheet.height)
        corner = sheet.left + column * (sheet.width + sheet.gap) + sheet.width - side - 2
        begin = round((x - corner) / size)
        line = round((y - sheet.top - row * sheet.height - 2) / size)
        dark = {(line, begin + step) for step in range(round(width / POINTS / size))}
        found.setdefault((row, column), set()).update(dark)
    length = len(qr.modules("A" * 32))
    return [
        tuple(tuple((row, column) in dark for column in range(length)) for row in range(length))
        for _, dark in sorted(found.items())
    ]


def the_pdf(page: Page) -> bytes:
    assert page.status == 200
    assert page.response.headers["content-type"] == "application/pdf"
    assert page.response.headers["cache-control"] == "no-store"
    return page.response.content


async def test_a_group_is_printed_with_one_button_and_the_children_come_in_with_it(house: House) -> None:
    browser = await comes_in(house)
    page = await browser.get(f"{room(house)}/cards")
    assert "0 van de 2 leerlingen hebben een kaartje. Wie er geen heeft, krijgt er een" in page.text
    page = await press(browser, f"{room(house)}/cards", f"{room(house)}/cards")
    made, codes = the_pdf(page), [await card_of(house, "Finn"), await card_of(house, "Noor")]
    assert drawn(made) == [qr.modules(code) for code in codes]
    said = pdf_text.text(made)
    assert [one for one in said if one in {"Finn", "Noor"}] == ["Finn", "Noor"]
    for wanted in ("Groep 6", FOOT, "Kwijt? Zeg het je juf of meester:", "die maakt dit kaartje ongeldig."):
        assert said.count(wanted) == 2
    assert "Beek" not in " ".join(said), "a card shows no more than the tile"
    assert page.response.headers["content-disposition"] == 'inline; filename="inlogkaartjes-2026-11-23.pdf"'
    assert (await shows(house, house.browser(), codes[0])).heading == "Hoi Finn!"
    page = await browser.get(f"{room(house)}/cards")
    assert "2 van de 2 leerlingen" in page.text
    assert "Wie er geen heeft" not in page.text
    assert the_pdf(await browser.get(f"{room(house)}/cards.pdf")) is not None
    async with house.floor.database.read() as db:
        asked = select(LedgerEntry.action, LedgerEntry.detail).order_by(LedgerEntry.id)
        told = [tuple(row) for row in await db.execute(asked)]
    acts = [(action, detail) for action, detail in told if "card" in action]
    group = {"group": house.groups["Groep 6"], "pupils": 2}
    assert acts == [("pupil.cards_made", group), ("pupil.cards_printed", group), ("pupil.cards_printed", group)]
    assert not [code for code in codes if code in str(told)]


async def test_one_child_gets_its_card_again(house: House) -> None:
    browser = await comes_in(house)
    code = await card_of(house, "Noor")
    place = f"{room(house)}/{house.people['Noor']}"
    assert "heeft een kaartje" in (await browser.get(place)).text
    page = await press(browser, place, f"{place}/card")
    assert drawn(the_pdf(page)) == [qr.modules(code)]
    assert page.url.endswith("/card.pdf")
    assert code not in page.url
    assert [action for action, *_ in await recorded(house, "pupil.cards_made")] == []


async def test_a_lost_card_is_worthless_at_once_and_its_session_is_over(house: House) -> None:
    noor, finn = house.browser(), house.browser()
    lost = await card_of(house, "Noor")
    await shows(house, noor, lost)
    await shows(house, finn, await card_of(house, "Finn"))
    browser, child = await comes_in(house), f"{room(house)}/{house.people['Noor']}"
    place = f"{child}/card/void"
    assert f'href="{child}#card"' in (await browser.get(f"{room(house)}/cards")).text
    assert f'href="{place}"' in (await browser.get(child)).text.partition('id="card"')[2]
    page = await browser.get(place)
    assert page.heading == "Het kaartje van Noor van Beek ongeldig maken?"
    assert (await press(browser, place, place)).status == 400, "not without the yes"
    page = await browser.choose(page, "sure", "1")
    assert "Dit kaartje werkt niet meer" in page.text
    assert "Hoi Noor" not in (await noor.get("/account")).text
    assert "Hoi Finn" in (await finn.get("/account")).text
    assert step_of(await shows(house, house.browser(), lost)) == "card"
    page = await press(browser, f"{room(house)}/cards", f"{room(house)}/{house.people['Noor']}/card")
    assert drawn(the_pdf(page)) == [qr.modules(await card_of(house, "Noor"))] != [qr.modules(lost)]
    ((_, subject, detail),) = await recorded(house, "pupil.cards_voided")
    assert subject is not None
    assert detail == {"group": house.groups["Groep 6"], "pupils": 1}


async def test_all_cards_of_a_group_and_of_no_other(house: House) -> None:
    codes = {name: await card_of(house, name) for name in ("Noor", "Finn", "Sam")}
    browser, place = await comes_in(house), f"{room(house)}/cards/void"
    page = await browser.get(place)
    assert "2 kaartjes" in page.text
    page = await browser.choose(page, "sure", "1")
    assert "De kaartjes van deze groep werken niet meer" in page.text
    came = {name: (await shows(house, house.browser(), code)).heading for name, code in codes.items()}
    assert came["Sam"] == "Hoi Sam!"
    assert {came["Noor"], came["Finn"]} == {"Laat je kaartje zien"}
    assert "Er zijn geen kaartjes" in (await browser.get(place)).text


async def test_who_has_a_card_only_is_not_said_to_be_shut_out(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id == house.people["Noor"]))
    browser = await comes_in(house)
    assert "Kan nog niet inloggen" in (await browser.get(room(house))).text
    await card_of(house, "Noor")
    page = await browser.get(room(house))
    assert "Kan nog niet inloggen" not in page.text
    assert "Inlogkaartje" in page.text


async def test_a_child_of_another_group_is_nobody_here(house: House) -> None:
    browser = await comes_in(house)
    sam = house.people["Sam"]
    page = await press(browser, f"{room(house)}/cards", f"{room(house)}/{sam}/card")
    assert page.status == 404
    await link(house, "juf", house.groups["Groep 2"])
    page = await press(browser, f"{room(house, 'Groep 2')}/cards", f"{room(house, 'Groep 2')}/{sam}/card")
    assert pdf_text.text(the_pdf(page))[:2] == ["Sam", "Groep 2"]


def test_fourteen_cards_lie_on_a_sheet_and_every_code_is_whole() -> None:
    codes = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ2345" + two for two in ("67", "77", "A2", "B3")] * 4
    made = card_sheets.make([Card("Noor", "Groep 1/2", "owl", code) for code in codes], lost=LOST, foot=FOOT)
    assert pdf_text.pages(made) == 2
    assert drawn(made) == [qr.modules(code) for code in codes[:14]]
    assert len(made) < 100_000

"""A teacher hands out login codes for home: make, show, print, mail, renew, withdraw; each act in the ledger (R123-R127, D28, D29, D40)."""

import re

from sqlalchemy import select

from directory import home as homes
from directory.home import Rules
from idp.core.models import LedgerEntry, Mail
from idp.credentials import home_codes
from idp.credentials.home_codes import ALPHABET
from idp.credentials.models import HomeCode, Parent
from idp.web.classroom.mailing import TO_AN_ADDRESS
from tests.browser import Page
from tests.classroom import pdf_text
from tests.classroom.teaching import comes_in, press, room
from tests.desk.sitting import recorded, ticket_on
from tests.house import ELSEWHERE, House
from tests.journeys.home import PARENT, code_of, enters, lets_parents_in, types_code
from tests.journeys.stories import step_of

_CODE = rf"[{ALPHABET}]{{5}}-[{ALPHABET}]{{5}}"


def codes_on(page: Page) -> list[str]:
    """The codes that a page shows."""
    return re.findall(rf">({_CODE})<", page.text)


async def mailed(house: House) -> list[tuple[str, str]]:
    """(recipient, body) of every mail on its way."""
    async with house.floor.database.read() as db:
        rows = await db.execute(select(Mail.recipient, Mail.body).order_by(Mail.id))
        return [(row.recipient, row.body) for row in rows]


async def test_codes_are_made_for_who_has_none_and_shown_when_asked(house: House) -> None:
    kept = await code_of(house, "Noor")
    browser, at = await comes_in(house), f"{room(house)}/home"
    page = await browser.get(at)
    assert "1 van de 2 leerlingen" in page.text
    page = await press(browser, at, f"{at}/make")
    assert "2 van de 2 leerlingen" in page.text
    assert "1 augustus 2027" in page.text.replace("\n", " ")
    assert codes_on(page) == []
    page = await browser.get(f"{at}/codes")
    assert page.response.headers["cache-control"] == "no-store"
    assert len(codes_on(page)) == 2
    assert home_codes.written(kept) in codes_on(page)
    group = house.groups["Groep 6"]
    assert [detail for _, _, detail in await recorded(house, "home.codes_made")] == [{"group": group, "pupils": 1}]
    told = [detail for _, _, detail in await recorded(house, "home.codes_shown")]
    assert told == [{"group": group, "pupils": 2, "way": "screen"}]


async def test_a_whole_group_gets_new_codes_or_none_after_a_yes(house: House) -> None:
    old = await code_of(house, "Noor")
    child = house.browser(ELSEWHERE)
    await types_code(child, old, "4711")
    browser, whole = await comes_in(house), f"{room(house)}/home/whole"
    assert (await press(browser, whole, f"{room(house)}/home/renew")).status == 400
    assert "Hoi Noor" in (await child.get("/account")).text
    await press(browser, whole, f"{room(house)}/home/renew", sure="1")
    assert "Hoi Noor" not in (await child.get("/account")).text
    assert step_of(await types_code(child, old, "4711")) == "home_secret"
    (new, _) = [code.replace("-", "") for code in codes_on(await browser.get(f"{room(house)}/home/codes"))]
    assert new != old
    await press(browser, whole, f"{room(house)}/home/withdraw", sure="1")
    assert "0 van de 2 leerlingen" in (await browser.get(f"{room(house)}/home")).text
    assert [len(await recorded(house, f"home.codes_{act}")) for act in ("renewed", "withdrawn")] == [1, 1]


async def test_letters_and_labels_hold_the_code_and_no_secret(house: House) -> None:
    codes = {name: home_codes.written(await code_of(house, name)) for name in ("Noor", "Finn")}
    browser, at = await comes_in(house), f"{room(house)}/home"
    for kind, pages in (("letters", 2), ("labels", 1)):
        made = (await browser.get(f"{at}/{kind}.pdf")).response
        assert made.headers["content-type"] == "application/pdf"
        assert re.fullmatch(r'inline; filename="logincodes-\d{4}-\d\d-\d\d\.pdf"', made.headers["content-disposition"])
        said = " ".join(pdf_text.text(made.content))
        assert pdf_text.pages(made.content) == pages
        assert all(code in said for code in codes.values())
        assert "https://inloggen.example/thuis" in said
        assert "1 augustus 2027" in said
        assert "4711" not in said
        assert "0042" not in said
    one = (await browser.get(f"{room(house)}/{house.people['Noor']}/home/letters.pdf")).response
    said = " ".join(pdf_text.text(one.content))
    assert codes["Noor"] in said
    assert codes["Finn"] not in said
    assert [detail["way"] for _, _, detail in await recorded(house, "home.codes_shown")] == ["pdf"] * 3


async def test_codes_are_mailed_to_typed_addresses_that_are_kept_nowhere(house: House) -> None:
    browser, at = await comes_in(house), f"{room(house)}/home/mail"
    noor, finn = (f"unkept_{house.people[name]}" for name in ("Noor", "Finn"))
    page = await press(browser, at, at, **{noor: "a@gezin.example", finn: "b@gezin"})
    assert (page.status, await mailed(house)) == (400, [])
    assert 'value="a@gezin.example"' in page.text, "what was typed stands there again"
    page = await press(browser, at, at, **{noor: "A@gezin.example ", finn: ""})
    assert "verstuurd" in page.text
    ((recipient, body),) = await mailed(house)
    assert recipient == "a@gezin.example"
    (code,) = re.findall(_CODE, body)
    assert "Noor" not in body
    assert "Groep 6" not in body
    assert "4711" not in body
    assert "1 augustus 2027" in body
    assert "Hoi Noor" in (await types_code(house.browser(ELSEWHERE), code, "4711")).text
    async with house.floor.database.read() as db:
        assert (await db.execute(select(Parent.id))).first() is None
        details = (await db.execute(select(LedgerEntry.detail))).scalars()
        assert all("gezin" not in str(detail) and code not in str(detail) for detail in details)
    await press(
        browser,
        f"{room(house)}/{house.people['Finn']}/home",
        f"{room(house)}/{house.people['Finn']}/home/mail",
        unkept_email="b@gezin.example",
    )
    assert [recipient for recipient, _ in await mailed(house)] == ["a@gezin.example", "b@gezin.example"]


async def test_nothing_of_a_code_is_kept_in_clear_or_told_in_an_address(house: House) -> None:
    code = await code_of(house, "Noor")
    async with house.floor.database.read() as db:
        row = (await db.execute(select(HomeCode.lookup, HomeCode.sealed))).one()
    assert code.encode() not in row.lookup + row.sealed
    browser, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    page = await press(browser, at, f"{at}/renew")
    assert codes_on(page)
    assert not re.search(_CODE.replace("-", "-?"), page.url)


async def test_a_group_that_signs_in_elsewhere_gets_no_codes(house: House) -> None:
    async with house.floor.database.begin() as db:
        await homes.decide(db, house.school.id, Rules(way="network", network_name="De Leeromgeving"))
    browser, at = await comes_in(house), f"{room(house)}/home"
    page = await browser.get(at)
    assert "logt thuis in op De Leeromgeving" in page.text
    ticket = ticket_on(await browser.get(f"{room(house)}/{house.people['Noor']}"))
    assert (await browser.post(f"{at}/make", {"ticket": ticket})).status == 400
    async with house.floor.database.read() as db:
        assert (await db.execute(select(HomeCode.enrolment_id))).first() is None


async def test_an_old_proof_shows_no_code_and_no_address(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    code = home_codes.written(await code_of(house, "Noor"))
    browser = await comes_in(house)
    house.clock.move(minutes=20)
    for path in (
        f"{room(house)}/home/codes",
        f"{room(house)}/{house.people['Noor']}/home",
        f"{room(house)}/home/letters.pdf",
    ):
        page = await browser.get(path)
        assert page.offers("password")
        assert code not in page.text
        assert PARENT not in page.text


async def test_an_address_is_not_mailed_more_often_than_somebody_can_read(house: House) -> None:
    await lets_parents_in(house)
    browser, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    for _ in range(TO_AN_ADDRESS.free + 1):
        page = await press(browser, at, f"{at}/mail", unkept_email="a@gezin.example")
        assert "verstuurd" in page.text
    before = await mailed(house)
    given = {"email": "a@gezin.example", "permission": "1", "permission_on": house.clock.now.date().isoformat()}
    for page in (
        await press(browser, at, f"{at}/mail", unkept_email="a@gezin.example"),
        await press(browser, at, f"{at}/parents", **given),
        await press(browser, at, f"{room(house)}/home/mail", **{f"unkept_{house.people['Noor']}": "a@gezin.example"}),
    ):
        assert (page.status, "Er is niets verstuurd" in page.text) == (400, True)
    assert await mailed(house) == before
    async with house.floor.database.read() as db:
        assert (await db.execute(select(Parent.id))).first() is None, "nor is the address entered"
    assert "verstuurd" in (await press(browser, at, f"{at}/mail", unkept_email="b@gezin.example")).text
    page = await press(browser, at, f"{at}/parents", **{**given, "email": "c@gezin.example"})
    parent = page.offers("parent")[0]
    for _ in range(TO_AN_ADDRESS.free):
        await press(browser, at, f"{at}/parents/again", parent=parent)
    page = await press(browser, at, f"{at}/parents/again", parent=parent)
    assert "Er is niets verstuurd" in page.text

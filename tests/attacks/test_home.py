"""Home is open to the whole world: what a guesser, a finder of a letter and another child's parent get there (D2, D28, D29, C-313)."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from directory import home
from directory.lifecycle.models import SubstituteSeat
from directory.models import Employment, Enrolment, Person
from idp.core.models import LedgerEntry
from idp.core.throttle import CHILD
from idp.credentials import home_codes
from idp.credentials.models import HomeCode
from tests.browser import Page
from tests.classroom.teaching import child_signs_in, comes_in, press, room
from tests.house import CALLBACK, ELSEWHERE, House, authorize_url
from tests.inside import lapse
from tests.journeys.home import (
    PARENT,
    code_of,
    enters,
    lets_parents_in,
    place_of,
    types_code,
)
from tests.journeys.stories import change_enrolment, step_of

NOBODYS = "2222222222"


def bare(page: Page) -> str:
    """The page without what belongs to this attempt alone: its address, its ticket, and the order in which its pictures lie."""
    tiles = re.compile(r'<button class="tile" name="pick".*?</button>', re.S)
    lying = iter(sorted(tiles.findall(page.text)))
    text = re.sub(r"/signin/[\w%-]+", "/signin/ID", tiles.sub(lambda _: next(lying), page.text)).replace(
        "signin%2F", ""
    )
    return re.sub(r'name="ticket" value="[^"]+"|to=[\w%-]+', "", text)


async def every_kind(house: House) -> dict[str, str]:
    """Codes that differ only in what a stranger must not learn."""
    good, over, inactive = [await code_of(house, name) for name in ("Noor", "Finn", "Sam")]
    async with house.floor.database.begin() as db:
        finn = await place_of(house, "Finn")
        past = house.clock.now.date()
        await db.execute(update(HomeCode).where(HomeCode.enrolment_id == finn).values(expires_on=past))
    await change_enrolment(house, "Sam", active=False)
    return {"good": good, "over": over, "inactive": inactive, "nobody's": NOBODYS}


@pytest.mark.parametrize("kind", ["pin", "pictures"])
async def test_a_code_tells_nothing_before_the_right_secret(house: House, kind: str) -> None:
    asked, answered, headers = {}, {}, {}
    for number, (name, code) in enumerate((await every_kind(house)).items()):
        browser = house.browser(f"203.0.113.{number}")
        page = await browser.choose(await browser.get("/thuis"), "code", code, kind=kind)
        asked[name] = (page.status, bare(page))
        form = page.form("pin" if kind == "pin" else "pick")
        wrong = {"pin": "9999"} if kind == "pin" else {"picked": "hat,hat,key"}
        page = await browser.post(form.action, {**form.hidden, **wrong})
        answered[name], headers[name] = (page.status, bare(page)), sorted(page.response.headers)
    assert len(set(asked.values())) == 1
    assert len(set(answered.values())) == 1
    assert len({repr(names) for names in headers.values()}) == 1
    assert "Noor" not in answered["good"][1]
    assert "home.secret" not in answered["good"][1]


async def test_every_code_costs_the_same_questions(house: House) -> None:
    for number, code in enumerate((await every_kind(house)).values()):
        await types_code(house.browser(f"203.0.113.{number}"), code, "9999")
    async with house.floor.database.read() as db:
        query = select(LedgerEntry.action, LedgerEntry.detail).order_by(LedgerEntry.id)
        noted = [(row.action, row.detail) for row in await db.execute(query)]
    assert noted[-4:] == [("signin.failed", {"way": "home"})] * 4


async def test_guessing_slows_down_at_the_same_try_for_every_code(house: House) -> None:
    pages = []
    for number, code in enumerate((await every_kind(house)).values()):
        browser = house.browser(f"203.0.113.{number}")
        page = await types_code(browser, code, "9999")
        for _ in range(CHILD.free):
            page = await browser.choose(page, "pin", "9999")
        pages.append(bare(page))
        # From anywhere else it is no quicker: the counter is the code's.
        assert "data-wait" in (await types_code(house.browser(f"198.51.100.{number}"), code, "9999")).text
    assert "data-wait" in pages[0]
    assert len(set(pages)) == 1


async def test_who_guesses_at_home_does_not_shut_the_child_out_at_school_and_the_teacher_frees_it(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser(ELSEWHERE)
    page = await types_code(browser, code, "9999")
    for _ in range(CHILD.free):
        page = await browser.choose(page, "pin", "9999")
    assert "Hoi Noor" in (await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")).text
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    assert "Moet wachten" in (await teacher.get(f"{room(house)}/home")).text
    await press(teacher, at, f"{at}/forgive")
    assert "Hoi Noor" in (await types_code(house.browser(ELSEWHERE), code, "4711")).text


async def test_a_right_secret_after_a_pause_is_right_again(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser(ELSEWHERE)
    page = await types_code(browser, code, "9999")
    for _ in range(CHILD.free):
        page = await browser.choose(page, "pin", "9999")
    await lapse(house, seconds=CHILD.first_pause + 1)
    assert "Hoi Noor" in (await types_code(browser, code, "4711")).text


async def test_another_childs_code_with_ones_own_secret_opens_nothing(house: House) -> None:
    page = await types_code(house.browser(ELSEWHERE), await code_of(house, "Finn"), "4711")
    assert step_of(page) == "home_secret"


async def test_the_code_of_a_child_that_was_switched_off_opens_nothing(house: House) -> None:
    code = await code_of(house, "Noor")
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["Noor"]).values(disabled=True))
    page = await types_code(house.browser(ELSEWHERE), code, "4711")
    assert step_of(page) == "home_stopped"


async def test_a_code_moved_to_another_row_does_not_open(house: House) -> None:
    noor, sam = await code_of(house, "Noor"), await code_of(house, "Sam")
    floor = house.floor
    async with floor.database.begin() as db:
        places = await place_of(house, "Noor"), await place_of(house, "Sam")
        stolen = select(HomeCode.sealed).where(HomeCode.enrolment_id == places[0]).scalar_subquery()
        await db.execute(update(HomeCode).where(HomeCode.enrolment_id == places[1]).values(sealed=stolen))
        with pytest.raises(Exception, match="does not belong here"):
            await home_codes.opened(
                db, floor.keyring, house.school.id, [house.people["Sam"]], today=house.clock.now.date()
            )
    assert noor != sam


async def test_a_school_that_sends_its_children_elsewhere_ends_what_was_opened_at_home(house: House) -> None:
    code = await code_of(house, "Noor")
    browser = house.browser(ELSEWHERE)
    assert "Hoi Noor" in (await types_code(browser, code, "4711")).text
    at_school = house.browser()
    await child_signs_in(house, at_school, "Noor", "Groep 6", "4711")
    rules = replace(home.USUAL, way="network", network_name="Schoolplein")
    async with house.floor.database.begin() as db:
        await home.choose_for_group(db, house.school.id, house.groups["Groep 6"], "here")
        await home.decide(db, house.school.id, rules)
    assert "Hoi Noor" in (await browser.get("/account")).text, "its group does otherwise than its school"
    assert ((await browser.get(authorize_url().url)).location or "").startswith(CALLBACK)
    async with house.floor.database.begin() as db:
        await home.choose_for_group(db, house.school.id, house.groups["Groep 6"], None)
    assert "Hoi" not in (await browser.get("/account")).text
    assert step_of(await browser.get(authorize_url().url)) == "way"
    assert "Hoi Noor" in (await at_school.get("/account")).text, "at school it stays signed in"


async def test_a_substitute_sees_neither_code_nor_address(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    code = await code_of(house, "Noor")
    await seat(house, "juf")
    browser = await comes_in(house)
    assert "Thuis inloggen" not in (await browser.get(room(house))).text
    child = f"{room(house)}/{house.people['Noor']}/home"
    for path in (f"{room(house)}/home", f"{room(house)}/home/codes", child, f"{child}/code", f"{child}/letters.pdf"):
        page = await browser.get(path)
        assert (page.status, page.heading) == (403, "Dit is niet voor invalkrachten")
        assert PARENT not in page.text
        assert code not in page.text


async def seat(house: House, name: str) -> None:
    """This colleague is here as the substitute of a group."""

    async with house.floor.database.begin() as db:
        row = {"group_id": house.groups["Groep 6"], "seed": bytes(32)}
        seat_id = (await db.execute(insert(SubstituteSeat).values(**row).returning(SubstituteSeat.id))).scalar_one()
        mine = Employment.person_id == house.people[name]
        await db.execute(update(Employment).where(mine).values(seat_id=seat_id))


async def test_a_teacher_gives_no_code_and_no_parent_to_another_groups_child(house: House) -> None:
    await lets_parents_in(house)
    browser, sam = await comes_in(house), house.people["Sam"]
    at = f"{room(house)}/{sam}/home"
    ticketed = f"{room(house)}/{house.people['Noor']}/home"
    parent = {"email": PARENT, "permission": "1", "permission_on": "2026-08-31"}
    forms: dict[str, dict[str, str]] = {"renew": {}, "parents": parent, "mail": {"email": PARENT}}
    for path, fields in forms.items():
        assert (await press(browser, ticketed, f"{at}/{path}", **fields)).status == 404
    async with house.floor.database.read() as db:
        assert (await db.execute(select(HomeCode.enrolment_id))).first() is None
        assert (await db.execute(select(Enrolment.id).where(Enrolment.person_id == sam))).first() is not None

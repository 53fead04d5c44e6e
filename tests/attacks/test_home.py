"""Home is open to the whole world: what a guesser, a finder of a letter and another child's parent get there (D2, D28, D29, C-313)."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from directory import home, people
from directory.lifecycle.models import SubstituteSeat
from directory.models import Employment, Enrolment, Person
from idp.core.models import LedgerEntry
from idp.core.throttle import CHILD
from idp.credentials import home_acts, home_codes, parent_links, parents
from idp.credentials.models import HomeCode, Parent
from idp.credentials.parent_links import PATH
from idp.credentials.pupil_acts import Act
from idp.http import cookies
from idp.web.classroom.mailing import SIGNED_OUT
from tests.browser import Page
from tests.classroom.teaching import child_signs_in, comes_in, press, room
from tests.house import CALLBACK, ELSEWHERE, House, authorize_url
from tests.inside import lapse
from tests.journeys.home import (
    PARENT,
    activates,
    code_of,
    enters,
    lets_parents_in,
    parent_signs_in,
    place_of,
    types_code,
)
from tests.journeys.mailbox import NEW_PASSWORD, link
from tests.journeys.stories import add_child, add_group, add_school, change_enrolment, step_of
from tests.puzzles import asked_of, solved

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


async def test_a_parent_reaches_no_child_but_the_own(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    other = await add_school(house, "De Overkant", "99ZY")
    browser = house.browser(ELSEWHERE)
    page = await parent_signs_in(browser)
    form = page.form("child")
    for forged in (str(house.people["Finn"]), str(house.people["juf"]), "0", "1 or 1=1"):
        page = await browser.post(form.action, {**form.hidden, "child": forged})
        assert step_of(page) == "home_child"
        assert "Finn" not in page.text
    # Nor by way of another school, or with the secret of a child that was never chosen.
    school = {**form.hidden, "step": "home_school", "school": str(other.id)}
    assert (await browser.post(form.action, school)).status == 403, "a form of another step has another ticket"
    page = await browser.choose(await browser.get(form.action), "child", str(house.people["Noor"]))
    form = page.form("pin")
    page = await browser.post(form.action, {**form.hidden, "child": str(house.people["Finn"]), "pin": "0042"})
    assert step_of(page) == "home_secret"
    assert "Hoi" not in (await browser.get("/account")).text


async def test_where_the_school_lets_no_parents_in_an_address_shows_nobody(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    async with house.floor.database.begin() as db:
        await home.decide(db, house.school.id, home.USUAL)
    assert (await parent_signs_in(house.browser(ELSEWHERE))).offers("child") == []


async def test_of_two_who_use_a_link_at_once_one_wins(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    token = (await link(house, PARENT, PATH)).rpartition("=")[2]
    async with house.floor.database.begin() as db:
        used = [await parent_links.use(db, house.floor.keyring, token, phc) for phc in ("first", "second")]
        kept = (await db.execute(select(Parent.hash))).scalar_one()
    assert (used, kept) == ([True, False], "first")


async def test_a_parent_is_nobody_else_anywhere(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    await parent_signs_in(browser)
    for path in ("/account", "/classroom", f"/desk/{house.school.code}", room(house)):
        page = await browser.get(path)
        assert "Noor" not in page.text
        assert page.offers("way") or page.offers("password"), "there is no session to be anybody with"
    page = await browser.choose(await browser.get("/"), "way", "staff")
    page = await browser.choose(page, "email", PARENT, password="Vlinder-onder-de-tafel-3")
    assert "horen niet bij elkaar" in page.text, "no account of staff"


async def test_two_parents_never_see_each_others_address(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await enters(house, "Noor", "tweede@gezin.example")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    pages = [await parent_signs_in(browser)]
    pages.append(await browser.choose(pages[0], "child", str(house.people["Noor"])))
    pages.append(await browser.choose(pages[1], "pin", "4711"))
    assert all("tweede@" not in page.text for page in pages)


async def test_an_activation_link_works_once(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    path = await link(house, PARENT, PATH)
    first, second = house.browser(ELSEWHERE), house.browser(ELSEWHERE)
    pages = [await first.get(path), await second.get(path)]
    assert "token" not in pages[0].url
    await first.choose(pages[0], "password", "Andere-regenjas-5")
    page = await second.choose(pages[1], "password", "Vlinder-onder-de-tafel-3")
    assert (page.status, page.heading) == (410, "Deze link werkt niet meer")
    assert (await house.browser(ELSEWHERE).get(path)).status == 410
    assert step_of(await parent_signs_in(house.browser(ELSEWHERE), password="Andere-regenjas-5")) == "home_child"


@pytest.mark.parametrize("password", ["kort1", "geenenkelcijfer", "ouder-1234567", "wachtwoord123"])
async def test_a_weak_password_is_refused_and_the_link_stays_good(house: House, password: str) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    assert (await activates(house, password=password)).status == 400
    assert (await activates(house)).status == 200


async def test_an_address_that_nobody_entered_looks_like_a_wrong_password(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await enters(house, "Finn", "nog-niet@gezin.example")
    await activates(house)
    said = set()
    for number, email in enumerate(
        (PARENT, "nog-niet@gezin.example", "niemand@gezin.example", "juf@regenboog.example")
    ):
        browser = house.browser(f"203.0.113.{number}")
        page = await parent_signs_in(browser, email, "Verkeerd-123")
        said.add((page.status, re.sub(re.escape(email), "ADDRESS", bare(page))))
        for _ in range(5):
            page = await browser.choose(page, "email", email, password="Verkeerd-123")
        assert "data-wait" in page.text, "and waiting begins at the same try"
    assert len(said) == 1
    assert "horen niet bij elkaar" in said.pop()[1]


async def test_a_parents_account_under_attack_asks_for_work_like_an_address_of_nobody(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    asked = {}
    for email in (PARENT, "niemand@gezin.example"):
        for number in range(10):
            await parent_signs_in(house.browser(f"198.51.100.{number}"), email, "Verkeerd-123")
        browser = house.browser("203.0.113.9")
        page = await parent_signs_in(browser, email)
        assert asked_of(page)
        asked[email] = re.sub(r'data-puzzle="[^"]*"|name="since" value="[^"]*"', "", bare(page)).replace(email, "X")
        done = {"puzzle": solved(asked_of(page)), "password": NEW_PASSWORD}
        after = await browser.choose(page, "email", email, **done)
        assert bool(after.offers("child")) is (email == PARENT)
    assert len(set(asked.values())) == 1


async def wrong_tries(house: House, count: int, email: str = PARENT) -> None:
    """From where the family lives, on a device of somebody else."""
    for _ in range(count):
        await parent_signs_in(house.browser(ELSEWHERE), email, "Verkeerd-123")


async def test_who_guesses_a_parents_password_slows_nobody_down_on_a_device_of_the_parent(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    own = house.browser(ELSEWHERE)
    assert (await parent_signs_in(own)).offers("child")
    await wrong_tries(house, 12)
    page = await parent_signs_in(house.browser(ELSEWHERE))
    assert asked_of(page) or "data-wait" in page.text, "a stranger waits or works"
    assert (await parent_signs_in(own)).offers("child"), "the parent neither waits nor works"


async def test_who_signed_in_makes_his_browser_no_device_of_another_parent(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await enters(house, "Finn", "andere@gezin.example")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    tiles = await parent_signs_in(browser)
    assert tiles.offers("child")
    mine = browser.cookies[cookies.PARENTS_DEVICE]
    # The form of the step before, with the address of the other one and any password.
    page = await browser.choose(await browser.get("/thuis"), "parent", "1")
    form = page.form("email")
    await browser.post(form.action, {**form.hidden, "email": PARENT, "password": NEW_PASSWORD})
    page = await browser.post(form.action, {**form.hidden, "email": "andere@gezin.example", "password": "Verkeerd-1"})
    assert step_of(page) == "parent", "and who was proven before is not any more"
    assert browser.cookies[cookies.PARENTS_DEVICE] != mine, "the own account was proven once more"
    await wrong_tries(house, 6, "andere@gezin.example")
    assert "data-wait" in (await parent_signs_in(browser, "andere@gezin.example", "Verkeerd-1")).text


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


async def test_a_teacher_who_enters_a_strangers_address_ends_nothing_of_other_schools_and_keeps_no_parent_out(
    house: House,
) -> None:
    """Any school can enter any address (D29): "signing out" by it reaches its own children, and not again and again."""
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    inside = house.browser(ELSEWHERE)
    page = await inside.choose(await parent_signs_in(inside), "child", str(house.people["Noor"]))
    assert "Hoi Noor" in (await inside.choose(page, "pin", "4711")).text
    other, now = await add_school(house, "De Overkant", "99ZY"), house.clock.now
    bo = await add_child(house, other, await add_group(house, other, "Groep 5"), "Bo", "van Beek")
    async with house.floor.database.begin() as db:
        _, parent_id = await parents.enter(db, other.id, bo, PARENT, permission_on=now.date(), now=now)
        _, ledger_id = await people.identity(db, bo)
        act = Act(school_id=other.id, group_id=1, by="hostile", now=now)
        assert await home_acts.sign_parent_out(db, (bo, ledger_id), parent_id, act)
    assert "Hoi Noor" in (await inside.get("/account")).text
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    for _ in range(SIGNED_OUT.free):
        assert "Uitgelogd: de ouder" in (await press(teacher, at, f"{at}/parents/out", parent=str(parent_id))).text
    assert "Hoi Noor" not in (await inside.get("/account")).text
    before = await epoch(house, parent_id)
    page = await press(teacher, at, f"{at}/parents/out", parent=str(parent_id))
    assert (page.status, "Wacht een kwartier" in page.text) == (400, True)
    assert await epoch(house, parent_id) == before, "what was refused changed nothing"


async def epoch(house: House, parent_id: int) -> int:
    async with house.floor.database.read() as db:
        return int((await db.execute(select(Parent.epoch).where(Parent.id == parent_id))).scalar_one())


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

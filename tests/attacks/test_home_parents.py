"""A parent's account is open to the whole world: what a guesser, another family and a teacher of another school do with it (D2, D15, D29, C-313)."""

import re

import pytest
from sqlalchemy import select

from directory import home, people
from idp.credentials import home_acts, parent_links, parents, pupil_secrets
from idp.credentials.models import Parent
from idp.credentials.parent_links import PATH
from idp.credentials.pupil_acts import Act
from idp.http import cookies
from idp.web.classroom.mailing import SIGNED_OUT
from tests.attacks.meanwhile import Meanwhile
from tests.attacks.test_home import bare
from tests.classroom.teaching import comes_in, press, room
from tests.house import ELSEWHERE, House
from tests.journeys.home import (
    PARENT,
    activates,
    enters,
    lets_parents_in,
    parent_signs_in,
)
from tests.journeys.mailbox import NEW_PASSWORD, link
from tests.journeys.stories import add_child, add_group, add_school, step_of
from tests.puzzles import asked_of, solved


async def test_a_parent_reaches_no_child_but_the_own(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    other = await add_school(house, "De Overkant", "99ZY")
    browser = house.browser(ELSEWHERE)
    page = await parent_signs_in(browser)
    tiles, here = page.url, f"school-{house.school.id}"
    for forged in (house.people["Finn"], house.people["juf"], 0):
        page = await browser.get(f"{tiles}/{here}-child-{forged}")
        assert step_of(page) == "home_child"
        assert "Finn" not in page.text
    assert (await browser.get(f"{tiles}/{here}-child-1%20or%201=1")).status == 404
    # Nor by way of another school, or with the secret of a child that was never chosen.
    for elsewhere in (f"school-{other.id}", f"school-{other.id}-child-{house.people['Noor']}"):
        assert "#cat" not in (await browser.get(f"{tiles}/{elsewhere}")).text
    form = (await browser.choose(await browser.get(tiles), "child", str(house.people["Noor"]))).form("pin")
    for action in (tiles, f"{tiles}/{here}-child-{house.people['Finn']}"):
        await browser.post(action, {**form.hidden, "child": str(house.people["Finn"]), "pin": "0042"})
        assert "Hoi" not in (await browser.get("/account")).text
    stranger = house.browser(ELSEWHERE)
    page = await stranger.get("/thuis")
    begun = page.url.removesuffix("/home")
    assert step_of(await stranger.get(f"{begun}/{here}-child-{house.people['Noor']}")) == "home", "no parent, no tile"


async def test_where_the_school_lets_no_parents_in_an_address_shows_nobody(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    async with house.floor.database.begin() as db:
        await home.decide(db, house.school.id, home.USUAL)
    assert (await parent_signs_in(house.browser(ELSEWHERE))).offers("child") == []


async def test_an_address_that_is_taken_away_while_the_secret_is_given_opens_nothing(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    page = await parent_signs_in(browser)
    page = await browser.choose(page, "child", str(house.people["Noor"]))

    async def taken_away() -> None:
        async with house.floor.database.begin() as db:
            parent_id = (await db.execute(select(Parent.id))).scalar_one()
            _, ledger_id = await people.identity(db, house.people["Noor"])
            act = Act(house.school.id, house.groups["Groep 6"], "x", house.clock.now)
            assert await home_acts.remove_parent(db, (house.people["Noor"], ledger_id), parent_id, act)

    house.floor.database.hot = late = Meanwhile(house.floor.database.hot, taken_away, before=pupil_secrets._KNOWN)
    await browser.choose(page, "pin", "4711")
    assert late.happened
    assert "Hoi" not in (await browser.get("/account")).text


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
    page = await browser.choose(await browser.get("/thuis"), "way", "parent")
    form = page.form("email")
    await browser.post(form.action, {**form.hidden, "email": PARENT, "password": NEW_PASSWORD})
    page = await browser.post(form.action, {**form.hidden, "email": "andere@gezin.example", "password": "Verkeerd-1"})
    assert step_of(page) == "parent", "and who was proven before is not any more"
    assert browser.cookies[cookies.PARENTS_DEVICE] != mine, "the own account was proven once more"
    await wrong_tries(house, 6, "andere@gezin.example")
    assert "data-wait" in (await parent_signs_in(browser, "andere@gezin.example", "Verkeerd-1")).text


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

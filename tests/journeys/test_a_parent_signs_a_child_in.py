"""A parent at home: an address that a teacher entered, a password, a tile, and the child's own secret (R128-R137, D3, D15, D29)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from idp.core.models import Mail
from idp.credentials import parents
from idp.credentials.models import Parent
from idp.credentials.parent_links import PATH
from tests.classroom.teaching import comes_in, press, room
from tests.desk.sitting import recorded
from tests.house import CALLBACK, ELSEWHERE, House, authorize_url
from tests.inside import lapse
from tests.journeys.home import PARENT, activates, enters, lets_parents_in, parent_signs_in
from tests.journeys.mailbox import NEW_PASSWORD, link
from tests.journeys.stories import add_child, add_group, add_school, add_staff, attempt_of, step_of


async def test_from_the_teacher_to_the_own_page_of_the_child(house: House) -> None:
    await lets_parents_in(house)
    page = await enters(house, "Noor")
    assert "De ouder krijgt een mail" in page.text
    assert "Nog niet ingelogd" in page.text
    text = await newest(house, Mail.body)
    assert "Noor" not in text
    assert "Groep 6" not in text
    assert "De Regenboog" in text
    assert (await activates(house)).heading == "Uw wachtwoord is opgeslagen"
    browser = house.browser(ELSEWHERE)
    page = await parent_signs_in(browser)
    assert (step_of(page), page.offers("child")) == ("home_child", [str(house.people["Noor"])])
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    assert "#cat" in page.text
    page = await browser.choose(page, "pin", "9999")
    assert "Probeer het nog een keer" in page.text
    page = await browser.choose(page, "pin", "4711")
    assert "Hoi Noor" in page.text
    # The teacher sees that the address works.
    teacher = await comes_in(house)
    assert "Deze ouder heeft ingelogd" in (await teacher.get(f"{room(house)}/{house.people['Noor']}/home")).text
    ((school_id, actor, detail),) = await recorded(house, "home.parent_entered")
    assert (school_id, len(actor)) == (house.school.id, 36)
    assert detail == {
        "group": house.groups["Groep 6"],
        "pupils": 1,
        "permission_on": house.clock.now.date().isoformat(),
    }


async def test_two_children_of_one_family_and_on_to_a_publisher(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    await enters(house, "Finn", f" {PARENT.upper()} ")
    assert "er is een kind bij gekomen" in await newest(house, Mail.subject)
    browser = house.browser(ELSEWHERE)
    page = await browser.choose(await browser.get(authorize_url().url), "way", "home")
    page = await browser.choose(page, "way", "parent")
    page = await browser.choose(page, "email", PARENT, password=NEW_PASSWORD)
    assert set(page.offers("child")) == {str(house.people[name]) for name in ("Noor", "Finn")}
    page = await browser.choose(page, "child", str(house.people["Finn"]))
    page = await browser.choose(page, "school", str(house.school.id))
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    page = await browser.choose(page, "pin", "4711")
    assert (page.location or "").startswith(CALLBACK)


async def newest(house: House, part: Any) -> str:
    """What the newest mail says."""
    async with house.floor.database.read() as db:
        return str((await db.execute(select(part).order_by(Mail.id.desc()).limit(1))).scalar_one())


async def test_children_at_two_schools_choose_the_school_first(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    other = await add_school(house, "De Overkant", "99ZY")
    await lets_parents_in(house, other)
    bo = await add_child(house, other, await add_group(house, other, "Groep 5"), "Bo", "van Beek")
    async with house.floor.database.begin() as db:
        day, now = house.clock.now.date(), house.clock.now
        await parents.enter(db, other.id, bo, PARENT, permission_on=day, now=now)
    browser = house.browser(ELSEWHERE)
    page = await parent_signs_in(browser)
    assert (step_of(page), page.offers("school")) == ("home_school", [str(other.id), str(house.school.id)])
    assert "Noor" not in page.text
    page = await browser.choose(page, "school", str(other.id))
    assert page.offers("child") == [str(bo)]
    page = await browser.get(f"/signin/{attempt_of(page)}")
    page = await browser.choose(page, "school", str(house.school.id))
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    assert "Hoi Noor" in (await browser.choose(page, "pin", "4711")).text


async def test_a_teacher_ends_what_a_parent_has_open_and_the_password_stays(house: House) -> None:
    """A tablet that was lost or lent; of a parent who stands at another child only nothing is ended."""
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    on_the_way, inside = house.browser(ELSEWHERE), house.browser(ELSEWHERE)
    tiles = await parent_signs_in(on_the_way)
    page = await inside.choose(await parent_signs_in(inside), "child", str(house.people["Noor"]))
    await inside.choose(page, "pin", "4711")
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    page = await teacher.get(at)
    assert "Overal uitloggen" in page.text
    parent = page.offers("parent")[0]
    elsewhere = f"{room(house)}/{house.people['Finn']}/home"
    assert (await press(teacher, elsewhere, f"{elsewhere}/parents/out", parent=parent)).status == 404
    assert "Hoi" in (await inside.get("/account")).text
    assert "Uitgelogd: de ouder" in (await press(teacher, at, f"{at}/parents/out", parent=parent)).text
    assert "Hoi" not in (await inside.get("/account")).text
    assert (await on_the_way.choose(tiles, "child", str(house.people["Noor"]))).offers("child") == []
    assert (await parent_signs_in(house.browser(ELSEWHERE))).offers("child") == [str(house.people["Noor"])]


async def test_an_address_that_is_taken_away_is_gone_at_once(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    on_the_way, inside = house.browser(ELSEWHERE), house.browser(ELSEWHERE)
    tiles = await parent_signs_in(on_the_way)
    page = await parent_signs_in(inside)
    page = await inside.choose(page, "child", str(house.people["Noor"]))
    await inside.choose(page, "pin", "4711")
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    parent = (await teacher.get(at)).offers("parent")[0]
    await press(teacher, at, f"{at}/parents/remove", parent=parent)
    assert "Hoi" not in (await inside.get("/account")).text, "nor does anybody stay signed in"
    page = await on_the_way.choose(tiles, "child", str(house.people["Noor"]))
    assert page.offers("child") == []
    assert "Er is nu geen kind" in page.text
    async with house.floor.database.read() as db:
        assert (await db.execute(select(func.count()).select_from(Parent))).scalar_one() == 0, "the account is erased"
    page = await parent_signs_in(house.browser(ELSEWHERE))
    assert "horen niet bij elkaar" in page.text


async def test_a_forgotten_password_and_a_link_that_is_too_old(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    anew = house.browser(ELSEWHERE)
    await anew.choose(await anew.get("/password/forgotten"), "email", PARENT)
    await house.resources.afterwards.done()
    await lapse(house, minutes=31)
    other = house.browser(ELSEWHERE)
    page = await other.get(await link(house, PARENT, PATH))
    assert page.heading == "Deze link is te oud"
    await other.choose(page, "again", "1")
    browser, inside = house.browser("203.0.113.10"), house.browser("203.0.113.11")
    half_way = await parent_signs_in(browser)
    page = await inside.choose(await parent_signs_in(inside), "child", str(house.people["Noor"]))
    assert "Hoi Noor" in (await inside.choose(page, "pin", "4711")).text
    assert (await activates(house, password="Andere-regenjas-5")).heading == "Uw wachtwoord is opgeslagen"
    assert "horen niet bij elkaar" in (await parent_signs_in(house.browser(ELSEWHERE))).text
    page = await parent_signs_in(house.browser("203.0.113.9"), password="Andere-regenjas-5")
    assert step_of(page) == "home_child"
    assert half_way.offers("child")
    page = await browser.choose(half_way, "child", str(house.people["Noor"]))
    assert not page.offers("pin"), "who came with the former password goes no further"
    assert "Hoi" not in (await inside.get("/account")).text, "nor does a child stay in by it"


async def test_what_the_teacher_must_say_and_may_not_do(house: House) -> None:
    assert "niet met accounts voor ouders" in (await enters(house, "Noor")).text
    await lets_parents_in(house)
    tomorrow = (house.clock.now.date() + timedelta(days=1)).isoformat()
    assert "Zonder toestemming" in (await enters(house, "Noor", permission="")).text
    assert "vandaag of eerder" in (await enters(house, "Noor", permission_on=tomorrow)).text
    assert "geen e-mailadres" in (await enters(house, "Noor", "ouder@gezin")).text
    await enters(house, "Noor")
    assert "staat al bij deze leerling" in (await enters(house, "Noor")).text
    await enters(house, "Noor", "tweede@gezin.example")
    assert "al twee adressen" in (await enters(house, "Noor", "derde@gezin.example")).text


async def test_a_mail_that_came_back_is_seen_by_the_teacher(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    async with house.floor.database.begin() as db:
        assert await parents.bounced(db, PARENT, now=house.clock.now)
        assert not await parents.bounced(db, "iemand@anders.example", now=house.clock.now)
    teacher, at = await comes_in(house), f"{room(house)}/{house.people['Noor']}/home"
    assert "Mail kwam terug" in (await teacher.get(f"{room(house)}/home")).text
    page = await teacher.get(at)
    assert "kwam terug" in page.text
    assert PARENT in page.text
    page = await press(teacher, at, f"{at}/parents/again", parent=page.offers("parent")[0])
    assert "Mail kwam terug" not in page.text


async def test_a_parent_who_teaches_has_two_accounts(house: House) -> None:
    await lets_parents_in(house)
    await add_staff(house, "moeder", "teacher")
    await enters(house, "Noor", "moeder@regenboog.example")
    await activates(house, "moeder@regenboog.example", "Andere-regenjas-5")
    page = await parent_signs_in(house.browser(ELSEWHERE), "moeder@regenboog.example", "Andere-regenjas-5")
    assert page.offers("child") == [str(house.people["Noor"])]
    page = await parent_signs_in(house.browser("203.0.113.9"), "moeder@regenboog.example")
    assert "horen niet bij elkaar" in page.text, "the password of work opens nothing here"


async def test_a_user_name_is_remembered_where_the_parent_wants_it(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    for wanted in ("1", ""):
        page = await browser.choose(await browser.get("/thuis"), "way", "parent")
        page = await browser.choose(page, "email", PARENT, password=NEW_PASSWORD, remember=wanted)
        assert step_of(page) == "home_child"
        page = await browser.choose(await browser.get("/thuis"), "way", "parent")
        assert (f'value="{PARENT}"' in page.text) is bool(wanted)


async def test_the_user_name_is_kept_where_the_parent_wants_it_and_forgotten_again(house: House) -> None:
    """R97, for parents too."""
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    page = await browser.choose(await browser.get("/thuis"), "way", "parent")
    await browser.choose(page, "email", PARENT, password=NEW_PASSWORD, remember="1")
    page = await browser.choose(await browser.get("/thuis"), "way", "parent")
    assert f'value="{PARENT}"' in page.text
    page = await browser.choose(page, "forget_name", "1")
    assert (step_of(page), PARENT in page.text) == ("parent", False)
    page = await browser.choose(await browser.get("/thuis"), "way", "parent")
    assert PARENT not in page.text

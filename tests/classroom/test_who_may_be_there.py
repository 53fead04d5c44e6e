"""A group's room is for who sees that group by D20, of that school, freshly proven where secrets are (C-133, C-318, C-324, D7)."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from directory import people
from directory.lifecycle import substitutes
from directory.lifecycle.substitutes import Substitute
from directory.models import Employment, Group
from idp.core.models import LedgerEntry
from idp.web import guarding
from idp.web.classroom import guards
from tests.browser import Browser
from tests.classroom.teaching import child_signs_in, comes_in, link, paths, room, unlink
from tests.desk.sitting import sits_down, ticket_on
from tests.house import PASSWORD, House
from tests.inside import lapse
from tests.journeys.stories import add_school, add_staff, change_school, give_role, step_of

NOT_YOURS = (403, "Deze groep is niet voor u")


async def entries(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(LedgerEntry))).scalar_one()


async def refused_everywhere(browser: Browser, school: str, group: int, child: int, *, one_in: int = 8) -> None:
    """At one page in so many: the first test asks for all of them, and finds one door before them, as tests/tenancy do for every role."""
    for method in ("GET", "POST"):
        for path in paths(method, school, group, child)[::one_in]:
            page = await browser.request(method, path, data={} if method == "POST" else None)
            assert (page.status, page.heading) == NOT_YOURS, path
            assert "van Beek" not in page.text, path


def test_the_sweep_walks_every_page() -> None:
    assert len(paths("GET", "99ZZ", 1, 2)) == 26
    assert len(paths("POST", "99ZZ", 1, 2)) == 23


TO_CHOOSE = 'href="/classroom"'


async def test_a_teacher_of_one_group_comes_in_by_the_account_page_and_is_there(house: House) -> None:
    browser = await comes_in(house)
    assert TO_CHOOSE in (await browser.get("/account")).text
    for path in ("/classroom", f"/classroom/{house.school.code}"):
        page = await browser.get(path)
        assert (page.heading, urlsplit(page.url).path) == ("Groep 6", room(house))
        assert TO_CHOOSE not in page.text, "it would lead here again"


async def test_a_teacher_of_two_groups_chooses_and_goes_back_to_choose(house: House) -> None:
    await link(house, "juf", house.groups["Groep 2"])
    browser = await comes_in(house)
    page = await browser.get("/classroom")
    assert page.heading == "Mijn groepen"
    assert room(house) in page.text
    assert room(house, "Groep 2") in page.text
    assert TO_CHOOSE in (await browser.get(room(house))).text


async def test_a_teacher_at_two_schools_chooses_between_them(house: House) -> None:
    await give_role(house, "juf", "teacher", at=await add_school(house, "De Overkant", "98XX"))
    browser = await comes_in(house)
    page = await browser.get("/classroom")
    assert page.heading == "Mijn groepen"
    assert "De Overkant" in page.text
    assert TO_CHOOSE in (await browser.get(room(house))).text


async def test_a_foreign_group_is_as_closed_as_one_that_does_not_exist(house: House) -> None:
    browser = await comes_in(house)
    before = await entries(house)
    await refused_everywhere(browser, house.school.code, house.groups["Groep 2"], house.people["Sam"], one_in=1)
    await refused_everywhere(browser, house.school.code, 4_000_000, house.people["Sam"], one_in=1)
    assert await entries(house) == before


async def test_a_child_of_another_group_is_no_child_here(house: House) -> None:
    browser = await comes_in(house)
    ticket = ticket_on(await browser.get(f"{room(house)}/{house.people['Noor']}"))
    for child in (house.people["Sam"], house.people["juf"], 4_000_000):
        for path in paths("GET", house.school.code, house.groups["Groep 6"], child):
            if f"/{child}" in path:
                assert (await browser.request("GET", path)).status == 404, path
        form = {"ticket": ticket, "kind": "pin", "pin": "4711", "picture": "sun", "child": str(child)}
        posts = [f"{room(house)}/forgive", *(f"{room(house)}/{child}/{act}" for act in ("renew", "choose", "picture"))]
        for path in posts:
            assert (await browser.request("POST", path, data=form)).status == 404, path


@pytest.mark.parametrize("role", ["teacher", "trainee", "support"])
async def test_who_is_linked_to_no_group_sees_none(house: House, role: str) -> None:
    await add_staff(house, "nieuw", role)
    browser = await comes_in(house, "nieuw")
    assert "U hebt hier nog geen groep" in (await browser.get("/classroom")).text
    await refused_everywhere(browser, house.school.code, house.groups["Groep 6"], house.people["Noor"])


@pytest.mark.parametrize("role", ["ib", "rt"])
async def test_ib_and_rt_see_every_group(house: House, role: str) -> None:
    await add_staff(house, "nieuw", role)
    browser = await comes_in(house, "nieuw")
    for name, child in (("Groep 2", "Sam"), ("Groep 6", "Noor")):
        assert (await browser.get(room(house, name))).heading == name
        assert (await browser.get(f"{room(house, name)}/{house.people[child]}/secret")).status == 200


async def test_the_coordinator_sees_every_group_and_comes_by_the_desk(house: House) -> None:
    browser = await sits_down(house)
    assert 'href="/classroom/99ZZ"' in (await browser.get(f"/desk/{house.school.code}")).text
    assert "Groep 2" in (await browser.get("/classroom/99ZZ")).text
    assert (await browser.get(room(house, "Groep 2"))).heading == "Groep 2"


@pytest.mark.parametrize("role", ["teacher", "trainee", "support"])
async def test_who_is_linked_shares_the_group(house: House, role: str) -> None:
    """Duo partners share (D20); who only helps in a group needs its pictures as well."""
    await add_staff(house, "duo", role)
    await link(house, "duo", house.groups["Groep 6"])
    browser = await comes_in(house, "duo")
    assert (await browser.get(f"{room(house)}/secrets")).status == 200
    await refused_everywhere(browser, house.school.code, house.groups["Groep 2"], house.people["Sam"])


async def test_a_substitute_sees_the_bound_group_until_the_last_day(house: House) -> None:
    await add_staff(house, "ien", at=[await add_school(house, "De Overkant", "98XX")])
    who = Substitute("ien@regenboog.example", "Ien", None, "Groot")
    floor = house.floor
    async with floor.database.begin() as db:
        await substitutes.bind(
            db, house.school.id, house.groups["Groep 2"], who, days=2, contact="x", by="test", now=house.clock.now
        )
    browser = house.browser()
    await _signs_in_at(browser, house, "ien")
    assert (await browser.get(room(house, "Groep 2"))).heading == "Groep 2"
    await refused_everywhere(browser, house.school.code, house.groups["Groep 6"], house.people["Noor"])
    await lapse(house, days=2)
    again = house.browser()
    page = await again.post("/signin", {"way": "staff"})
    await again.choose(page, "email", "ien@regenboog.example", password=PASSWORD)
    page = await again.get(room(house, "Groep 2"))
    assert (page.status, page.heading) == NOT_YOURS


async def _signs_in_at(browser: Browser, house: House, name: str) -> None:
    page = await browser.post("/signin", {"way": "staff"})
    page = await browser.choose(page, "email", f"{name}@regenboog.example", password=PASSWORD)
    if page.offers("workplace"):
        await browser.choose(page, "workplace", str(house.school.id))


async def test_who_is_no_longer_linked_is_out_at_once(house: House) -> None:
    browser = await comes_in(house)
    assert (await browser.get(room(house))).status == 200
    await unlink(house, "juf")
    await refused_everywhere(browser, house.school.code, house.groups["Groep 6"], house.people["Noor"])


async def test_who_no_longer_works_there_is_out_at_once(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "twee", "ib", at=[house.school, other])
    browser = house.browser()
    page = await browser.post("/signin", {"way": "staff"})
    page = await browser.choose(page, "email", "twee@regenboog.example", password=PASSWORD)
    await browser.choose(page, "workplace", str(other.id))
    assert (await browser.get(room(house))).status == 200
    here = Employment.person_id == house.people["twee"], Employment.school_id == house.school.id
    async with house.floor.database.begin() as db:
        await db.execute(update(Employment).where(*here).values(active=False))
    await refused_everywhere(browser, house.school.code, house.groups["Groep 6"], house.people["Noor"])


async def test_a_group_of_another_school_year_is_not_seen(house: House) -> None:
    browser = await comes_in(house)
    async with house.floor.database.begin() as db:
        await db.execute(
            update(Group).where(Group.id == house.groups["Groep 6"]).values(school_year="2025-2026", name="Groep 5")
        )
    await refused_everywhere(browser, house.school.code, house.groups["Groep 6"], house.people["Noor"])


async def test_without_the_ticket_of_this_group_no_form_does_anything(house: House) -> None:
    await link(house, "juf", house.groups["Groep 2"])
    browser = await comes_in(house)
    other = ticket_on(await browser.get(f"{room(house, 'Groep 2')}/{house.people['Sam']}"))
    before = await entries(house)
    for path in paths("POST", house.school.code, house.groups["Groep 6"], house.people["Noor"]):
        for data in ({}, {"ticket": "x" * 32}, {"ticket": other, "kind": "pin", "sure": "1"}):
            assert (await browser.request("POST", path, data=data)).status == 403, path
    assert await entries(house) == before


async def test_looking_needs_no_new_proof_and_a_secret_does(house: House) -> None:
    browser = await comes_in(house)
    noor = f"{room(house)}/{house.people['Noor']}"
    await lapse(house, seconds=guards.TO_SHOW)
    for path in ("", f"/{house.people['Noor']}", f"/{house.people['Noor']}/picture"):
        assert (await browser.get(room(house) + path)).status == 200, path
    page = await browser.choose(await browser.get(f"{noor}/picture"), "picture", "rocket")
    assert "is gewijzigd" in page.text
    before = await entries(house)
    for path in (f"{room(house)}/secrets", f"{room(house)}/print", f"{room(house)}/print.pdf", f"{noor}/secret"):
        assert step_of(await browser.get(path)) == "password", path
    page = await browser.get(f"{noor}/secret")
    assert 'value="juf@regenboog.example"' in page.text
    assert await entries(house) == before
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert page.url.endswith(f"{noor}/secret")
    assert "4711" in page.text


async def test_the_button_of_an_hour_ago_asks_the_password_and_does_nothing_by_itself(house: House) -> None:
    browser = await comes_in(house)
    noor = f"{room(house)}/{house.people['Noor']}"
    ticket = ticket_on(await browser.get(noor))
    await lapse(house, seconds=guards.TO_SHOW)
    page = await browser.post(f"{noor}/renew", {"ticket": ticket, "kind": "pin"})
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert page.status == 200
    assert "Hoi Noor" in (await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")).text


async def test_a_form_opened_in_time_is_finished(house: House) -> None:
    browser = await comes_in(house)
    noor = f"{room(house)}/{house.people['Noor']}"
    ticket = ticket_on(await browser.get(f"{noor}/choose"))
    await lapse(house, seconds=guarding.TO_SEND - 1)
    page = await browser.post(f"{noor}/choose", {"ticket": ticket, "kind": "pin", "pin": "8361"})
    assert "Opgeslagen" in page.text
    await lapse(house, seconds=1)
    page = await browser.post(f"{noor}/choose", {"ticket": ticket, "kind": "pin", "pin": "8362"})
    assert step_of(page) == "password"


async def test_a_school_that_wants_two_steps_gets_them_from_who_signed_in_elsewhere(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "twee", "ib", at=[house.school, other])
    browser = house.browser()
    page = await browser.post("/signin", {"way": "staff"})
    page = await browser.choose(page, "email", "twee@regenboog.example", password=PASSWORD)
    await browser.choose(page, "workplace", str(other.id))
    assert (await browser.get(room(house))).status == 200
    await change_school(house, house.school, mfa_for_staff=True)
    page = await browser.get(room(house))
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "twee@regenboog.example", password=PASSWORD)
    assert step_of(page) == "enrol"


async def test_sessions_that_were_ended_are_out(house: House) -> None:
    browser = await comes_in(house)
    async with house.floor.database.begin() as db:
        await people.end_sessions(db, house.people["juf"])
    assert step_of(await browser.get(room(house))) == "password"


async def test_the_other_language_is_whole(house: House) -> None:
    browser = house.browser(language="en")
    await _signs_in_at(browser, house, "juf")
    await link(house, "juf", house.groups["Groep 2"])
    assert (await browser.get("/classroom")).heading == "My groups"
    assert "Show everything" in (await browser.get(room(house))).text

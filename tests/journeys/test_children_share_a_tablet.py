"""Two children and a teacher on one browser (D23): nobody gets what another left behind."""

import pytest

from idp.credentials.pupil_secrets import PICTURES
from idp.http import cookies
from tests.house import ELSEWHERE, House, authorize_url, pupil_signs_in
from tests.inside import lapse, stored
from tests.journeys.stories import at_our_door, change_enrolment, shortcut, step_of, teacher_signs_in, to_the_secret

NOOR = ("Noor", "Groep 6", "4711")
FINN = ("Finn", "Groep 6", "0042")


async def test_the_shortcut_asks_is_it_still_you_and_ends_the_session_it_finds(house: House) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    was = tablet.cookies[cookies.SESSION]
    page = await tablet.get(shortcut(house.school))
    assert page.heading == "Ben jij Noor?"
    assert cookies.SESSION not in tablet.cookies
    tablet.cookies[cookies.SESSION] = was
    assert (await tablet.get("/account")).heading != "Hoi Noor!", "a kept cookie opens nothing"


async def test_noor_says_yes_and_still_has_to_give_her_pin(house: House) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    page = await tablet.choose(await tablet.get(shortcut(house.school)), "who", "same")
    assert step_of(page) == "secret"
    missed = await tablet.choose(page, "pin", "0042")
    assert (missed.heading, missed.url) == ("Wat is jouw pincode?", page.url)
    assert "Probeer het nog een keer" in missed.text
    assert step_of(await tablet.choose(missed, "who", "other")) == "child", "of the group that this device knows"
    page = await tablet.get(page.url)
    assert (await tablet.choose(page, "pin", "4711")).heading == "Hoi Noor!"


async def test_finn_is_somebody_else_and_becomes_nobody_but_finn(house: House) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    page = await tablet.choose(await tablet.get(shortcut(house.school)), "who", "other")
    assert step_of(page) == "child"
    page = await pupil_signs_in(tablet, page, house, *FINN)
    assert page.heading == "Hoi Finn!"
    assert (await tablet.get("/account")).heading == "Hoi Finn!"
    assert await stored(house, "session") == 1


async def test_not_me_is_one_tap_away_at_the_secret_and_when_signed_in(house: House) -> None:
    tablet = house.browser()
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Noor", "Groep 6")
    page = await tablet.choose(page, "group", str(house.groups["Groep 6"]))
    assert step_of(page) == "child"
    page = await tablet.choose(page, "child", str(house.people["Finn"]))
    page = await tablet.choose(page, "pin", "0042")
    page = await tablet.choose(page, "not_me", "1")
    assert step_of(page) == "child"
    assert await stored(house, "session") == 0


async def test_the_pictures_lie_in_another_order_for_every_child_that_comes(house: House) -> None:
    """D29: the place of a tap, and the marks of fingers on the glass, tell the next child nothing."""
    orders = []
    for _ in range(3):
        tablet = house.browser()
        page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Sam", "Groep 2")
        orders.append(tuple(page.offers("pick")))
        form = page.form("pick")
        page = await tablet.post(form.action, {**form.hidden, "pick": orders[-1][0]})
        assert tuple(page.offers("pick")) == orders[-1], "while it taps nothing moves"
    assert len(set(orders)) == len(orders)
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(PICTURES))}


async def test_an_unfinished_child_neither_uses_nor_ends_the_teachers_session(house: House) -> None:
    tablet = house.browser()
    await teacher_signs_in(tablet)
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Noor", "Groep 6")
    assert "Juf" not in page.text
    page = await tablet.choose(page, "pin", "9999")
    assert page.heading == "Wat is jouw pincode?"
    assert (await tablet.get("/account")).heading == "Dag Juf"


async def test_a_child_that_signs_in_never_inherits_it(house: House) -> None:
    tablet = house.browser()
    await teacher_signs_in(tablet)
    teachers = tablet.cookies[cookies.SESSION]
    page = await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    assert page.heading == "Hoi Noor!"
    page = await tablet.choose(page, "not_me", "1")
    page = await pupil_signs_in(tablet, page, house, *FINN)
    assert page.heading == "Hoi Finn!"
    tablet.cookies[cookies.SESSION] = teachers
    assert (await tablet.get("/account")).heading != "Dag Juf", "it ended when the child signed in"
    assert await stored(house, "session") == 1


async def test_the_teacher_who_signs_in_after_a_child_is_herself(house: House) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    assert (await teacher_signs_in(tablet)).heading == "Dag Juf"
    assert await stored(house, "session") == 1


async def test_the_front_door_begins_with_nobody_whoever_is_signed_in(house: House) -> None:
    tablet = house.browser()
    await teacher_signs_in(tablet)
    assert step_of(await at_our_door(tablet)) == "password"


async def test_a_childs_session_cookie_ends_with_the_browser(house: House) -> None:
    tablet = house.browser()
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Noor", "Groep 6")
    form = page.form("pin")
    answer = await tablet.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    [cookie] = [c for c in answer.response.headers.get_list("set-cookie") if c.startswith(cookies.SESSION)]
    assert "max-age" not in cookie.lower()
    assert "expires" not in cookie.lower()


async def test_an_hour_without_a_click_ends_it(house: House) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    for _ in range(3):
        await lapse(house, minutes=59)
        assert (await tablet.get("/account")).heading == "Hoi Noor!", "each click begins the hour anew"
    await lapse(house, minutes=61)
    assert (await tablet.get("/account")).heading == "Wie staat er voor de poort?"


async def test_after_eight_hours_it_is_over_however_busy_the_child_was(house: House) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    for _ in range(15):
        await lapse(house, minutes=31)
        assert (await tablet.get("/account")).heading == "Hoi Noor!"
    await lapse(house, minutes=31)
    assert (await tablet.get("/account")).heading == "Wie staat er voor de poort?"


async def test_it_does_not_leave_the_school(house: House) -> None:
    at_school, at_home = house.browser(), house.browser(ELSEWHERE)
    await pupil_signs_in(at_school, await at_school.get(shortcut(house.school)), house, *NOOR)
    at_home.cookies = at_school.cookies
    assert (await at_home.get("/account")).heading == "Wie staat er voor de poort?"
    page = await at_home.get(authorize_url().url)
    assert page.heading == "Wie staat er voor de poort?"
    assert (await at_school.get("/account")).heading == "Hoi Noor!"


async def test_a_child_that_left_the_network_half_way_is_asked_anew_and_not_sent_in_circles(house: House) -> None:
    at_school, on_the_street = house.browser(), house.browser(ELSEWHERE)
    asked = authorize_url(response_mode="form_post")
    page = await to_the_secret(at_school, await at_school.get(asked.url), house, "Noor", "Groep 6")
    form = page.form("pin")
    answer = await at_school.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    on_the_street.cookies = at_school.cookies
    page = await on_the_street.get(answer.location or "")
    assert page.heading == "Wie staat er voor de poort?"


@pytest.mark.parametrize("values", [{"hidden": True}, {"active": False}], ids=["hidden", "gone"])
async def test_the_shortcut_does_not_ask_after_a_child_that_the_school_no_longer_shows(
    house: House, values: dict[str, object]
) -> None:
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    await change_enrolment(house, "Noor", **values)
    page = await tablet.get(shortcut(house.school))
    assert step_of(page) == "child"
    assert "Noor" not in page.text

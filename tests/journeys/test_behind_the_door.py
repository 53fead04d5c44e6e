"""The doors have the form of staff on their page already: who opens theirs is asked at once, and the address of the door shows the same."""

import html
import re
from urllib.parse import urlsplit

from tests.browser import Form, Page, forms_of
from tests.house import CALLBACK, ELSEWHERE, PASSWORD, House, authorize_url
from tests.journeys.stories import at_our_door, attempt_of, shortcut, step_of, teacher_signs_in
from tests.puzzles import asked_of, solved

JUF = "juf@regenboog.example"


def behind(page: Page) -> tuple[str, Form]:
    """What a script opens in the place of the doors: its source, and the form in it that asks for a password."""
    found = re.search(r'<section[^>]* hidden data-behind="([^"]+)".*?</section>', page.response.text, re.S)
    assert found is not None, page.heading
    (form,) = [form for form in forms_of(found[0]) if "password" in form.choices]
    assert form.action == found[1]
    return html.unescape(found[0]), form


async def test_a_teacher_gives_the_password_on_the_page_of_the_doors(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    doors = await browser.get(authorize_url().url)
    assert step_of(doors) == "way"
    _, form = behind(doors)
    done = await browser.post(form.action, {**form.hidden, "email": JUF, "password": PASSWORD})
    assert (done.location or "").startswith(CALLBACK)
    assert "code" in done.query


async def test_a_mistake_leads_to_the_page_behind_the_door(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    doors = await browser.get(authorize_url().url)
    _, form = behind(doors)
    wrong = await browser.post(form.action, {**form.hidden, "email": JUF, "password": "Verkeerd-1"})
    assert (step_of(wrong), urlsplit(wrong.url).path) == ("password", f"/signin/{attempt_of(doors)}/staff")
    assert 'role="alert"' in wrong.text
    assert wrong.form("email").choices["email"] == [JUF]
    done = await browser.choose(wrong, "email", JUF, password=PASSWORD)
    assert "code" in done.query


async def test_the_form_on_the_page_is_the_one_behind_the_door(house: House) -> None:
    """What is filled in, and what is offered, is the same: a remembered name too."""
    browser = house.browser(ELSEWHERE)
    signed_in = await teacher_signs_in(browser)
    browser.cookies.clear()
    browser.cookies["__Host-email"] = (JUF, "Lax")
    assert signed_in.heading == "Dag Juf"
    doors = await browser.get(authorize_url().url)
    shown, form = behind(doors)
    page = await browser.choose(doors, "way", "staff")
    assert page.form("password") == form
    assert form.choices["email"] == [JUF]
    for words in ("Gebruikersnaam of wachtwoord vergeten", "Anders inloggen"):
        assert words in shown
        assert words in page.text


async def test_on_a_device_of_the_class_nobody_is_remembered_there(house: House) -> None:
    browser = house.browser()
    browser.cookies["__Host-email"] = (JUF, "Lax")
    groups = await browser.get(shortcut(house.school))
    shown, form = behind(await browser.choose(groups, "back", "way"))
    assert form.choices["email"] == [""]
    assert "remember" not in form.choices
    assert JUF not in shown


async def test_its_ticket_opens_no_other_step(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    doors = await browser.get(authorize_url().url)
    _, form = behind(doors)
    for step in ("home", "parent", "card"):
        refused = await browser.post(form.action, {**form.hidden, "step": step, "email": JUF, "password": PASSWORD})
        assert refused.status == 403, step


async def test_after_a_mistake_the_door_leads_to_its_own_page(house: House) -> None:
    """Work before the next try stands there: the form on the page of the doors knows of none."""
    for number in range(10):
        stranger = house.browser(f"198.51.100.{number}")
        await stranger.choose(await at_our_door(stranger), "email", JUF, password="Verkeerd-1")
    browser = house.browser(ELSEWHERE)
    page = await browser.choose(await at_our_door(browser), "email", JUF, password=PASSWORD)
    assert asked_of(page)
    doors = await browser.get(f"/signin/{attempt_of(page)}/ways")
    assert step_of(doors) == "way"
    assert "data-behind" not in doors.response.text
    page = await browser.choose(doors, "way", "staff")
    done = await browser.choose(page, "email", JUF, password=PASSWORD, puzzle=solved(asked_of(page)))
    assert done.heading == "Dag Juf"

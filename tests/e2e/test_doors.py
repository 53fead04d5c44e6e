"""The doors in a real browser: that of staff opens without a request, and has its own address all the same."""

import re

from playwright.async_api import expect

from tests.e2e.conftest import Begin
from tests.e2e.walk import Walk

DOORS = "Wie staat er voor de poort?"
STAFF = "Inloggen als medewerker"


async def _to_the_doors(walk: Walk) -> str:
    """By way of a publisher's software; the address of the doors."""
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.look("In welke groep zit je?")
    await walk.press("Anders inloggen")
    await walk.look(DOORS)
    return walk.page.url


async def _enter(walk: Walk) -> None:
    await walk.page.get_by_role("link", name="Medewerker").click()
    await walk.look(STAFF)


async def test_the_door_of_staff_opens_without_a_request(begin: Begin) -> None:
    walk = await begin(820, 1180)
    page, doors = walk.page, await _to_the_doors(walk)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await _enter(walk)
    await expect(page).to_have_url(doors.replace("/ways", "/staff"))
    await expect(page).to_have_title(re.compile(f"^{STAFF} · "))
    await expect(page.get_by_label("E-mailadres")).to_be_focused()
    await expect(page.get_by_role("link", name="Leerling")).to_be_hidden()
    assert asked == []
    await page.go_back()
    await walk.look(DOORS)
    await expect(page).to_have_url(doors)
    await expect(page.get_by_label("E-mailadres")).to_be_hidden()
    await page.go_forward()
    await walk.look(STAFF)
    await expect(page.get_by_label("E-mailadres")).to_be_focused()


async def test_what_was_typed_behind_the_door_is_not_there_for_who_comes_next(begin: Begin) -> None:
    walk = await begin(820, 1180)
    page = walk.page
    await _to_the_doors(walk)
    await _enter(walk)
    await page.get_by_label("E-mailadres").fill("juf@regenboog.example")
    await page.get_by_label("Wachtwoord", exact=True).fill("Geheim-1")
    await page.get_by_role("button", name="Wachtwoord laten zien").click()
    await page.go_back()
    await walk.look(DOORS)
    await expect(page.locator("#password")).to_have_value("")
    await _enter(walk)
    await expect(page.get_by_label("E-mailadres")).to_have_value("")
    await expect(page.get_by_label("Wachtwoord", exact=True)).to_have_attribute("type", "password")


async def test_the_page_behind_the_door_leads_back_to_the_doors(begin: Begin) -> None:
    """The server shows the same page at that address, and the browser knows both as one."""
    walk = await begin(390, 844)
    page, doors = walk.page, await _to_the_doors(walk)
    await _enter(walk)
    await page.reload()
    await walk.look(STAFF)
    await page.go_back()
    await walk.look(DOORS)
    await expect(page).to_have_url(doors)
    await _enter(walk)
    await walk.press("In English")
    await walk.look("Sign in as staff")
    await walk.press("Sign in another way")
    await walk.look("Who is at the gate?")


async def test_a_mistake_is_told_behind_the_door(begin: Begin) -> None:
    walk = await begin(1440, 900)
    teacher = next(person for person in await walk.staff() if person.role == "leerkracht")
    await _to_the_doors(walk)
    await _enter(walk)
    await _give(walk, teacher.email, "Verkeerd-1")
    await walk.look(STAFF)
    await expect(walk.page.get_by_role("alert")).to_be_visible()
    await _give(walk, teacher.email, teacher.password)
    await walk.look("Welkom,")


async def _give(walk: Walk, email: str, password: str) -> None:
    await walk.page.get_by_label("E-mailadres").fill(email)
    await walk.page.get_by_label("Wachtwoord", exact=True).fill(password)
    await walk.press("Inloggen")


async def test_without_a_script_the_door_is_a_link(begin: Begin) -> None:
    walk = await begin(script="off")
    page = walk.page
    await page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.press("Anders inloggen")
    await expect(page.get_by_role("heading", level=1)).to_have_text(DOORS)
    await page.get_by_role("link", name="Medewerker").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(STAFF)
    await expect(page.get_by_label("Wachtwoord", exact=True)).to_be_visible()

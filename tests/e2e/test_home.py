"""A child at home with a telephone: with the letter from school, or by its parent's address. In a real browser."""

import re

from playwright.async_api import expect

from tests.e2e.conftest import Begin
from tests.e2e.walk import Walk

PASSWORD = "twaalf natte laarzen 5"


async def test_from_the_letter_to_the_own_page_on_a_phone(begin: Begin) -> None:
    walk = await begin(390, 844)
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.page.goto(f"{walk.sites.idp}/thuis")
    await walk.look("Thuis inloggen")
    await expect(walk.page.get_by_label("Logincode voor thuis")).to_be_focused()
    await walk.page.keyboard.type(child.home.lower())
    await walk.press("Plaatjes")
    await walk.look("Tik op jouw drie plaatjes")
    await walk.press("Ik heb een pincode")
    await walk.give_pin(child)
    await walk.look(f"Hoi {child.name.split()[0]}")
    await walk.press("Klaar")
    await walk.look("Tot ziens!")
    await expect(walk.page.get_by_role("main")).to_contain_text("Sluit nu ook de browser helemaal")


async def test_a_parent_from_the_mail_to_both_children_as_the_guide_says(begin: Begin) -> None:
    walk = await begin(390, 844)
    family = {child.name: child for child in await walk.pupils()}
    shown = walk.page.locator(".demo-way", has_text="Ouder van")
    named = (await shown.locator("strong").inner_text()).removeprefix("Ouder van ").split(" en ")
    email = await shown.locator("code").inner_text()
    kinds = [bool(family[name].pin) for name in named]
    assert sorted(kinds) == [False, True], "one with pictures, one with a PIN"
    await _chooses_a_password(walk, email)
    for name in named:
        await walk.page.goto(walk.sites.idp)
        await walk.page.locator(".demo-way", has_text=email).get_by_role("link", name="Thuis inloggen").click()
        await _signs_in(walk, email)
        tiles = await walk.page.locator(".tile-name").all_inner_texts()
        assert len(tiles) == len(named)
        # A group has more children to tell apart than a family.
        await walk.press(next(tile for tile in tiles if tile in {name, name.split()[0]}))
        await (walk.give_pin(family[name]) if family[name].pin else walk.tap(family[name]))
        await walk.look(f"Hoi {name.split()[0]}")
    await walk.page.goto(f"{walk.sites.idp}/thuis")
    await _signs_in(walk, email)
    await walk.page.locator(".tile").first.click()
    await walk.page.locator("main .button-quiet").first.wait_for()
    for earlier in ("Wie gaat er inloggen?", "Inloggen als ouder of verzorger", "Thuis inloggen"):
        await walk.page.go_back()
        await walk.look(earlier)


async def _chooses_a_password(walk: Walk, email: str) -> None:
    await walk.page.locator(".demo-way", has_text=email).get_by_role("link", name="de postbus").click()
    await expect(walk.page).to_have_url(f"{walk.sites.mailbox}/")
    letter = await walk.mail(email)
    await letter.first.get_by_role("link", name=re.compile("token")).click()
    await walk.look("Kies een wachtwoord")
    assert "token" not in walk.page.url
    await walk.page.get_by_label("Nieuw wachtwoord", exact=True).fill(PASSWORD)
    await walk.press("Wachtwoord opslaan")
    await walk.look("Uw wachtwoord is opgeslagen")


async def _signs_in(walk: Walk, email: str) -> None:
    await walk.look("Thuis inloggen")
    await walk.press("Inloggen als ouder")
    await walk.look("Inloggen als ouder of verzorger")
    await walk.page.get_by_label("E-mailadres").fill(email)
    await walk.page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    await walk.press("Verder naar mijn kind")
    await walk.look("Wie gaat er inloggen?")

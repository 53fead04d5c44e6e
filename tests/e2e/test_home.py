"""A child at home with a telephone and the letter from school, in a real browser."""

from playwright.async_api import expect

from tests.e2e.conftest import Begin


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
    await walk.look(f"Hoi {child.name}")
    await walk.press("Klaar")
    await walk.look("Tot ziens!")
    await expect(walk.page.get_by_role("main")).to_contain_text("Sluit nu ook de browser helemaal")

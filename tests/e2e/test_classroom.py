"""A teacher with a tablet at half past eight: a child forgot its secret. In a real browser, by hand and by keyboard, with and without a script."""

from playwright.async_api import expect

from tests.e2e.conftest import Begin
from tests.e2e.walk import Walk


async def _comes_to_the_group(walk: Walk) -> set[str]:
    """To the one group of a teacher; returns the children whom other walks need as they are."""
    known = {child.name for child in await walk.pupils()}
    teacher = next(person for person in await walk.staff() if person.role == "leerkracht")
    await walk.page.goto(f"{walk.sites.idp}/classroom")
    await expect(walk.page.get_by_role("heading", level=1)).to_contain_text("Inloggen als medewerker")
    await walk.page.get_by_label("E-mailadres").fill(teacher.email)
    await walk.page.get_by_label("Wachtwoord", exact=True).fill(teacher.password)
    await walk.press("Inloggen")
    await expect(walk.page.get_by_role("heading", level=1)).to_contain_text("Groep")
    return known


async def _somebody_else(walk: Walk, known: set[str]) -> str:
    await walk.page.locator(".pupil strong").first.wait_for()
    names = await walk.page.locator(".pupil strong").all_inner_texts()
    return next(name for name in names if name.split()[0] not in {child.split()[0] for child in known})


async def test_two_taps_from_the_group_to_a_new_secret_on_a_tablet(begin: Begin) -> None:
    walk = await begin(820, 1180)
    known = await _comes_to_the_group(walk)
    await walk.look("Groep")
    name = await _somebody_else(walk, known)
    await walk.page.get_by_role("link", name=name).click()
    await walk.look(name)
    await expect(walk.page.locator(".secret")).to_have_count(0)
    await walk.page.locator("button[name=kind]").first.click()
    await expect(walk.page.get_by_role("status")).to_contain_text("Dit is de nieuwe")
    await expect(walk.page.locator(".big-secret .secret")).to_be_visible()
    await walk.look(name)
    await walk.press("Zelf kiezen")
    await walk.look(f"Zelf kiezen voor {name}")
    await walk.page.get_by_label("Vier cijfers").fill("1234")
    await walk.press("Pincode opslaan")
    await expect(walk.page.get_by_role("alert")).to_contain_text("raadt een klasgenoot")
    walk.expect_refusals()
    await walk.page.get_by_label("Vier cijfers").fill("8361")
    await walk.press("Pincode opslaan")
    await walk.press("Toon")
    await expect(walk.page.locator(".big-secret [aria-hidden]")).to_have_text("8361")
    for width in (390, 820, 1440):
        await walk.page.set_viewport_size({"width": width, "height": 900})
        assert not await walk.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ), width


async def test_by_keyboard_alone(begin: Begin) -> None:
    walk = await begin(1440, 900)
    known = await _comes_to_the_group(walk)
    await walk.look("Groep")
    name = await _somebody_else(walk, known)
    link = walk.page.get_by_role("link", name=name)
    for _ in range(80):
        await walk.page.keyboard.press("Tab")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await walk.page.keyboard.press("Enter")
    await walk.look(name)
    picture = walk.page.get_by_role("link", name="Ander plaatje kiezen")
    await picture.focus()
    await walk.page.keyboard.press("Enter")
    await walk.look(f"Ander leerlingplaatje voor {name}")
    free = walk.page.locator("button[name=picture]:not([disabled])").first
    wanted = await free.get_attribute("value")
    await free.focus()
    await walk.page.keyboard.press("Enter")
    await expect(walk.page.get_by_role("status")).to_contain_text("is gewijzigd")
    await expect(walk.page.locator(f'.niche-large use[href$="#{wanted}"]')).to_have_count(1)


async def test_without_a_script_everything_is_a_form(begin: Begin) -> None:
    walk = await begin(820, 1180, script="off")
    known = await _comes_to_the_group(walk)
    name = await _somebody_else(walk, known)
    await walk.page.get_by_role("link", name=name).click()
    await walk.page.locator("button[name=kind]").first.click()
    await expect(walk.page.locator(".big-secret .secret")).to_be_visible()
    await walk.press("Afdrukken")
    await expect(walk.page.locator(".label")).to_have_count(1)
    address = await walk.page.get_by_role("link", name="Open als pdf").get_attribute("href")
    got = await walk.page.request.get(f"{walk.sites.idp}{address}")
    assert got.headers["content-type"] == "application/pdf"
    assert (await got.body()).startswith(b"%PDF-")

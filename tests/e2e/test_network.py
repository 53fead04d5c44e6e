"""A child comes from its network environment, on a third site: by a tile, with no page of ours in between, in a real browser (D25, D34)."""

from playwright.async_api import expect

from tests.e2e.conftest import Begin


async def test_a_tile_ends_in_the_lesson_over_either_protocol(begin: Begin) -> None:
    walk = await begin()
    child = next(child for child in await walk.pupils() if child.pin)
    for way in ("Rekenrijk, via SAML", "Rekenrijk, via OpenID Connect"):
        await walk.page.context.clear_cookies()
        await walk.page.goto(walk.sites.netwerk)
        await walk.press(child.name.split()[0])
        await walk.press(way)
        await walk.look("Welkom,")
        assert walk.page.url == f"{walk.sites.rekenrijk}/"
        assert (await walk.received())["school_brin"] == "99LS"


async def test_the_environment_fetches_its_pupils_and_then_only_what_changed(begin: Begin) -> None:
    walk = await begin()
    await walk.page.goto(f"{walk.sites.netwerk}/leerlingen")
    await walk.press("Haal op wat er veranderd is")
    await walk.look("Leerlinglijst")
    assert await walk.page.locator("li code").count() > 100
    await walk.press("Haal op wat er veranderd is")
    await expect(walk.page.get_by_text("0 erbij of veranderd, 0 weg")).to_be_visible()

"""A child comes from its network environment, on a third site: by a tile, with no page of ours in between, in a real browser (D25, D34)."""

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

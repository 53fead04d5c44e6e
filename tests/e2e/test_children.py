"""Children go to a publisher on another site, as on a school morning."""

import re
from dataclasses import replace

from playwright.async_api import expect

from tests.e2e.conftest import Begin


async def test_a_child_taps_its_pictures_and_every_publisher_knows_it(begin: Begin) -> None:
    walk = await begin()
    child = next(child for child in await walk.pupils() if child.pictures)
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.look("Elke som een stap verder")
    await walk.press("Inloggen")
    await walk.choose(child)
    await walk.tap(child)
    await walk.look("Welkom,")
    got = await walk.received()
    assert got["school_brin"] == "99LS"
    assert child.group in got["groups"]
    assert "email" not in got
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Inloggen")
    await expect(walk.page).to_have_url(f"{walk.sites.taalpaleis}/")
    await walk.look("Welkom,")
    there = await walk.received()
    assert there["urn:oid:2.5.4.42"] == got["given_name"]
    assert there["NameID"] not in got.values()
    assert "urn:oid:2.5.4.4" not in there


async def test_signing_out_at_one_publisher_ends_it_at_the_gate_and_at_the_other(begin: Begin) -> None:
    """Over OpenID Connect here and over SAML there, in both directions: one is told by our server, the other in a frame of this browser (C-230)."""
    walk = await begin()
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.choose(child)
    await walk.give_pin(child)
    await walk.look("Welkom,")
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Inloggen")
    await walk.look("Welkom,")
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Uitloggen")
    await walk.look("Tot de volgende keer")
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Inloggen")
    await walk.look("Wie ben jij?")
    await walk.press(child.name)
    await walk.give_pin(child)
    await walk.look("Welkom,")
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.look("Welkom,")
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Uitloggen")
    await walk.look("Tot de volgende keer")
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.look("Elke som een stap verder")


async def test_asked_to_prove_it_again_a_child_gives_its_pin_again(begin: Begin) -> None:
    walk = await begin(820, 1180)
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.page.goto(walk.sites.rekenrijk)
    await walk.press("Inloggen")
    await walk.choose(child)
    await walk.give_pin(child)
    await walk.look("Welkom,")
    nonce = (await walk.received())["nonce"]
    await walk.press("Opnieuw bewijzen")
    await walk.look(f"Ben jij {child.name}?")
    await walk.press("Ja, dat ben ik")
    await walk.give_pin(child)
    await walk.look("Welkom,")
    assert (await walk.received())["nonce"] != nonce


async def test_a_child_begins_at_the_shortcut_and_opens_a_tile(begin: Begin) -> None:
    walk = await begin(390, 844)
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.look("Wie staat er voor de poort?")
    await walk.page.get_by_role("link", name="Snelkoppeling voor leerlingen").click()
    await walk.choose(child)
    await walk.give_pin(child)
    await walk.look("Hoi ")
    await walk.page.get_by_role("link", name="Rekenrijk").click()
    await expect(walk.page).to_have_url(f"{walk.sites.rekenrijk}/")
    await walk.look("Welkom,")
    assert await walk.page.get_by_role("link", name="Wereldwijs").count() == 0


async def test_the_back_button_leads_from_a_missed_pin_to_the_tiles_and_the_groups(begin: Begin) -> None:
    walk = await begin(820, 1180)
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.page.get_by_role("link", name="Snelkoppeling voor leerlingen").click()
    await walk.choose(child)
    await walk.give_pin(replace(child, pin="0000" if child.pin != "0000" else "1111"))
    await expect(walk.page.get_by_role("alert")).to_contain_text("een andere pincode")
    for earlier in ("Wat is jouw pincode?", "Wie ben jij?"):
        await walk.page.go_back()
        await walk.look(earlier)
    await walk.page.go_back()
    await walk.choose(child)
    await walk.give_pin(child)
    await walk.look("Hoi ")


async def test_two_tabs_of_one_publisher_both_arrive_and_back_has_one_way_on(begin: Begin) -> None:
    """Issue of a tablet on which somebody taps a tile twice: both answers count, and looking back loses nothing."""
    walk = await begin()
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.page.goto(f"{walk.sites.rekenrijk}/start")
    other = await walk.page.context.new_page()
    await other.goto(f"{walk.sites.rekenrijk}/start")
    await walk.choose(child)
    await walk.give_pin(child)
    await walk.look("Welkom,")
    await other.reload()
    await expect(other.get_by_role("heading", level=1)).to_contain_text("Welkom,")
    await other.close()
    await walk.page.go_back()
    await walk.look("Je bent al binnen")
    await walk.press("Verder naar Rekenrijk")
    await walk.look("Welkom,")
    walk.expect_refusals()


async def test_without_a_script_three_pictures_are_three_forms(begin: Begin) -> None:
    child = next(child for child in await (await begin()).pupils() if child.pictures)
    walk = await begin(script="off")
    await walk.page.goto(walk.sites.taalpaleis)
    await walk.press("Inloggen met een formulier (POST)")
    await walk.press("Verder")
    await walk.press(child.group)
    await walk.press(child.name)
    for picture in child.pictures:
        await walk.press(picture)
    await expect(walk.page.get_by_role("heading", level=1)).to_have_text("De poort is open")
    await walk.press("Verder")
    await expect(walk.page.get_by_role("heading", level=1)).to_contain_text(re.compile("^Welkom, "))

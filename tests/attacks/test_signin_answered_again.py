"""Attack: within the ten seconds in which whoever presses the last button twice is answered twice, press another one, or sign out first."""

from tests.browser import Browser, Page
from tests.house import CALLBACK, ELSEWHERE, House, authorize_url
from tests.inside import stored
from tests.journeys.home import PARENT, activates, enters, lets_parents_in
from tests.journeys.mailbox import NEW_PASSWORD


async def noor_is_answered(house: House) -> tuple[Browser, Page, Page]:
    """Her browser, the tiles of her group, and Finn's page in another tab."""
    browser = house.browser()
    tiles = await browser.choose(await browser.get(authorize_url().url), "group", str(house.groups["Groep 6"]))
    finns = await browser.choose(tiles, "child", str(house.people["Finn"]))
    noors = await browser.choose(tiles, "child", str(house.people["Noor"]))
    page = await browser.choose(noors, "pin", "4711")
    assert (page.location or "").startswith(CALLBACK)
    return browser, tiles, finns


async def test_another_button_brings_no_code(house: House) -> None:
    browser, tiles, finns = await noor_is_answered(house)
    for page in (
        await browser.choose(tiles, "back", "group"),
        await browser.choose(finns, "pin", "0042"),
        await browser.choose(finns, "pin", "1111"),
    ):
        assert (page.status in {403, 410}, page.location) == (True, None)
    assert await stored(house, "session") == 1


async def test_after_signing_out_the_parents_password_opens_no_sibling(house: House) -> None:
    await lets_parents_in(house)
    for child in ("Noor", "Finn"):
        await enters(house, child)
    await activates(house)
    browser, before = house.browser(ELSEWHERE), await stored(house, "session")
    page = await browser.choose(await browser.get(authorize_url().url), "way", "home")
    page = await browser.choose(page, "way", "parent")
    tiles = await browser.choose(page, "email", PARENT, password=NEW_PASSWORD)
    secret = await browser.choose(tiles, "child", str(house.people["Noor"]))
    page = await browser.choose(secret, "pin", "4711")
    assert (page.location or "").startswith(CALLBACK)
    leave = (await browser.get("/signout")).form("answer")
    await browser.post("/signout", {**leave.hidden, "answer": "yes"})
    for page in (
        await browser.choose(tiles, "child", str(house.people["Finn"])),
        await browser.choose(secret, "pin", "4711"),
    ):
        assert page.status == 410
    assert await stored(house, "session") == before

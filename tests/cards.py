"""Sign-in cards for tests: what the card of a seeded child holds, and a child that shows it."""

from directory import people
from idp.credentials import login_cards
from tests.browser import Browser, Page
from tests.house import House
from tests.journeys.stories import shortcut


async def card_of(house: House, name: str) -> str:
    """What the valid card of this child holds; one is made where there is none."""
    child_id = house.people[name]
    async with house.floor.database.begin() as db:
        _, ledger_id = await people.identity(db, child_id)
        await login_cards.make(db, house.floor.keyring, {child_id: ledger_id}, now=house.clock.now)
        return (await login_cards.codes(db, house.floor.keyring, {child_id: ledger_id}))[child_id]


async def void_card(house: House, name: str) -> None:
    """This child's card is worthless."""
    async with house.floor.database.begin() as db:
        await login_cards.void(db, [house.people[name]], now=house.clock.now)


async def to_the_card(browser: Browser, house: House) -> Page:
    """From the shortcut to the page that wants to see a card."""
    page = await browser.get(shortcut(house.school))
    return await browser.choose(page, "instead", "card") if page.offers("instead") else page


async def shows(house: House, browser: Browser, code: str) -> Page:
    """From the shortcut to wherever this card leads."""
    return await browser.choose(await to_the_card(browser, house), "card", code)

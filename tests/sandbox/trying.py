"""A party under test, its contact in a browser, and what was kept of its software."""

import pyotp

from directory import contacts
from directory.reference import people as reference_people
from directory.reference.people import ReferencePerson
from idp.http import cookies
from idp.sandbox import exchanges, explaining, opening
from idp.sandbox.exchanges import Exchange
from idp.signin import flow, sessions
from idp.signin.sessions import Session
from metadata import parties
from mfa import totp
from tests.browser import Browser, Page
from tests.house import House, authorize_url

OUTSIDE = "203.0.113.77"
"""No school's network."""
EMAIL = "bouwer@rekenrijk.example"


async def put_under_test(house: House, party_id: int | None = None) -> dict[str, ReferencePerson]:
    """Opens the test environment of the seeded publisher (or another); its people by first name."""
    now = house.clock.now
    async with house.floor.database.begin() as db:
        party = await parties.by_id(db, party_id or house.party_id)
        school = await opening.open_for(
            db, house.floor.keyring, party, now=now, today=flow.today(now), by="operator:test"
        )
        return {one.first_name: one for one in await reference_people.people_of(db, school.id)}


async def contact_comes(house: House, party_id: int | None = None, email: str = EMAIL) -> Browser:
    """A contact with a second factor, signed in with both at this moment; how one gets there, `test_contacts` tells."""
    at = int(house.clock.now.timestamp())
    async with house.floor.database.begin() as db:
        made = await contacts.add(db, party_id or house.party_id, email, now=house.clock.now)
        if not await totp.enrolled(db, made.person_id):
            await totp.enrol(
                db, house.floor.keyring, made.person_id, pyotp.random_base32(), used_step=0, now=house.clock.now
            )
    proven = Session(b"", made.person_id, "staff", sessions.NO_SCHOOL, 1, at, at, at, ("pwd", "otp"))
    cookie, _, stored = sessions.create(house.floor.keyring, proven)
    await house.floor.store.put(stored)
    browser = house.browser(OUTSIDE)
    browser.cookies[cookies.SESSION] = (cookie, "Lax")
    return browser


async def plays(browser: Browser, one: ReferencePerson, *, trial: str = "", **changes: str | None) -> tuple[Page, str]:
    """The contact's browser goes to the publisher as a reference person; where it ends, and the verifier."""
    asked = authorize_url(**changes)
    page = await browser.get(asked.url)
    return await browser.choose(page, "person", str(one.person_id), trial=trial), asked.verifier


async def kept(house: House, party_id: int | None = None) -> list[Exchange]:
    """What is kept by now, the newest first."""
    await house.resources.afterwards.done()
    async with house.floor.database.read() as db:
        return await exchanges.listed(db, house.floor.keyring, party_id or house.party_id)


def told(exchange: Exchange) -> list[str]:
    """The keys of all findings."""
    return [found.key for found in explaining.findings(exchange, "nl")]

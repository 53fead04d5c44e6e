"""What somebody finds in the mail: the newest link to a page of ours."""

import re
from typing import Any

from sqlalchemy import select

from idp.core.models import Mail
from idp.credentials.terms import VERSION
from tests.browser import Browser, Page
from tests.house import BASE, House

NEW_PASSWORD = "Vlinder-onder-de-tafel-3"


async def link(house: House, email: str, path: str) -> str:
    """The newest link to this path that this address was mailed, without our own origin."""
    async with house.floor.database.read() as db:
        found = await db.execute(select(Mail.body).where(Mail.recipient == email).order_by(Mail.id))
        bodies = list(found.scalars())
    pattern = re.compile(rf"{re.escape(BASE)}({re.escape(path)}\?token=[0-9a-f-]{{36}})\s")
    links: list[str] = [inside for body in bodies for inside in pattern.findall(body)]
    return links[-1]


async def mailed_to(house: House, email: str) -> list[str]:
    """The subjects of the mails to this address, in order."""
    async with house.floor.database.read() as db:
        found = await db.execute(select(Mail.subject).where(Mail.recipient == email).order_by(Mail.id))
        return list(found.scalars())


def mailing(house: House, *, by: str = "ledger-id-of-ict") -> dict[str, Any]:
    """The context of an act that sends a link."""
    return {"base_url": BASE, "contact": "helpdesk@example.nl", "by": by, "now": house.clock.now}


async def chooses_password(browser: Browser, page: Page, password: str = NEW_PASSWORD) -> Page:
    """From the page that asks for a first password to what follows it."""
    return await browser.choose(page, "password", password, terms=VERSION)


async def signs_in(browser: Browser, email: str, password: str = NEW_PASSWORD) -> Page:
    """By our own front door, with any address."""
    page = await browser.choose(await browser.get("/"), "way", "staff")
    return await browser.choose(page, "email", email, password=password)

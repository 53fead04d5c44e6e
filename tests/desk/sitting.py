"""A coordinator at the desk, and the addresses of its pages."""

import re
from typing import Any

from sqlalchemy import select
from starlette.routing import Route

from directory.schools import KnownSchool
from idp.core.models import LedgerEntry
from idp.web.desk import rooms
from mfa import totp
from tests.browser import Browser, Page
from tests.house import AT_SCHOOL, House, signed_in
from tests.journeys.stories import add_staff, teacher_signs_in

SOMETHING = "1"


async def sits_down(house: House, name: str = "ict", *, address: str = AT_SCHOOL) -> Browser:
    """The seeded coordinator (or another of this school), signed in with two factors."""
    return await signed_in(house, name, two_steps=True, address=address)


async def colleague_of(house: House, school: KnownSchool, name: str) -> Browser:
    """The coordinator of another school, with a second factor of his own, signed in with both."""
    person_id = await add_staff(house, name, "ict-coordinator", at=[school])
    async with house.floor.database.begin() as db:
        secret = house.totp_secret
        await totp.enrol(db, house.floor.keyring, person_id, secret, used_step=0, now=house.clock.now)
    browser = house.browser()
    page = await browser.choose(await teacher_signs_in(browser, name), "code", house.code())
    assert page.heading.startswith("Dag ")
    return browser


def base(house: House) -> str:
    """Where the pages of the seeded school begin."""
    return f"/desk/{house.school.code}"


def ticket_on(page: Page) -> str:
    """The ticket that the forms of a page carry."""
    found = re.search(r'name="ticket" value="([0-9a-f]{32})"', page.text)
    assert found is not None, f"no form on {page.title!r} ({page.status})"
    return found.group(1)


def paths(method: str, school: str) -> list[str]:
    """Every address of the desk for a method, of one school; ids that somebody might guess stand in it."""
    routes = [route for route in rooms.ROUTES if isinstance(route, Route) and method in (route.methods or ())]
    own = [route.path.replace("{school}", school) for route in routes if "{school}" in route.path]
    return [re.sub(r"\{[a-z:]+\}", SOMETHING, path) for path in own]


async def recorded(house: House, action: str) -> list[tuple[int | None, str, dict[str, Any]]]:
    """What the ledger says about an action: school, actor and detail."""
    query = select(LedgerEntry.school_id, LedgerEntry.actor, LedgerEntry.detail).order_by(LedgerEntry.id)
    async with house.floor.database.read() as db:
        rows = await db.execute(query.where(LedgerEntry.action == action))
        return [(row.school_id, row.actor, row.detail) for row in rows]

"""Somebody of the platform at work, and the addresses of the pages there."""

import re

import pyotp

from directory import operators
from directory.operators import Duty
from idp.http import cookies
from idp.main import every_route
from idp.signin import sessions
from idp.signin.sessions import ON_DUTY, Session
from mfa import totp
from tests.browser import Browser
from tests.house import House

OFFICE = "203.0.113.80"
"""No school's network."""
HELPDESK = "hulp@poortwachter.example"
OPERATOR = "beheer@poortwachter.example"
SOMETHING = "1"


async def appointed(house: House, duty: Duty, email: str | None = None) -> int:
    """Somebody with that duty and a second factor; the person's id."""
    now = house.clock.now
    async with house.floor.database.begin() as db:
        known = await operators.add(db, email or (OPERATOR if duty == "operator" else HELPDESK), duty, now=now)
        if not await totp.enrolled(db, known.person_id):
            secret = pyotp.random_base32()
            await totp.enrol(db, house.floor.keyring, known.person_id, secret, used_step=0, now=now)
    return known.person_id


async def comes_to_work(
    house: House, duty: Duty, email: str | None = None, *, two_steps: bool = True, ways: tuple[str, ...] = ()
) -> Browser:
    """Somebody of the platform with a session of this moment; how one gets there, `test_who_works_there` tells."""
    person_id, at = await appointed(house, duty, email), int(house.clock.now.timestamp())
    ways = ways or (("pwd", "otp", ON_DUTY) if two_steps else ("pwd", ON_DUTY))
    proven = Session(b"", person_id, "staff", sessions.NO_SCHOOL, 1, at, at, at if two_steps else None, ways)
    cookie, _, stored = sessions.create(house.floor.keyring, proven)
    await house.floor.store.put(stored)
    browser = house.browser(OFFICE)
    browser.cookies[cookies.SESSION] = (cookie, "Lax")
    return browser


def below(*prefixes: str) -> list[tuple[str, str]]:
    """(method, address) of every route of the table below these, ids that somebody might guess filled in."""
    return sorted(
        (method, re.sub(r"\{[\w:]+\}", SOMETHING, route.path))
        for route in every_route()
        if route.path.startswith(prefixes)
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    )

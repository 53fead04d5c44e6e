"""Half past eight: 400 pupils of one school behind one address within a minute, and not one of them is slowed down (D2)."""

import ipaddress
from dataclasses import replace

from idp.signin import attempts, proofs
from idp.signin.attempts import Attempt
from idp.signin.proofs import Desk
from idp.signin.question import Visitor
from tests.house import AT_SCHOOL, House, pupil_signs_in
from tests.inside import lapse, stored
from tests.journeys.stories import shortcut

PUPILS, SECONDS = 400, 60
SECRETS = {"Noor": "4711", "Finn": "0042"}


async def test_four_hundred_pupils_in_a_minute_are_four_hundred_that_are_in(house: House) -> None:
    """Every fourth misses twice first. The last one comes over HTTP, with all of that behind it."""
    visitor = Visitor(session=None, browser=b"b", address=ipaddress.ip_address(AT_SCHOOL))
    desk = Desk(house.floor, house.resources.hasher, visitor, here=(house.school.id,))
    waited, proven = [], 0

    async def give(begun: Attempt, pin: str) -> Attempt:
        given = await proofs.give_secret(desk, begun, {"pin": pin})
        waited.append(given.wait)
        return given

    for number in range(PUPILS):
        name = ("Noor", "Finn")[number % 2]
        begun = attempts.begin(b"b", now=int(house.clock.now.timestamp()), question=None)
        await attempts.keep_new(house.floor.store, house.floor.keyring, begun, network=visitor.network)
        begun = replace(begun, school_id=house.school.id, child_id=house.people[name])
        for _ in range(2 if number % 4 == 0 else 0):
            begun = await give(begun, "9876")
        proven += (await give(begun, SECRETS[name])).proof is not None
        house.clock.move(seconds=SECONDS / PUPILS)
    assert proven == PUPILS
    assert set(waited) == {0}
    browser = house.browser(AT_SCHOOL)
    page = await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    assert page.heading == "Hoi Noor!"
    assert await stored(house, "hold") == 0
    await lapse(house, minutes=31)
    assert await stored(house, "attempt") == 0, "nothing of it stays behind"

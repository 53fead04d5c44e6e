"""Half past eight: 400 pupils of one school behind one address within a minute, and not one of them is slowed down (D2)."""

from dataclasses import replace
from urllib.parse import urlsplit

from idp.http import cookies, visitors
from idp.signin import attempts
from idp.signin.attempts import Attempt
from tests.house import AT_SCHOOL, House, pupil_signs_in
from tests.inside import lapse, stored
from tests.journeys.stories import shortcut

PUPILS, SECONDS = 400, 60
SECRETS = {"Noor": "4711", "Finn": "0042"}
COOKIE = "b" * 43


async def test_four_hundred_pupils_in_a_minute_are_four_hundred_that_are_in(house: House) -> None:
    """Every fourth misses twice first. Every secret comes over HTTP; the last child begins at the shortcut, with all of that behind it."""
    floor, browser = house.floor, house.browser(AT_SCHOOL)
    browser.cookies[cookies.BROWSER] = COOKIE, "None"
    key = visitors.browser_key(floor.keyring, COOKIE)

    async def stands_before_the_secret(name: str) -> Attempt:
        begun = attempts.begin(floor.keyring, key, now=int(house.clock.now.timestamp()), question=None)
        school, group = house.school.id, house.groups["Groep 6"]
        begun = replace(begun, way="pupil", school_id=school, group_id=group, child_id=house.people[name])
        await attempts.keep_new(floor.store, floor.keyring, begun, network=AT_SCHOOL)
        return begun

    async def gives(begun: Attempt, pin: str) -> str:
        form = {"step": "secret", "ticket": attempts.ticket(floor.keyring, begun, "secret"), "pin": pin}
        return urlsplit((await browser.request("POST", f"/signin/{begun.id}", data=form)).location or "").path

    waited, inside = [], 0
    for number in range(PUPILS):
        name = ("Noor", "Finn")[number % 2]
        begun = await stands_before_the_secret(name)
        for _ in range(2 if number % 4 == 0 else 0):
            assert await gives(begun, "9876") == f"/signin/{begun.id}"
            waited.append((await attempts.find(floor.store, floor.keyring, begun.id, key)).wait)
        inside += await gives(begun, SECRETS[name]) == "/account"
        house.clock.move(seconds=SECONDS / PUPILS)
    assert inside == PUPILS
    assert set(waited) == {0}
    assert len(waited) == PUPILS // 2
    browser = house.browser(AT_SCHOOL)
    page = await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    assert page.heading == "Hoi Noor!"
    assert await stored(house, "hold") == 0
    await lapse(house, minutes=31)
    assert await stored(house, "attempt") == 0, "nothing of it stays behind"

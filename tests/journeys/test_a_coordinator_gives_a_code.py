"""The second factor (R100-R106, D7, C-315, C-316): a code of the app once, a recovery code once, and slowly when it is guessed at."""

import asyncio
import re

import pyotp
import pytest
from sqlalchemy import func, select

from idp.http import cookies
from mfa import recovery_codes, totp
from mfa.models import RecoveryCode
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, House, authorize_url, staff_signs_in
from tests.inside import lapse, stored
from tests.journeys.stories import ledger_actions, mails, step_of, teacher_signs_in


def code(house: House, *, steps: int = 0) -> str:
    """The code of so many half minutes later."""
    return pyotp.TOTP(house.totp_secret).at(int(house.clock.now.timestamp()) + 30 * steps)


def waiting(page: Page) -> int:
    found = re.search(r'data-wait="(\d+)"', page.text)
    return int(found.group(1)) if found else 0


async def at_the_code(house: House, address: str = "192.0.2.10") -> tuple[Browser, Page]:
    browser = house.browser(address)
    return browser, await teacher_signs_in(browser, "ict")


async def new_codes(house: House) -> list[str]:
    async with house.floor.database.begin() as db:
        return await recovery_codes.renew(db, house.floor.keyring, house.people["ict"])


async def test_the_password_alone_opens_nothing(house: House) -> None:
    browser, page = await at_the_code(house)
    assert step_of(page) == "second_factor"
    assert cookies.SESSION not in browser.cookies
    assert cookies.DEVICE not in browser.cookies, "nor is the browser a known device by then"
    assert await stored(house, "session") == 0


@pytest.mark.parametrize("space", ["", " ", "\u00a0"], ids=["as it is", "with the space", "with another space"])
async def test_a_code_with_or_without_the_space(house: House, space: str) -> None:
    browser, page = await at_the_code(house)
    shown = code(house)
    page = await browser.choose(page, "code", f" {shown[:3]}{space}{shown[3:]} ")
    assert page.heading == "Dag Ict"


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_clock_may_be_half_a_minute_off(house: House, steps: int) -> None:
    browser, page = await at_the_code(house)
    assert (await browser.choose(page, "code", code(house, steps=steps))).heading == "Dag Ict"


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
async def test_and_no_more_than_that(house: House, steps: int) -> None:
    browser, page = await at_the_code(house)
    page = await browser.choose(page, "code", code(house, steps=steps))
    assert "Deze code klopt niet" in page.text
    assert await stored(house, "session") == 0


async def test_a_code_works_once(house: House) -> None:
    browser, page = await at_the_code(house)
    used = code(house)
    await browser.choose(page, "code", used)
    other, page = await at_the_code(house)
    page = await other.choose(page, "code", used)
    assert "Deze code klopt niet, of is al gebruikt" in page.text
    assert cookies.SESSION not in other.cookies


async def test_after_a_newer_code_an_older_one_is_over(house: House) -> None:
    browser, page = await at_the_code(house)
    await browser.choose(page, "code", code(house, steps=1))
    other, page = await at_the_code(house)
    page = await other.choose(page, "code", code(house))
    assert step_of(page) == "second_factor"


async def test_of_five_browsers_that_give_one_code_at_once_one_gets_in(house: House) -> None:
    doors = [await at_the_code(house) for _ in range(5)]
    shown = code(house)
    pages = await asyncio.gather(*(browser.choose(page, "code", shown) for browser, page in doors))
    assert sorted(page.heading == "Dag Ict" for page in pages) == [False] * 4 + [True]
    assert await stored(house, "session") == 1


@pytest.mark.parametrize(
    "given", ["", "abcdef", "12345", "1234567", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 5000]
)
async def test_what_is_no_code_is_a_wrong_code(house: House, given: str) -> None:
    browser, page = await at_the_code(house)
    assert "Deze code klopt niet" in (await browser.choose(page, "code", given)).text


async def test_a_recovery_code_works_once_and_is_mailed_about(house: House) -> None:
    codes = await new_codes(house)
    browser, page = await at_the_code(house)
    page = await browser.choose(page, "code", codes[0].upper().replace("-", " "))
    assert page.heading == "Dag Ict"
    assert "Ongebruikte herstelcodes: 9" in page.text
    assert await mails(house) == [("ict@regenboog.example", "Er is een herstelcode gebruikt")]
    other, page = await at_the_code(house)
    assert step_of(await other.choose(page, "code", codes[0])) == "second_factor"
    assert len(await mails(house)) == 1
    page = await other.choose(await other.get(page.url), "code", codes[1])
    assert page.heading == "Dag Ict"


async def test_of_five_browsers_that_give_one_recovery_code_at_once_one_gets_in(house: House) -> None:
    codes = await new_codes(house)
    doors = [await at_the_code(house) for _ in range(5)]
    pages = await asyncio.gather(*(browser.choose(page, "code", codes[3]) for browser, page in doors))
    assert sorted(page.heading == "Dag Ict" for page in pages) == [False] * 4 + [True]
    assert len(await mails(house)) == 1
    async with house.floor.database.read() as db:
        used = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.used_at.is_not(None))
        assert (await db.execute(used)).scalar_one() == 1


async def test_somebody_elses_recovery_code_is_a_wrong_code(house: House) -> None:
    async with house.floor.database.begin() as db:
        foreign = await recovery_codes.renew(db, house.floor.keyring, house.people["juf"])
    browser, page = await at_the_code(house)
    assert step_of(await browser.choose(page, "code", foreign[0])) == "second_factor"


async def test_wrong_codes_get_slow_wherever_they_come_from(house: House) -> None:
    for host in range(5):
        browser, page = await at_the_code(house, f"203.0.113.{host}")
        await browser.choose(page, "code", "000000")
    browser, page = await at_the_code(house, "203.0.113.99")
    page = await browser.choose(page, "code", "000000")
    assert 28 <= waiting(page) <= 30
    page = await browser.choose(page, "code", code(house))
    assert waiting(page) > 0
    await lapse(house, seconds=30)
    assert (await browser.choose(page, "code", code(house))).heading == "Dag Ict"


async def test_who_has_the_password_cannot_slow_the_owners_own_device(house: House) -> None:
    own, page = await at_the_code(house)
    await own.choose(page, "code", code(house))
    thief, page = await at_the_code(house, ELSEWHERE)
    for _ in range(7):
        page = await thief.choose(page, "code", "000000")
    assert waiting(page) > 0
    await lapse(house, seconds=60)
    for _ in range(2):
        await thief.choose(page, "code", "000000")
    page = await teacher_signs_in(own, "ict")
    assert (await own.choose(page, "code", code(house))).heading == "Dag Ict"


async def test_a_device_that_another_account_knows_gives_the_thief_no_fresh_tries(house: House) -> None:
    """The thief has an account of his own, and a browser that it knows; what he writes into the form changes nothing."""
    thief = house.browser(ELSEWHERE)
    await teacher_signs_in(thief)
    for _ in range(5):
        other = house.browser("203.0.113.7")
        page = await teacher_signs_in(other, "ict")
        await other.choose(page, "code", "000000")
    page = await teacher_signs_in(thief, "ict")
    page = await thief.choose(page, "code", "000000", email="juf@regenboog.example")
    assert waiting(page) > 0


async def test_signing_in_with_the_password_again_gives_the_thief_no_fresh_tries(house: House) -> None:
    let_in = 0
    for _ in range(8):
        thief, page = await at_the_code(house, ELSEWHERE)
        page = await thief.choose(page, "code", "000000")
        let_in += "Deze code klopt niet" in page.text
    assert let_in == 5


async def test_a_teacher_who_has_an_app_is_asked_for_it_too(house: House) -> None:
    secret = totp.new_secret()
    async with house.floor.database.begin() as db:
        await totp.enrol(db, house.floor.keyring, house.people["juf"], secret, used_step=0, now=house.clock.now)
    browser = house.browser()
    page = await teacher_signs_in(browser)
    assert step_of(page) == "second_factor"
    assert (await browser.choose(page, "code", pyotp.TOTP(secret).at(house.clock.now))).heading == "Dag Juf"


async def test_the_code_leads_on_to_the_publisher(house: House) -> None:
    browser = house.browser()
    page = await staff_signs_in(browser, await browser.get(authorize_url().url), "ict")
    page = await browser.choose(page, "code", code(house))
    assert "code" in page.query


async def test_the_ledger_knows_both_factors(house: House) -> None:
    browser, page = await at_the_code(house)
    page = await browser.choose(page, "code", "000000")
    await browser.choose(page, "code", code(house))
    assert (await ledger_actions(house))[-3:] == ["signin.passed", "second_factor.failed", "second_factor.passed"]


async def test_a_code_given_half_an_hour_after_the_password_is_too_late(house: House) -> None:
    browser, page = await at_the_code(house)
    form = page.form("code")
    for _ in range(3):
        await lapse(house, minutes=11)
        page = await browser.post(form.action, {**form.hidden, "code": "000000"})
    assert page.status == 410
    assert await stored(house, "session") == 0

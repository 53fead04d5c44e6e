"""Attack: name another account in the form, so that its tries are counted on a device of one's own (D2, C-312).

The attacker knows the coordinator's password and has an account himself, whose browser is a known device.
"""

from tests.browser import Page
from tests.house import PASSWORD, House, authorize_url, staff_signs_in


async def test_a_code_is_counted_for_the_account_that_is_being_proven(house: House) -> None:
    browser = house.browser()
    await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    own = browser.cookies["__Host-device"]
    compared = 0
    for _ in range(3):
        attacker = house.browser()
        attacker.cookies["__Host-device"] = own
        page = await staff_signs_in(attacker, await attacker.get(authorize_url().url), "ict")
        for _ in range(5):
            page = await attacker.choose(page, "code", "000000", email="juf@regenboog.example")
            compared += _was_compared(page)
    assert compared <= 5


def _was_compared(page: Page) -> int:
    return 1 if "data-wait" not in page.text else 0


async def test_an_address_typed_in_another_tab_does_not_become_a_known_device(house: House) -> None:
    """Only an address whose password was right is remembered as proven in this browser."""
    browser = house.browser()
    page = await staff_signs_in(
        browser, await browser.get(authorize_url(prompt="login").url), "ict", "verkeerd-wachtwoord-1"
    )
    assert page.offers("password")
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert "code" in page.query
    stranger = house.browser()
    stranger.cookies["__Host-device"] = browser.cookies["__Host-device"]
    page = await staff_signs_in(stranger, await stranger.get(authorize_url().url), "ict")
    for _ in range(6):
        page = await stranger.choose(page, "code", "000000")
    assert "data-wait" in page.text

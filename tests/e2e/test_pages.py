"""The first page of every site at three widths, and the terminal that tells where they are."""

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Begin
from tests.e2e.demo import Demo


@pytest.mark.parametrize("width", [390, 820, 1440])
async def test_no_first_page_is_wider_than_its_window(begin: Begin, width: int) -> None:
    walk = await begin(width, 900)
    sites = walk.sites
    wide = []
    for address in (sites.idp, sites.rekenrijk, sites.taalpaleis, sites.wereldwijs, sites.mailbox, sites.klasboek):
        await walk.page.goto(address)
        await walk.look("")
        if await walk.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(address)
    assert wide == []


async def test_the_terminal_says_what_the_front_door_says(begin: Begin, demo: Demo) -> None:
    walk = await begin()
    pupils, staff = await walk.pupils(), await walk.staff()
    assert len(pupils) == 4
    assert len(staff) == 9
    for word in (
        *(child.pin or ", ".join(child.pictures) for child in pupils),
        *(person.email for person in staff),
        next(person.totp_secret for person in staff if person.totp_secret),
        demo.sites.mailbox,
        demo.sites.klasboek,
    ):
        assert word in demo.said


async def test_a_stranger_who_knocks_at_a_publisher_gets_a_page(begin: Begin) -> None:
    walk = await begin()
    for wrong in ("/callback?code=1&state=2", "/callback?error=access_denied&state=2", "/nergens"):
        answered = await walk.page.goto(walk.sites.rekenrijk + wrong)
        assert answered is not None
        assert answered.status in {400, 404}
        await expect(walk.page.get_by_role("heading", level=1)).to_have_text("Dat lukte niet")
    walk.expect_refusals()

"""A shared device that the school enrolled counts as at school wherever it is (D23, C-310)."""

import re

from directory import device_links
from idp.http import cookies
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, House, authorize_url, pupil_signs_in
from tests.journeys.stories import add_group, add_school, shortcut, step_of
from tests.journeys.test_a_publisher_asks_over_saml import answered, ask, publish, status_of

NOOR = ("Noor", "Groep 6", "4711")


async def link(house: House, **limits: int) -> tuple[int, str]:
    """A link of the seeded school: its number and its token."""
    floor, most = house.floor, limits.get("most_a_day")
    async with floor.database.begin() as db:
        return await device_links.make(
            db, floor.keyring, house.school.id, "Kar 1", now=floor.now, until=None, most_a_day=most
        )


async def opens(browser: Browser, token: str) -> Page:
    """What a browser with JavaScript does with a link: the page, and then its form with what stands behind the #."""
    page = await browser.get("/device")
    assert 'script src="/static/' in page.text
    found = re.search(r'name="ticket" value="([0-9a-f]{32})"', page.text)
    assert found is not None
    return await browser.post("/device", {"ticket": found[1], "token": token})


async def test_a_tablet_away_from_school_opens_its_link_and_children_sign_in(house: House) -> None:
    tablet = house.browser(ELSEWHERE)
    assert step_of(await tablet.get(shortcut(house.school))) == "not_here"
    _, token = await link(house)
    page = await opens(tablet, token)
    assert step_of(page) == "group", "the link ends at the school's shortcut"
    page = await pupil_signs_in(tablet, page, house, *NOOR)
    assert page.heading == "Hoi Noor!"
    assert "code" in (await tablet.request("GET", authorize_url().url)).query
    value = tablet.cookies[cookies.ENROLLED][0]
    assert value not in token, "what the device keeps is not what the link says"


async def test_a_tablet_that_forgets_everything_is_enrolled_again_every_morning(house: House) -> None:
    _, token = await link(house)
    for _ in range(2):
        tablet = house.browser(ELSEWHERE)
        assert step_of(await opens(tablet, token)) == "group"
        house.clock.move(days=1)


async def test_a_device_in_use_is_not_forgotten_by_its_browser(house: House) -> None:
    tablet = house.browser(ELSEWHERE)
    _, token = await link(house)
    page = await opens(tablet, token)
    page = await tablet.choose(page, "group", str(house.groups["Groep 6"]))
    page = await tablet.choose(page, "child", str(house.people["Noor"]))
    form = page.form("pin")
    done = await tablet.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    renewed = [one for one in done.response.headers.get_list("set-cookie") if one.startswith(cookies.ENROLLED)]
    assert [re.findall("Max-Age=([0-9]+)|SameSite=([A-Za-z]+)", one) for one in renewed] == [
        [("", "Lax"), (str(cookies.LONGEST), "")]
    ]


async def test_at_an_address_of_another_school_the_child_chooses_its_school(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX", networks=[f"{ELSEWHERE}/32"])
    await add_group(house, other, "Groep 5")
    tablet = house.browser(ELSEWHERE)
    _, token = await link(house)
    await opens(tablet, token)
    page = await tablet.choose(await tablet.get("/"), "way", "pupil")
    assert (step_of(page), page.offers("school")) == ("school", [str(other.id), str(house.school.id)])


async def test_a_publisher_that_speaks_saml_is_answered_on_a_device_and_no_longer_without(house: House) -> None:
    await publish(house)
    tablet = house.browser(ELSEWHERE)
    link_id, token = await link(house)
    await pupil_signs_in(tablet, await opens(tablet, token), house, *NOOR)
    assert status_of(answered(await ask(house, tablet))[0]) == ["Success"]
    async with house.floor.database.begin() as db:
        await device_links.withdraw(db, house.school.id, link_id)
    assert "SAMLResponse" not in (await ask(house, tablet)).text

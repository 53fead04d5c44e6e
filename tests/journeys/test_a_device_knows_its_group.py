"""A tablet of a group begins at that group's tiles: one tap and the secret; the way to everything else stays open (D23, D24)."""

from sqlalchemy import update

from directory.models import Group
from idp.http import cookies
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, House, authorize_url, pupil_signs_in
from tests.journeys.stories import add_group, add_school, shortcut, step_of, to_the_secret

NOOR = ("Noor", "Groep 6", "4711")


async def of_group_six(house: House) -> Browser:
    """A tablet on which Noor signed in and out."""
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    await tablet.post("/signout", {**(await tablet.get("/account")).form("not_me").hidden})
    return tablet


def tiles_of_six(house: House, page: Page) -> bool:
    return page.offers("child") == [str(house.people[name]) for name in ("Finn", "Noor")]


async def test_the_next_child_finds_the_tiles_whatever_way_it_comes(house: House) -> None:
    tablet = await of_group_six(house)
    for page in (
        await tablet.get(shortcut(house.school)),
        await tablet.get(authorize_url().url),
        await tablet.post("/signin", {"way": "pupil"}),
    ):
        assert tiles_of_six(house, page)
    page = await tablet.choose(page, "child", str(house.people["Finn"]))
    assert (await tablet.choose(page, "pin", "0042")).heading == "Hoi Finn!"


async def test_another_group_and_another_way_are_one_tap_away(house: House) -> None:
    tablet = await of_group_six(house)
    page = await tablet.get(authorize_url().url)
    assert page.offers("back") == ["group", "way"]
    assert step_of(await tablet.choose(page, "back", "group")) == "group"
    page = await tablet.get(authorize_url().url)
    assert step_of(await tablet.choose(page, "back", "way")) == "way"
    page = await house.browser().get(shortcut(house.school))
    page = await tablet.get(shortcut(house.school))
    page = await tablet.choose(await tablet.choose(page, "back", "group"), "group", str(house.groups["Groep 2"]))
    assert page.offers("back") == ["group"], "who chose goes back the way of the choice"


async def test_a_child_of_another_group_makes_it_a_tablet_of_that_group(house: House) -> None:
    tablet = await of_group_six(house)
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Sam", "Groep 2")
    for picture in ("tree", "boat", "apple"):
        page = await tablet.choose(page, "pick", picture)
    assert page.heading == "Hoi Sam!"
    assert tablet.cookies[cookies.GROUP] == (str(house.groups["Groep 2"]), "Lax")


async def test_away_from_school_it_knows_nothing(house: House) -> None:
    home = house.browser(ELSEWHERE)
    home.cookies = dict((await of_group_six(house)).cookies)
    assert step_of(await home.get(shortcut(house.school))) == "not_here"
    assert step_of(await home.get(authorize_url().url)) == "way"


async def test_a_group_that_is_gone_is_forgotten(house: House) -> None:
    tablet = await of_group_six(house)
    async with house.floor.database.begin() as db:
        await db.execute(update(Group).where(Group.id == house.groups["Groep 6"]).values(active=False))
    assert step_of(await tablet.get(shortcut(house.school))) == "group"


async def test_a_made_up_cookie_shows_no_group_of_a_school_that_is_not_here(house: House) -> None:
    other = await add_school(house, "De Overkant", "99YY", networks=["198.51.100.0/24"])
    theirs = await add_group(house, other, "Groep 5")
    tablet = house.browser()
    for value in (str(theirs), "0", "-1", "x", "9" * 30):
        tablet.cookies[cookies.GROUP] = (value, "Lax")
        assert step_of(await tablet.get(shortcut(house.school))) == "group"
        assert step_of(await tablet.get(authorize_url().url)) == "group"


async def test_the_shortcut_of_a_neighbour_at_the_same_address_is_the_neighbours(house: House) -> None:
    other = await add_school(house, "De Overkant", "99YY", networks=["192.0.2.0/28"])
    theirs = await add_group(house, other, "Groep 5")
    tablet = await of_group_six(house)
    page = await tablet.get(shortcut(other))
    assert page.offers("group") == [str(theirs)]


async def test_a_second_tab_still_goes_on_as_who_signed_in_in_the_first(house: House) -> None:
    tablet = await of_group_six(house)
    waiting = await tablet.get(authorize_url().url)
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    assert "code" in (await tablet.get(waiting.url)).query

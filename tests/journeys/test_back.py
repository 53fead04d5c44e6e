"""Every page has an address of its own until an answer comes from it: the browser's back button leads where one came from (R132)."""

import pytest

from tests.browser import Browser, Page
from tests.cards import card_of
from tests.house import ELSEWHERE, House, authorize_url, staff_signs_in
from tests.journeys.home import PARENT, activates, code_of, enters, lets_parents_in
from tests.journeys.mailbox import NEW_PASSWORD
from tests.journeys.stories import add_child, add_group, add_school, attempt_of, shortcut, step_of


async def steps(browser: Browser, *pages: Page) -> list[str | None]:
    """What the addresses of these pages show when somebody goes back to them, the last one first."""
    assert len({page.url for page in pages}) == len(pages), "a page in the place of another is one that back leaps over"
    return [step_of(await browser.get(page.url)) for page in reversed(pages)]


async def test_from_the_secret_to_the_tiles_the_parent_and_the_code(house: House) -> None:
    await lets_parents_in(house)
    await enters(house, "Noor")
    await activates(house)
    browser = house.browser(ELSEWHERE)
    home = await browser.get("/thuis")
    parent = await browser.choose(home, "way", "parent")
    assert step_of(parent) == "parent"
    assert await steps(browser, home, parent) == ["parent", "home"]
    missed = await browser.choose(parent, "email", PARENT, password="niet het goede 1")
    assert "horen niet bij elkaar" in missed.text
    assert missed.url == parent.url, "a mistake stays behind its door"
    tiles = await browser.choose(parent, "email", PARENT, password=NEW_PASSWORD)
    secret = await browser.choose(tiles, "child", str(house.people["Noor"]))
    wrong = await browser.choose(secret, "pin", "9999")
    assert "Probeer het nog een keer" in wrong.text
    assert wrong.url == secret.url
    assert await steps(browser, home, parent, tiles, secret) == ["home_secret", "home_child", "parent", "home"]
    assert "Probeer het" not in (await browser.choose(tiles, "child", str(house.people["Finn"]))).text
    # Who looked back and typed nothing lost nothing.
    secret = await browser.choose(await browser.get(tiles.url), "child", str(house.people["Noor"]))
    assert "Hoi Noor" in (await browser.choose(secret, "pin", "4711")).text


async def test_from_a_secret_to_the_code_that_was_typed(house: House) -> None:
    code, browser = await code_of(house, "Noor"), house.browser(ELSEWHERE)
    home = await browser.get("/thuis")
    secret = await browser.choose(home, "code", code, kind="pin")
    assert await steps(browser, home, secret) == ["home_secret", "home"]
    again = await browser.choose(await browser.get(home.url), "code", code, kind="pin")
    assert "Hoi Noor" in (await browser.choose(again, "pin", "4711")).text


async def test_from_all_ways_to_where_somebody_asked_for_them(house: House) -> None:
    """At home, at the password, and at the groups of a school."""
    away, here = house.browser(ELSEWHERE), house.browser()
    home = await away.get("/thuis")
    assert await steps(away, home, await away.choose(home, "back", "way")) == ["way", "home"]
    password = await away.choose(await away.get(home.url.replace("/home", "/ways")), "way", "staff")
    assert await steps(away, password, await away.choose(password, "back", "way")) == ["way", "password"]
    groups = await here.get(shortcut(house.school))
    ways = await here.choose(groups, "back", "way")
    assert await steps(here, groups, ways) == ["way", "group"]
    card = await here.choose(groups, "instead", "card")
    missed = await here.choose(card, "card", "A" * 32)
    assert missed.url == card.url
    assert await steps(here, card) == ["card"]
    await here.choose(missed, "back", "child")
    tiles = await here.choose(groups, "group", str(house.groups["Groep 6"]))
    others = await here.choose(tiles, "back", "group")
    assert await steps(here, groups, tiles, others) == ["group", "child", "group"]
    card = await here.choose(tiles, "instead", "card")
    assert await steps(here, tiles, card) == ["card", "child"]


async def test_from_the_child_that_was_here_to_somebody_else(house: House) -> None:
    """On a device that goes by cards, and comes to the groups without one."""
    tablet = house.browser()
    card = await tablet.choose(await tablet.get(shortcut(house.school)), "instead", "card")
    await tablet.choose(card, "card", await card_of(house, "Noor"))
    card = await tablet.get(shortcut(house.school))
    resume = await tablet.choose(card, "back", "child")
    secret = await tablet.choose(resume, "who", "same")
    assert await steps(tablet, card, resume, secret) == ["secret", "same_child", "card"]
    others = await tablet.choose(await tablet.get(resume.url), "who", "other")
    tiles = await tablet.choose(others, "group", str(house.groups["Groep 6"]))
    finn = await tablet.choose(tiles, "child", str(house.people["Finn"]))
    assert await steps(tablet, card, resume, others, tiles, finn) == ["secret", "child", "group", "same_child", "card"]
    assert (await tablet.choose(finn, "pin", "0042")).heading == "Hoi Finn!"


async def test_from_all_ways_to_the_closed_door_of_a_school(house: House) -> None:
    away = house.browser(ELSEWHERE)
    closed = await away.choose(await away.get(authorize_url().url), "way", "pupil")
    ways = await away.choose(closed, "back", "way")
    assert await steps(away, closed, ways) == ["way", "not_here"]


async def test_from_the_secret_to_the_tiles_the_groups_and_the_schools_of_one_address(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
    group_id = await add_group(house, other, "Groep 5")
    child = await add_child(house, other, group_id, "Mila", "Bos")
    browser, asked = house.browser(), authorize_url()
    school = await browser.get(asked.url)
    groups = await browser.choose(school, "school", str(other.id))
    tiles = await browser.choose(groups, "group", str(group_id))
    secret = await browser.choose(tiles, "child", str(child))
    missed = await browser.choose(secret, "pin", "9999")
    assert "Probeer het nog een keer" in missed.text
    assert missed.url == secret.url, "a mistake stays behind its door"
    seen = school, groups, tiles, secret
    assert await steps(browser, *seen) == ["secret", "child", "group", "school"]
    assert (await browser.choose(tiles, "school", str(other.id))).url == groups.url
    assert (await browser.choose(secret, "group", str(group_id))).url == tiles.url
    again = await browser.choose(groups, "back", "school")
    assert (step_of(again), again.offers("school")) == ("school", school.offers("school"))
    assert step_of(await browser.choose(again, "school", str(house.school.id))) == "group"
    page = await browser.choose(await browser.get(secret.url), "pin", "1234")
    assert (page.location or "").startswith("https://rekenrijk.example/")


async def test_of_several_schools_at_an_address_the_card_leads_back_to_the_tiles(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
    group_id = await add_group(house, other, "Groep 5")
    child = await add_child(house, other, group_id, "Mila", "Bos")
    browser = house.browser()
    groups = await browser.choose(await browser.get(authorize_url().url), "school", str(other.id))
    card = await browser.choose(await browser.choose(groups, "group", str(group_id)), "instead", "card")
    assert step_of(card) == "card"
    assert (await browser.choose(card, "back", "child")).offers("child") == [str(child)]


async def test_a_teacher_at_an_address_of_several_schools_goes_another_way(house: House) -> None:
    await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
    browser = house.browser()
    ways = await browser.choose(await browser.get(authorize_url().url), "back", "way")
    assert step_of(await browser.choose(ways, "way", "staff")) == "password"


@pytest.mark.parametrize("tried", ["a password", "a code"])
async def test_a_child_goes_its_own_way_after_somebody_elses_mistake(house: House, tried: str) -> None:
    """The mistake is kept with the way on which it was made, and the child's way is kept when the child answers."""
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    if tried == "a password":
        page = await staff_signs_in(browser, page, "juf", "niet het goede 1")
    else:
        page = await browser.choose(await browser.choose(page, "back", "way"), "way", "home")
        page = await browser.choose(page, "code", await code_of(house, "Noor"), kind="pin")
        page = await browser.choose(page, "pin", "9999")
        assert step_of(page) == "home_secret"
    ways = await browser.get(f"/signin/{attempt_of(page)}/ways")
    groups = await browser.choose(ways, "way", "pupil")
    assert step_of(groups) == "group"
    assert step_of(await browser.choose(groups, "instead", "card")) == "card"
    tiles = await browser.choose(groups, "group", str(house.groups["Groep 6"]))
    assert step_of(tiles) == "child"
    assert step_of(await browser.choose(tiles, "back", "group")) == "group"
    secret = await browser.choose(tiles, "child", str(house.people["Noor"]))
    missed = await browser.choose(secret, "pin", "9999")
    assert (step_of(missed), missed.url) == ("secret", secret.url)
    page = await browser.choose(missed, "pin", "4711")
    assert (page.location or "").startswith("https://rekenrijk.example/")

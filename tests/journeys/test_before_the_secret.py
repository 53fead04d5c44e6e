"""Before a secret is given, a page shows the roepnaam and the picture of one group's children and nothing else (D22, D24)."""

import html
import re

from tests.browser import Page
from tests.house import House, authorize_url
from tests.journeys.stories import (
    add_child,
    add_group,
    add_school,
    change_enrolment,
    change_school,
    ledger_actions,
    shortcut,
    step_of,
    to_the_secret,
)


def words(page: Page) -> str:
    """What the page holds for eyes and programs, without what is the same on every page."""
    return html.unescape(re.sub(r"<(head|footer)\b.*?</\1>", "", page.text, flags=re.S))


def numbers(page: Page) -> set[str]:
    """Every number that a form of the page would send."""
    return {value for name in ("child", "group", "school") for value in page.offers(name)}


async def test_the_tiles_of_a_group_say_roepnaam_and_picture_and_no_more(house: House) -> None:
    browser = house.browser()
    page = await browser.get(shortcut(house.school))
    group_page = words(page)
    page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    assert page.offers("child") == [str(house.people["Finn"]), str(house.people["Noor"])]
    assert re.findall(r'class="tile-name">([^<]*)<', page.text) == ["Finn", "Noor"]
    assert "#cat" in page.text
    for page_text in (group_page, words(page)):
        for surname_or_stranger in ("Beek", "van", "Sam", "Jansen", "Juf"):
            assert not re.search(rf"\b{surname_or_stranger}\b", page_text), surname_or_stranger
        assert "eck" not in page_text.lower()
    assert numbers(page) == {str(house.people["Finn"]), str(house.people["Noor"])}


async def test_the_page_of_the_secret_names_one_child(house: House) -> None:
    browser = house.browser()
    page = await to_the_secret(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6")
    assert "Noor" in words(page)
    for other in ("Finn", "Sam", "Beek", "4711"):
        assert other not in words(page)
    assert numbers(page) == {str(house.groups["Groep 6"])}, "the way back to her tiles"


async def test_two_noors_are_told_apart_by_as_little_as_possible(house: House) -> None:
    group_id = await add_group(house, house.school, "Groep 5")
    await add_child(house, house.school, group_id, "Noor", "Bakker", picture="owl")
    await add_child(house, house.school, group_id, "Noor", "Berg", prefix="van den", picture="fox")
    mila = await add_child(house, house.school, group_id, "Mila", "Bakker", picture="duck")
    browser = house.browser()
    page = await browser.choose(await browser.get(shortcut(house.school)), "group", str(group_id))
    assert re.findall(r'class="tile-name">([^<]*)<', page.text) == ["Mila", "Noor B.", "Noor v.d. B."]
    assert "Bakker" not in page.text
    assert "Berg" not in page.text
    page = await browser.choose(page, "child", str(mila))
    assert "Mila" in words(page)


async def test_the_second_noor_keeps_her_name_on_the_way(house: House) -> None:
    group_id = await add_group(house, house.school, "Groep 5")
    await add_child(house, house.school, group_id, "Noor", "Bakker", picture="owl")
    second = await add_child(house, house.school, group_id, "Noor", "Berg", prefix="van den", picture="fox", pin="8765")
    browser = house.browser()
    page = await browser.choose(await browser.get(shortcut(house.school)), "group", str(group_id))
    page = await browser.choose(page, "child", str(second))
    assert "Ik ben niet Noor v.d. B." in words(page)
    page = await browser.choose(page, "pin", "8765")
    assert page.heading == "Hoi Noor!", "nobody is called by half a surname"
    assert "Ik ben niet Noor v.d. B." in words(page)


async def test_a_hidden_child_stands_nowhere_and_is_not_found_by_its_number(house: House) -> None:
    await change_enrolment(house, "Noor", hidden=True)
    browser = house.browser()
    page = await browser.choose(await browser.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
    assert page.offers("child") == [str(house.people["Finn"])]
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    assert (step_of(page), page.offers("child")) == ("child", [str(house.people["Finn"])])
    assert "Noor" not in page.text


async def test_only_whose_page_was_shown_is_answered_for(house: House) -> None:
    """The address names a child, and the form's ticket names it too: no try at a child that is on no tile."""
    browser = house.browser()
    tiles = await browser.choose(await browser.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
    noors = await browser.choose(tiles, "child", str(house.people["Noor"]))
    finns = await browser.choose(tiles, "child", str(house.people["Finn"]))
    await change_enrolment(house, "Noor", hidden=True)
    form = finns.form("pin")
    for address in (
        noors.url,
        noors.url.replace(f"group-{house.groups['Groep 6']}", f"group-{house.groups['Groep 2']}"),
    ):
        page = await browser.post(address, {**form.hidden, "pin": "4711"})
        assert (page.status, page.heading) == (403, "Begin nog een keer")
    assert "signin.failed" not in await ledger_actions(house)
    assert (await browser.choose(finns, "pin", "0042")).heading == "Hoi Finn!"


async def test_a_number_of_another_group_or_school_is_nobody(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.0/28"])
    foreign_group = await add_group(house, other, "Groep 5")
    foreign = await add_child(house, other, foreign_group, "Mila", "Bos")
    browser = house.browser()
    page = await browser.choose(await browser.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
    tiles = page
    for number in (str(house.people["Sam"]), str(foreign), str(house.people["juf"]), "0", "9" * 18):
        page = await browser.choose(tiles, "child", number)
        assert (step_of(page), page.url) == ("child", tiles.url), number
        assert page.offers("child") == [str(house.people["Finn"]), str(house.people["Noor"])]
    for number in ("-1", "9" * 30, "1e3", ""):
        assert (await browser.choose(tiles, "child", number)).status == 404
    page = await browser.choose(page, "back", "group")
    assert str(foreign_group) not in page.offers("group")
    page = await browser.choose(page, "group", str(foreign_group))
    assert page.offers("child") == []
    assert "Mila" not in page.text


async def test_a_school_can_show_pictures_without_any_name(house: House) -> None:
    await change_school(house, house.school, hide_names=True)
    browser = house.browser()
    page = await browser.choose(await browser.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
    assert set(re.findall(r'class="tile-name">([^<]*)<', page.text)) == {"hond", "kat"}
    assert "Noor" not in page.text
    assert "Finn" not in page.text
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    assert "Noor" not in page.text
    page = await browser.choose(page, "pin", "4711")
    assert page.heading == "Hoi Noor!", "after the secret there is nothing to hide from her"


async def test_children_who_left_or_were_disabled_have_no_tile(house: House) -> None:
    await change_enrolment(house, "Noor", active=False)
    browser = house.browser()
    page = await browser.choose(await browser.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
    assert page.offers("child") == [str(house.people["Finn"])]


async def test_a_publisher_is_named_but_no_child_is_on_the_first_page(house: House) -> None:
    page = await house.browser().get(authorize_url().url)
    assert "Rekenrijk" in words(page)
    assert "Noor" not in page.text
    assert house.school.name not in words(page)

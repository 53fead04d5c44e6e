"""The coordinator decides about home: the way of the school and of each group, and parents' accounts (D3, D35, R127)."""

from sqlalchemy import select

from directory import home
from idp.credentials.models import Parent
from tests.browser import Browser
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import ELSEWHERE, House
from tests.journeys.home import activates, code_of, enters, lets_parents_in, parent_signs_in, types_code
from tests.journeys.stories import add_group, add_school

WAY = {"way": "network", "network_name": "De Leeromgeving", "network_url": "https://leeromgeving.example/"}


async def decide(house: House, browser: Browser, **fields: str) -> str:
    at = f"{base(house)}/home"
    return (await browser.post(at, {"ticket": ticket_on(await browser.get(at)), **fields})).text


async def test_a_school_sends_its_children_to_its_network_environment_but_for_one_group(house: House) -> None:
    browser = await sits_down(house)
    noor, sam = await code_of(house, "Noor"), await code_of(house, "Sam")
    said = await decide(
        house,
        browser,
        **WAY,
        **{f"group_{house.groups['Groep 2']}": "here", f"group_{house.groups['Groep 6']}": "school"},
    )
    assert "Opgeslagen" in said
    page = await types_code(house.browser(ELSEWHERE), noor, "4711")
    assert "De Regenboog gebruikt De Leeromgeving" in page.text
    assert 'href="https://leeromgeving.example/"' in page.text
    assert "Hoi Sam" in (await types_code(house.browser(ELSEWHERE), sam, "tree,boat,apple")).text
    ((_, _, detail),) = await recorded(house, "home.way_chosen")
    assert detail == {"way": "network", "groups": 1}
    await decide(house, browser, **{**WAY, "way": "here"}, **{f"group_{house.groups['Groep 2']}": "school"})
    assert "Hoi Noor" in (await types_code(house.browser(ELSEWHERE), noor, "4711")).text


async def test_a_parent_reads_where_its_child_signs_in(house: House) -> None:
    browser = await sits_down(house)
    await lets_parents_in(house)
    await enters(house, "Noor")
    await enters(house, "Finn")
    await activates(house)
    await decide(house, browser, **{**WAY, "way": "here"}, **{f"group_{house.groups['Groep 6']}": "network"})
    page = await parent_signs_in(house.browser(ELSEWHERE))
    assert page.offers("child") == []
    assert "Logt thuis in op De Leeromgeving" in page.text


async def test_who_is_sent_elsewhere_is_told_where_and_by_a_safe_address(house: House) -> None:
    browser = await sits_down(house)
    group = f"group_{house.groups['Groep 6']}"
    assert "Vul de naam" in await decide(house, browser, way="network", network_name="", network_url="")
    assert "Vul de naam" in await decide(
        house, browser, way="here", network_name=" ", network_url="", **{group: "network"}
    )
    for url in (
        "http://leeromgeving.example/",
        "javascript:alert(1)",
        "https://naam@leeromgeving.example/",
        "https://leeromgeving.example/ hier",
        "leeromgeving",
    ):
        assert "Dit adres kan niet" in await decide(house, browser, **{**WAY, "network_url": url})
    async with house.floor.database.read() as db:
        assert await home.rules(db, house.school.id) == home.USUAL
    assert await recorded(house, "home.way_chosen") == []


async def test_a_group_of_another_school_is_not_touched(house: House) -> None:
    browser = await sits_down(house)
    other = await add_school(house, "De Overkant", "99ZY")
    theirs = await add_group(house, other, "Groep 5")
    await decide(house, browser, **WAY, **{f"group_{theirs}": "network"})
    async with house.floor.database.read() as db:
        assert await home.way_of_group(db, other.id, theirs) == "here"


async def test_parents_are_switched_on_and_off_with_what_that_erases(house: House) -> None:
    browser, at = await sits_down(house), f"{base(house)}/home/parents"
    page = await browser.choose(await browser.get(at), "wanted", "on")
    assert "Leerkrachten kunnen nu adressen" in page.text
    await enters(house, "Noor")
    await activates(house)
    parent = house.browser(ELSEWHERE)
    page = await parent_signs_in(parent)
    page = await parent.choose(page, "child", str(house.people["Noor"]))
    await parent.choose(page, "pin", "4711")
    page = await browser.get(at)
    assert "adressen bij 1 leerlingen worden gewist" in page.text
    await browser.choose(page, "wanted", "off")
    assert "Hoi" not in (await parent.get("/account")).text
    async with house.floor.database.read() as db:
        assert (await db.execute(select(Parent.id))).first() is None
    assert "horen niet bij elkaar" in (await parent_signs_in(house.browser(ELSEWHERE))).text
    assert [detail for _, _, detail in await recorded(house, "home.parents_off")] == [{"pupils": 1}]

"""Attack: ask for groups and children by number, to learn who exists: what is not on the page looks like what is nowhere (D24, C-313)."""

import re

from sqlalchemy import update

from directory.models import Person
from tests.browser import Page
from tests.house import House
from tests.journeys.stories import add_child, add_group, add_school, change_enrolment, shortcut

NOWHERE = 10**9


def bare(page: Page) -> tuple[int, str]:
    """The page without what belongs to this attempt alone."""
    text = re.sub(r"/signin/[\w%-]+(/group-[0-9]+)?", "/signin/ID", page.text).replace("signin%2F", "")
    return page.status, re.sub(r'name="ticket" value="[^"]+"|to=[\w%-]+', "", text)


async def asked(house: House, **wanted: int) -> tuple[int, str]:
    """What follows a choice that no page offered."""
    browser = house.browser()
    page = await browser.get(shortcut(house.school))
    if "child" in wanted:
        page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    [(name, number)] = wanted.items()
    return bare(await browser.choose(page, name, str(number)))


async def test_a_group_of_another_school_is_like_one_that_is_nowhere(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    group_id = await add_group(house, other, "Groep 5")
    await add_child(house, other, group_id, "Mila", "Bos")
    nowhere = await asked(house, group=NOWHERE)
    assert await asked(house, group=group_id) == nowhere
    assert "Mila" not in nowhere[1]


async def test_a_child_that_is_not_shown_is_like_one_that_is_nowhere(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    stranger = await add_child(house, other, await add_group(house, other, "Groep 5"), "Mila", "Bos")
    hidden = await add_child(house, house.school, house.groups["Groep 6"], "Yara", "Vos")
    house.people["Yara"] = hidden
    await change_enrolment(house, "Yara", hidden=True)
    gone = await add_child(house, house.school, house.groups["Groep 6"], "Tim", "Vos")
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == gone).values(disabled=True))
    nowhere = await asked(house, child=NOWHERE)
    assert "Noor" in nowhere[1], "the tiles of the group once more"
    for number in (stranger, hidden, gone, house.people["Sam"], house.people["juf"]):
        assert await asked(house, child=number) == nowhere

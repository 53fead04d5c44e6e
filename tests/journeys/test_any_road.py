"""Wherever somebody wandered, and whatever he got wrong on the way: a link leads to the page that it names."""

import random
from collections.abc import Callable
from typing import Final

import pytest

from tests.browser import Browser, Page, forms_of
from tests.house import AT_SCHOOL, ELSEWHERE, House, authorize_url
from tests.journeys.home import code_of
from tests.journeys.stories import add_child, add_group, add_school, shortcut, step_of

WALKS, LONG = 16, 20
FIRST: Final = {"school", "group", "child", "card", "not_here"}
"""Where a child begins that is not known yet: by the place, and by what this device knows."""
LEADS_TO: Final[dict[str, Callable[[str], set[str]]]] = {
    "way": lambda way: {"staff": {"password"}, "home": {"home"}, "parent": {"parent"}}.get(way, FIRST),
    "back": lambda to: {"way": {"way"}, "school": {"school"}, "group": {"group", "school"}}.get(to, FIRST),
    "instead": lambda _: {"card"},
    "school": lambda _: {"group"},
    "group": lambda _: {"child"},
    "child": lambda _: {"secret"},
}
"""By the control that was used and its value, the steps at which one may be then."""


def mistake(page: Page, wrong: list[dict[str, str]]) -> tuple[str, dict[str, str]] | None:
    """Where a wrong answer to what a page asks goes, and what it says; None where the page asks nothing, or nothing now."""
    for given in wrong:
        for form in forms_of(page.text):
            if set(given) <= set(form.choices):
                return form.action, {**form.hidden, **given}
    return None


async def wander(browser: Browser, page: Page, chance: random.Random, wrong: list[dict[str, str]]) -> None:
    """Goes by links taken by chance; half of the time where something is asked it is answered wrongly first."""
    told = [str(step_of(page))]
    for _ in range(LONG):
        asked = mistake(page, wrong)
        if asked is not None and chance.random() < 0.5:
            page = await browser.follow(await browser.request("POST", asked[0], data=asked[1]))
            told.append(f"wrong: {step_of(page)}")
            continue
        ways = [(kind, value) for kind, there in sorted(page.doors.items()) for value in sorted(there)]
        assert ways, told
        kind, value = chance.choice(ways)
        page = await browser.choose(page, kind, value)
        told.append(f"{kind} {value}: {step_of(page)}")
        assert step_of(page) in LEADS_TO[kind](value) or page.heading == "Even wachten", told


@pytest.mark.parametrize("begins", ["at a publisher", "at the shortcut", "at home"])
@pytest.mark.parametrize("schools", ["one school", "two schools"])
async def test_every_link_leads_to_what_it_names(house: House, begins: str, schools: str) -> None:
    if schools == "two schools":
        other = await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
        await add_child(house, other, await add_group(house, other, "Groep 5"), "Mila", "Bos")
    wrong = [
        {"email": "juf@regenboog.example", "password": "niet het goede 1"},
        {"code": await code_of(house, "Noor"), "kind": "pin"},
        {"card": "niet een kaartje"},
        {"picked": "fish,fish,fish"},
        {"pin": "9999"},
    ]
    where = {"at a publisher": authorize_url().url, "at the shortcut": shortcut(house.school), "at home": "/thuis"}
    chance = random.Random(f"{begins} {schools}")
    for _ in range(WALKS):
        browser = house.browser(ELSEWHERE if begins == "at home" else AT_SCHOOL)
        await wander(browser, await browser.get(where[begins]), chance, wrong)

"""Substitutes at the desk (R86-R90, D4): given at once, ended at once, and the page says what is needed."""

import re

from tests.browser import Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import House
from tests.journeys.stories import add_school, change_school, give_role, mails, teacher_signs_in

WHO = {"first_name": "Ien", "prefix": "de", "surname": "Groot", "days": "7"}


def rows(page: Page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def test_an_account_is_given_and_ended(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/substitutes")
    assert "Groep 2" in page.text
    page = await browser.get(f"{base(house)}/substitutes/{house.groups['Groep 2']}")
    assert page.heading == "Invalkracht voor Groep 2"
    page = await browser.choose(page, "email", "ien@pool.example", **WHO)
    assert "kan meteen inloggen" in page.text
    assert "ien@pool.example" in page.text
    assert "29 november 2026" in rows(page), "seven days, today included"
    assert {to for to, _ in await mails(house)} == {"ien@pool.example"}
    ((_, _, detail),) = await recorded(house, "substitute.bound")
    assert detail["days"] == 7
    (binding,) = re.findall(r'name="binding" value="(\d+)"', page.text)
    page = await browser.post(f"{base(house)}/substitutes/end", {"ticket": ticket_on(page), "binding": binding})
    assert "De invalbeurt is beëindigd" in page.text
    page = await browser.get(f"{base(house)}/substitutes/history")
    assert "ien@pool.example" in page.text


async def test_what_is_wrong_is_said(house: House) -> None:
    browser = await sits_down(house)
    address = f"{base(house)}/substitutes/{house.groups['Groep 6']}"
    page = await browser.get(address)
    for email, changed, told in (
        ("geen", {}, "klopt niet"),
        ("juf@regenboog.example", {}, "werkt hier al"),
        ("ien@pool.example", {"days": "5"}, "Kies 2, 7 of 14 dagen"),
        ("ien@pool.example", {"surname": ""}, "Vul een roepnaam"),
    ):
        page = await browser.choose(page, "email", email, **{**WHO, **changed})
        assert page.status == 400
        assert told in page.text
    assert await mails(house) == []
    await browser.choose(page, "email", "ien@pool.example", **WHO)
    page = await browser.choose(await browser.get(address), "email", "jan@pool.example", **WHO)
    assert "heeft al een invalkracht" in page.text


async def test_the_page_says_that_a_phone_is_needed(house: House) -> None:
    browser = await sits_down(house)
    address = f"{base(house)}/substitutes/{house.groups['Groep 6']}"
    assert "telefoon" not in (await browser.get(address)).text
    await change_school(house, house.school, mfa_for_staff=True)
    assert "telefoon" in (await browser.get(address)).text


async def test_groups_and_substitutes_of_another_school_are_none(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "ict", "ict-coordinator", at=other)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/substitutes/{house.groups['Groep 6']}")
    await browser.choose(page, "email", "ien@pool.example", **WHO)
    there = f"/desk/{other.code}/substitutes"
    ticket = ticket_on(await browser.get(f"{there}/helper"))
    assert (await browser.get(f"{there}/{house.groups['Groep 6']}")).status == 404
    form = {"ticket": ticket, "email": "x@pool.example", **WHO}
    assert (await browser.post(f"{there}/{house.groups['Groep 6']}", form)).status == 404
    assert (await browser.post(f"{there}/end", {"ticket": ticket, "binding": "1"})).status == 404
    assert "ien@pool.example" not in (await browser.get(f"{there}/history")).text


async def test_one_colleague_may_help(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/substitutes/helper")
    chosen = re.findall(r'<option value="(\d+)">Juf Jansen', page.text)[0]
    page = await browser.post(page.url, {"ticket": ticket_on(page), "colleague": chosen})
    assert "Ook Juf Jansen geeft invalaccounts" in page.text
    page = await browser.get(f"{base(house)}/substitutes/helper")
    page = await browser.post(page.url, {"ticket": ticket_on(page), "colleague": ""})
    assert "Juf Jansen" not in page.text
    page = await browser.get(f"{base(house)}/substitutes/helper")
    assert (await browser.post(page.url, {"ticket": ticket_on(page), "colleague": "999999"})).status == 404


async def test_a_substitute_is_no_coordinator(house: House) -> None:
    teacher = house.browser()
    await teacher_signs_in(teacher)
    assert (await teacher.get(f"{base(house)}/substitutes")).status == 403

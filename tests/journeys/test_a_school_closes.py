"""A school that closed or merged signs nobody in from that moment, and its shortcut says where to turn (R20, R155)."""

import pytest
from sqlalchemy import update

from directory.models import School
from tests.house import House, pupil_signs_in
from tests.journeys.stories import add_school, shortcut


async def close(house: House, merged_into: int | None) -> None:
    async with house.floor.database.begin() as db:
        gone = {"closed_at": house.clock.now, "merged_into_id": merged_into}
        await db.execute(update(School).where(School.id == house.school.id).values(gone))


@pytest.mark.parametrize(
    ("merged", "heading"), [(True, "Je school heeft een nieuwe snelkoppeling"), (False, "Deze school is dicht")]
)
async def test_its_shortcut_leads_to_a_clear_page(house: House, merged: bool, heading: str) -> None:
    into = (await add_school(house, "De Zonnebloem", "98ZZ")).id if merged else None
    await close(house, into)
    page = await house.browser().get(shortcut(house.school))
    assert (page.status, page.heading) == (410, heading)
    assert 'class="reference"' in page.text
    assert house.school.name not in page.text


async def test_who_is_signed_in_is_out(house: House) -> None:
    browser = house.browser()
    page = await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    assert (page.status, page.url) == (200, "https://inloggen.example/account")
    await close(house, None)
    assert (await browser.get("/account")).url == "https://inloggen.example/"


async def test_its_network_brings_no_child_in(house: House) -> None:
    browser = house.browser()
    page = await browser.get(shortcut(house.school))
    assert page.offers("group") != []
    await close(house, None)
    page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    assert (page.offers("child"), page.heading) == ([], "Hier kun je niet inloggen als leerling")

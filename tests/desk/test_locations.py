"""Locations of one administration at the desk (D13): seen in the file, given to a school that one manages, taken back by either side."""

import re
from dataclasses import replace

import pytest

from directory.imports import couplings, locations, seen_locations
from directory.imports.records import LocationRecord
from directory.schools import KnownSchool
from tests.browser import Browser, Page
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.desk.test_imports import edexml, upload
from tests.directory.test_plan import file, pupil
from tests.house import House
from tests.journeys.stories import add_school, give_role


async def seen(house: House, *keys: str) -> None:
    """What a file of the seeded school named."""
    named = replace(
        file(*(pupil(key, location_key=key) for key in keys)),
        locations=tuple(LocationRecord(key, f"Gebouw {key}") for key in keys),
    )
    async with house.floor.database.begin() as db:
        await seen_locations.remember(db, house.school.id, named, now=house.clock.now)


async def two_schools(house: House) -> tuple[KnownSchool, Browser]:
    """A coordinator of two schools, at the desk of the first."""
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "ict", "ict-coordinator", at=other)
    await seen(house, "A", "B")
    return other, await sits_down(house)


async def give(browser: Browser, page: Page, key: str, to: str, *, do: str = "save") -> Page:
    form = {"ticket": ticket_on(page), "do": do, "key": key, "to": to}
    return await browser.post(page.url.partition("?")[0], form)


async def delivered(house: House) -> list[tuple[str, int, bool]]:
    async with house.floor.database.read() as db:
        found = await locations.delivered_by(db, house.school.id)
    return [(one.key, one.target_school_id, one.agreed) for one in found]


async def test_a_location_is_given_to_another_of_ones_schools_and_taken_back(house: House) -> None:
    other, browser = await two_schools(house)
    assert "/imports/locations" in (await browser.get(f"{base(house)}/imports")).text
    page = await browser.get(f"{base(house)}/imports/locations")
    assert "Gebouw A" in page.text
    page = await give(browser, page, "B", str(other.id))
    assert "De volgende import volgt uw keuze" in page.text
    assert await delivered(house) == [("B", other.id, True)]
    assert re.search(r'<option value="\d+" selected>De Overkant \(98XX\)', page.text)
    assert [school for school, _, _ in await recorded(house, "location.agreed")] == [other.id]
    await give(browser, page, "B", "")
    assert await delivered(house) == []
    await give(browser, page, "B", "")
    assert len(await recorded(house, "location.withdrawn")) == 1, "what is so already is not done again"


async def test_only_to_ones_own_schools_and_only_what_the_file_named(house: House) -> None:
    stranger = await add_school(house, "De Derde", "97XX")
    other, browser = await two_schools(house)
    page = await browser.get(f"{base(house)}/imports/locations")
    for key, to in (
        ("A", str(stranger.id)),
        ("A", str(house.school.id)),
        ("A", "999999"),
        ("A", "x"),
        ("Z", str(other.id)),
    ):
        assert (await give(browser, page, key, to)).status == 404, (key, to)
    assert await delivered(house) == []


async def test_a_school_that_gets_its_pupils_elsewhere_is_said(house: House) -> None:
    other, browser = await two_schools(house)
    now = house.clock.now
    async with house.floor.database.begin() as db:
        await couplings.couple(db, other.id, "parnassys", now=now, by="test")
        await couplings.set_mode(db, other.id, "automatic", now=now, by="test")
    page = await browser.get(f"{base(house)}/imports/locations")
    page = await give(browser, page, "A", str(other.id))
    assert page.status == 400
    assert "haalt haar leerlingen al ergens anders op" in page.text
    assert await delivered(house) == []


@pytest.mark.parametrize("side", ["from", "to"])
async def test_what_the_helpdesk_entered_is_seen_and_ended_by_either_side(house: House, side: str) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await seen(house, "A")
    async with house.floor.database.begin() as db:
        await locations.deliver(db, house.school.id, "Q", to=other.id, now=house.clock.now, by="operator:cli")
    if side == "from":
        browser = await sits_down(house)
        page = await browser.get(f"{base(house)}/imports/locations")
        assert "De Overkant (98XX)" in page.text
        assert "niet in het laatste bestand" in page.text
        assert "wacht op de andere school" in page.text
        await give(browser, page, "Q", "")
    else:
        browser = await colleague_of(house, other, "ginds")
        page = await browser.get("/desk/98XX/imports/locations")
        assert "De Regenboog" in page.text
        assert "Gebouw A" not in page.text, "the other administration's locations are not shown here"
        (number,) = re.findall(r'name="location" value="(\d+)"', page.text)
        await browser.post(page.url, {"ticket": ticket_on(page), "do": "end", "location": number})
    assert await delivered(house) == []


async def test_a_delivery_of_others_cannot_be_ended(house: House) -> None:
    _, browser = await two_schools(house)
    one, two = await add_school(house, "De Een", "96XX"), await add_school(house, "De Twee", "95XX")
    async with house.floor.database.begin() as db:
        made = await locations.deliver(db, one.id, "Q", to=two.id, now=house.clock.now, by="operator:cli")
    page = await browser.get(f"{base(house)}/imports/locations")
    form = {"ticket": ticket_on(page), "do": "end", "location": str(made.id)}
    assert (await browser.post(page.url, form)).status == 404


async def test_who_manages_one_school_is_told_the_other_way(house: House) -> None:
    await seen(house, "A")
    page = await (await sits_down(house)).get(f"{base(house)}/imports/locations")
    assert "idp locations deliver" in page.text
    assert "<select" not in page.text


async def test_what_was_sent_here_is_seen_before_it_is_imported(house: House) -> None:
    browser = await sits_down(house)
    plain = edexml().decode()
    places = '<vestigingen><vestiging key="Z"><naam>Zuid</naam></vestiging></vestigingen>'
    sent = plain.replace("<groepen>", f"{places}<groepen>", 1).encode()
    page = await upload(browser, house, sent)
    assert "/imports/" in page.url, page.text
    page = await browser.get(f"{base(house)}/imports/locations")
    assert "Zuid" in page.text
    assert '<td data-label="Leerlingen">0' in page.text


async def test_no_locations_is_said(house: House) -> None:
    browser = await sits_down(house)
    assert "/imports/locations" not in (await browser.get(f"{base(house)}/imports")).text
    assert "Er zijn geen vestigingen gezien" in (await browser.get(f"{base(house)}/imports/locations")).text

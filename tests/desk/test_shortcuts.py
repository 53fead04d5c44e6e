"""The page of shortcuts (R114, R118) and "Test de snelkoppeling" (R121, D24): exactly what a child would see, and nobody signed in."""

import html
import re

from consent import ticks
from metadata import targets
from tests.desk.sitting import base, sits_down
from tests.house import AT_SCHOOL, ELSEWHERE, House
from tests.inside import stored
from tests.journeys.stories import add_school, change_enrolment, change_school, shortcut
from tests.metadata.test_targets import registered


async def test_the_addresses_are_there_to_copy(house: House) -> None:
    page = await (await sits_down(house)).get(f"{base(house)}/networks/shortcuts")
    assert f"<code>https://inloggen.example{shortcut(house.school)}</code>" in page.text
    assert f"<code>{house.school.instelling_ref}</code>" in page.text


async def test_what_a_child_would_see_here(house: House) -> None:
    await add_school(house, "De Overkant", "98XX", networks=[AT_SCHOOL])
    browser = await sits_down(house)
    before = await stored(house, "attempt"), await stored(house, "session")
    page = await browser.get(f"{base(house)}/networks/shortcuts/test")
    assert "De snelkoppeling werkt hier" in page.text
    assert "dat valt in 192.0.2.0/28" in page.text
    assert "Hier is ook: De Overkant" in page.text
    assert "Noor" not in page.text
    there = f"{base(house)}/networks/shortcuts/test?group={house.groups['Groep 6']}"
    page = await browser.get(there)
    assert ("Noor" in page.text, "Finn" in page.text, "Beek" in page.text) == (True, True, False)
    await change_enrolment(house, "Finn", hidden=True)
    assert "Finn" not in (await browser.get(there)).text
    await change_school(house, house.school, hide_names=True)
    page = await browser.get(there)
    assert ("Noor" in page.text, "kat" in page.text) == (False, True)
    assert (await stored(house, "attempt"), await stored(house, "session")) == before


async def test_where_a_child_is_refused_the_coordinator_reads_why(house: House) -> None:
    browser = await sits_down(house, address=ELSEWHERE)
    page = await browser.get(f"{base(house)}/networks/shortcuts/test?group={house.groups['Groep 6']}")
    assert "De snelkoppeling werkt hier niet" in page.text
    assert ELSEWHERE in page.text
    assert "Hier kun je niet inloggen als leerling" in page.text
    assert ("Groep 6" in page.text, "Noor" in page.text) == (False, False), "what a child may not see is not shown"
    form = await browser.get(f"{base(house)}/networks/devices/new")
    await browser.choose(form, "label", "Tablet 3")
    page = await browser.get(f"{base(house)}/networks/shortcuts/test")
    assert "Dit apparaat is aangemeld als Tablet 3" in page.text
    assert "Groep 6" in page.text


async def test_a_group_of_another_school_shows_nothing(house: House) -> None:
    browser = await sits_down(house)
    for group in ("999999", "-1", "x"):
        page = await browser.get(f"{base(house)}/networks/shortcuts/test?group={group}")
        assert "Daarna ziet de leerling" not in page.text


async def test_shortcuts_to_the_lessons_of_who_is_ticked(house: House) -> None:
    browser = await sits_down(house)
    place = f"{base(house)}/networks/shortcuts"
    assert f"{place}/lessons" not in (await browser.get(place)).text
    await registered(house)
    assert f"{place}/lessons" in (await browser.get(place)).text
    page = await browser.get(f"{place}/lessons")
    found = re.search(r"<code>(https://inloggen[^<]*TARGET=[^<]*)</code>", page.text)
    assert found is not None
    assert "Rekenrijk" in (await house.browser().get(html.unescape(found[1]))).text, "what is copied leads there"
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    assert "Nog geen lessen" in (await browser.get(f"{place}/lessons")).text
    assert f"{place}/lessons" not in (await browser.get(place)).text


async def test_many_lessons_are_paged(house: House) -> None:
    await registered(house)
    async with house.floor.database.begin() as db:
        for number in range(50):
            address = f"https://rekenrijk.example/meer/{number:02}"
            await targets.add(db, "rekenrijk", address, now=house.clock.now, loopback_allowed=False)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/shortcuts/lessons")
    assert ("/les/7" in page.text, "/meer/48" in page.text, "/meer/49" in page.text) == (True, True, False)
    onwards = re.search(r'href="([^"]*lessons\?after=[^"]*)"', page.text)
    assert onwards is not None
    page = await browser.get(html.unescape(onwards[1]))
    assert ("/meer/48" in page.text, "/meer/49" in page.text) == (False, True)

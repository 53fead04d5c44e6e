"""A school with two network providers chooses for each group which one it goes by; at home it goes the same way (D35)."""

import pytest

from consent import ticks
from directory import home
from metadata import parties
from tests.browser import Browser
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import ELSEWHERE, House
from tests.journeys.home import code_of, types_code

AT = "/parties/networks"


@pytest.fixture
async def moo(house: House) -> int:
    return await provider(house, "Moo")


@pytest.fixture
async def zulu(house: House) -> int:
    return await provider(house, "Zulu")


async def provider(house: House, name: str, *, ticked: bool = True) -> int:
    now = house.clock.now
    async with house.floor.database.begin() as db:
        contact = {"contact_name": None, "contact_email": None, "url": f"https://{name.lower()}.example/"}
        party = await parties.add_party(
            db, name=name, kind="network", fields={"subject"}, sector=name, now=now, contact=contact
        )
        if ticked:
            await ticks.give(db, house.school.id, party, {"subject"}, now=now, by="test")
    return party


async def chooses(house: House, browser: Browser, **groups: object) -> str:
    at = base(house) + AT
    fields = {f"group_{house.groups[name.replace('_', ' ')]}": str(wanted) for name, wanted in groups.items()}
    return (await browser.post(at, {"ticket": ticket_on(await browser.get(at)), **fields})).text


async def test_with_one_provider_there_is_nothing_to_choose(house: House, moo: int) -> None:
    browser = await sits_down(house)
    page = await browser.get(base(house) + AT)
    assert "Uw school vinkt één netwerkleverancier aan: Moo" in page.text
    assert "<select" not in page.text
    assert AT not in (await browser.get(f"{base(house)}/parties")).text
    staff = (await browser.get(f"{base(house)}/staff")).text
    assert "Medewerkers loggen in via de netwerkomgeving: Moo. Activeren is dan niet nodig." in staff, "R163"


async def test_d35_each_group_goes_by_its_own_provider_and_does_so_at_home(house: House, moo: int, zulu: int) -> None:
    browser = await sits_down(house)
    noor, sam = await code_of(house, "Noor"), await code_of(house, "Sam")
    assert AT in (await browser.get(f"{base(house)}/parties")).text
    assert "Opgeslagen" in await chooses(house, browser, Groep_6=zulu, Groep_2="any")
    ((_, _, detail),) = await recorded(house, "network.chosen")
    assert detail == {"groups": 1}
    page = await types_code(house.browser(ELSEWHERE), noor, "4711")
    assert "De Regenboog gebruikt Zulu" in page.text
    assert 'href="https://zulu.example/"' in page.text
    assert "Hoi Sam" in (await types_code(house.browser(ELSEWHERE), sam, "tree,boat,apple")).text
    assert "Op school: Zulu" in (await browser.get(f"{base(house)}/home")).text
    # A group can go another way at home than at school.
    async with house.floor.database.begin() as db:
        await home.choose_for_group(db, house.school.id, house.groups["Groep 6"], "here")
    assert "Hoi Noor" in (await types_code(house.browser(ELSEWHERE), noor, "4711")).text
    async with house.floor.database.begin() as db:
        await home.choose_for_group(db, house.school.id, house.groups["Groep 6"], None)
        await ticks.withdraw(db, house.school.id, zulu, now=house.clock.now, by="test")
    assert "Hoi Noor" in (await types_code(house.browser(ELSEWHERE), noor, "4711")).text, "unticked, the choice is none"


async def test_what_the_page_does_not_offer_cannot_be_chosen(house: House, moo: int, zulu: int) -> None:
    browser = await sits_down(house)
    unticked = await provider(house, "Miloo", ticked=False)
    for wanted in (unticked, house.party_id, "x", ""):
        assert "Opgeslagen" not in await chooses(house, browser, Groep_6=wanted)
    assert await recorded(house, "network.chosen") == []

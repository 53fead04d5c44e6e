"""The page of networks (R108-R110, D24): a school adds and removes its own, with reasons where it cannot."""

import html
import re

import pytest
from sqlalchemy import insert, update

from directory import addresses
from directory.models import Board, School
from tests.browser import forms_of
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import AT_SCHOOL, ELSEWHERE, House, pupil_signs_in
from tests.journeys.stories import add_school, shortcut


async def test_a_network_is_added_and_pupils_sign_in_there(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/new")
    page = await browser.choose(page, "network", "198.51.100.7", kind="mobiel", label=" Gym  zaal ")
    assert "Het netwerk is toegevoegd" in page.text
    assert "198.51.100.7" in page.text
    assert "Gym zaal" in page.text
    ((school_id, actor, detail),) = await recorded(house, "school.addresses_added")
    assert (school_id, detail) == (house.school.id, {"networks": ["198.51.100.7/32"]})
    assert len(actor) == 36, "a ledger id, no name"
    assert (await house.browser("198.51.100.7").get(shortcut(house.school))).offers("group")


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ("school", "Dit is geen IP-adres"),
        ("198.51.0.0/16", "Dit netwerk is te groot"),
        ("127.0.0.1", "Dit adres is het apparaat zelf"),
        ("100.64.1.1", "delen veel klanten van een provider"),
        ("10.0.0.1", "geldt alleen binnen de school"),
        ("224.0.0.1", "hoort bij geen school"),
    ],
)
async def test_what_can_stand_for_no_school_is_refused_with_the_reason(house: House, network: str, told: str) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/new")
    page = await browser.choose(page, "network", network, kind="vast", label="<b>Aula</b>")
    assert page.status == 400
    assert told in page.text
    assert f'value="{html.escape(network)}"' in page.text, "what was typed stands there again"
    assert "&lt;b&gt;Aula" in page.text
    assert await recorded(house, "school.addresses_added") == []


async def test_an_address_of_another_board_needs_the_helpdesk(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX", networks=["203.0.113.0/24"])
    async with house.floor.database.begin() as db:
        for number, school in ((1, house.school), (2, other)):
            made = insert(Board).values(number=str(number), name=f"Bestuur {number}").returning(Board.id)
            board_id = (await db.execute(made)).scalar_one()
            await db.execute(update(School).where(School.id == school.id).values(board_id=board_id))
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/new")
    page = await browser.choose(page, "network", "203.0.113.9", kind="vast", label="")
    assert "De helpdesk kijkt met u mee" in page.text
    assert "Overkant" not in page.text
    async with house.floor.database.read() as db:
        assert [one.network for one in await addresses.of_school(db, house.school.id)] == [
            "192.0.2.0/28",
            "2001:db8:5::/48",
        ]


async def test_a_network_is_removed_after_saying_what_that_does(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/remove?network=192.0.2.0/28")
    assert "kunnen meteen niet meer inloggen" in page.text
    form = {"ticket": ticket_on(page), "network": "192.0.2.0/28"}
    page = await browser.post(f"{base(house)}/networks/remove", form)
    assert "192.0.2.0/28" not in page.text
    assert [detail for _, _, detail in await recorded(house, "school.addresses_removed")] == [
        {"networks": ["192.0.2.0/28"]}
    ]
    page = await browser.get(f"{base(house)}/networks/remove?network=2001:db8:5::/48")
    assert "Dit is het laatste netwerk" in page.text


@pytest.mark.parametrize("network", ["203.0.113.0/24", "onzin", ""])
async def test_of_another_school_there_is_nothing_to_remove(house: House, network: str) -> None:
    other = await add_school(house, "De Overkant", "98XX", networks=["203.0.113.0/24"])
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{base(house)}/networks/new"))
    assert (await browser.get(f"{base(house)}/networks/remove?network={network}")).status == 404
    await browser.post(f"{base(house)}/networks/remove", {"ticket": ticket, "network": network})
    async with house.floor.database.read() as db:
        assert [one.network for one in await addresses.of_school(db, other.id)] == ["203.0.113.0/24"]
    assert await recorded(house, "school.addresses_removed") == []


async def test_the_page_says_where_one_is_and_adds_that_in_one_press(house: House) -> None:
    browser = await sits_down(house, address=ELSEWHERE)
    page = await browser.get(f"{base(house)}/networks")
    assert f"U bent nu op {ELSEWHERE}" in page.text
    form = next(form for form in forms_of(page.text) if form.action.endswith("/networks/new"))
    page = await browser.post(form.action, form.hidden)
    assert f"Dat adres staat al in de lijst, in {ELSEWHERE}/32" in page.text
    assert (await browser.get(shortcut(house.school))).offers("group")


async def test_an_ipv6_address_is_offered_as_the_prefix_that_stays(house: House) -> None:
    browser = await sits_down(house, address="2001:db8:6:17::a1")
    page = await browser.get(f"{base(house)}/networks")
    choices = [f"2001:db8:6:{part}::/{size}" for part, size in (("17", 64), ("10", 60))] + ["2001:db8:6::/56"]
    assert [choice in page.text for choice in [*choices, "2001:db8:6::/48"]] == [True] * 4
    page = await browser.get(f"{base(house)}/networks/new")
    page = await browser.choose(page, "network", "2001:db8:6:17::a1", kind="vast", label="")
    assert (page.status, page.offers("size")) == (200, ["64", "60", "56", "48"])
    page = await browser.choose(page, "network", "2001:db8:6:17::a1", size="56", kind="vast", label="")
    assert "2001:db8:6::/56" in page.text
    assert (await house.browser("2001:db8:6:ff::1").get(shortcut(house.school))).offers("group")
    assert not (await house.browser("2001:db8:6:100::1").get(shortcut(house.school))).offers("group")


async def test_what_is_in_the_list_already_is_not_added_again(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks/new")
    page = await browser.choose(page, "network", "192.0.2.9", kind="vast", label="")
    assert (page.status, "Dit valt al binnen 192.0.2.0/28" in page.text) == (400, True)
    assert await recorded(house, "school.addresses_added") == []


async def test_a_network_that_nobody_uses_any_more_is_offered_for_removal(house: House) -> None:
    for days, address in ((0, AT_SCHOOL), (30, "2001:db8:5::7")):
        house.clock.move(days=days)
        tablet = house.browser(address)
        await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    house.clock.move(days=31)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/networks")
    assert "Netwerken die 60 dagen niet zijn gebruikt: 1" in page.text
    rows = dict(re.findall(r"<code>([^<]*)</code>(.*?)</tr>", page.text, re.S))
    assert ("60 dagen" in rows["192.0.2.0/28"], "60 dagen" in rows["2001:db8:5::/48"]) == (True, False)
    assert "23 december 2026" in rows["2001:db8:5::/48"]
    assert "Netwerken die 60 dagen niet zijn gebruikt: 1" in (await browser.get(base(house))).text


async def test_a_school_shows_no_names_before_a_secret_and_shows_them_again(house: House) -> None:
    """D24: at once, on the tiles of every group; recorded when it changes."""
    browser, tablet = await sits_down(house), house.browser()
    where = f"{base(house)}/networks/names"
    assert where in (await browser.get(f"{base(house)}/networks")).text

    async def names() -> set[str]:
        page = await tablet.choose(await tablet.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
        return set(re.findall(r'class="tile-name">([^<]*)<', page.text))

    assert await names() == {"Finn", "Noor"}
    for wanted, told, seen in (("hidden", "geen namen meer", {"hond", "kat"}), ("shown", "weer", {"Finn", "Noor"})):
        for _ in range(2):
            page = await browser.get(where)
            page = await browser.post(where, {"ticket": ticket_on(page), "wanted": wanted})
            assert told in page.text
        assert await names() == seen
        assert len(await recorded(house, f"school.names_{wanted}")) == 1

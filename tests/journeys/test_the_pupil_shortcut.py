"""The pupil shortcut works on the school's network and nowhere else, and begins with the right school (R107-R110, R114, R121, D24)."""

import pytest

from tests.house import AT_SCHOOL, ELSEWHERE, House, pupil_signs_in
from tests.journeys.stories import SHORTCUT, add_child, add_group, add_school, shortcut, step_of


@pytest.mark.parametrize(
    "address",
    ["192.0.2.0", AT_SCHOOL, "192.0.2.15", "::ffff:192.0.2.10", "2001:db8:5::1", "2001:db8:5:ffff:ffff:ffff:ffff:ffff"],
    ids=["first", "inside", "last", "IPv4 in IPv6 clothing", "IPv6", "last IPv6"],
)
async def test_on_the_schools_network_a_child_sees_the_groups(house: House, address: str) -> None:
    page = await house.browser(address).get(shortcut(house.school))
    assert page.heading == "In welke groep zit je?"
    assert page.offers("group") == [str(house.groups["Groep 2"]), str(house.groups["Groep 6"])]


@pytest.mark.parametrize(
    "address",
    ["192.0.1.255", "192.0.2.16", ELSEWHERE, "2001:db8:4:ffff:ffff:ffff:ffff:ffff", "2001:db8:6::", "::"],
    ids=["one before", "one after", "foreign", "one before IPv6", "one after IPv6", "nowhere"],
)
async def test_on_any_other_network_a_child_learns_where_it_can_sign_in(house: House, address: str) -> None:
    browser = house.browser(address)
    page = await browser.get(shortcut(house.school))
    assert page.heading == "Hier kun je niet inloggen als leerling"
    assert page.offers("group") == []
    assert house.school.name not in page.text
    assert (await browser.choose(page, "back", "way")).heading == "Wie staat er voor de poort?"


async def test_the_reference_may_be_written_in_capitals(house: House) -> None:
    page = await house.browser().get(f"{SHORTCUT}?INSTELLING_REF={house.school.instelling_ref.upper()}")
    assert step_of(page) == "group"


@pytest.mark.parametrize(
    "query", ["", "?INSTELLING_REF=", "?INSTELLING_REF=99ZZ", "?instelling_ref=x", "?INSTELLING_REF=%00"]
)
async def test_a_torn_shortcut_is_explained_to_a_child(house: House, query: str) -> None:
    page = await house.browser().get(SHORTCUT + query)
    assert page.status in {400, 404}
    assert page.location is None
    assert "Vertel het aan je juf of meester." in page.text or "Vraag het aan je juf of meester." in page.text


async def test_an_unknown_school_gets_a_page_with_a_reference(house: House) -> None:
    page = await house.browser().get(f"{SHORTCUT}?INSTELLING_REF=7d9c0b1e-0000-4000-8000-000000000000")
    assert (page.status, page.heading) == (404, "We kennen deze school niet")
    assert 'class="reference"' in page.text


async def test_the_shortcut_of_another_school_does_not_work_from_here(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ", networks=["203.0.113.0/28"])
    assert step_of(await house.browser().get(shortcut(other))) == "not_here"


async def test_where_two_schools_share_an_address_the_child_picks_the_school_first(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
    group_id = await add_group(house, other, "Groep 5")
    child = await add_child(house, other, group_id, "Mila", "Bos")
    browser = house.browser()
    page = await browser.choose(await browser.get("/"), "way", "pupil")
    assert page.heading == "Op welke school zit je?"
    assert page.offers("school") == [str(house.school.id), str(other.id)]
    page = await browser.choose(page, "school", str(other.id))
    assert page.offers("group") == [str(group_id)]
    page = await browser.choose(page, "group", str(group_id))
    page = await browser.choose(page, "child", str(child))
    page = await browser.choose(page, "pin", "1234")
    assert page.heading == "Hoi Mila!"


async def test_with_its_own_shortcut_it_does_not_have_to(house: House) -> None:
    await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
    browser = house.browser()
    page = await browser.get(shortcut(house.school))
    assert step_of(page) == "group"
    page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    assert page.heading == "Hoi Noor!"


async def test_a_school_that_is_not_at_this_address_cannot_be_picked(house: House) -> None:
    await add_school(house, "De Zonnebloem", "98ZZ", networks=["192.0.2.8/29"])
    far = await add_school(house, "De Vuurtoren", "97ZZ", networks=["203.0.113.0/28"])
    group_id = await add_group(house, far, "Groep 5")
    browser = house.browser()
    page = await browser.choose(await browser.get("/"), "way", "pupil")
    page = await browser.choose(page, "school", str(far.id))
    assert step_of(page) == "not_here"
    assert str(group_id) not in page.offers("group")

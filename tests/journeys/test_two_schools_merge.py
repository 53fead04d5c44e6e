"""Two schools become one, and a child notices nothing: the same PIN, at the publisher the same pupil with the same work (R150, R155, D19)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from directory import eckid
from directory.lifecycle import reorganisation_asking, reorganisations
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Merger
from directory.models import EckId, Enrolment
from directory.schools import KnownSchool
from tests.directory.eckids import value_of
from tests.house import CALLBACK, ECKID, House, authorize_url, redeem
from tests.journeys.stories import add_child, add_group, add_school, shortcut
from tests.journeys.test_a_child_goes_to_a_publisher import userinfo

NEW_ADDRESS = "203.0.113.5"
HELPDESK = Asker("operator:test", helpdesk=True)


async def told(house: House, address: str, group: int, child: int, pin: str) -> dict[str, Any]:
    """What the publisher is told about a child that signs in from this network."""
    browser, asked = house.browser(address), authorize_url()
    page = await browser.get(asked.url)
    page = await browser.choose(page, "group", str(group))
    page = await browser.choose(page, "child", str(child))
    page = await browser.choose(page, "pin", pin)
    assert (page.location or "").startswith(CALLBACK), page.heading
    tokens = (await redeem(house, browser, page, asked)).json()
    return await userinfo(browser, tokens["access_token"])


async def merged(house: House, target: KnownSchool) -> int:
    """The seeded school goes up in another; everybody agrees."""
    floor, now = house.floor, house.clock.now
    both = Asker("coordinator:test", frozenset({house.school.id, target.id}))
    contact, keyring = floor.settings.support_contact, floor.keyring
    async with floor.database.begin() as db:
        wanted = Merger((house.school.id,), target.id)
        asked = await reorganisation_asking.ask(
            db, wanted, by=both, effective_on=None, now=now, keyring=keyring, contact=contact
        )
        await reorganisation_asking.agree(db, asked, by=HELPDESK, now=now, keyring=keyring)
        await reorganisations.carry_out(db, asked, now=now, by="test", keyring=keyring, contact=contact)
    return asked


async def undone(house: House, asked: int) -> tuple[reorganisations.Between, ...]:
    floor = house.floor
    async with floor.database.begin() as db:
        return await reorganisations.undo(
            db, asked, now=house.clock.now, by=HELPDESK, keyring=floor.keyring, contact=floor.settings.support_contact
        )


async def test_a_child_keeps_pin_subject_and_eckid(house: House) -> None:
    target = await add_school(house, "De Zonnebloem", "98ZZ", networks=[f"{NEW_ADDRESS}/32"])
    noor, group = house.people["Noor"], house.groups["Groep 6"]
    before = await told(house, "192.0.2.10", group, noor, "4711")
    await merged(house, target)
    # From the old building, whose network went along, and from the new one.
    for address in ("192.0.2.10", NEW_ADDRESS):
        after = await told(house, address, group, noor, "4711")
        assert (after["sub"], after["eckid"]) == (before["sub"], ECKID)
    page = await house.browser().get(shortcut(house.school))
    assert page.status == 410


async def test_a_child_that_was_there_twice_stays_whom_the_publisher_knew(house: House) -> None:
    """The administration was merged first: the new school has a second account of the same child, which only it used."""
    target = await add_school(house, "De Zonnebloem", "98ZZ", networks=[f"{NEW_ADDRESS}/32"])
    group = await add_group(house, target, "6a")
    house.clock.move(days=1)
    double = await add_child(house, target, group, "Noor", "Beek", pin="1234")
    keyring, value = house.floor.keyring, value_of("noor")
    async with house.floor.database.begin() as db:
        row = {"sealed": eckid.seal(keyring, double, value), "lookup": eckid.index(keyring, value)}
        await db.execute(insert(EckId).values(person_id=double, **row))
    known = await told(house, NEW_ADDRESS, group, double, "1234")
    asked = await merged(house, target)
    noor = house.people["Noor"]
    async with house.floor.database.read() as db:
        here = select(Enrolment.person_id).where(Enrolment.school_id == target.id, Enrolment.group_id == group)
        assert (await db.execute(here)).scalars().all() == [noor]
    # The older account's PIN holds, and the publisher sees the pupil that it knew.
    after = await told(house, NEW_ADDRESS, group, noor, "4711")
    assert after["sub"] == known["sub"]
    house.clock.move(days=1)
    between = await undone(house, asked)
    assert [(one.person_id, one.party_id, one.times) for one in between] == [(noor, house.party_id, 1)]
    assert between[0].first_at <= house.clock.now - timedelta(days=1)
    assert (await told(house, NEW_ADDRESS, group, double, "1234"))["sub"] == known["sub"]
    own = await told(house, "192.0.2.10", house.groups["Groep 6"], noor, "4711")
    assert own["sub"] != known["sub"]

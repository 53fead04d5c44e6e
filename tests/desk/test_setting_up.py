"""The first-time checklist (R17, R19) and what needs the coordinator: read from the school, in plain words."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import delete, update

from consent import ticks
from consent.models import Agreement
from directory import people
from directory.models import Employment, Enrolment, SchoolAddress
from idp.credentials.models import PupilSecret
from idp.web.desk.setting_up import Facts, steps
from tests.desk.sitting import base, sits_down
from tests.house import House
from tests.web.test_translations import TEXTS

READY = Facts(pupils=20, places=1, networks=1, publishers=3, signed_in=True, went=True)
NETWORK_ONLY = replace(READY, places=0, signed_in=False)


def states(facts: Facts) -> dict[str, str]:
    return {step.what: step.state for step in steps(facts)}


def test_a_new_school_begins_with_pupils_networks_and_publishers() -> None:
    found = states(Facts())
    assert [what for what, state in found.items() if state == "open"] == ["pupils", "addresses", "publishers"]
    assert set(states(READY).values()) == {"done"}


def test_what_a_network_provider_brings_is_not_asked_for() -> None:
    """R74, R117: no tick is due where there is no provider, and no shortcut where there is one."""
    assert states(replace(READY, networks=0))["networks"] == "later"
    found = states(NETWORK_ONLY)
    assert (found["addresses"], found["shortcuts"]) == ("later", "later")
    assert states(replace(READY, signed_in=False, networks=0))["shortcuts"] == "open"


@pytest.mark.parametrize("lang", TEXTS)
def test_every_step_has_words(lang: str) -> None:
    for facts in (Facts(), READY, NETWORK_ONLY):
        for step in steps(facts):
            assert f"desk.setup.{step.what}.{step.said}" in TEXTS[lang]


async def test_the_first_page_shows_what_is_to_be_done(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(base(house))
    assert "De school instellen" in page.text
    assert "Aangevinkt: 1." in page.text
    assert "Er wacht niets op u" not in page.text, "a step that is open waits for somebody"
    for path in ("/imports", "/networks", "/parties", "/networks/shortcuts", "/networks/shortcuts/lessons"):
        assert (await browser.get(f"{base(house)}{path}")).status == 200
    for manual in {step.manual for step in steps(Facts())}:
        assert (await browser.get(f"/help/{manual}")).status == 200, manual
    assert (await browser.get(f"{base(house)}/setting-up")).status == 200
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        await db.execute(delete(SchoolAddress))
    page = await browser.get(f"{base(house)}/setting-up")
    assert "Vink de uitgeverijen aan" in page.text
    assert "Voeg het netwerk van de school toe" in page.text


async def test_what_keeps_people_from_signing_in_is_on_the_first_page(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(base(house))
    assert "zonder pincode" not in page.text
    today = house.clock.now.date()
    noor, finn, juf = (house.people[name] for name in ("Noor", "Finn", "juf"))
    async with house.floor.database.begin() as db:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id == noor))
        await db.execute(update(Enrolment).where(Enrolment.person_id == finn).values(group_id=None))
        await db.execute(update(Employment).where(Employment.person_id == juf).values(ends_on=today))
        await db.execute(update(Agreement).values(ends_on=date(2026, 8, 2)))
    page = await browser.get(base(house))
    for words in (
        "Leerlingen zonder pincode of plaatjes: 1",
        "Leerlingen zonder groep: 1",
        "binnen twee weken stopt: 1",
        "Er is geen verwerkersovereenkomst",
    ):
        assert words in page.text


async def test_the_first_page_counts_colleagues_of_whom_no_address_is_known(house: House) -> None:
    browser = await sits_down(house)
    assert "zonder e-mailadres" not in (await browser.get(base(house))).text
    async with house.floor.database.begin() as db:
        now = house.clock.now
        for name in ("Bas", "Cora"):
            person_id = await people.new_person(
                db, kind="staff", first_name=name, prefix=None, surname="Visser", email=None, now=now
            )
            await people.employ(db, house.school.id, person_id, ["teacher"])
    assert "Medewerkers zonder e-mailadres: 2" in (await browser.get(base(house))).text

"""The coupling, the school year and the evidence at the desk (R21-R26, R36-R42, D5, D6, D40)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from consent.models import ReleaseCount
from directory import schools
from directory.imports import couplings, locations, systems
from directory.lifecycle.inactivity import DELETED
from directory.models import Enrolment, Group, School
from idp.core import ledger
from idp.jobs.models import JobRun
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import House
from tests.inside import lapse
from tests.journeys.stories import add_school

KEY = "geheime-sleutel-van-de-school"


async def change(browser: Browser, page: Page, what: str, **fields: str) -> Page:
    return await browser.post(page.url.partition("?")[0], {"ticket": ticket_on(page), "do": what, **fields})


async def test_a_coupling_is_set_up_step_by_step(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/imports/coupling")
    page = await change(browser, page, "choose", system="parnassys")
    assert "Uw school maakt de sleutel in ParnasSys" in page.text
    page = await change(browser, page, "key", key=KEY)
    assert "De sleutel is opgeslagen" in page.text
    assert KEY not in page.text
    page = await change(browser, page, "agree")
    page = await change(browser, page, "mode", mode="automatic")
    async with house.floor.database.read() as db:
        coupled = await couplings.require(db, house.school.id)
    assert (coupled.mode, coupled.has_key, coupled.agreed_by_school_at is not None) == ("automatic", True, True)
    told = [
        detail
        for action in ("coupling.chosen", "coupling.key_entered")
        for _, _, detail in await recorded(house, action)
    ]
    assert KEY not in str(told)
    page = await change(browser, page, "remove-key")
    assert "De sleutel is verwijderd" in page.text
    page = await change(browser, page, "withdraw")
    assert "Wij halen niets meer op" in page.text


@pytest.mark.parametrize(
    ("what", "fields", "status"),
    [
        ("key", {"key": ""}, 400),
        ("key", {"key": "x" * 65}, 400),
        ("mode", {"mode": "soms"}, 400),
        ("choose", {"system": "verzonnen"}, 404),
        ("", {}, 400),
        ("verzonnen", {}, 400),
    ],
)
async def test_what_is_no_change_changes_nothing(house: House, what: str, fields: dict[str, str], status: int) -> None:
    browser = await sits_down(house)
    page = await change(browser, await browser.get(f"{base(house)}/imports/coupling"), "choose", system="parnassys")
    page = await change(browser, page, what, **fields)
    assert page.status == status
    async with house.floor.database.read() as db:
        coupled = await couplings.require(db, house.school.id)
    assert (coupled.mode, coupled.has_key) == ("off", False)


async def test_a_school_without_a_coupling_cannot_fetch(house: House) -> None:
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{base(house)}/imports/new"))
    assert (await browser.post(f"{base(house)}/imports/fetch", {"ticket": ticket})).status == 404


async def test_a_location_gets_its_pupils_from_another_administration_once_it_agreed(house: House) -> None:
    """D13: one administration may deliver several locations; both accounts say yes."""
    other = await add_school(house, "De Overkant", "98XX")
    async with house.floor.database.begin() as db:
        who: dict[str, Any] = {"now": house.clock.now, "by": "test"}
        offered = await locations.deliver(db, other.id, "02", to=house.school.id, **who)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/imports/coupling")
    assert "in de administratie van De Overkant" in page.text
    assert (await change(browser, page, "accept", location=str(offered.id + 1))).status == 404
    page = await change(browser, page, "accept", location=str(offered.id))
    assert "Akkoord. De volgende import" in page.text
    async with house.floor.database.read() as db:
        (known,) = await locations.delivered_to(db, house.school.id)
    assert known.agreed


async def test_what_is_lacking_is_said(house: House) -> None:
    browser = await sits_down(house)
    page = await change(browser, await browser.get(f"{base(house)}/imports/coupling"), "choose", system="eduscope")
    page = await browser.post(f"{base(house)}/imports/fetch", {"ticket": ticket_on(page)})
    assert page.status == 400
    assert "Niet gelukt" in page.text


async def test_a_system_that_does_not_answer_is_a_failed_import_with_a_sentence(house: House) -> None:
    async with house.floor.database.begin() as db:
        who: dict[str, Any] = {"now": house.clock.now, "by": "test"}
        await systems.configure(
            db, "eduscope", endpoint="https://127.0.0.1:9/uwlr", customer_code="k", customer_name="n", **who
        )
        await couplings.couple(db, house.school.id, "eduscope", **who)
        await couplings.agree(db, house.school.id, "school", **who)
        await couplings.set_mode(db, house.school.id, "manual", **who)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/imports")
    page = await browser.post(f"{base(house)}/imports/fetch", {"ticket": ticket_on(page)})
    assert page.heading == "Import"
    assert "Mislukt" in page.text
    assert "unreachable" not in page.text
    page = await browser.get(base(house))
    assert "De laatste import is mislukt" in page.text
    assert "De koppeling staat op handmatig" in page.text


async def test_the_checklist_tells_beforehand(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/school-year")
    assert page.heading == "Overgang naar schooljaar 2027-2028"
    assert "alle leerlingen en alle medewerkers uit het LAS inactief" in page.text
    assert "Hoog het LAS op" in page.text
    async with house.floor.database.begin() as db:
        await db.execute(update(School).where(School.id == house.school.id).values(school_year="2026-2027"))
        await db.execute(update(Group).values(school_year="2025-2026"))
    page = await browser.get(f"{base(house)}/school-year")
    assert "Dit schooljaar begon zonder gegevens" in page.text
    assert f'{base(house)}/imports">Importeren</a></span>' in page.text
    assert "Hoog het LAS op" not in page.text, "that is about next summer, and this year lacks its data"
    async with house.floor.database.begin() as db:
        await db.execute(update(Group).values(school_year="2026-2027"))
    await lapse(house, days=240)
    browser = await sits_down(house)
    page = await browser.get(base(house))
    assert "nieuwe schooljaar zijn er nog niet" in page.text


async def test_a_school_that_lacks_something_reads_it_first(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Enrolment).values(active=False))
    browser = await sits_down(house)
    page = await browser.get(base(house))
    assert "Er zijn nog geen leerlingen" in page.text
    async with house.floor.database.read() as db:
        assert (await schools.counts(db, house.school.id))["pupils"] == 0


async def test_what_was_deleted_is_counted_and_nobody_named(house: House) -> None:
    browser = await sits_down(house)
    assert "nog niets gewist" in (await browser.get(f"{base(house)}/evidence")).text
    counts = {"enrolments": 13, "employments": 1, "pupils": 12, "staff": 1}
    async with house.floor.database.begin() as db:
        for school_id in (house.school.id, house.school.id + 1000):
            await ledger.record(db, DELETED, now=house.clock.now, by="system", school_id=school_id, detail=counts)
    page = await browser.get(f"{base(house)}/evidence")
    assert page.text.count(">13<") == 1, "and nothing of another school"
    assert "23 november 2026, 08:30" in page.text


async def test_of_old_releases_the_desk_shows_how_many_there_were(house: House) -> None:
    browser = await sits_down(house)
    assert "langer geleden" not in (await browser.get(f"{base(house)}/evidence")).text
    row = {"month": date(2025, 9, 1), "asked_set_id": 1, "ticked_set_id": 1}
    here = [{"school_id": house.school.id, "party_id": party, "count": 400 + party} for party in (1, 2)]
    async with house.floor.database.begin() as db:
        for one in (*here, {"school_id": house.school.id + 1000, "party_id": 1, "count": 77}):
            await db.execute(insert(ReleaseCount).values(**row, **one))
    page = await browser.get(f"{base(house)}/evidence")
    assert ("september 2025" in page.text, page.text.count(">803<"), ">77<" in page.text) == (True, 1, False)


async def test_the_evidence_says_when_the_night_was_last_done(house: House) -> None:
    """D40: whatever was purged, and by which purge; one that failed or was killed is none."""
    browser = await sits_down(house)
    now, night = house.clock.now, {"job": "retention", "counts": {}}
    page = await browser.get(f"{base(house)}/evidence")
    assert "Dat is nog niet gebeurd" in page.text
    for days, ended, error in ((3, True, None), (1, True, "Unavailable"), (0, False, None)):
        at = now - timedelta(days=days)
        async with house.floor.database.begin() as db:
            await db.execute(insert(JobRun).values(started_at=at, ended_at=at if ended else None, error=error, **night))
    page = await browser.get(f"{base(house)}/evidence")
    assert "20 november 2026, 08:30" in page.text
    assert "meld het dan bij de helpdesk" in page.text
    async with house.floor.database.begin() as db:
        await db.execute(insert(JobRun).values(started_at=now, ended_at=now, error=None, **night))
    page = await browser.get(f"{base(house)}/evidence")
    assert "23 november 2026, 08:30" in page.text
    assert "helpdesk" not in page.text.partition("Voor het laatst")[2].partition("</p>")[0]

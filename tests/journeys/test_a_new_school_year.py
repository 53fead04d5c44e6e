"""1 August at the door: who is not in the new data gets in no more and nothing leaves; who comes back comes home (R37-R39, D17, D19)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from consent.models import Release
from directory.imports import edexml, runs
from directory.models import Employment
from idp.jobs import school_year
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from tests.browser import Browser, Page
from tests.directory.files import document
from tests.house import House, authorize_url, pupil_signs_in, redeem
from tests.journeys.stories import shortcut, step_of, teacher_signs_in

SUMMER_EVENING = datetime(2027, 7, 31, 21, 50, tzinfo=UTC)
"""Ten to twelve in the Netherlands."""

NEW_YEAR = document(
    school="<schooljaar>2027-2028</schooljaar><brincode>99ZZ</brincode>",
    groups='<groep key="7"><naam>Groep 7</naam><jaargroep>7</jaargroep></groep>',
    pupils='<leerling key="Noor"><achternaam>Beek</achternaam><voorvoegsel>van</voorvoegsel><roepnaam>Noor</roepnaam>'
    '<jaargroep>7</jaargroep><groep key="7"/></leerling>',
    staff="",
)


async def midnight(house: House) -> None:
    """The night comes and somebody works in it."""
    house.clock.move(minutes=15)
    shift = Shift(house.floor, ("cat", "dog"))
    await school_year.work(shift, Report(shift, "school-year"))


async def told(house: House, origin: runs.Origin = "night") -> runs.Run:
    """The administration tells of the new year."""
    async with house.floor.database.begin() as db:
        return await runs.receive(
            db,
            house.school,
            edexml.read([NEW_YEAR.encode()]),
            source="uwlr",
            origin=origin,
            by="test",
            now=house.clock.now,
            keyring=house.floor.keyring,
            pictures=("cat", "dog"),
        )


async def noor(house: House, group: str = "Groep 6") -> tuple[Browser, Page]:
    browser = house.browser()
    page = await browser.get(shortcut(house.school))
    return browser, await pupil_signs_in(browser, page, house, "Noor", group, "4711")


async def subject(house: House, browser: Browser) -> str:
    """Under which name the publisher knows whoever is signed in."""
    asked = authorize_url()
    tokens = (await redeem(house, browser, await browser.get(asked.url), asked)).json()
    payload = tokens["id_token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["sub"])


async def releases(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Release))).scalar_one()


@pytest.fixture
async def summer(house: House) -> House:
    """The last evening of the school year."""
    house.clock.now = SUMMER_EVENING
    async with house.floor.database.begin() as db:
        # The teacher came with the administration; the coordinator was entered here.
        await db.execute(
            update(Employment).where(Employment.person_id == house.people["juf"]).values(source="las", las_key="m1")
        )
    return house


async def test_without_data_nobody_gets_in_and_what_was_begun_before_midnight_brings_nothing(summer: House) -> None:
    browser, _ = await noor(summer)
    asked = authorize_url()
    page = await browser.get(asked.url)
    assert "code" in page.query
    before = await releases(summer)
    await midnight(summer)
    assert (await redeem(summer, browser, page, asked)).status_code == 400
    assert step_of(await browser.get(authorize_url().url)) is not None
    assert (await summer.browser().get(shortcut(summer.school))).offers("group") == []
    assert await releases(summer) == before


async def test_a_teacher_is_out_and_the_coordinator_is_not(summer: House) -> None:
    assert (await teacher_signs_in(summer.browser())).heading == "Dag Juf"
    await midnight(summer)
    assert (await teacher_signs_in(summer.browser())).heading != "Dag Juf"
    assert step_of(await teacher_signs_in(summer.browser(), "ict")) == "second_factor"


async def test_who_comes_back_has_the_old_secret_and_is_the_same_person_to_publishers(summer: House) -> None:
    browser, _ = await noor(summer)
    known_as = await subject(summer, browser)
    await midnight(summer)
    summer.clock.move(days=20)
    assert (await told(summer)).state == "applied"
    page = await summer.browser().get(shortcut(summer.school))
    (group,) = page.offers("group")
    summer.groups["Groep 7"] = int(group)
    browser, _ = await noor(summer, "Groep 7")
    assert await subject(summer, browser) == known_as


async def test_new_data_that_waited_open_the_new_groups_at_midnight(summer: House) -> None:
    assert (await told(summer)).state == "waiting"
    before = (await summer.browser().get(shortcut(summer.school))).offers("group")
    assert before == [str(summer.groups[name]) for name in ("Groep 2", "Groep 6")]
    await midnight(summer)
    page = await summer.browser().get(shortcut(summer.school))
    assert len(page.offers("group")) == 1
    assert not set(page.offers("group")) & set(before)
    assert "Groep 7" in page.text

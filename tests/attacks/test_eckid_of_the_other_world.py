"""A pilot's ECK-iDs never enter a real installation, whichever way they come: at the desk, by command, at night (D18). The pupils do."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from directory import substitutions
from directory.models import EckId, Enrolment
from idp.core import floor
from idp.core.db import Db
from idp.core.settings import Settings
from idp.demo.las import Las, SchoolThere
from idp.jobs import loop
from idp.jobs.shift import Shift
from tests.cli.conftest import Installation, idp
from tests.clock import Clock
from tests.desk.sitting import sits_down
from tests.desk.test_imports import edexml, fingerprint, press, upload
from tests.directory.uwlr import standing
from tests.house import open_house
from tests.jobs.coupled import couple

__all__ = ["idp"]

PRODUCTION = {"eckid_environment": "production"}


@pytest.fixture
def real(settings: Settings) -> Settings:
    """An installation for real schools."""
    return settings.model_copy(update=PRODUCTION)


async def of(db: Db, school_id: int) -> tuple[int, int]:
    return await substitutions.counts(db, school_id)


async def test_at_the_desk(real: Settings, clock: Clock) -> None:
    async with open_house(real, clock) as house:
        browser = await sits_down(house)
        page = await upload(browser, house, edexml())
        assert "ECK-iD van een andere omgeving" in page.text
        await press(browser, page, "carry-out", fingerprint=fingerprint(page))
        async with house.floor.database.read() as db:
            assert await of(db, house.school.id) == (0, 12)
            # The seeded child's own one is not touched by what a file leaves out.
            assert (await db.execute(select(func.count()).select_from(EckId))).scalar_one() == 1


def test_by_command(idp: Installation) -> None:
    idp.json("schools", "add", "--brin", "99XX", "--name", "De Poort")
    told = idp.json("schools", "import", idp.school_file(), "--apply", IDP_ECKID_ENVIRONMENT="production")
    assert "eckid_environment" in [warning["code"] for warning in told["warnings"]]
    assert idp.json("eckid", "count", "99XX") == {"school": "99XX", "with_eckid": 0, "pupils": 12}


async def test_at_night(real: Settings, clock: Clock) -> None:
    laid = await floor.lay(real, clock=clock, seconds=clock.seconds)
    shift, las = Shift(laid, ("cat", "dog", "owl", "frog")), Las()
    there = datetime(2026, 11, 20, tzinfo=UTC)
    try:
        async with standing.serving(las) as endpoint:
            las.add(SchoolThere("99XX", "", standing.KEY, standing.edexml(brin="99XX"), there))
            at = await couple(shift, endpoint, "99XX")
            clock.move(days=1)
            assert await loop.imports(shift) == 1
        async with laid.database.read() as db:
            have, pupils = await of(db, at.id)
            enrolled = select(func.count()).select_from(Enrolment).where(Enrolment.school_id == at.id)
            assert (have, pupils) == (0, (await db.execute(enrolled)).scalar_one())
            assert pupils > 0
    finally:
        await laid.close()

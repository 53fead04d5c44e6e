"""What time does to staff: substitutions are written down as ended, and somebody is asked to look (R80, R89)."""

from sqlalchemy import insert, select

from directory.lifecycle import substitutes
from directory.lifecycle.models import SubstituteBinding
from directory.lifecycle.substitutes import Substitute
from directory.models import Group
from idp.core.models import Mail
from idp.jobs import staff
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.jobs.country import coordinator, open_school


async def work(shift: Shift) -> dict[str, int]:
    report = Report(shift, "staff")
    assert await staff.work(shift, report)
    return report.counts


async def test_a_substitution_that_ended_is_written_down_once(shift: Shift, clock: Clock) -> None:
    school = await open_school(shift)
    async with shift.floor.database.begin() as db:
        row = {"school_year": "2026-2027", "kind": "stamgroep", "las_key": "6", "name": "Groep 6"}
        made = insert(Group).values(school_id=school.id, **row).returning(Group.id)
        group_id = (await db.execute(made)).scalar_one()
        ina = Substitute("ina@pool.example", "Ina", None, "Val")
        await substitutes.bind(db, school.id, group_id, ina, days=2, contact="wij", by="test", now=shift.now)
    assert await work(shift) == {}
    clock.move(days=2)
    assert await work(shift) == {"substitutions": 1}
    assert await work(shift) == {}
    async with shift.floor.database.read() as db:
        assert (await db.execute(select(SubstituteBinding.ended_at))).scalar_one() is not None


async def test_coordinators_are_asked_to_look_once_a_school_year(shift: Shift, clock: Clock) -> None:
    school = await open_school(shift)
    await coordinator(shift, school)
    assert await work(shift) == {}
    clock.move(days=366)
    assert await work(shift) == {"schools": 1, "mails": 1}
    assert await work(shift) == {}
    async with shift.floor.database.read() as db:
        assert (await db.execute(select(Mail.recipient))).scalars().all() == ["ict@school.example"]

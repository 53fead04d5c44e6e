"""The yearly look at who was entered by hand (R80)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from directory.lifecycle import review
from directory.lifecycle.refusals import Refused
from directory.models import Employment
from tests.directory.lifecycle.staffroom import CONTACT, Staffroom


async def due(room: Staffroom) -> list[str | None]:
    async with room.database.read() as db:
        return [one.first_name for one in await review.due(db, room.school_id, now=room.now)]


async def test_after_a_year_somebody_looks(room: Staffroom) -> None:
    await room.hires("rt", "rt", ends_on=date(2028, 7, 31))
    await room.hires("juf", "teacher", source="las", las_key="M1")
    await room.hires("weg", "rt", active=False)
    assert await due(room) == []
    room.clock.move(days=365)
    assert await due(room) == ["Ict", "Rt"]
    async with room.database.begin() as db:
        await review.confirm(db, room.school_id, room.employed["rt"], date(2028, 7, 31), **room.act)
        await review.confirm(db, room.school_id, room.employed["ict"], None, **room.act)
    assert await due(room) == []
    room.clock.move(days=364)
    assert await due(room) == []


async def test_the_day_of_the_look_counts_not_the_account(room: Staffroom) -> None:
    await room.hires("rt", "rt", ends_on=date(2028, 7, 31))
    async with room.database.begin() as db:
        looked = room.today - timedelta(days=365)
        await db.execute(update(Employment).where(Employment.id == room.employed["rt"]).values(reviewed_on=looked))
    assert await due(room) == ["Rt"]


async def test_the_last_coordinator_gets_no_last_day_by_a_look(room: Staffroom) -> None:
    with pytest.raises(Refused) as refused:
        async with room.database.begin() as db:
            await review.confirm(db, room.school_id, room.employed["ict"], date(2027, 7, 31), **room.act)
    assert refused.value.code == "last_coordinator"


async def test_coordinators_are_mailed_once_a_school_year(room: Staffroom) -> None:
    room.clock.move(days=366)
    async with room.database.begin() as db:
        assert await review.schools_with_somebody(db, now=room.now) == [room.school_id]
        assert await review.remind(db, room.school_id, contact=CONTACT, now=room.now) == 1
        assert await review.remind(db, room.school_id, contact=CONTACT, now=room.now) == 0
    assert await room.mails() == [("ict@poort.example", "Kijk uw medewerkers na: De Poort")]
    room.clock.move(days=365)
    async with room.database.begin() as db:
        assert await review.remind(db, room.school_id, contact=CONTACT, now=room.now) == 1


async def test_nobody_to_look_at_no_mail(room: Staffroom) -> None:
    async with room.database.begin() as db:
        assert await review.schools_with_somebody(db, now=room.now) == []
        assert await review.remind(db, room.school_id, contact=CONTACT, now=room.now) == 0
    assert await room.mails() == []

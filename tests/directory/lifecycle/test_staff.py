"""Staff by hand: last days, the end, coming back, links to groups (R41, R80)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from directory.lifecycle import staff
from directory.lifecycle.days import latest_end
from directory.lifecycle.refusals import Refused
from directory.models import GroupTeacher
from tests.directory.lifecycle.staffroom import Staffroom


async def change_last_day(room: Staffroom, name: str, ends_on: date | None) -> str | None:
    try:
        async with room.database.begin() as db:
            await staff.change_last_day(db, room.school_id, room.employed[name], ends_on, **room.act)
    except Refused as error:
        return error.code
    return None


async def end(room: Staffroom, name: str) -> None:
    async with room.database.begin() as db:
        await staff.end(db, room.school_id, room.employed[name], **room.act)


async def take_up(room: Staffroom, name: str, ends_on: date | None) -> None:
    async with room.database.begin() as db:
        await staff.take_up(db, room.school_id, room.employed[name], ends_on, **room.act)


async def link(room: Staffroom, name: str, *groups: int) -> None:
    async with room.database.begin() as db:
        await staff.link_groups(db, room.school_id, room.employed[name], groups, **room.act)


async def linked(room: Staffroom, name: str) -> dict[int, str]:
    async with room.database.read() as db:
        mine = GroupTeacher.employment_id == room.employed[name]
        rows = await db.execute(select(GroupTeacher.group_id, GroupTeacher.source).where(mine))
        return {row.group_id: row.source for row in rows}


async def test_a_last_day_must_be_near_and_not_past(room: Staffroom) -> None:
    await room.hires("rt", "rt", ends_on=room.today)
    assert await change_last_day(room, "rt", room.today - timedelta(days=1)) == "end_has_passed"
    assert await change_last_day(room, "rt", latest_end(room.today) + timedelta(days=1)) == "end_too_far"
    assert await change_last_day(room, "rt", None) == "end_needed"
    assert (await room.of("rt")).ends_on == room.today
    assert await change_last_day(room, "rt", latest_end(room.today)) is None
    assert (await room.of("rt")).ends_on == latest_end(room.today)


def test_the_furthest_day_is_the_end_of_the_next_school_year() -> None:
    assert latest_end(date(2026, 7, 31)) == date(2027, 7, 31)
    assert latest_end(date(2026, 8, 1)) == date(2028, 7, 31)
    assert latest_end(date(2027, 1, 1)) == date(2028, 7, 31)


async def test_a_teacher_of_the_administration_needs_no_last_day(room: Staffroom) -> None:
    await room.hires("juf", "teacher", source="las", las_key="M1", ends_on=room.today)
    assert await change_last_day(room, "juf", None) is None


async def test_who_is_ended_works_nowhere_from_that_moment(room: Staffroom) -> None:
    await room.hires("juf", "teacher", source="las", las_key="M1")
    before = await room.epoch("juf")
    await end(room, "juf")
    assert await room.works_at("juf@poort.example") == []
    assert await room.epoch("juf") > before
    # What a coordinator ended is ours: a file neither brings it back nor ends it again.
    assert (await room.of("juf")).source == "platform"
    assert await room.ledger() == ["staff.ended"]


async def test_a_last_day_ends_by_itself(room: Staffroom) -> None:
    await room.hires("rt", "rt", ends_on=room.today)
    assert len(await room.works_at("rt@poort.example")) == 1
    room.clock.move(days=1)
    assert await room.works_at("rt@poort.example") == []


async def test_who_comes_back_is_who_left_but_for_the_right_to_manage(room: Staffroom) -> None:
    await room.hires("rob", "ict-coordinator", "teacher")
    await end(room, "rob")
    await take_up(room, "rob", date(2027, 7, 31))
    assert await room.works_at("rob@poort.example") == [(room.school_id, ("teacher",))]
    with pytest.raises(Refused, match="already"):
        await take_up(room, "rob", date(2027, 7, 31))


async def test_who_had_no_role_any_more_is_invited_instead(room: Staffroom) -> None:
    await room.hires("rt", active=False)
    with pytest.raises(Refused) as refused:
        await take_up(room, "rt", date(2027, 7, 31))
    assert refused.value.code == "no_role"


async def test_groups_are_linked_beside_those_of_the_administration(room: Staffroom) -> None:
    six, seven, eight = [await room.group(f"Groep {number}") for number in (6, 7, 8)]
    await room.hires("rt", "rt")
    async with room.database.begin() as db:
        await db.execute(insert(GroupTeacher).values(employment_id=room.employed["rt"], group_id=six, source="las"))
    await link(room, "rt", seven)
    assert await linked(room, "rt") == {six: "las", seven: "platform"}
    await link(room, "rt", six, eight)
    assert await linked(room, "rt") == {six: "las", eight: "platform"}


async def test_a_group_of_another_school_is_no_group(room: Staffroom) -> None:
    foreign = await room.group("Groep 6", school_id=await room.school("98XX"))
    await room.hires("rt", "rt")
    with pytest.raises(LookupError):
        await link(room, "rt", foreign)
    assert await linked(room, "rt") == {}

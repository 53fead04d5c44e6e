"""Imports as runs: what waits, what goes on at once, what is held, and that each yes is a yes to what was seen (D17, R37)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, update

from directory import people, schools
from directory.imports import kept, runs
from directory.imports.history import NOBODY_NEW
from directory.imports.models import ImportRun
from directory.imports.refusals import ImportRefused
from directory.imports.runs import Run
from directory.imports.words import RunRefused
from directory.models import Enrolment, School
from idp.core.crypto import CannotOpen
from idp.core.db import Database
from idp.core.models import LedgerEntry, Mail
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import BY, Desk, opened
from tests.directory.files import ECKID, read
from tests.directory.schools import school_file
from tests.directory.test_plan import colleague, file, pupil

YEAR = "2026-2027"
SMALL = file(*(pupil(f"p{n}", first_name=f"Kind{n}") for n in range(8)), colleague())


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


async def active(desk: Desk) -> int:
    return int((await desk.rows(func.count(Enrolment.id), where=[Enrolment.active]))[0][0])


async def test_an_upload_waits_and_changes_nothing_until_somebody_says_yes(desk: Desk) -> None:
    run = await desk.receive(SMALL, "upload")
    assert (run.state, run.ended_at, run.applied, await active(desk)) == ("planned", None, NOBODY_NEW, 0)
    assert run.counts["pupils"]["new"] == 8
    applied = await desk.carry_out(run)
    assert (len(applied.new_pupils), len(applied.new_staff)) == (8, 1)
    assert (await desk.run(run)).state == "applied"
    assert await desk.rows(ImportRun.content) == [(None,)]


async def test_a_night_goes_on_at_once_and_finds_nothing_the_next_time(desk: Desk) -> None:
    first = await desk.receive(SMALL)
    assert (first.state, len(first.applied.new_pupils), first.undoable) == ("applied", 8, True)
    again = await desk.receive(SMALL)
    assert (again.state, again.applied, again.undoable) == ("nothing", NOBODY_NEW, False)
    assert (await desk.run(first)).undoable


async def test_what_was_not_shown_is_not_carried_out(desk: Desk) -> None:
    run = await desk.receive(SMALL, "upload")
    await desk.receive(replace(SMALL, pupils=SMALL.pupils[:1]), "command")
    with pytest.raises(RunRefused) as refused:
        await desk.carry_out(run)
    assert refused.value.code == "not_waiting"
    run = await desk.receive(SMALL, "upload")
    with pytest.raises(RunRefused) as refused:
        await desk.carry_out(run, fingerprint="0" * 64)
    assert refused.value.code == "plan_changed"
    assert await active(desk) == 1


async def test_the_school_year_of_the_school_moves_with_its_groups(desk: Desk) -> None:
    await desk.receive(SMALL)
    assert await desk.rows(School.school_year) == [(YEAR,)]


async def test_a_coming_year_waits_for_its_first_day(desk: Desk) -> None:
    await desk.receive(SMALL)
    coming = replace(SMALL, school=replace(SMALL.school, school_year="2027-2028"))
    run = await desk.receive(coming, "upload")
    assert run.state == "waiting"
    planned = await desk.replan(run)
    assert (planned.begun, planned.whole.counts()["groups"]["gone"]) == (False, 3)
    with pytest.raises(RunRefused):
        await desk.carry_out(run)
    with pytest.raises(ImportRefused):
        await desk.receive(replace(SMALL, school=replace(SMALL.school, school_year="2025-2026")))


async def test_departures_that_are_held_wait_and_the_rest_is_in(desk: Desk) -> None:
    await desk.receive(SMALL)
    await coordinator(desk)
    fewer = replace(SMALL, pupils=(pupil("new"), SMALL.pupils[0]))
    run = await desk.receive(fewer)
    assert (run.state, run.counts["held"]) == ("held", {"groups": 0, "pupils": 7, "staff": 0})
    assert (len(run.applied.new_pupils), await active(desk)) == (1, 9)
    (mail,) = await desk.rows(Mail)
    assert (mail.recipient, "aantal: 7" in mail.body) == ("ict@school.example", True)
    await desk.let_go(run)
    assert (await desk.run(run)).state == "applied"
    assert await active(desk) == 2
    with pytest.raises(RunRefused):
        await desk.let_go(run)


SCHOOL = file(*(pupil(f"p{n}", first_name=f"Kind{n}") for n in range(23)), colleague())


def without(number: int) -> Any:
    """The school after its first so many children left."""
    return replace(SCHOOL, pupils=SCHOOL.pupils[number:])


async def nights(desk: Desk, *missing: int) -> list[str]:
    """What becomes of a night each, in which so many are missing."""
    states = []
    for number in missing:
        desk.later(days=1)
        states.append((await desk.receive(without(number))).state)
    return states


async def test_who_leaves_night_after_night_is_held_when_a_week_makes_too_many(desk: Desk) -> None:
    await desk.receive(SCHOOL)
    await coordinator(desk)
    assert await nights(desk, 2, 3, 5, 6, 7) == ["applied", "applied", "applied", "held", "held"]
    assert await active(desk) == 18
    (mail,) = await desk.rows(Mail)
    assert "aantal: 1" in mail.body


async def test_who_left_a_week_ago_counts_no_more(desk: Desk) -> None:
    await desk.receive(SCHOOL)
    assert await nights(desk, 5) == ["applied"]
    desk.later(days=6, hours=-1)
    assert await nights(desk, 6) == ["held"]
    desk.later(hours=1)
    assert (await desk.receive(without(7))).state == "applied"
    assert await active(desk) == 16


async def test_whom_somebody_let_go_is_not_counted_again(desk: Desk) -> None:
    await desk.receive(SCHOOL)
    assert await nights(desk, 1) == ["applied"]
    await desk.carry_out(await desk.receive(without(4), "upload"))
    held = await desk.receive(without(12))
    assert held.state == "held"
    await desk.let_go(held)
    # One left unasked: four more make the five that may always leave.
    assert await nights(desk, 16, 17) == ["applied", "held"]


async def test_who_left_another_school_does_not_count_here(desk: Desk) -> None:
    await desk.receive(SCHOOL)
    assert await nights(desk, 5) == ["applied"]
    async with desk.floor.database.begin() as db:
        desk.school = await schools.add(db, name="De Overkant", brin="98XX", location="", now=desk.now)
    there = replace(SCHOOL, school=replace(SCHOOL.school, brin="98XX"))
    await desk.receive(there)
    assert (await desk.receive(replace(there, pupils=there.pupils[5:]))).state == "applied"


async def test_an_import_that_was_undone_has_let_nobody_go(desk: Desk) -> None:
    await desk.receive(SCHOOL)
    desk.later(days=1)
    await desk.undo(await desk.receive(without(5)))
    assert await active(desk) == 23
    assert await nights(desk, 5) == ["applied"]


async def test_who_left_before_the_holidays_does_not_count_after_1_august(desk: Desk) -> None:
    last = replace(SCHOOL, school=replace(SCHOOL.school, school_year="2025-2026"))
    desk.now = datetime(2026, 7, 20, 8, tzinfo=UTC)
    await desk.receive(last)
    desk.now = datetime(2026, 7, 30, 8, tzinfo=UTC)
    assert (await desk.receive(replace(last, pupils=last.pupils[5:]))).state == "applied"
    desk.now = datetime(2026, 8, 2, 8, tzinfo=UTC)
    # The first data of a year are never held, and whom they lack has not left unasked.
    assert (await desk.receive(without(12))).state == "applied"
    assert await nights(desk, 16, 18) == ["applied", "held"]


async def test_departures_that_were_a_mistake_are_forgotten_by_the_next_good_night(desk: Desk) -> None:
    await desk.receive(SMALL)
    held = await desk.receive(replace(SMALL, pupils=SMALL.pupils[:1]))
    assert (await desk.receive(SMALL)).state == "nothing"
    assert await desk.states() == ["applied", "applied", "nothing"]
    assert await desk.rows(ImportRun.content, where=[ImportRun.id == held.id]) == [(None,)]
    assert await active(desk) == 8


async def test_the_same_departures_are_mailed_about_once(desk: Desk) -> None:
    await desk.receive(SMALL)
    await coordinator(desk)
    for _ in range(3):
        await desk.receive(replace(SMALL, pupils=SMALL.pupils[:1]))
    assert len(await desk.rows(Mail)) == 1


async def test_a_newer_upload_takes_the_place_of_an_older_one(desk: Desk) -> None:
    await desk.receive(SMALL, "upload")
    newer = await desk.receive(replace(SMALL, pupils=SMALL.pupils[:2]), "upload")
    assert await desk.states() == ["replaced", "planned"]
    await desk.carry_out(newer)
    assert await active(desk) == 2


async def test_departures_stay_held_until_an_upload_is_carried_out(desk: Desk) -> None:
    await desk.receive(SMALL)
    await desk.receive(replace(SMALL, pupils=SMALL.pupils[:1]))
    upload = await desk.receive(replace(SMALL, pupils=(*SMALL.pupils, pupil("new"))), "upload")
    assert await desk.states() == ["applied", "held", "planned"]
    await desk.carry_out(upload)
    assert await desk.states() == ["applied", "applied", "applied"]


async def test_an_upload_is_carried_out_whole_because_somebody_saw_who_leaves(desk: Desk) -> None:
    await desk.receive(SMALL)
    run = await desk.receive(replace(SMALL, pupils=SMALL.pupils[:1]), "upload")
    assert run.counts["held"]["pupils"] == 7
    await desk.carry_out(run)
    assert await active(desk) == 1


async def test_waiting_data_come_in_when_their_year_has_begun(desk: Desk) -> None:
    await desk.receive(SMALL)
    coming = replace(SMALL, school=replace(SMALL.school, school_year="2027-2028"), pupils=SMALL.pupils[:3])
    waiting = await desk.receive(coming)
    await desk.receive(SMALL)
    assert (await desk.run(waiting)).state == "waiting"
    assert await begun(desk) is None
    desk.now = datetime(2027, 7, 31, 22, 0, tzinfo=UTC)
    run = await begun(desk)
    assert run is not None
    assert (run.id, run.state, run.undoable) == (waiting.id, "applied", True)
    assert await active(desk) == 3
    assert await desk.rows(School.school_year) == [("2027-2028",)]
    assert await begun(desk) is None


async def test_what_a_year_without_data_ended_is_not_begun_anew_by_last_years_file(desk: Desk) -> None:
    await desk.receive(SMALL)
    async with desk.floor.database.begin() as db:
        await db.execute(update(School).values(school_year="2027-2028"))
    desk.now = datetime(2027, 8, 3, 2, 0, tzinfo=UTC)
    with pytest.raises(ImportRefused) as refused:
        await desk.receive(SMALL)
    assert refused.value.code == "older_year"


async def test_a_school_that_closed_takes_nothing_in(desk: Desk) -> None:
    waiting = await desk.receive(SMALL, "upload")
    async with desk.floor.database.begin() as db:
        await db.execute(update(School).values(closed_at=desk.now))
    for attempt in (desk.receive(SMALL), desk.carry_out(waiting)):
        with pytest.raises(ImportRefused) as refused:
            await attempt
        assert refused.value.code == "school_closed"
    assert await active(desk) == 0


async def test_what_is_kept_is_sealed_for_its_run(desk: Desk) -> None:
    told = replace(SMALL, pupils=(pupil("p", first_name="Zoroaster", eckid=ECKID),))
    run = await desk.receive(told, "upload")
    (row,) = await desk.rows(ImportRun.content, ImportRun.counts, ImportRun.doubts)
    assert kept.open_content(desk.floor.keyring, run.id, row.content) == told
    assert b"Zoroaster" not in row.content
    with pytest.raises(CannotOpen):
        kept.open_content(desk.floor.keyring, run.id + 1, row.content)
    await desk.carry_out(run)
    everything = str(await desk.rows(ImportRun)) + str(await desk.rows(LedgerEntry))
    assert "Zoroaster" not in everything
    assert ECKID[-32:] not in everything


async def test_a_changed_address_is_for_its_owner_whatever_else_changes(desk: Desk) -> None:
    first = await desk.receive(SMALL)
    moved = replace(SMALL, staff=(colleague(email="els.nieuw@school.example"),))
    run = await desk.receive(moved)
    assert (run.state, run.applied.proposed) == ("nothing", ((first.applied.new_staff[0], "els.nieuw@school.example"),))
    more = await desk.receive(replace(moved, pupils=(*SMALL.pupils, pupil("new"))))
    assert (more.state, more.applied.proposed) == ("applied", run.applied.proposed)


async def test_empty_and_failed_nights_are_runs_that_touch_nobody(desk: Desk) -> None:
    await desk.receive(SMALL)
    held = await desk.receive(replace(SMALL, pupils=SMALL.pupils[:1]))
    told: dict[str, Any] = {"source": "uwlr", "origin": "night", "by": "system", "now": desk.now}
    async with desk.floor.database.begin() as db:
        await runs.nothing(db, desk.school, **told, reason="no_changes")
        await runs.failed(db, desk.school, **told, error="truncated")
    assert await desk.states() == ["applied", "held", "nothing", "failed"]
    # "No changes" is no word about the departures that wait.
    await desk.let_go(held)
    assert await active(desk) == 1


async def test_runs_come_in_pages(desk: Desk) -> None:
    for _ in range(3):
        await desk.receive(SMALL)
    async with desk.floor.database.read() as db:
        first = await runs.listed(db, desk.school.id, now=desk.now, limit=2)
        rest = await runs.listed(db, desk.school.id, now=desk.now, before=first[-1].id)
        with pytest.raises(LookupError):
            await runs.of(db, desk.school.id + 1, first[0].id, now=desk.now)
    assert [run.id for run in (*first, *rest)] == [3, 2, 1]


async def test_of_two_imports_at_once_the_second_waits_and_finds_nothing_to_do(desk: Desk) -> None:
    states = [run.state for run in await asyncio.gather(*(desk.receive(SMALL) for _ in range(4)))]
    assert sorted(states) == ["applied", "nothing", "nothing", "nothing"]
    assert await active(desk) == 8


async def test_of_two_who_say_yes_at_once_one_is_too_late(desk: Desk) -> None:
    run = await desk.receive(SMALL, "upload")
    said = await asyncio.gather(desk.carry_out(run), desk.carry_out(run), return_exceptions=True)
    (late,) = [each for each in said if isinstance(each, RunRefused)]
    assert late.code == "not_waiting"
    assert await active(desk) == 8


async def begun(desk: Desk) -> Run | None:
    """What the turn of the year lets in."""
    async with desk.floor.database.begin() as db:
        return await runs.carry_out_waiting(db, desk.school, by=BY, **desk.context)


async def coordinator(desk: Desk) -> None:
    async with desk.floor.database.begin() as db:
        person_id = await people.new_person(
            db, kind="staff", first_name="Ict", prefix=None, surname="Vos", email="ict@school.example", now=desk.now
        )
        await people.employ(db, desk.school.id, person_id, ["ict-coordinator"])


async def test_a_year_after_the_coming_one_is_a_slip_of_the_pen(desk: Desk) -> None:
    far = replace(SMALL, school=replace(SMALL.school, school_year="2031-2032"))
    for _ in range(2):
        with pytest.raises(ImportRefused) as refused:
            await desk.receive(far, "upload")
        assert refused.value.code == "far_year"
        await desk.receive(SMALL)  # a school without groups, and one with


async def test_what_nobody_wanted_says_so(desk: Desk) -> None:
    run = await desk.receive(SMALL, "upload")
    async with desk.floor.database.begin() as db:
        await runs.discard(db, desk.school, run.id, by=BY, now=desk.now)
    assert (await desk.run(run)).state == "discarded"


async def test_a_table_finds_the_groups_of_the_administration_by_name(desk: Desk) -> None:
    """The table with the school of today, brought back unchanged, moves nobody; a name that two groups share tells nothing."""
    told = read(school_file(pupils=30, groups=3))
    await desk.receive(told)
    names = {(group.kind, group.key): group.name.casefold() for group in told.groups}
    table = replace(
        told,
        groups=tuple(replace(group, key=names[group.kind, group.key]) for group in told.groups),
        pupils=tuple(
            replace(
                child,
                group_key=child.group_key and names["stamgroep", child.group_key],
                subgroup_keys=tuple(names["subgroep", key] for key in child.subgroup_keys),
            )
            for child in told.pupils
        ),
        staff=tuple(
            replace(one, groups=tuple(replace(link, group_key=names[link.kind, link.group_key]) for link in one.groups))
            for one in told.staff
        ),
        addressed=False,
    )
    assert table.groups != told.groups
    run = await desk.receive(table, "upload")
    assert run.state == "nothing"
    first = table.pupils[0]
    other = next(group.key for group in table.groups if group.kind == "stamgroep" and group.key != first.group_key)
    moved = replace(table, pupils=(replace(first, group_key=other), *table.pupils[1:]))
    assert (await desk.receive(moved, "upload")).counts["pupils"]["moved"] == 1

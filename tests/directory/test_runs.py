"""Imports as runs: what waits, what goes on at once, what is held, and that each yes is a yes to what was seen (D17, R37)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func

from directory.imports.history import NOBODY_NEW
from directory.imports.models import ImportRun
from directory.imports.refusals import ImportRefused
from directory.imports.words import RunRefused
from directory.models import Enrolment, School
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.test_plan import colleague, file, pupil

YEAR = "2026-2027"
SMALL = file(*(pupil(f"p{n}", first_name=f"Kind{n}") for n in range(8)), colleague())


@pytest.fixture
async def desk(settings: Settings, clock: Clock) -> AsyncIterator[Desk]:
    async with opened(settings, clock) as desk:
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

"""When jobs are due, and that each is done once, whoever does it and whatever becomes of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

import pytest

from idp.core.errors import Unavailable
from idp.jobs import evidence, timetable
from idp.jobs.evidence import KnownRun, Report
from idp.jobs.shift import Shift
from idp.jobs.timetable import JOBS, Job, KnownAppointment, Work
from tests.clock import Clock

NIGHTLY = Job("a-test", time(3, 15))


def doing(work: Work, *, name: str = "a-test", shared: bool = False) -> Job:
    """A job that does that, in the night."""
    return Job(name, time(3, 15), shared=shared, load=lambda _: work)


def counting(done: list[str], then: Callable[[Report], Awaitable[None]] | None = None) -> Work:
    async def work(_: Shift, report: Report) -> bool:
        done.append("done")
        await report.add(pupils=2)
        if then is not None:
            await then(report)
        return True

    return work


async def _appointment(shift: Shift) -> KnownAppointment:
    async with shift.floor.database.read() as db:
        return (await timetable.listed(db))[0]


async def _runs(shift: Shift) -> list[KnownRun]:
    async with shift.floor.database.read() as db:
        return list(await evidence.listed(db))


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        # Summer: Amsterdam is two hours ahead; winter: one.
        (datetime(2026, 7, 14, 12, tzinfo=UTC), datetime(2026, 7, 15, 1, 15, tzinfo=UTC)),
        (datetime(2026, 11, 23, 1, tzinfo=UTC), datetime(2026, 11, 23, 2, 15, tzinfo=UTC)),
        # At the very moment the next one is tomorrow's; the nights in which the clocks change have exactly one.
        (datetime(2026, 11, 23, 2, 15, tzinfo=UTC), datetime(2026, 11, 24, 2, 15, tzinfo=UTC)),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 1, 15, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 2, 15, tzinfo=UTC)),
    ],
)
def test_a_job_is_due_at_its_hour_in_amsterdam(moment: datetime, due: datetime) -> None:
    assert NIGHTLY.after(moment) == due


def test_the_school_year_turns_at_midnight_of_1_august() -> None:
    job = timetable.job_named("school-year")
    assert job.after(datetime(2027, 7, 31, 12, tzinfo=UTC)) == datetime(2027, 7, 31, 22, tzinfo=UTC)


def test_every_job_has_work_to_do() -> None:
    assert all(callable(job.load(job.name)) for job in JOBS)
    with pytest.raises(LookupError):
        timetable.job_named("nonsense")


async def test_a_job_that_is_new_waits_for_its_hour_and_then_is_done_once(shift: Shift, clock: Clock) -> None:
    done: list[str] = []
    job = doing(counting(done))
    assert await timetable.turn(shift, jobs=[job]) == 0
    clock.now = job.after(clock.now)
    assert await timetable.turn(shift, jobs=[job]) == 1
    assert await timetable.turn(shift, jobs=[job]) == 0
    assert done == ["done"]
    assert await _appointment(shift) == KnownAppointment("a-test", job.after(clock.now), None, 0)
    (run,) = await _runs(shift)
    assert (run.job, run.counts, run.error, run.ended_at) == ("a-test", {"pupils": 2}, None, clock.now)


async def test_the_log_tells_numbers(shift: Shift, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    job = doing(counting([]))
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    with caplog.at_level("INFO", logger="poortwachter.jobs"):
        await timetable.take_part(shift, job)
    (record,) = [vars(one) for one in caplog.records if one.name == "poortwachter.jobs"]
    assert (record["job"], record["finished"], record["counts"]) == ("a-test", True, {"pupils": 2})


async def test_what_was_missed_is_done_when_somebody_works_again(shift: Shift, clock: Clock) -> None:
    done: list[str] = []
    job = doing(counting(done))
    await timetable.turn(shift, jobs=[job])
    clock.move(days=3, hours=5)
    await timetable.turn(shift, jobs=[job])
    assert done == ["done"]
    assert (await _appointment(shift)).due_at == job.after(clock.now)


async def test_of_two_workers_one_does_it(shift: Shift, clock: Clock) -> None:
    done: list[str] = []

    async def meanwhile(_: Report) -> None:
        assert await timetable.take_part(shift, job) is None

    job = doing(counting(done, meanwhile))
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    assert await timetable.take_part(shift, job) is not None
    assert done == ["done"]


async def test_a_worker_that_says_nothing_for_a_while_is_believed_dead_and_one_that_counts_is_not(
    shift: Shift, clock: Clock
) -> None:
    done: list[str] = []

    async def slowly(report: Report) -> None:
        clock.move(minutes=14)
        await report.add(pupils=1)
        clock.move(minutes=14)
        assert await timetable.take_part(shift, job) is None
        clock.move(minutes=2)
        if len(done) == 1:
            assert await timetable.take_part(shift, job) is not None

    job = doing(counting(done, slowly))
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    await timetable.take_part(shift, job)
    assert done == ["done", "done"]


async def test_a_failure_is_told_by_its_code_and_tried_again_ever_later(shift: Shift, clock: Clock) -> None:
    async def failing(_: Shift, report: Report) -> bool:
        await report.add(schools=1)
        raise BaseExceptionGroup("of some", [Unavailable("database"), ValueError("with a name in it")])

    pauses = []
    job = doing(failing)
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    for _ in range(9):
        with pytest.raises(BaseExceptionGroup):
            await timetable.turn(shift, jobs=[job])
        due = (await _appointment(shift)).due_at
        pauses.append((due - clock.now) // timedelta(minutes=1))
        clock.now = due
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert {(run.error, run.counts["schools"]) for run in await _runs(shift)} == {("database.unavailable", 1)}
    assert (await _appointment(shift)).attempts == 9


async def test_a_failing_job_does_not_keep_others_from_theirs(shift: Shift, clock: Clock) -> None:
    done: list[str] = []

    async def failing(_: Shift, __: Report) -> bool:
        raise ValueError

    both = [doing(failing, name="another-test"), doing(counting(done))]
    for job in both:
        await timetable.make_due(shift.floor.database, job, now=clock.now)
    with pytest.raises(ValueError):  # noqa: PT011 - the job's own, unchanged
        await timetable.turn(shift, jobs=both)
    assert done == ["done"]


async def test_a_worker_that_is_told_to_stop_leaves_the_job_to_the_next_one_at_once(shift: Shift, clock: Clock) -> None:
    begun = asyncio.Event()
    done: list[str] = []

    async def forever(_: Report) -> None:
        if len(done) == 1:
            begun.set()
            await asyncio.Event().wait()

    job = doing(counting(done, forever))
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    working = asyncio.create_task(timetable.take_part(shift, job))
    await begun.wait()
    working.cancel()
    await asyncio.wait([working])
    assert working.cancelled()
    assert await timetable.turn(shift, jobs=[job]) == 1
    assert [run.error for run in await _runs(shift)] == [None, "CancelledError"]
    assert (await _appointment(shift)).attempts == 0


async def test_of_a_shared_job_every_worker_takes_a_part_and_the_last_one_moves_it_on(
    shift: Shift, clock: Clock
) -> None:
    parts = [3, 2, 1]

    async def part(_: Shift, report: Report) -> bool:
        if parts:
            await report.add(schools=parts.pop())
            if parts:
                # Another worker comes while this one is at it.
                await timetable.take_part(shift, job)
        return not parts

    job = doing(part, shared=True)
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    assert await timetable.turn(shift, jobs=[job]) == 1
    assert await timetable.turn(shift, jobs=[job]) == 0
    assert sorted(run.counts["schools"] for run in await _runs(shift)) == [1, 2, 3]
    assert (await _appointment(shift)).due_at == job.after(clock.now)


async def test_of_workers_that_find_everything_done_one_writes_it_down(shift: Shift, clock: Clock) -> None:
    others = [True]

    async def all_done(_: Shift, __: Report) -> bool:
        if others:
            others.pop()
            assert await timetable.take_part(shift, job) is not None
        return True

    job = doing(all_done, shared=True)
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    await timetable.take_part(shift, job)
    assert len(await _runs(shift)) == 1


async def test_a_worker_that_found_nothing_to_do_while_others_work_leaves_no_trace(shift: Shift, clock: Clock) -> None:
    async def nothing_left_for_us(_: Shift, __: Report) -> bool:
        return False

    job = doing(nothing_left_for_us, shared=True)
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    assert await timetable.turn(shift, jobs=[job]) == 0
    assert await _runs(shift) == []
    assert (await _appointment(shift)).due_at == clock.now


async def test_progress_is_told_while_it_works_but_not_at_every_step(shift: Shift, clock: Clock) -> None:
    seen = []

    async def work(_: Shift, report: Report) -> bool:
        for _step in range(3):
            await report.add(pupils=1)
            clock.move(seconds=3)
            seen.append((await _runs(shift))[0].counts["pupils"])
        return True

    job = doing(work)
    await timetable.make_due(shift.floor.database, job, now=clock.now)
    await timetable.take_part(shift, job)
    assert seen == [1, 1, 3]


async def test_runs_whose_worker_was_killed_are_given_up_after_a_day(shift: Shift, clock: Clock) -> None:
    await Report(shift, "a-test").add(pupils=1)
    clock.move(hours=23)
    assert await evidence.give_up_lost(shift.floor.database, now=clock.now) == 0
    clock.move(hours=2)
    assert await evidence.give_up_lost(shift.floor.database, now=clock.now) == 1
    assert [(run.error, run.ended_at) for run in await _runs(shift)] == [("lost", clock.now)]

"""kill -9 of worker and of database in the middle of the purges (D40): what was not committed is as before, and the next run does the rest."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import pytest
from sqlalchemy import select, update

import idp.tables
from directory import substitutions
from directory.lifecycle import reorganisation_purge
from idp.core import floor
from idp.core.db import Db
from idp.core.settings import Settings
from idp.jobs import loop, retention, timetable
from idp.jobs.models import Appointment
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.jobs import country, due, dying
from tests.stopping import Program, kill_half_way, own_database, program

SECRET: Final = "a secret of thirty-two characters or more"
NAMES: Final = tuple(purge.name for purge in retention.PURGES)
JOBS: Final = ("eckids", "reorganisations")
ORDER: Final = (*JOBS, *NAMES)
AT_ONCE: Final = (*JOBS, "signing_keys_private")
"""Of which the first portion is all."""
KILLED_IN: Final = (*AT_ONCE, "import_contents", "mailed_links", "application_letters", "ledger")
"""One of each way in which purges work: all at once, emptying, deleting, two tables, seals. The next one comes past all in between."""

Everything = dict[str, list[Any]]


def test_every_purge_has_something_to_do_here() -> None:
    assert set(due.KINDS) == set(ORDER)


class _Never(Exception):
    pass


async def everything(db: Db) -> Everything:
    """Every row but what jobs keep of themselves; not the ledger's numbers, of which one that was not used is none."""
    found = {}
    for table in idp.tables.metadata_of_all.sorted_tables:
        if table.name not in ("job_runs", "timetable"):
            columns = [column for column in table.columns if (table.name, column.name) != ("ledger", "id")]
            found[table.name] = sorted((await db.execute(select(*columns))).all(), key=repr)
    return found


async def undisturbed(shift: Shift) -> Everything:
    """What a night would leave if nothing died in it. Every purge writes in the transaction that it is given and nowhere else."""
    today = shift.now.date()
    found: Everything = {}
    before: Everything = {}
    try:
        async with shift.floor.database.begin() as db:
            before = await everything(db)
            await substitutions.turn(db, today=today, keyring=shift.floor.keyring)
            for one in await reorganisation_purge.over(db, today=today):
                await reorganisation_purge.purge(db, one, now=shift.now)
            for purge in retention.PURGES:
                assert await purge.some(db, shift.now, 100) == due.EACH, purge.name
            found = await everything(db)
            raise _Never
    except _Never:
        async with shift.floor.database.read() as db:
            assert await everything(db) == before
    return found


async def is_due(shift: Shift) -> None:
    """The lease of whoever died is over."""
    for name in (*JOBS, "retention"):
        await timetable.make_due(shift.floor.database, timetable.job_named(name), now=shift.now)
    await country.change(shift, update(Appointment).values(claimed_until=None))


def worker(shift: Shift, ending: str, names: Iterable[str]) -> AbstractContextManager[Program]:
    url, at = shift.floor.settings.database_url, shift.now.isoformat()
    return program(dying.purge, url, SECRET, at, ending, ",".join(names))


def half_done(name: str) -> int:
    """Rows that are left when its last portion was not committed."""
    return due.EACH if name in AT_ONCE else due.EACH - dying.PORTION


async def left(shift: Shift) -> Mapping[str, int]:
    async with shift.floor.database.read() as db:
        return await due.left(db)


async def finishes(shift: Shift, expected: Everything) -> None:
    """The next worker does the rest, and everything is as if nothing had died."""
    await is_due(shift)
    assert await loop.jobs(shift) == len(JOBS) + 1
    async with shift.floor.database.read() as db:
        assert await everything(db) == expected


async def test_purges_whose_worker_was_killed_go_on_where_they_were(shift: Shift) -> None:
    """One worker after the other comes further, and is killed in the last portion of another purge."""
    await due.fill(shift)
    expected = await undisturbed(shift)
    untouched = dict.fromkeys(due.KINDS, due.EACH)
    assert await left(shift) == untouched
    for name in KILLED_IN:
        await is_due(shift)
        with worker(shift, "kill", [name]) as started:
            assert await started.ended() == (-9, ""), name
        done = dict.fromkeys(ORDER[: ORDER.index(name)], 0)
        assert await left(shift) == {**untouched, **done, name: half_done(name)}
    await finishes(shift, expected)


async def test_purges_whose_database_was_killed_go_on_when_it_is_back(settings: Settings, clock: Clock) -> None:
    """A PostgreSQL of its own, with fsync, killed again and again under one worker, which outlives that and does what can be done."""
    if settings.embedded:
        pytest.skip("the embedded database dies with its process")
    async with own_database() as server:
        chosen = settings.model_copy(update={"database_url": server.url, "secret_key": SECRET})
        shift = Shift(await floor.lay(chosen, clock=clock), ("cat", "dog", "owl", "frog"))
        await due.fill(shift)
        expected = await undisturbed(shift)
        await is_due(shift)
        await shift.floor.database.engine.dispose()
        with worker(shift, "stop", ("eckids", "reorganisations", "releases", "ledger")) as waiting:
            for _ in range(4):
                await kill_half_way(server, waiting)
            assert (await waiting.ended())[0] == 1
        # Of the reorganisations, each of which is a transaction, one was under way; of the others their last portion.
        half = {"eckids": due.EACH, "reorganisations": 1, "releases": 1, "ledger": 1}
        assert await left(shift) == {**dict.fromkeys(ORDER, 0), **half}
        await finishes(shift, expected)
        await shift.floor.close()

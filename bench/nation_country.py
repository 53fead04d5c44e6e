"""Two installations side by side on one PostgreSQL and one Valkey: a made-up country, and nothing but the measured school."""

import contextlib
import os
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench.product import IDP, Installation, filled, installation
from idp.core import floor
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.demo import nation_people
from tests.servers import postgres_server, valkey_server

SEED = 1
WHOLE = nation_people.SCHOOLS


@dataclass(frozen=True, slots=True)
class Country:
    """A country of so many schools, and beside it an installation without one. `seeded_s` is how long making it up took."""

    schools: int
    full: Installation
    empty: Installation
    database: Sequence[int]
    seeded_s: float

    def minutes(self, seconds: float) -> dict[str, float]:
        """How long it took; of a smaller country also how long that would be for the whole one, said as what it is."""
        measured = {"minutes": round(seconds / 60, 2), "schools": float(self.schools)}
        if self.schools == WHOLE:
            return measured
        whole = round(seconds / 60 * WHOLE / self.schools, 2)
        return {**measured, "minutes": whole, "minutes_measured": measured["minutes"], "extrapolated": 1.0}


@contextlib.asynccontextmanager
async def country(folder: Path, *, schools: int, measured_school: bool) -> AsyncIterator[Country]:
    """Both installations, filled by their own commands, and the databases' servers for as long as the block lasts.

    Without the `measured_school` there is nothing but the country itself: for who measures one of its own schools.
    """
    with postgres_server(fsync=True) as database, valkey_server(append_only=True) as store:
        places = [await _installation(folder, database.url, store.url, number) for number in range(2)]
        full, empty = places
        began = time.perf_counter()
        full.idp("demo", "seed-nation", "--schools", str(schools), "--seed", str(SEED))
        seeded = time.perf_counter() - began
        pids = (*database.pids, *store.pids)
        if measured_school:
            full, empty = filled(full), filled(empty)
        yield Country(schools, full, empty, pids, round(seeded, 1))


async def _installation(folder: Path, database: str, store: str, number: int) -> Installation:
    own = f"installation{number}"
    await execute(database, f"CREATE DATABASE {own}")
    storage = {
        "IDP_DATABASE_URL": f"{database.rpartition('/')[0]}/{own}",
        "IDP_REDIS_URL": f"{store.rpartition('/')[0]}/{number}",
        "IDP_ECKID_ENVIRONMENT": "pilot",
    }
    (folder / own).mkdir()
    place = installation(folder / own, storage)
    place.idp("migrate")
    return place


async def execute(database: str, *statements: str) -> list[Any]:
    """Runs statements, each by itself, and returns the rows of the last one."""
    connection = await asyncpg.connect(database.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        rows: list[Any] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def floor_of(place: Installation) -> AsyncIterator[Floor]:
    """The floor under an installation, for what no command prepares."""
    chosen = {name.removeprefix("IDP_").lower(): value for name, value in place.settings.items()}
    laid = await floor.lay(Settings.model_validate(chosen))
    try:
        yield laid
    finally:
        await laid.close()


def at_work(place: Installation, job: str, *, workers: int) -> list[subprocess.Popen[bytes]]:
    """So many processes that do a job's work of an installation."""
    return [anywhere([IDP, "jobs", "run", job, "--json"], log=place.log, env=place.settings) for _ in range(workers)]


def anywhere(
    command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """As `processes.spawn`, on whichever core is free."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd or log.parent,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )

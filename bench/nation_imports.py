"""What one import costs, in processor time of our process and of the database's: a school of 225 pupils, and a file of 200,000."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench import processes
from bench.product import installation
from directory import schools
from directory.imports import edexml, runs
from directory.imports.records import Administration
from directory.imports.runs import Run
from directory.schools import KnownSchool
from idp.core import floor, migrate
from idp.core.clock import school_year
from idp.core.db import Database, Db
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.demo.generator import write_school
from idp.web.pictures import TILE_PICTURES
from tests.directory import large
from tests.servers import postgres_server

PUPILS = 225
LARGE = 200_000
REPEATS = 24
WARM_UP = 4
Figures = dict[str, float]


async def small(folder: Path) -> dict[str, Figures]:
    """`import_plan_unchanged` (a file read and planned) and `import_apply_first` (its data planned and stored), on PostgreSQL."""
    with postgres_server(fsync=True) as database:
        place = installation(folder, {"IDP_DATABASE_URL": database.url, "IDP_ECKID_ENVIRONMENT": "pilot"})
        place.idp("migrate")
        chosen = {name.removeprefix("IDP_").lower(): value for name, value in place.settings.items()}
        laid = await floor.lay(Settings.model_validate(chosen))
        try:
            return await _small(laid, database.pids)
        finally:
            await laid.close()


async def large_of_a_year() -> dict[str, Figures]:
    """`import_large`: what the process weighs at most while it imports 200,000 pupils, beyond what it weighed before.

    Then, each in another process: `import_large_again`, the same file once more, and nothing changes; `import_large_coming`, a file of the coming
    year beside the current one, in which everybody moves, an eighth leaves and as many are new; `rollover_large`, the night that lets it in.
    """
    stages: tuple[tuple[str, large.Stage, str], ...] = (
        ("import_large", "now", "applied"),
        ("import_large_again", "now", "nothing"),
        ("import_large_coming", "coming", "waiting"),
        ("rollover_large", "new-year", "applied"),
    )
    figures: dict[str, Figures] = {}
    with postgres_server(fsync=True) as database:
        made = Database(database.url)
        await migrate.upgrade(made)
        await made.close()
        for key, stage, expected in stages:
            measured = await asyncio.to_thread(large.measured, LARGE, database.url, stage)
            if measured.state != expected:
                raise RuntimeError(f"{key} was {measured.state}")
            figures[key] = _weighed(measured)
    return figures


def _weighed(measured: large.Measured) -> Figures:
    return {
        "rss_mib": round(measured.rss_mib, 1),
        "cpu_ms": round(measured.cpu_ms),
        "file_mb": round(measured.megabytes),
    }


async def _small(laid: Floor, pids: Sequence[int]) -> dict[str, Figures]:
    files = [_file(number, laid) for number in range(REPEATS + WARM_UP)]
    known = [await _school(laid, number) for number in range(REPEATS + WARM_UP)]
    read = [edexml.read(io.BytesIO(file)) for file in files]

    async def apply_first(number: int) -> None:
        async with laid.database.begin() as db:
            taken = await _receive(db, laid, known[number], read[number])
        if taken.state != "applied":
            raise RuntimeError(f"a first import was not applied but is {taken.state}")

    async def plan_unchanged(number: int) -> None:
        administration = edexml.read(io.BytesIO(files[number]))
        async with laid.database.begin() as db:
            planned = await runs.preview(db, known[number], administration, now=laid.now, keyring=laid.keyring)
        if not planned.whole.changes_nothing:
            raise RuntimeError("the same file once more would change something")

    # In this order: what was not taken in first would not be unchanged.
    first = await _cost(apply_first, pids)
    return {"import_plan_unchanged": await _cost(plan_unchanged, pids), "import_apply_first": first}


async def _school(laid: Floor, number: int) -> KnownSchool:
    async with laid.database.begin() as db:
        return await schools.add(db, name="Measured", brin=_brin(number), location="", now=laid.now)


async def _receive(db: Db, laid: Floor, school: KnownSchool, administration: Administration) -> Run:
    return await runs.receive(
        db,
        school,
        administration,
        source="edexml",
        origin="command",
        by="bench",
        now=laid.now,
        keyring=laid.keyring,
        pictures=TILE_PICTURES,
    )


async def _cost(do: Callable[[int], Awaitable[None]], pids: Sequence[int]) -> Figures:
    """Milliseconds for each, the first few not counted: of our own process, of the database's, of both, and on the clock."""
    for number in range(WARM_UP):
        await do(number)
    own, theirs, clock = time.process_time(), processes.cpu_seconds(pids), time.perf_counter()
    for number in range(WARM_UP, WARM_UP + REPEATS):
        await do(number)
    own, theirs, clock = (
        (time.process_time() - own) * 1000 / REPEATS,
        (processes.cpu_seconds(pids) - theirs) * 1000 / REPEATS,
        (time.perf_counter() - clock) * 1000 / REPEATS,
    )
    return {
        "cpu_ms": round(own + theirs, 1),
        "own_cpu_ms": round(own, 1),
        "database_cpu_ms": round(theirs, 1),
        "wall_ms": round(clock, 1),
    }


def _file(number: int, laid: Floor) -> bytes:
    out = io.BytesIO()
    year, domain = school_year(laid.now), f"s{number}.school.example"
    write_school(out, seed=number, school_year=year, brin=_brin(number), pupils=PUPILS, mail_domain=domain)
    return out.getvalue()


def _brin(number: int) -> str:
    return f"99{chr(65 + number // 26)}{chr(65 + number % 26)}"

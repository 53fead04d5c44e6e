"""The nights of a country: every school is asked and taken in, and on 1 August every school gets its new groups while people sign in."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bench import nation_las, processes, product
from bench.client import Browser
from bench.load import Subject
from bench.nation_country import SEED, Country, anywhere, at_work, execute, floor_of
from bench.target import ANSWERS_WITHIN
from directory.imports import history, kept
from idp.core import clock
from idp.core.floor import Floor
from idp.demo import las, nation, nation_people, nation_records
from idp.demo.nation_people import Place
from tests.servers import free_port

WORKERS = 2
PERSONS = 4
PAUSE = 0.25
"""Seconds between one person's sign-ins while the year turns: some fifteen in a second together."""
AT_MOST = 3 * 3600.0
Figures = dict[str, float]


async def nightly(country: Country) -> Figures:
    """`nation_nightly`: every school is due at once, two processes ask and take in."""
    place, url = country.full, country.full.settings["IDP_DATABASE_URL"]
    async with _las(country, place.folder) as endpoint:
        where = ["--endpoint", endpoint, "--customer-code", las.CUSTOMER, "--customer-name", "Poortwachter"]
        place.idp("systems", "configure", nation.SYSTEM, *where)
        # Each at its own minute, as in the night, and all those minutes are over.
        await execute(url, "UPDATE couplings SET next_run_at = now() - (1 + school_id % 300) * interval '1 minute'")
        seconds, cpu = await _timed(country, "imports", lambda _done: asyncio.sleep(0))
    # In the small hours a school's own minute may still be to come: then it is asked twice.
    states = await execute(
        url,
        "SELECT state, count(DISTINCT school_id) AS n FROM import_runs r WHERE origin = 'night' AND id = "
        "(SELECT min(id) FROM import_runs f WHERE f.school_id = r.school_id AND f.origin = 'night') GROUP BY state",
    )
    counted = {f"runs_{row['state']}": float(row["n"]) for row in states}
    if sum(counted.values()) != country.schools or "runs_failed" in counted:
        raise RuntimeError(f"not every school was taken in: {counted}")
    return {**country.minutes(seconds), "workers": float(WORKERS), **cpu, **counted}


async def rollover(country: Country) -> Figures:
    """`nation_rollover`: data of the new year wait for every school, the year turns, and people sign in at another school meanwhile."""
    place, url = country.full, country.full.settings["IDP_DATABASE_URL"]
    async with floor_of(place) as laid:
        await _a_year_earlier(url, laid)
        await _waiting(country, laid)
    latencies: list[float] = []
    async with product.serving(place) as (pids, _):
        signing_in = (await product.subjects(place, pids, suffix=""))["oidc_sso_rs256"]

        async def sign_in_until(done: asyncio.Event) -> None:
            await asyncio.gather(*(_signs_in(signing_in, latencies, done) for _ in range(PERSONS)))

        seconds, cpu = await _timed(country, "school-year", sign_in_until)
    left = await execute(url, "SELECT count(*) AS n FROM import_runs WHERE state = 'waiting'")
    old = await execute(
        url, "SELECT count(*) AS n FROM schools WHERE school_year < (SELECT max(school_year) FROM schools)"
    )
    if left[0]["n"] or old[0]["n"]:
        raise RuntimeError(f"not every school was rolled over: {left[0]['n']} wait, {old[0]['n']} are behind")
    latencies.sort()
    during = {
        "signin_p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "signin_p95_ms": round(latencies[int(len(latencies) * 0.95)] * 1000, 1),
        "signins": float(len(latencies)),
    }
    return {**country.minutes(seconds), "workers": float(WORKERS), **cpu, **during}


async def _timed(
    country: Country, job: str, meanwhile: Callable[[asyncio.Event], Awaitable[None]]
) -> tuple[float, Figures]:
    """Seconds that a job took with two workers, and processor seconds of the workers and of the databases. Raises `RuntimeError`."""
    done = asyncio.Event()
    other = asyncio.ensure_future(meanwhile(done))
    before, began = processes.cpu_seconds(country.database), time.perf_counter()
    workers = at_work(country.full, job, workers=WORKERS)
    used: dict[int, float] = {}
    try:
        while any(worker.poll() is None for worker in workers):
            # A process that has ended tells no longer what it used.
            used |= {one.pid: found for one in workers if (found := processes.cpu_seconds([one.pid]))}
            if time.perf_counter() - began > AT_MOST:
                raise RuntimeError(f"{job} does not end")
            await asyncio.sleep(0.5)
        seconds = time.perf_counter() - began
    finally:
        done.set()
        processes.end(workers)
        await other
    if any(worker.returncode for worker in workers):
        raise RuntimeError(f"a worker failed:\n{country.full.log.read_text(errors='replace')[-3000:]}")
    database = processes.cpu_seconds(country.database) - before
    return seconds, {"workers_cpu_s": round(sum(used.values()), 1), "database_cpu_s": round(database, 1)}


async def _signs_in(subject: Subject, latencies: list[float], done: asyncio.Event) -> None:
    browser = Browser(subject.origin, subject.headers)
    try:
        if subject.prepare:
            await subject.prepare(browser)
        while not done.is_set():
            began = time.perf_counter()
            await subject.operation(browser)
            latencies.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)
    finally:
        browser.close()


async def _a_year_earlier(url: str, laid: Floor) -> None:
    """The country's schools are in last year's groups, as on 31 July; the measured school is not."""
    first = int(clock.school_year(laid.now)[:4]) - 1
    year, ours = f"'{first}-{first + 1}'", "(SELECT school_id FROM couplings)"
    await execute(
        url,
        f"UPDATE groups SET school_year = {year} WHERE school_id IN {ours}",
        f"UPDATE schools SET school_year = {year} WHERE id IN {ours}",
        "ANALYZE",
    )


async def _waiting(country: Country, laid: Floor) -> None:
    """Every school's data of the new year, sealed, as the nights of the summer leave them behind."""
    rows = await execute(laid.database.url, "SELECT brin, location, id FROM schools")
    ids = {(row["brin"], row["location"]): row["id"] for row in rows}
    places = list(nation_people.invented(country.schools))
    for start in range(0, len(places), 100):
        async with laid.database.begin() as db:
            for place in places[start : start + 100]:
                run_id = await history.begin(
                    db,
                    ids[place.brin, place.location],
                    "waiting",
                    source="uwlr",
                    origin="night",
                    by="system",
                    now=laid.now,
                    year=clock.school_year(laid.now),
                    counts={},
                    doubts={},
                )
                told = nation_records.administration(_after(place), school_year=clock.school_year(laid.now))
                await history.change(db, run_id, content=kept.seal_content(laid.keyring, run_id, told))


def _after(place: Place) -> nation_people.MadeSchool:
    stored = nation_people.later(nation_people.make(SEED, place), SEED, share=nation_las.CHANGED)
    return nation_people.next_year(stored, SEED)


@asynccontextmanager
async def _las(country: Country, folder: Path) -> AsyncIterator[str]:
    """The stand-in administration system of the whole country; its address."""
    port, log = free_port(), folder / "las.log"
    command = [sys.executable, "-m", "bench.nation_las", "--port", str(port)]
    command += ["--seed", str(SEED), "--schools", str(country.schools)]
    process = anywhere(command, log=log, cwd=Path(__file__).parent.parent)
    try:
        await _until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}{las.PATH}"
    finally:
        processes.end([process])


async def _until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    browser = Browser(f"http://127.0.0.1:{port}")
    began = time.perf_counter()
    try:
        while process.poll() is None and time.perf_counter() - began < ANSWERS_WITHIN:
            try:
                await browser.get(f"http://127.0.0.1:{port}/")
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return
    finally:
        browser.close()
    raise RuntimeError("the stand-in administration system does not answer")

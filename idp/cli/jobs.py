"""`idp jobs`: the timetable with what was done of it, and doing a job now. `imports` stands for the nightly ones, each school at its own minute."""

from collections.abc import Awaitable, Iterator
from typing import Annotated, Any, TypeVar

import typer

from directory import schools
from directory.imports import nights
from directory.imports.uwlr.faults import Refused as NotAsked
from directory.imports.uwlr.faults import sentence as sentence_of
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.floor import Floor
from idp.jobs import evidence, imports, timetable
from idp.jobs.evidence import KnownRun
from idp.jobs.shift import Shift
from idp.jobs.timetable import Job, KnownAppointment, Outcome
from idp.web.pictures import TILE_PICTURES

app = typer.Typer(no_args_is_help=True)

T = TypeVar("T")


@app.command("list")
def list_(
    *,
    job: Annotated[str | None, typer.Option(help="Show the runs of this job only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Shows when each job is due, and the last runs with what they did: numbers, nobody is named."""

    async def work(laid: Floor) -> dict[str, Any]:
        if job not in (None, imports.NAME):
            timetable.job_named(job)
        async with laid.database.read() as db:
            known = {appointment.job: appointment for appointment in await timetable.listed(db)}
            found = await evidence.listed(db, job=job, limit=limit)
            asking = {"job": imports.NAME, "due_at": await nights.next_due(db), "claimed_until": None, "failures": 0}
        jobs = [_job(one, known.get(one.name), laid) for one in timetable.JOBS]
        return {"jobs": [asking, *jobs], "runs": [_run(one) for one in found]}

    shown = perform(work, as_json=as_json)
    if as_json:
        output.answer(shown, (), as_json=True)
        return
    columns = {"job": "job", "due": "due_at", "working until": "claimed_until", "failures": "failures"}
    output.table(shown["jobs"], columns, as_json=False)
    output.answer(shown, _lines(shown["runs"]), as_json=False)


@app.command("run")
def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A job of the list.")],
    *,
    school: Annotated[
        str | None, typer.Option(metavar="CODE", help="Of `imports`: ask this school's system now, due or not.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Does a job now, whatever its hour, unless a worker is at it. Of `imports`: what is due by now, or one school."""

    async def work(laid: Floor) -> dict[str, Any]:
        if school is not None:
            return await _ask_now(laid, name, school)
        if name == imports.NAME:
            asked = await whole(imports.turn(Shift(laid, TILE_PICTURES)))
            return {"finished": True, "counts": {"schools": asked} if asked else {}}
        return outcome(await do(laid, timetable.job_named(name)))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [sentence(shown)], as_json=as_json)


async def _ask_now(laid: Floor, name: str, code: str) -> dict[str, Any]:
    if name != imports.NAME:
        raise Refused("refused", "only imports are done for one school")
    async with laid.database.read() as db:
        school = await schools.by_code(db, code)
    try:
        taken = await imports.ask_now(Shift(laid, TILE_PICTURES), school, by=OPERATOR)
    except NotAsked as error:
        raise Refused(error.code, error.text("en")) from None
    if failed := [run.error for run in taken if run.error and run.state == "failed"]:
        raise Refused(failed[0], sentence_of(failed[0], "en"))
    return {"finished": True, "counts": imports.states(taken)}


async def do(laid: Floor, job: Job) -> Outcome:
    """Does a job of the timetable in this process. Raises `Refused` when a worker has it, or when a part of it failed."""
    await timetable.make_due(laid.database, job, now=laid.now)
    done = await whole(timetable.take_part(Shift(laid, TILE_PICTURES), job))
    if done is None:
        raise Refused("busy", "a worker is at it")
    return done


async def whole(doing: Awaitable[T]) -> T:
    """What a job returns. Raises `Refused` in words when a part of it failed."""
    try:
        return await doing
    except BaseExceptionGroup as failed:
        parts = failed.exceptions
        kind = type(parts[0]).__name__
        raise Refused(
            "partly_failed", f"{len(parts)} part(s) failed, the first with {kind}; the rest is done"
        ) from None


def outcome(done: Outcome) -> dict[str, Any]:
    """What a job did, for machines."""
    return {"finished": done.finished, "counts": dict(done.counts)}


def sentence(shown: dict[str, Any]) -> str:
    """What a job did, for people."""
    told = _counts(shown["counts"]) or "nothing to do"
    return f"Done: {told}." if shown["finished"] else f"Our part is done: {told}. Other workers are at the rest."


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number)


def _job(job: Job, known: KnownAppointment | None, laid: Floor) -> dict[str, Any]:
    busy = known is not None and known.claimed_until is not None and known.claimed_until > laid.now
    return {
        "job": job.name,
        "due_at": known.due_at if known else job.after(laid.now),
        "claimed_until": known.claimed_until if known and busy else None,
        "failures": known.attempts if known else 0,
    }


def _run(one: KnownRun) -> dict[str, Any]:
    return {
        "job": one.job,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "counts": one.counts,
        "error": one.error,
    }


def _lines(runs: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    if not runs:
        yield "Nothing was done yet."
    for one in runs:
        how = one["error"] or ("" if one["ended_at"] else "working")
        what = _counts(one["counts"]) or "nothing to do"
        yield f"{output.moment(one['started_at'])}  {one['job']}: {what}" + (f" [{how}]" if how else "")

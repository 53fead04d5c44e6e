"""`idp school-year`: how the schools stand before 1 August, and beginning the year where it did not begin (R36-R39)."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from directory import schools
from directory.lifecycle import school_year
from idp.cli import jobs, output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.floor import Floor
from idp.jobs import school_year as job
from idp.jobs import timetable
from idp.jobs.shift import Shift
from idp.jobs.timetable import Outcome
from idp.web.pictures import TILE_PICTURES

app = typer.Typer(no_args_is_help=True)

OneSchool = Annotated[
    str | None, typer.Option("--school", metavar="CODE", help="BRIN, BRIN with location code, or INSTELLING_REF.")
]


@app.command("show")
def show(*, school: OneSchool = None, as_json: AsJson = False) -> None:
    """Shows how the country stands, or one school and what the next 1 August will do to it."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            if school is None:
                return asdict(await school_year.standing(db, now=laid.now))
            known = await schools.by_code(db, school)
            return {"school": known.code, **asdict(await school_year.outlook(db, known.id, now=laid.now))}

    shown = perform(work, as_json=as_json)
    lines = [f"{name.replace('_', ' '):<16}{_told(value)}" for name, value in shown.items()]
    output.answer(shown, lines, as_json=as_json)


@app.command("roll-over")
def roll_over(*, school: OneSchool = None, as_json: AsJson = False) -> None:
    """Begins the school year wherever it has begun on the calendar and not yet here; never before its 1 August.

    The night of 1 August does this by itself; doing it again changes nothing.
    """

    async def work(laid: Floor) -> dict[str, Any]:
        if school is None:
            return jobs.outcome(await jobs.do(laid, timetable.job_named("school-year")))
        async with laid.database.read() as db:
            known = await schools.by_code(db, school)
        counts = await job.roll_over(Shift(laid, TILE_PICTURES), known.id, by=OPERATOR)
        if counts is None:
            raise Refused("nothing_to_do", "this school is in the present school year, or a worker is at it")
        return jobs.outcome(Outcome(True, counts))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [jobs.sentence(shown)], as_json=as_json)


def _told(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)

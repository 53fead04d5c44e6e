"""`idp eckid`: how many pupils have an ECK-iD, and replaced ones from a file. No value is ever typed, printed or told (D40)."""

from typing import Any

import typer

from directory import schools, substitutions
from idp.cli import output
from idp.cli.acting import OPERATOR, perform, today
from idp.cli.options import AsJson, AtSchool, GivenFile, SchoolCode
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)


@app.command("count")
def count(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Tells how many active pupils of a school have an ECK-iD."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            have, pupils = await substitutions.counts(db, school.id)
        return {"school": school.code, "with_eckid": have, "pupils": pupils}

    shown = perform(work, as_json=as_json)
    told = f"{shown['with_eckid']} of {shown['pupils']} pupils of {shown['school']} have an ECK-iD."
    output.answer(shown, [told], as_json=as_json)


@app.command("substitute")
def substitute(file: GivenFile, *, school: AtSchool, as_json: AsJson = False) -> None:
    """Replaces ECK-iDs of a school's pupils by those in a CSV file with the columns oud;nieuw;vanaf;tot_en_met.

    All or nothing where the file cannot be read; a line about nobody of this school is counted and left alone. Delete the file afterwards.
    """

    async def work(laid: Floor) -> dict[str, Any]:
        day = today(laid)
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as source:
            wanted = list(substitutions.read(source, laid.settings.eckid_environment, today=day))
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            done = await substitutions.carry_out(
                db, at.id, wanted, today=day, now=laid.now, by=OPERATOR, keyring=laid.keyring
            )
        counts = {"done": done.done, "known": done.known, "not_here": done.not_here, "refused": done.refused}
        return {"school": at.code, **counts}

    shown = perform(work, as_json=as_json)
    numbers = ", ".join(f"{shown[name]} {name.replace('_', ' ')}" for name in ("done", "known", "not_here", "refused"))
    output.answer(shown, [f"ECK-iDs of {shown['school']}: {numbers}."], as_json=as_json)

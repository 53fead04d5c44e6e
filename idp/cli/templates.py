"""`idp schools template`: the table that a school without an administration system fills in (R31)."""

from pathlib import Path
from typing import Annotated, Any

import typer

from directory import schools
from directory.identifiers import parse_school_year
from directory.imports import tables_people, tables_template
from directory.imports.tables_template import Form
from idp.cli import output
from idp.cli.acting import perform
from idp.cli.options import AsJson, SchoolCode
from idp.cli.output import Refused
from idp.core import clock
from idp.core.floor import Floor

FORMS: dict[str, Form] = {".csv": "csv", ".xlsx": "xlsx"}


def template(
    code: SchoolCode,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it ends in .xlsx or .csv.")],
    *,
    school_year: Annotated[str | None, typer.Option(help="Left out: the school year of today.")] = None,
    filled: Annotated[
        bool, typer.Option("--filled", help="With the people of now, to change and import again.")
    ] = False,
    english: Annotated[
        bool, typer.Option("--english", help="Column names in English; Dutch ones are read as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Writes the table that a school without an administration system fills in. `idp schools import` reads it."""

    async def work(laid: Floor) -> dict[str, Any]:
        form = FORMS.get(file.suffix.lower())
        if form is None:
            raise Refused("refused", "the file's name must end in .xlsx or .csv")
        year = parse_school_year(school_year) if school_year else clock.school_year(laid.now)
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            people = await tables_people.people_of(db, school.id, year) if filled else []
        written = tables_template.write(
            form, school=school.code, school_year=year, people=people, language="en" if english else "nl"
        )
        try:
            # Somebody may have filled in the one that is there.
            with file.open("xb") as out:
                out.write(written)
        except OSError as error:
            raise Refused("refused", f"{file} cannot be written: {error.strerror}") from None
        return {"school": school.code, "school_year": year, "file": str(file), "people": len(people)}

    shown = perform(work, as_json=as_json)
    line = f"Wrote {shown['file']} for {shown['school']}, {shown['school_year']}, with {shown['people']} people."
    output.answer(shown, [line], as_json=as_json)

"""`idp locations`: whose location is whose account, where one administration delivers several (D13)."""

from typing import Annotated, Any

import typer

from directory import schools
from directory.imports import locations
from directory.imports.locations import Delivered
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, SchoolCode
from idp.core.db import Db
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `idp locations list` shows it.")]
Target = Annotated[str, typer.Option("--to", metavar="SCHOOL", help="The account to which the pupils there belong.")]
COLUMNS = {"number": "number", "from": "from", "location": "location", "to": "to", "agreed": "agreed"}


@app.command("list")
def list_(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """What a school's administration delivers to other accounts, and what others' would deliver to it."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            found = await locations.delivered_by(db, school.id) + await locations.delivered_to(db, school.id)
            return [await _row(db, one) for one in found]

    output.table(perform(work, as_json=as_json), COLUMNS, as_json=as_json)


@app.command("deliver")
def deliver(
    code: SchoolCode,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The location's key in the administration.")],
    *,
    to: Target,
    as_json: AsJson = False,
) -> None:
    """Says that a location in a school's administration is another account. Nothing goes there before that account agreed."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school, target = await schools.by_code(db, code), await schools.by_code(db, to)
            made = await locations.deliver(db, school.id, key, to=target.id, now=laid.now, by=OPERATOR)
            return await _row(db, made)

    shown = perform(work, as_json=as_json)
    said = "it agreed" if shown["agreed"] else f"it has to agree: idp locations agree {shown['to']} {shown['number']}"
    told = f"Location {shown['location']} of {shown['from']} is delivered to {shown['to']}; {said}."
    output.answer(shown, [told], as_json=as_json)


@app.command("agree")
def agree(code: SchoolCode, number: Number, *, as_json: AsJson = False) -> None:
    """The account agrees to get its pupils from the other school's administration, at its request."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            await locations.agree(db, school.id, number, now=laid.now, by=OPERATOR)
        return {"number": number, "agreed": True}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Agreed: the next import delivers to {code}."], as_json=as_json)


@app.command("withdraw")
def withdraw(code: SchoolCode, number: Number, *, as_json: AsJson = False) -> None:
    """Ends it for either side: from now on those pupils stay with the administration's own account."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            await locations.withdraw(db, school.id, number, now=laid.now, by=OPERATOR)
        return {"number": number, "agreed": False}

    output.answer(perform(work, as_json=as_json), [f"Withdrawn: location {number} is not delivered."], as_json=as_json)


async def _row(db: Db, one: Delivered) -> dict[str, Any]:
    source, target = await schools.by_id(db, one.school_id), await schools.by_id(db, one.target_school_id)
    named = {"from": source.code, "location": one.key, "to": target.code}
    return {"number": one.id, **named, "agreed": one.agreed}

"""`idp register`: DUO's list of schools, what it says about the school accounts, and giving those its names and boards (R49, R50)."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from directory import schools
from directory.register import readings
from directory.register.differences import AccountDifference
from directory.register.reader import RegisterRefused
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, SchoolCode, line
from idp.cli.output import Refused
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)

GivenFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True)]


@app.command("read")
def read(
    files: GivenFiles,
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Make it our copy of the register; else it is only shown.")
    ] = False,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="The files are a part of the register: nothing is gone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Reads DUO's lists (locations, special education, institutions, boards), all together, and shows what is new, changed and gone.

    School accounts stay as they are; `idp register show` tells what the register says about them.
    """

    async def work(laid: Floor) -> dict[str, Any]:
        try:
            with ExitStack() as open_files:
                sources = [open_files.enter_context(file.open("rb")) for file in files]
                async with laid.database.read() as db:
                    reading = await readings.look(db, sources)
            if keep:
                async with laid.database.begin() as db:
                    await readings.keep(db, reading, incomplete=incomplete, now=laid.now, by=OPERATOR)
        except RegisterRefused as error:
            raise Refused("register_refused", f"the list is refused: {error}") from None
        found = reading.differences
        return {
            "locations": len(reading.locations),
            **found.counts(),
            "skipped": reading.listed.skipped,
            "doubled": reading.listed.doubled,
            "addresses": len(reading.listed.addresses),
            "kept": keep,
            "differences": [
                *({"code": at.code, "kind": "new", "name": at.name} for at in found.new),
                *(
                    {"code": c.after.code, "kind": "changed", "name": c.after.name, "fields": list(c.fields)}
                    for c in found.changed
                ),
                *({"code": at.code, "kind": "gone", "name": at.name} for at in found.gone),
            ],
        }

    shown = perform(work, as_json=as_json)
    lines = output.beginning([f"{one['kind']:<8}{one['code']}  {one['name']}" for one in shown["differences"]])
    numbers = ", ".join(f"{shown[kind]} {kind}" for kind in ("new", "changed", "gone", "unchanged", "skipped"))
    last = "Kept." if shown["kept"] else "Nothing was kept. Add --keep to make it our copy of the register."
    output.answer(
        shown,
        [f"{shown['locations']} locations: {numbers}. {shown['addresses']} addresses of boards.", *lines, last],
        as_json=as_json,
    )


@app.command("show")
def show(*, as_json: AsJson = False) -> None:
    """Shows where school accounts are not as the register has them: names, boards, and locations that it lacks."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            last = await readings.last(db)
            found = await readings.against_accounts(db) if last else ()
        return {"read_at": last[0] if last else None, "differences": [_plain(one) for one in found]}

    shown = perform(work, as_json=as_json)
    if shown["read_at"] is None:
        output.answer(shown, ["The register was never read: idp register read FILE --keep"], as_json=as_json)
        return
    lines = [_line(one) for one in shown["differences"]] or ["Every school account is as the register has it."]
    output.answer(shown, [f"Register as of {output.moment(shown['read_at'])}.", *lines], as_json=as_json)


@app.command("apply")
def apply(
    codes: Annotated[list[str] | None, typer.Argument(metavar="SCHOOL...", help="Which school accounts.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every school account that differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Gives school accounts the name and the board that the register has, as `idp register show` told."""

    async def work(laid: Floor) -> dict[str, Any]:
        if bool(codes) == every:
            raise Refused("refused", "name the schools, or say --all")
        async with laid.database.begin() as db:
            wanted = [(await schools.by_code(db, code)).id for code in codes or ()]
            found = await readings.against_accounts(db)
            chosen = [one for one in found if every or one.account.id in wanted]
            return {"changed": await readings.apply(db, chosen, now=laid.now, by=OPERATOR)}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['changed']} school accounts changed."], as_json=as_json)


@app.command("name")
def name(
    code: SchoolCode,
    text: Annotated[str, typer.Argument(metavar="NAME", callback=line(200))],
    *,
    as_json: AsJson = False,
) -> None:
    """Names a school that DUO does not: abroad, for tests, for inspection."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            await readings.rename(db, school.id, text, now=laid.now, by=OPERATOR)
        return {"school": school.code, "name": text}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['school']} is called {shown['name']}."], as_json=as_json)


def _plain(difference: AccountDifference) -> dict[str, Any]:
    account, listed = difference.account, difference.listed
    return {
        "school": account.code,
        "name": account.name,
        "board": account.board_number,
        "absent": difference.absent,
        "fields": list(difference.fields),
        "register_name": listed.name if listed else None,
        "register_board": listed.board_number if listed else None,
        "candidates": list(difference.candidates),
    }


def _line(shown: dict[str, Any]) -> str:
    if shown["absent"]:
        hint = f"; perhaps it is {' or '.join(shown['candidates'])} now" if shown["candidates"] else ""
        return f"{shown['school']}  {shown['name']}: not in the register{hint}"
    parts = []
    if "name" in shown["fields"]:
        parts.append(f"is called {shown['register_name']}")
    if "board_number" in shown["fields"]:
        parts.append(
            f"board {shown['register_board']} instead of {shown['board'] or 'none'}: that board's agreement counts"
        )
    if "board_name" in shown["fields"] and "board_number" not in shown["fields"]:
        parts.append("the board has another name")
    return f"{shown['school']}  {shown['name']}: {'; '.join(parts)}"

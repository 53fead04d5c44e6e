"""School accounts: adding, showing, listing. Their files, networks and groups have modules of their own."""

from typing import Annotated, Any

import typer

from consent import agreements
from directory import addresses, schools
from directory.identifiers import parse_brin, parse_location_code
from directory.schools import KnownSchool
from idp.cli import groups, networks, output, school_choices, school_devices, school_files, templates
from idp.cli.acting import OPERATOR, note, perform, today
from idp.cli.options import AsJson, SchoolCode, line
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)
app.command("import")(school_files.import_file)
app.command("template")(templates.template)
app.command("add-ip")(networks.add_ip)
app.command("remove-ip")(networks.remove_ip)
app.command("devices")(school_devices.list_devices)
app.command("add-device-link")(school_devices.add_device_link)
app.command("withdraw-device-link")(school_devices.withdraw_device_link)
app.command("withdraw-device")(school_devices.withdraw_device)
app.command("groups")(groups.groups)
app.command("home")(school_choices.at_home)
app.command("two-steps")(school_choices.for_staff)
app.command("names")(school_choices.names)

BoardNumber = Annotated[str | None, typer.Option(help="Funding number of the board.", callback=line(16))]
BoardName = Annotated[str | None, typer.Option(help="Name of the board, where it is new.", callback=line(200))]


@app.command("add")
def add(
    *,
    name: Annotated[str, typer.Option(help="Name of the school, as people know it.", callback=line(200))],
    brin: Annotated[str | None, typer.Option(help="BRIN; left out for schools that DUO does not know.")] = None,
    location: Annotated[str, typer.Option(help="Location code, two digits; left out for the main location.")] = "",
    board_number: BoardNumber = None,
    board_name: BoardName = None,
    no_agreement: Annotated[bool, typer.Option("--no-agreement", help="The platform agreement is not signed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Adds a school account, one per location, with its platform agreement as signed today."""

    async def work(laid: Floor) -> dict[str, Any]:
        board = _board(board_number, board_name)
        code = parse_brin(brin) if brin else None
        if location and not code:
            raise Refused("refused", "a location code belongs to a BRIN")
        async with laid.database.begin() as db:
            place = parse_location_code(location)
            school = await schools.add(db, name=name, brin=code, location=place, now=laid.now, board=board)
            if not no_agreement:
                version, on = agreements.CURRENT_VERSION, today(laid)
                await agreements.record_for_school(db, school.id, document_version=version, signed_on=on, by=OPERATOR)
            await note(db, laid, "school.added", school_id=school.id, agreement=not no_agreement)
            return await _described(db, laid, school)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Added {shown['name']}.", *_lines(shown)], as_json=as_json)


@app.command("show")
def show(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Shows a school account: its codes, numbers and networks."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            known = await addresses.of_school(db, school.id)
            found = [
                {"network": a.network, "type": a.connection_type, "label": a.label, "seen": str(a.seen_on or "")}
                for a in known
            ]
            return {**await _described(db, laid, school), "networks": found}

    shown = perform(work, as_json=as_json)
    found = [f"network         {' '.join(filter(None, network.values()))}" for network in shown["networks"]]
    output.answer(shown, [shown["name"], *_lines(shown), *found], as_json=as_json)


@app.command("list")
def list_(
    *,
    search: Annotated[str, typer.Option(help="Part of a name or BRIN.")] = "",
    after: Annotated[str | None, typer.Option(metavar="CODE", help="The last school of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Lists school accounts by name."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            last = await schools.by_code(db, after) if after else None
            return [_plain(school) for school in await schools.listed(db, search=search, after=last, limit=limit)]

    columns = {"school": "code", "name": "name", "INSTELLING_REF": "instelling_ref"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


def _board(number: str | None, name: str | None) -> tuple[str, str] | None:
    if bool(number) != bool(name):
        raise Refused("refused", "a board is given with both --board-number and --board-name")
    return (number, name) if number and name else None


def _plain(school: KnownSchool) -> dict[str, Any]:
    return {
        "code": school.code,
        "brin": school.brin,
        "location": school.location,
        "name": school.name,
        "instelling_ref": school.instelling_ref,
    }


async def _described(db: Db, laid: Floor, school: KnownSchool) -> dict[str, Any]:
    board = await schools.board_of(db, school)
    return {
        **_plain(school),
        "board": {"number": board[0], "name": board[1]} if board else None,
        "agreement": await agreements.in_force(db, school.id, school.board_id, today=today(laid)),
        **await schools.counts(db, school.id),
    }


def _lines(shown: dict[str, Any]) -> list[str]:
    board = shown["board"]
    return [
        f"school          {shown['code']}",
        f"INSTELLING_REF  {shown['instelling_ref']}",
        f"board           {board['name'] + ' (' + board['number'] + ')' if board else '-'}",
        f"agreement       {'signed' if shown['agreement'] else 'not signed: nothing leaves'}",
        f"groups          {shown['groups']}",
        f"pupils          {shown['pupils']}",
        f"staff           {shown['staff']}",
    ]

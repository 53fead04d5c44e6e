"""`idp couplings`: a school's coupling with its administration system: both sides' yes, the key, how it runs (R22-R25, D5)."""

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from directory import schools
from directory.imports import checking, couplings
from directory.imports.couplings import Coupled
from directory.imports.uwlr.faults import sentence
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, SchoolCode
from idp.cli.output import Refused
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)


class ModeChoice(StrEnum):
    """How a coupling runs."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    OFF = "off"


class SideChoice(StrEnum):
    """Who says yes."""

    SCHOOL = "school"
    SYSTEM = "system"


@app.command("list")
def list_(
    *,
    mode: Annotated[ModeChoice | None, typer.Option(help="Only those that run like this.")] = None,
    after: Annotated[int, typer.Option(help="Begin behind this school's number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Lists couplings, a page at a time."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            found = await couplings.listed(db, mode=mode.value if mode else None, after=after, limit=limit)
            return [asdict(one) for one in found]

    columns = {
        "number": "school_id",
        "school": "name",
        "system": "system",
        "mode": "mode",
        "next": "next_run_at",
        "stopped by": "refused",
    }
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("show")
def show(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Shows a school's coupling and what it still lacks."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            return _described(school, await couplings.require(db, school.id))

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("choose")
def choose(
    code: SchoolCode,
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Code of the administration system.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Chooses a school's administration system. Another one than before begins anew: without key, agreements, and turned off."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            return _described(school, await couplings.couple(db, school.id, system, now=laid.now, by=OPERATOR))

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("mode")
def mode_(code: SchoolCode, mode: ModeChoice, *, as_json: AsJson = False) -> None:
    """Sets a coupling to automatic (every night), manual (only when somebody says so) or off."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            return _described(school, await couplings.set_mode(db, school.id, mode.value, now=laid.now, by=OPERATOR))

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("agree")
def agree(
    code: SchoolCode,
    *,
    side: Annotated[SideChoice, typer.Option(help="Whose yes this is; the system's comes with a key too.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Its no: from now on nothing is asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Records one side's yes, or takes it back (R22)."""

    async def work(laid: Floor) -> dict[str, Any]:
        said = couplings.withdraw if withdraw else couplings.agree
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            return _described(school, await said(db, school.id, side.value, now=laid.now, by=OPERATOR))

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("key")
def key(
    code: SchoolCode,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Forget the key.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keeps the key that stands on standard input, sealed. It is shown nowhere."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            if remove:
                return _described(school, await couplings.remove_key(db, school.id, now=laid.now, by=OPERATOR))
            given = sys.stdin.readline()
            kept = await couplings.set_key(db, school.id, given, now=laid.now, by=OPERATOR, keyring=laid.keyring)
            return _described(school, kept)

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("check")
def check(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Asks the system for the school's data now and says how many came. Nothing is taken in; a key that is refused is removed."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
        contact = laid.settings.support_contact
        found = await checking.check(
            laid.database, school, now=laid.now, by=OPERATOR, keyring=laid.keyring, contact=contact
        )
        if found.error is not None:
            raise Refused(found.error, sentence(found.error, "en"))
        return {"school": school.code, **asdict(found)}

    shown = perform(work, as_json=as_json)
    said = "The system answers, and has no data." if shown["school_year"] is None else _numbers(shown)
    output.answer(shown, [said], as_json=as_json)


def _numbers(shown: dict[str, Any]) -> str:
    pupils = f"{shown['pupils']} pupils ({shown['with_eckid']} with an ECK-iD)"
    return f"The system answers: {shown['school_year']}, {shown['groups']} groups, {pupils}, {shown['staff']} staff."


def _described(school: KnownSchool, coupled: Coupled) -> dict[str, Any]:
    return {
        "school": school.code,
        "system": coupled.system.code,
        "mode": coupled.mode,
        "active": coupled.active,
        "has_key": coupled.has_key,
        "agreed_by_school_at": coupled.agreed_by_school_at,
        "agreed_by_system_at": coupled.agreed_by_system_at,
        "lacking": coupled.lacking,
        "refused": coupled.refused,
        "received_until": coupled.received_until,
        "next_run_at": coupled.next_run_at,
    }


def _show(shown: dict[str, Any], *, as_json: bool) -> None:
    said = {
        "system": shown["system"],
        "mode": shown["mode"] + (", asked every night" if shown["active"] else ""),
        "key": "entered" if shown["has_key"] else "none",
        "school agreed": _when(shown["agreed_by_school_at"]),
        "system agreed": _when(shown["agreed_by_system_at"]),
        "received until": _when(shown["received_until"]),
        "next time": _when(shown["next_run_at"]),
    }
    lines = [f"School {shown['school']}", *(f"{name:<15} {value}" for name, value in said.items())]
    lines += [sentence(shown[name], "en") for name in ("refused", "lacking") if shown[name]]
    output.answer(shown, lines, as_json=as_json)


def _when(moment: Any) -> str:
    return output.moment(moment) if moment else "-"

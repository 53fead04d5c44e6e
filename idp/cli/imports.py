"""`idp imports`: what was imported at a school, what waits, and saying yes to it or undoing it (D17, R29)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from directory import schools
from directory.imports import past, runs, undo
from directory.imports.refusals import REFUSALS, ImportRefused
from directory.imports.runs import Run
from directory.imports.words import STATES, RunRefused
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, SchoolCode
from idp.cli.output import Refused
from idp.cli.school_files import heading, seen_as
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import newcomers
from idp.web.pictures import TILE_PICTURES

app = typer.Typer(no_args_is_help=True)

RunNumber = Annotated[int, typer.Argument(metavar="RUN", help="The import's number, as `idp imports list` shows it.")]
Seen = Annotated[
    str,
    typer.Option(
        "--seen",
        metavar="FINGERPRINT",
        help="The fingerprint that `idp imports show` printed, or its first 8 digits or more.",
    ),
]

SHORTEST_FINGERPRINT = 8


@app.command("list")
def list_(
    code: SchoolCode,
    *,
    before: Annotated[int | None, typer.Option(metavar="RUN", help="Only imports older than this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """The imports of a school, the newest first: when, from where, and what became of them."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            found = await runs.listed(db, school.id, now=laid.now, before=before, limit=limit)
        return [_row(run) for run in found]

    columns = {
        "run": "run",
        "started": "started_at",
        "source": "source",
        "origin": "origin",
        "state": "state",
        "year": "school_year",
        "new": "new",
        "changed": "changed",
        "gone": "gone",
        "held": "held",
        "error": "error",
        "undo until": "undo_until",
    }
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("show")
def show(code: SchoolCode, number: RunNumber, *, as_json: AsJson = False) -> None:
    """One import: what it would do now where it waits, and what it did where it can be undone. Nobody is named."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            school = await schools.by_code(db, code)
            run = await runs.of(db, school.id, number, now=laid.now)
            plan = await _plan(db, laid, school, run)
            done = await _done(db, laid, school, run)
        return {"school": _school(school, run), **_row(run), **run.doubts, "plan": plan, "changes": done}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _lines(shown), as_json=as_json)


@app.command("carry-out")
def carry_out(code: SchoolCode, number: RunNumber, *, seen: Seen, as_json: AsJson = False) -> None:
    """Carries out an import that waits for a yes; refused where it would by now do something else than was seen."""
    _say_yes(code, number, seen, held=False, as_json=as_json)


@app.command("let-go")
def let_go(code: SchoolCode, number: RunNumber, *, seen: Seen, as_json: AsJson = False) -> None:
    """Lets those go whose departure was held; refused where that would by now do something else than was seen."""
    _say_yes(code, number, seen, held=True, as_json=as_json)


@app.command("discard")
def discard(code: SchoolCode, number: RunNumber, *, as_json: AsJson = False) -> None:
    """Puts an import aside that waits for a yes or for its school year."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            with _refusals():
                await runs.discard(db, school, number, by=OPERATOR, now=laid.now)
        return {"run": number, "state": "discarded"}

    output.answer(perform(work, as_json=as_json), [f"Import {number} was put aside."], as_json=as_json)


@app.command("undo")
def undo_(code: SchoolCode, number: RunNumber, *, as_json: AsJson = False) -> None:
    """Undoes the newest import of a school, for fourteen days. Its coupling is on manual afterwards."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            with _refusals():
                done = await undo.undo(db, school, number, by=OPERATOR, now=laid.now, keyring=laid.keyring)
        numbers = {"deleted": done.deleted, "made_inactive": done.made_inactive, "put_back": done.put_back}
        return {"run": number, "state": "undone", **numbers}

    shown = perform(work, as_json=as_json)
    told = (
        f"Import {number} was undone: {shown['put_back']} values put back, {shown['deleted']} people deleted who came"
        f" with it, {shown['made_inactive']} made inactive. The coupling, if there is one, is on manual."
    )
    output.answer(shown, [told], as_json=as_json)


def _say_yes(code: str, number: int, seen: str, *, held: bool, as_json: bool) -> None:
    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            school = await schools.by_code(db, code)
            with _refusals():
                planned = await runs.replan(db, school, number, now=laid.now, keyring=laid.keyring)
                if len(seen) < SHORTEST_FINGERPRINT or not planned.fingerprint.startswith(seen):
                    raise RunRefused("plan_changed")
                applied = await (runs.let_go if held else runs.carry_out)(
                    db,
                    school,
                    number,
                    fingerprint=planned.fingerprint,
                    by=OPERATOR,
                    now=laid.now,
                    keyring=laid.keyring,
                    pictures=TILE_PICTURES,
                )
            welcomed = await newcomers.welcome(
                db,
                laid.keyring,
                school.id,
                applied,
                base_url=laid.settings.base_url,
                contact=laid.settings.support_contact,
                now=laid.now,
                looked_at=True,
            )
            run = await runs.of(db, school.id, number, now=laid.now)
        return {**_row(run), "secrets_given": welcomed.secrets, "mails": welcomed.mails}

    shown = perform(work, as_json=as_json)
    told = f"Import {number} was carried out. {shown['secrets_given']} children got a secret, {shown['mails']} mails are on their way."
    output.answer(shown, [told], as_json=as_json)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tells why, in words."""
    try:
        yield
    except RunRefused as refused:
        raise Refused(refused.code, refused.text("en")) from None
    except ImportRefused as refused:
        raise Refused(refused.code, refused.text("en")) from None


async def _plan(db: Db, laid: Floor, school: KnownSchool, run: Run) -> dict[str, Any] | None:
    """What a run that waits would do now; None for any other."""
    if run.state not in ("planned", "held", "waiting"):
        return None
    with _refusals():
        return seen_as(await runs.replan(db, school, run.id, now=laid.now, keyring=laid.keyring))


async def _done(db: Db, laid: Floor, school: KnownSchool, run: Run) -> list[dict[str, Any]]:
    """What a run did, for as long as that is known."""
    if run.state not in ("applied", "held"):
        return []
    changes = await past.changes_made(db, school, run.id, keyring=laid.keyring)
    return [{"about": one.about, "kind": one.kind, "key": one.key, "fields": list(one.fields)} for one in changes]


def _school(school: KnownSchool, run: Run) -> dict[str, Any]:
    return {"code": school.code, "name": school.name, "known": True, "school_year": run.school_year}


def _row(run: Run) -> dict[str, Any]:
    people = [run.counts.get(noun, {}) for noun in ("pupils", "staff")]
    held = run.counts.get("held", {})
    return {
        "run": run.id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "source": run.source,
        "origin": run.origin,
        "by": run.by,
        "state": run.state,
        "school_year": run.school_year,
        "counts": run.counts,
        "new": sum(counted.get("new", 0) for counted in people),
        "changed": sum(counted.get("changed", 0) + counted.get("moved", 0) for counted in people),
        "gone": sum(counted.get("gone", 0) for counted in people),
        "held": held.get("pupils", 0) + held.get("staff", 0),
        "error": run.error,
        "message": REFUSALS[run.error][1] if run.error in REFUSALS else run.error,
        "undo_until": run.undo_until.isoformat() if run.undo_until else None,
        "undoable": run.undoable,
    }


def _lines(shown: dict[str, Any]) -> Iterator[str]:
    yield f"import {shown['run']}: {shown['source']}, {shown['origin']}, {output.moment(shown['started_at'])}: {STATES[shown['state']][1]}"
    if shown["message"]:
        yield shown["message"]
    if shown["undoable"]:
        yield f"It can be undone until {shown['undo_until']}: idp imports undo {shown['school']['code']} {shown['run']}"
    plan = shown["plan"]
    if plan is None:
        yield f"{shown['new']} people new, {shown['changed']} changed, {shown['gone']} gone, {shown['held']} held"
        return
    yield from heading({**plan, "school": shown["school"]})
    yield f"seen: {plan['fingerprint']}"
    yield from (f"the departure of {held} {noun} waits for a yes" for noun, held in plan["held"].items() if held)

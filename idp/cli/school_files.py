"""`idp schools import`: what a school's file would do, and with `--apply` doing it (D14-D18, D46)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from directory import schools
from directory.identifiers import parse_school_reference
from directory.imports import environment, files, locations, runs, seen_locations
from directory.imports.brake import brake
from directory.imports.files import FileRead, Source
from directory.imports.locations import Part
from directory.imports.nameless import nameless
from directory.imports.plan import check_school, plan_for_unknown_school
from directory.imports.records import SchoolRecord
from directory.imports.refusals import ImportRefused
from directory.imports.runs import Planned, Run
from directory.imports.steps import Kind
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, finish, read_settings
from idp.cli.options import AsJson, GivenFile
from idp.cli.output import Refused
from idp.core import clock, floor, migrate
from idp.core import db as core_db
from idp.core.db import Database, Db
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.credentials import newcomers
from idp.credentials.newcomers import Welcomed
from idp.web.pictures import TILE_PICTURES

_NOBODY = Welcomed(0, 0)


def import_file(
    file: GivenFile,
    *,
    carry_out: Annotated[
        bool, typer.Option("--apply", help="Do it, all or nothing; else only the plan is shown.")
    ] = False,
    school: Annotated[
        str | None, typer.Option(metavar="CODE", help="Whose file it is, where the file does not say it by BRIN.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reads EDEXML or a filled-in table and shows what is new, changed, moved, gone and in doubt.

    Without --apply nothing is changed, and for a school that is not known yet neither a database nor a secret is needed.
    With it children without a secret get one, new colleagues a mail, and suspiciously many departures wait for `idp imports let-go`.
    """

    async def work() -> dict[str, Any]:
        try:
            with file.open("rb") as source:
                given = files.read(source, limits=files.LARGEST)
            settings = read_settings()
            ours = environment.kept_apart(given.administration, settings.eckid_environment)
            given = replace(given, administration=ours)
            return await (_applied if carry_out else _planned)(settings, given, school)
        except ImportRefused as error:
            raise Refused(error.code, error.text("en"), line=error.line, element=error.element) from None

    shown = finish(work, as_json=as_json)
    output.answer(shown, lines(shown), as_json=as_json)


async def _applied(settings: Settings, given: FileRead, code: str | None) -> dict[str, Any]:
    laid = await floor.lay(settings)
    try:
        async with laid.database.begin() as db:
            school = await _find(db, given.administration.school, code)
            if school is None:
                raise LookupError(_how_to_add(given.administration.school, code))
            own, *others = await locations.parts(db, school, given.administration)
            await seen_locations.remember(db, school.id, given.administration, now=laid.now)
            # Only what is told of it stays: two plans of a whole region would be one too many.
            seen = seen_as(await runs.preview(db, school, own.administration, now=laid.now, keyring=laid.keyring))
            run, welcomed = await _received(db, laid, own, given.source)
            delivered = [(part.school.code, (await _received(db, laid, part, given.source))[0]) for part in others]
    finally:
        await laid.close()
    return described(seen, school, run=run, welcomed=welcomed, delivered=delivered)


async def _received(db: Db, laid: Floor, part: Part, source: Source) -> tuple[Run, Welcomed]:
    run = await runs.receive(
        db,
        part.school,
        part.administration,
        source=source,
        origin="command",
        by=OPERATOR,
        now=laid.now,
        keyring=laid.keyring,
        pictures=TILE_PICTURES,
    )
    return run, await _welcome(db, laid, part.school, run)


async def _welcome(db: Db, laid: Floor, school: KnownSchool, run: Run) -> Welcomed:
    base_url, contact = laid.settings.base_url, laid.settings.support_contact
    return await newcomers.welcome(
        db, laid.keyring, school.id, run.applied, base_url=base_url, contact=contact, now=laid.now, looked_at=True
    )


async def _planned(settings: Settings, given: FileRead, code: str | None) -> dict[str, Any]:
    school = await _find_without_secret(settings, given.administration.school, code)
    if school is None:
        made = plan_for_unknown_school(given.administration, now=clock.utc_now())
        return described(nameless(made, brake(made, on=clock.utc_now().date())), None, code=_code_of(made.school))
    # Only comparing ECK-iDs with those of a school that we know takes the keys.
    laid = await floor.lay(settings)
    try:
        async with laid.database.read() as db:
            own = (await locations.parts(db, school, given.administration))[0]
            seen = await runs.preview(db, school, own.administration, now=laid.now, keyring=laid.keyring)
    finally:
        await laid.close()
    return described(seen_as(seen), school)


async def _find_without_secret(settings: Settings, record: SchoolRecord, code: str | None) -> KnownSchool | None:
    if core_db.absent(settings.database_url):
        _refuse_other(record, code)
        return None
    database = Database(settings.database_url)
    try:
        async with database.read() as db:
            if await migrate.revision(db) is None:
                _refuse_other(record, code)
                return None
        if settings.embedded:
            await migrate.upgrade_if_behind(database)
        await migrate.require_newest(database)
        async with database.read() as db:
            return await _find(db, record, code)
    finally:
        await database.close()


async def _find(db: Db, record: SchoolRecord, code: str | None) -> KnownSchool | None:
    """The school whose file this is, or None when we do not know it yet; planning checks that it is."""
    if code is None:
        if record.instelling_ref is not None:
            return await schools.by_ref(db, record.instelling_ref)
        return await schools.by_brin(db, record.brin, record.location)
    try:
        return await schools.by_code(db, code)
    except LookupError:
        _refuse_other(record, code)
        return None


def _refuse_other(record: SchoolRecord, code: str | None) -> None:
    named = parse_school_reference(code) if code else None
    if named and named.brin:
        check_school(record, brin=named.brin, location=record.location if named.location is None else named.location)


def _how_to_add(record: SchoolRecord, code: str | None) -> str:
    if record.brin is None:
        return f"no school {code}" if code else "the file names no school that is here: say with --school whose it is"
    place = f" --location {record.location}" if record.location else ""
    return f"no school {record.brin}{record.location}; add it with: idp schools add --brin {record.brin}{place} --name NAME"


def _code_of(record: SchoolRecord) -> str:
    return f"{record.brin or record.instelling_ref or ''}{record.location}"


def seen_as(planned: Planned) -> dict[str, Any]:
    """A plan of this moment, without names (D37)."""
    return nameless(planned.whole, planned.braked, fingerprint=planned.fingerprint)


def described(
    told: dict[str, Any],
    school: KnownSchool | None,
    *,
    code: str = "",
    run: Run | None = None,
    welcomed: Welcomed = _NOBODY,
    delivered: Sequence[tuple[str, Run]] = (),
) -> dict[str, Any]:
    """A plan and what became of it, for machines: no names (D37)."""
    state = run.state if run else None
    return {
        "school": {
            "code": school.code if school else code,
            "name": school.name if school else None,
            "known": school is not None,
            "school_year": told["school_year"],
        },
        **told,
        "applied": state in ("applied", "held", "nothing"),
        "run": run.id if run else None,
        "state": state,
        "secrets_given": welcomed.secrets,
        "mails": welcomed.mails,
        "delivered": [{"school": at, "run": each.id, "state": each.state} for at, each in delivered],
        "new_staff_without_password": len(run.applied.new_staff) if run else 0,
    }


def lines(shown: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    yield from heading(shown)
    if shown["state"] is None:
        yield "Nothing was changed. Add --apply to carry it out."
        return
    if shown["state"] == "waiting":
        yield f"Kept as import {shown['run']} until that school year begins. Nothing was changed."
        return
    yield f"Applied as import {shown['run']}. {shown['secrets_given']} children got a secret."
    if shown["new_staff_without_password"]:
        yield f"{shown['new_staff_without_password']} new members of staff have no password yet; {shown['mails']} were mailed."
    for each in shown["delivered"]:
        yield f"Delivered to {each['school']} as import {each['run']}: {each['state']}."
    if shown["state"] == "held":
        held = shown["held"]
        many = f"{held['pupils']} pupils and {held['staff']} members of staff"
        yield f"The departure of {many} waits: idp imports show {shown['school']['code']} {shown['run']}"


def heading(shown: dict[str, Any]) -> Iterator[str]:
    """School, numbers, doubts and warnings of a plan."""
    school = shown["school"]
    yield f"{school['name'] or 'School'} {school['code']}, {school['school_year']}" + (
        "" if school["known"] else " (not known yet)"
    )
    kinds = [kind.value for kind in Kind]
    yield "          " + "".join(f"{kind:>11}" for kind in kinds)
    for noun in ("groups", "pupils", "staff"):
        yield f"{noun:<10}" + "".join(f"{shown[noun][kind]:>11}" for kind in kinds)
    for doubt in shown["doubts"]:
        yield f"doubt: {doubt['about']} {doubt['key']}: {doubt['message']}"
    for warning in shown["warnings"]:
        yield f"warning: line {warning['line']} ({warning['times']}x): {warning['message']}"
    for notice in shown["notices"]:
        yield f"note: {notice['message']}"

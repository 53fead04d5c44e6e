"""`idp schools import`: what a file of the administration would do, and with `--apply` doing it (D14-D18, D46)."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from directory import groups, schools
from directory.identifiers import parse_school_reference
from directory.imports import apply, files
from directory.imports.plan import Plan, check_school, plan_for_unknown_school
from directory.imports.records import Administration, SchoolRecord
from directory.imports.refusals import DOUBTS, REMARKS, ImportRefused
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
from idp.credentials import pupil_secrets
from idp.web.pictures import TILE_PICTURES

QUIET = frozenset({Kind.UNCHANGED, Kind.PAST})


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
    Children without a secret get one, of the kind that their group uses.
    """

    async def work() -> dict[str, Any]:
        try:
            with file.open("rb") as source:
                administration = files.read(source).administration
            settings = read_settings()
            return await (_applied if carry_out else _planned)(settings, administration, school)
        except ImportRefused as error:
            raise Refused(error.code, error.text("en"), line=error.line, element=error.element) from None

    shown = finish(work, as_json=as_json)
    output.answer(shown, _lines(shown), as_json=as_json)


async def _applied(settings: Settings, administration: Administration, code: str | None) -> dict[str, Any]:
    laid = await floor.lay(settings)
    try:
        async with laid.database.begin() as db:
            school = await _find(db, administration.school, code)
            if school is None:
                raise LookupError(_how_to_add(administration.school, code))
            made, applied = await apply.take_in(
                db,
                school,
                administration,
                now=laid.now,
                by=OPERATOR,
                keyring=laid.keyring,
                pictures=TILE_PICTURES,
            )
            given = await _give_secrets(db, laid, school)
    finally:
        await laid.close()
    done = {"applied": True, "secrets_given": given, "new_staff_without_password": len(applied.new_staff)}
    return _described(made, school) | done


async def _give_secrets(db: Db, laid: Floor, school: KnownSchool) -> int:
    wanted = await groups.secret_kinds(db, school.id)
    have = await pupil_secrets.kinds_of(db, wanted)
    new = {pupil: kind for pupil, kind in wanted.items() if pupil not in have}
    await pupil_secrets.renew(db, laid.keyring, new, now=laid.now)
    return len(new)


async def _planned(settings: Settings, administration: Administration, code: str | None) -> dict[str, Any]:
    school = await _find_without_secret(settings, administration.school, code)
    if school is None:
        return _described(plan_for_unknown_school(administration, now=clock.utc_now()), None)
    # Only comparing ECK-iDs with those of a school that we know takes the keys.
    laid = await floor.lay(settings)
    try:
        async with laid.database.read() as db:
            made = await apply.preview(db, school, administration, now=laid.now, keyring=laid.keyring)
    finally:
        await laid.close()
    return _described(made, school)


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
        return f"no school {code}" if code else "the file names no BRIN: say with --school whose it is"
    place = f" --location {record.location}" if record.location else ""
    return f"no school {record.brin}{record.location}; add it with: idp schools add --brin {record.brin}{place} --name NAME"


def _described(made: Plan, school: KnownSchool | None) -> dict[str, Any]:
    record = made.school
    return {
        "school": {
            "code": school.code if school else f"{record.brin or ''}{record.location}",
            "name": school.name if school else None,
            "known": school is not None,
            "school_year": record.school_year,
        },
        **made.counts(),
        "steps": [
            {"about": about, "kind": step.kind.value, "key": who.key, "fields": step.fields}
            for about, steps in (("group", made.groups), ("pupil", made.pupils), ("staff", made.staff))
            for step in steps
            if step.kind not in QUIET and (who := step.record or step.current)
        ],
        "doubts": [
            {"about": doubt.about, "key": doubt.key, "reason": doubt.reason, "message": DOUBTS[doubt.reason][1]}
            for doubt in made.doubts
        ],
        "warnings": [
            {"code": remark.code, "line": remark.line, "times": remark.times, "message": REMARKS[remark.code][1]}
            for remark in made.warnings
        ],
        "changes_nothing": made.changes_nothing,
        "applied": False,
    }


def _lines(shown: dict[str, Any]) -> Iterator[str]:
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
    if not shown["applied"]:
        yield "Nothing was changed. Add --apply to carry it out."
        return
    yield f"Applied. {shown['secrets_given']} children got a secret."
    if shown["new_staff_without_password"]:
        yield f"{shown['new_staff_without_password']} new members of staff have no password yet."

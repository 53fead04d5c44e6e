"""`idp reorganise codes|merge|split|close|transfer`: what can be asked for, each for schools that exist."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from directory import people, schools
from directory.lifecycle import reorganisation_asking, reorganisation_records, reorganisations
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Closure, CodeChange, Merger, Split, Transfer, Wanted
from idp.cli import output
from idp.cli import reorganise_shown as telling
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked
from idp.cli.options import AsJson, AtSchool, OnRequest, SchoolCode
from idp.core.db import Db
from idp.core.floor import Floor

HELPDESK: Final = Asker(OPERATOR, helpdesk=True)
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Not before this day.")]


def codes(
    code: SchoolCode,
    new: Annotated[
        str | None, typer.Argument(metavar="[BRIN]", help="The new one; left out while DUO has not given it.")
    ] = None,
    *,
    on: Day = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Asks for another BRIN or location code; everything else of the school stays."""

    async def wanted(db: Db) -> Wanted:
        brin, location = telling.code(new) if new else (None, "")
        return CodeChange((await schools.by_code(db, code)).id, brin, location)

    _ask(wanted, on=on, request=request, as_json=as_json)


def merge(
    sources: Annotated[list[str], typer.Argument(metavar="SCHOOL...", help="The schools that end.")],
    *,
    into: Annotated[str, typer.Option(metavar="CODE", help="The school account where everybody goes.")],
    keep_keys: Annotated[
        bool, typer.Option("--keep-keys", help="The administration goes on to call the pupils by the keys they have.")
    ] = False,
    on: Day = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Asks for a merger of administrations: pupils keep secrets, subjects and ECK-iDs."""

    async def wanted(db: Db) -> Wanted:
        from_ids = [(await schools.by_code(db, code)).id for code in sources]
        return Merger(tuple(from_ids), (await schools.by_code(db, into)).id, "kept" if keep_keys else "renewed")

    _ask(wanted, on=on, request=request, as_json=as_json)


def split(
    code: SchoolCode,
    *,
    group: Annotated[list[str], typer.Option(metavar="NAME=CODE", help="A group and the account where it goes.")],
    on: Day = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Asks for a split: groups go to another account, with everybody in them."""

    async def wanted(db: Db) -> Wanted:
        source = await schools.by_code(db, code)
        known = await reorganisations.groups_by_name(db, source.id)
        moves = {}
        for text in group:
            name, _, to = text.rpartition("=")
            if name not in known:
                raise LookupError(f"{code} has no group {name}")
            moves[str(known[name])] = (await schools.by_code(db, to)).id
        return Split(source.id, moves)

    _ask(wanted, on=on, request=request, as_json=as_json)


def close(code: SchoolCode, *, on: Day = None, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Asks for the end of a school: nobody signs in, parties are told, after 30 days its data are deleted."""

    async def wanted(db: Db) -> Wanted:
        return Closure((await schools.by_code(db, code)).id)

    _ask(wanted, on=on, request=request, as_json=as_json)


def transfer(
    *,
    school: AtSchool,
    pupil_key: Annotated[str, typer.Option(help="The pupil's key at that school.")],
    from_school: Annotated[str, typer.Option("--from", metavar="CODE", help="Where the child comes from.")],
    from_key: Annotated[str | None, typer.Option(help="The pupil's key there; else that school says it.")] = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Asks to make one of a child's two accounts; both schools must agree."""

    async def wanted(db: Db) -> Wanted:
        to, old = await schools.by_code(db, school), await schools.by_code(db, from_school)
        arrived = await people.pupil_by_key(db, to.id, pupil_key)
        left = await people.pupil_by_key(db, old.id, from_key) if from_key else None
        return Transfer(old.id, to.id, arrived, left)

    _ask(wanted, on=None, request=request, as_json=as_json)


async def asked_in_writing(db: Db, laid: Floor, number: int, request: str | None) -> None:
    """Where the helpdesk speaks for a school that has no coordinator: its written request, kept in the ledger of that school.

    Else one person would decide alone about everybody of a school (D14, D19). Raises `Refused`.
    """
    known = await telling.possible(reorganisation_records.of(db, number))
    alone = await reorganisation_records.spoken_for(db, known, {reorganisation_records.HELPDESK: OPERATOR})
    if alone:
        refuse_unasked(laid, request)
    for school_id in sorted(alone):
        await note(db, laid, "reorganisation.requested", school_id=school_id, reorganisation=number, request=request)


def _ask(wanted: Callable[[Db], Awaitable[Wanted]], *, on: datetime | None, request: str | None, as_json: bool) -> None:
    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            number = await telling.possible(
                reorganisation_asking.ask(
                    db,
                    await wanted(db),
                    by=HELPDESK,
                    effective_on=on.date() if on else None,
                    now=laid.now,
                    keyring=laid.keyring,
                    contact=laid.settings.support_contact,
                )
            )
            await asked_in_writing(db, laid, number, request)
            return await telling.plain(db, await reorganisation_records.of(db, number))

    shown = perform(work, as_json=as_json)
    output.answer(
        shown, [telling.state(shown), f"Look at it with: idp reorganise show {shown['number']}"], as_json=as_json
    )

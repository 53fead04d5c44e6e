"""`idp substitutes`: the seat of each group, and who has it today (R86 to R90, D4)."""

from typing import Annotated, Any

import typer

from directory import groups, schools
from directory.lifecycle import seats, substitutes
from directory.lifecycle.substitutes import Substitute
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, perform, today
from idp.cli.options import AsJson, AtSchool, SchoolCode, line
from idp.cli.staffing import found, refusals
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import activation

app = typer.Typer(no_args_is_help=True)

InGroup = Annotated[str, typer.Option("--group", help="The group's name, or its key in the administration.")]


async def _group(db: Db, at: KnownSchool, name: str) -> int:
    known = await groups.of_school(db, at.id)
    matching = [group.id for group in known if group.kind == "stamgroep" and name in (group.name, group.key)]
    if len(matching) != 1:
        raise LookupError(f"school {at.code} has {'several groups' if matching else 'no group'} called {name!r}")
    return matching[0]


@app.command("list")
def list_(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Every group of a school with its substitute of today."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            at = await schools.by_code(db, code)
            found_seats = await seats.of_school(db, at.id, today=today(laid))
        return [
            {
                "group": seat.group_name,
                "name": seat.name,
                "email": seat.email,
                "since": seat.starts_at,
                "until": seat.ends_on.isoformat() if seat.ends_on else None,
            }
            for seat in found_seats
        ]

    columns = {"group": "group", "substitute": "name", "address": "email", "since": "since", "until": "until"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("bind")
def bind(
    *,
    school: AtSchool,
    group: InGroup,
    email: Annotated[str, typer.Option(help="The substitute's own address, which is the user name.")],
    first_name: Annotated[str, typer.Option(callback=line(64))],
    surname: Annotated[str, typer.Option(callback=line(200))],
    days: Annotated[int, typer.Option(help="2, 7 or 14; today is the first.")],
    prefix: Annotated[str | None, typer.Option(help="Tussenvoegsel.", callback=line(16))] = None,
    as_json: AsJson = False,
) -> None:
    """Gives a substitute a group, from this moment. Who has an account keeps its name and password; who has no password gets a link."""

    async def work(laid: Floor) -> dict[str, Any]:
        contact = laid.settings.support_contact
        who = Substitute(email, first_name, prefix, surname)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            group_id = await _group(db, at, group)
            with refusals():
                bound = await substitutes.bind(
                    db, at.id, group_id, who, days=days, contact=contact, by=OPERATOR, now=laid.now
                )
            base_url = laid.settings.base_url
            await activation.invite(
                db, laid.keyring, [bound.person_id], base_url=base_url, contact=contact, now=laid.now
            )
        until = bound.ends_on.isoformat()
        return {"school": at.code, "group": group, "until": until, "second_factor": at.mfa_for_staff}

    shown = perform(work, as_json=as_json)
    told = [f"Bound to {shown['group']} until {shown['until']} included; a mail is on its way."]
    if shown["second_factor"]:
        told.append("This school wants two steps of all staff: a phone with an authenticator app is needed.")
    output.answer(shown, told, as_json=as_json)


@app.command("end")
def end(*, school: AtSchool, group: InGroup, as_json: AsJson = False) -> None:
    """Ends the substitution in a group, from this moment."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            await substitutes.end_for(db, at.id, await _group(db, at, group), by=OPERATOR, now=laid.now)
        return {"school": at.code, "group": group}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Nobody substitutes in {shown['group']} any more."], as_json=as_json)


@app.command("history")
def history(
    code: SchoolCode,
    *,
    before: Annotated[int | None, typer.Option(metavar="NUMBER", help="Only older ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """Who had which group when, the newest first."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            at = await schools.by_code(db, code)
            page = await seats.history(db, at.id, before=before, limit=limit)
        return [
            {
                "number": past.id,
                "group": past.group_name,
                "name": past.name,
                "email": past.email,
                "since": past.starts_at,
                "until": past.ends_on.isoformat(),
                "ended": past.ended_at,
            }
            for past in page
        ]

    columns = {
        "number": "number",
        "group": "group",
        "substitute": "name",
        "address": "email",
        "since": "since",
        "until": "until",
    }
    output.table(perform(work, as_json=as_json), {**columns, "ended": "ended"}, as_json=as_json)


@app.command("delegate")
def delegate(
    email: Annotated[str | None, typer.Argument(metavar="[EMAIL]", help="Nobody without it.")] = None,
    *,
    school: AtSchool,
    as_json: AsJson = False,
) -> None:
    """Lets one colleague give substitutes a group, beside the coordinators."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at, who = await schools.by_code(db, school), None
            if email is not None:
                at, who = await found(db, school, email)
            with refusals():
                contact = laid.settings.support_contact
                await seats.delegate(db, at.id, who, contact=contact, by=OPERATOR, now=laid.now)
        return {"school": at.code, "email": email}

    shown = perform(work, as_json=as_json)
    told = f"{shown['email'] or 'Nobody'} beside the coordinators may give substitutes a group."
    output.answer(shown, [told], as_json=as_json)

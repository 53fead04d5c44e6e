"""`idp applications`: schools that ask for an account or for their first coordinator (R9 to R15).

The command line is one pair of eyes: of the two yeses an application needs, at most one comes from here; the other is an operator's own.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from directory.lifecycle.refusals import Refused as RefusedHere
from directory.names import full_name
from directory.onboarding import checking, deciding
from directory.onboarding.asking import Told
from directory.onboarding.checking import Looked
from directory.onboarding.compared import HINDRANCES, WORTH_A_LOOK
from directory.onboarding.deciding import Checker
from directory.onboarding.steps import TO_CHECK, State
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `idp applications list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; the applicant reads it.")]
Seen = Annotated[
    int | None, typer.Option("--seen", help="The version that was looked at; refused if there is a newer one.")
]
EVERY: tuple[State, ...] = ("asked", "received", "approved", "done", "refused")


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those without a letter, and decided ones.")] = False,
    before: Annotated[int | None, typer.Option(metavar="NUMBER", help="The last one of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """Lists applications that wait for somebody's yes, the newest first."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            states = EVERY if every else TO_CHECK
            found = await checking.listed(db, laid.keyring, states, before=before, limit=limit)
        return [
            {
                "application": one.id,
                "kind": one.kind,
                "state": one.state,
                "code": one.code,
                "school": one.school_name,
                "asked": one.asked_at,
                "received": one.received_at,
            }
            for one in found
        ]

    columns = {"application": "application", "state": "state", "code": "code", "school": "school"}
    output.table(perform(work, as_json=as_json), {**columns, "letter": "received"}, as_json=as_json)


@app.command("show")
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Shows one application: the form beside the register and our accounts, what would come of it, what stands in the way."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            return _plain(await checking.one(db, laid.keyring, number, now=laid.now))

    shown = perform(work, as_json=as_json)
    output.answer(shown, _lines(shown), as_json=as_json)


@app.command("letter")
def letter(
    number: Number,
    to: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="Where to write it; never over a file.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Writes the signed letter to a file. That it was taken is recorded. Remove the file when it was looked at."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            content = await checking.letter(db, laid.keyring, number, by=OPERATOR, now=laid.now)
            try:
                # For nobody else on this machine, from its first byte on.
                with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(content)
            except OSError as error:
                raise Refused("refused", f"cannot write there: {error.strerror}") from None
        return {"application": number, "bytes": len(content)}

    shown = _refusals(work, as_json=as_json)
    output.answer(
        shown, [f"Written, {shown['bytes']} bytes. Open it with care: nothing in it was checked."], as_json=as_json
    )


@app.command("approve")
def approve(number: Number, *, seen: Seen = None, as_json: AsJson = False) -> None:
    """The yes that is due. At the second one the school comes into being and its coordinator is invited."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            checker, state = await _checker(db, laid, number, seen)
            if state != "approved":
                await deciding.approve(db, laid.keyring, number, checker)
                return {"application": number, "state": "approved", "school": None}
            school = await deciding.confirm(db, laid.keyring, number, checker, _told(laid))
        return {"application": number, "state": "done", "school": school.code}

    shown = _refusals(work, as_json=as_json)
    first = "The first yes is given. The second one is somebody else's, on the helpdesk's pages."
    told = f"{shown['school']} is there, and its coordinator is invited." if shown["school"] else first
    output.answer(shown, [told], as_json=as_json)


@app.command("send-back")
def send_back(number: Number, *, reason: Reason, seen: Seen = None, as_json: AsJson = False) -> None:
    """The letter will not do: the applicant reads why and gets a fresh link to hand in another."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            checker, _ = await _checker(db, laid, number, seen)
            await deciding.send_back(db, laid.keyring, number, reason, checker, _told(laid))
        return {"application": number, "state": "asked"}

    shown = _refusals(work, as_json=as_json)
    output.answer(shown, ["The applicant is asked for another letter."], as_json=as_json)


@app.command("refuse")
def refuse(number: Number, *, reason: Reason, seen: Seen = None, as_json: AsJson = False) -> None:
    """No. The applicant reads why."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            checker, _ = await _checker(db, laid, number, seen)
            await deciding.refuse(db, laid.keyring, number, reason, checker, _told(laid))
        return {"application": number, "state": "refused"}

    shown = _refusals(work, as_json=as_json)
    output.answer(shown, [f"Application {number} was refused, and the applicant is told."], as_json=as_json)


async def _checker(db: Db, laid: Floor, number: int, seen: int | None) -> tuple[Checker, State]:
    standing = (await checking.one(db, laid.keyring, number, now=laid.now)).standing
    return Checker(OPERATOR, standing.version if seen is None else seen, laid.now), standing.state


def _told(laid: Floor) -> Told:
    return Told(laid.settings.base_url, laid.settings.support_contact)


def _refusals(work: Any, *, as_json: bool) -> dict[str, Any]:
    """Like `perform`; what the rules refuse, as a command says it."""

    async def told(laid: Floor) -> dict[str, Any]:
        try:
            done: dict[str, Any] = await work(laid)
        except RefusedHere as error:
            raise Refused(error.code, str(error)) from None
        return done

    return perform(told, as_json=as_json)


def _plain(looked: Looked) -> dict[str, Any]:
    asked, compared = looked.answers, looked.compared
    return {
        "application": looked.id,
        "kind": looked.kind,
        "state": looked.standing.state,
        "version": looked.standing.version,
        "asked": looked.asked_at,
        "received": looked.received_at,
        "letter_bytes": looked.letter_size,
        "approved_by": looked.standing.approved_by,
        "decided_by": looked.decided_by,
        "director": full_name(asked.director_first_name, asked.director_prefix, asked.director_surname)
        if asked
        else None,
        "function": asked.director_function if asked else None,
        "coordinator": full_name(asked.first_name, asked.prefix, asked.surname) if asked else None,
        "email": asked.email if asked else None,
        "reply": asked.reply if asked else None,
        "reason": looked.reason or None,
        "outcome": compared.outcome if compared else None,
        "name": compared.name if compared else None,
        "board_address": compared.board_address if compared else None,
        "board": list(compared.board) if compared and compared.board else None,
        "fields": [
            {
                "field": row.field,
                "form": row.form,
                "register": row.register,
                "account": row.account,
                "differs": row.differs,
            }
            for row in (compared.rows if compared else ())
        ],
        "hindrances": list(compared.hindrances) if compared else [],
        "remarks": list(compared.remarks) if compared else [],
    }


def _lines(shown: dict[str, Any]) -> list[str]:
    outcomes = {
        "school": "a new school account",
        "coordinator": "a coordinator for an account that is there",
        None: "-",
    }
    lines = [f"application  {shown['application']} ({shown['kind']}), {shown['state']}, version {shown['version']}"]
    lines.append(f"letter       {shown['letter_bytes'] or 'none'}{' bytes' if shown['letter_bytes'] else ''}")
    lines.append(f"director     {shown['director'] or '-'}, {shown['function'] or '-'}")
    lines.append(
        f"coordinator  {shown['coordinator'] or '-'}, {shown['email'] or '-'}; news goes to {shown['reply'] or '-'}"
    )
    for row in shown["fields"]:
        beside = [f"{name} {row[name]}" for name in ("register", "account") if row[name] is not None]
        mark = "!" if row["differs"] else " "
        lines.append(f"{mark} {row['field']:<13} {row['form']}" + (f"  ({'; '.join(beside)})" if beside else ""))
    lines.append(f"would make   {outcomes[shown['outcome']]}, called {shown['name'] or '-'}")
    lines += [f"in the way: {HINDRANCES[code]}" for code in shown["hindrances"]]
    return [*lines, *(f"look at: {WORTH_A_LOOK[code]}" for code in shown["remarks"])]

"""`idp operators ...`: the platform's own people, who help schools on pages of their own and belong to none (D7, D37)."""

from typing import Annotated, Any

import typer

from directory import operators
from directory.identifiers import parse_email_address
from directory.operators import Duty
from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.core.floor import Floor
from idp.credentials import activation

app = typer.Typer(no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address, which is also the user name.")]
START = "/helpdesk"


@app.command("add")
def add(
    email: Email,
    *,
    role: Annotated[Duty, typer.Option(help="The helpdesk looks and helps; an operator also decides.")],
    english: Annotated[bool, typer.Option("--english", help="The mail is in English.")] = False,
    as_json: AsJson = False,
) -> None:
    """Gives somebody this role and mails a link to choose a password; again for another role, or for who has no password yet."""

    async def work(laid: Floor) -> dict[str, Any]:
        address, base_url = parse_email_address(email), laid.settings.base_url
        async with laid.database.begin() as db:
            known = await operators.add(db, address, role, now=laid.now)
            mailed = await activation.invite(
                db,
                laid.keyring,
                [known.person_id],
                kind="on_duty",
                base_url=base_url,
                contact=laid.settings.support_contact,
                now=laid.now,
                lang="en" if english else "nl",
                start=base_url + START,
            )
            await note(db, laid, "operator.added", subject=known.ledger_id, role=role)
        return {"email": known.email, "role": known.duty, "mailed": bool(mailed)}

    shown = perform(work, as_json=as_json)
    mail = "A mail is on its way." if shown["mailed"] else "This account has a password already."
    output.answer(shown, [f"{shown['email']} works here as {shown['role']}. {mail}"], as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists everybody with a role."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [{"email": one.email, "role": one.duty, "since": one.since} for one in await operators.listed(db)]

    output.table(perform(work, as_json=as_json), {"e-mail": "email", "role": "role", "since": "since"}, as_json=as_json)


@app.command("remove")
def remove(email: Email, *, as_json: AsJson = False) -> None:
    """Somebody has no role any more, at once: the account and its sessions end."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            gone = await operators.remove(db, email)
            await note(db, laid, "operator.removed", subject=gone.ledger_id, role=gone.duty)
        return {"email": gone.email}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']} does not work here any more."], as_json=as_json)

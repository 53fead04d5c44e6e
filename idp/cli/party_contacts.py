"""`idp parties contacts`: who tries a party's software in its test environment (D7)."""

from typing import Annotated, Any

import typer

from directory import contacts
from directory.identifiers import parse_email_address
from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.core.floor import Floor
from idp.credentials import activation
from metadata import parties

app = typer.Typer(no_args_is_help=True, help="People of the party itself: add, list, remove.")

PartyName = Annotated[str, typer.Argument(metavar="PARTY", help="A party's id, client_id or entityID.")]
Email = Annotated[str, typer.Option("--email", help="The address, which is also the user name.")]
English = Annotated[bool, typer.Option("--english", help="The mail is in English.")]
START = "/party"


@app.command("add")
def add(party: PartyName, *, email: Email, english: English = False, as_json: AsJson = False) -> None:
    """Makes somebody a contact and mails a link to choose a password; again for a contact who has none yet."""

    async def work(laid: Floor) -> dict[str, Any]:
        address, base_url = parse_email_address(email), laid.settings.base_url
        async with laid.database.begin() as db:
            known = await parties.find(db, party)
            contact = await contacts.add(db, known.id, address, now=laid.now)
            mailed = await activation.invite(
                db,
                laid.keyring,
                [contact.person_id],
                kind="party_contact",
                base_url=base_url,
                contact=laid.settings.support_contact,
                now=laid.now,
                lang="en" if english else "nl",
                party=known.name,
                start=base_url + START,
            )
            await note(db, laid, "party.contact_added", subject=contact.ledger_id, party=known.id)
        return {"party": known.id, "name": known.name, "email": contact.email, "mailed": bool(mailed)}

    shown = perform(work, as_json=as_json)
    mail = "A mail is on its way." if shown["mailed"] else "This account has a password already."
    output.answer(shown, [f"{shown['email']} is a contact of {shown['name']}. {mail}"], as_json=as_json)


@app.command("list")
def list_(party: PartyName, *, as_json: AsJson = False) -> None:
    """Lists the contacts of a party."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            known = await parties.find(db, party)
            return [{"email": one.email, "since": one.since} for one in await contacts.of_party(db, known.id)]

    output.table(perform(work, as_json=as_json), {"e-mail": "email", "since": "since"}, as_json=as_json)


@app.command("remove")
def remove(party: PartyName, *, email: Email, as_json: AsJson = False) -> None:
    """Somebody is a contact no more, at once: the account and its sessions end."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await parties.find(db, party)
            gone = await contacts.remove(db, known.id, email)
            await note(db, laid, "party.contact_removed", subject=gone.ledger_id, party=known.id)
        return {"party": known.id, "name": known.name, "email": gone.email}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']} is no contact of {shown['name']} any more."], as_json=as_json)

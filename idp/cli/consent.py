"""What a school allows a party, as an operator may record it: at the school's written request, with a receipt to its coordinators (D37)."""

from typing import Annotated, Any, Final

import typer

from consent import receipts, ticks
from consent.receipts import Receipt
from directory import schools
from directory.schools import KnownSchool
from idp.cli import consent_after, consent_people, output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked
from idp.cli.options import AsJson, AtSchool, OnRequest
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import parties
from metadata.parties import KnownParty
from protocols.attributes import catalogue

app = typer.Typer(no_args_is_help=True)
app.command("exclude")(consent_people.exclude)
app.command("admit")(consent_people.admit)
app.command("received")(consent_people.list_received)
app.command("reviewed")(consent_after.reviewed)
app.command("ask-to-erase")(consent_after.ask_to_erase)
app.command("note-answer")(consent_after.note_answer)

ForParty = Annotated[str, typer.Option("--party", metavar="PARTY", help="A party's id, client_id or entityID.")]

WHO: Final = "de beheerder van Poortwachter, op schriftelijk verzoek van de school"


@app.command("give")
def give(*, school: AtSchool, party: ForParty, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Records the school's yes to a party, for all fields that the party may ask for. It holds at once."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at, known = await schools.by_code(db, school), await parties.find(db, party)
            changed = await ticks.give(
                db, at.id, known.id, known.fields, now=laid.now, by=OPERATOR, request_ref=request
            )
            if changed:
                await mail_receipts(db, laid, "consent_given", at, known, request)
        return _described(at, known, given=True, fields=known.fields, changed=changed)

    shown = perform(work, as_json=as_json)
    told = "allows" if shown["changed"] else "allowed already"
    output.answer(shown, [f"{shown['school']} {told}: {shown['name']}."], as_json=as_json)


@app.command("withdraw")
def withdraw(*, school: AtSchool, party: ForParty, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Takes the school's yes back. From this moment nothing leaves to the party any more."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at, known = await schools.by_code(db, school), await parties.find(db, party)
            changed = await ticks.withdraw(db, at.id, known.id, now=laid.now, by=OPERATOR, request_ref=request)
            if changed:
                await mail_receipts(db, laid, "consent_withdrawn", at, known, request)
        return _described(at, known, given=False, fields=frozenset(), changed=changed)

    shown = perform(work, as_json=as_json)
    told = "no longer allows" if shown["changed"] else "did not allow"
    output.answer(shown, [f"{shown['school']} {told}: {shown['name']}."], as_json=as_json)


@app.command("list")
def list_(*, school: AtSchool, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Lists what a school decided. Which software a school uses is not ours to know (R144), so this too is at its request and recorded."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            names = {known.id: known.name for known, _ in await parties.listed(db)}
            decided = await ticks.listed(db, at.id)
            await note(db, laid, "consent.listed", school_id=at.id, request=request)
        return [
            {
                "party": tick.party_id,
                "name": names[tick.party_id],
                "given": tick.given,
                "fields": sorted(tick.fields) if tick.given else [],
                "changed_at": tick.changed_at,
            }
            for tick in decided
        ]

    columns = {"party": "party", "name": "name", "allowed": "given", "fields": "fields", "since": "changed_at"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


async def mail_receipts(
    db: Db, laid: Floor, kind: Receipt, school: KnownSchool, party: KnownParty, request: str | None
) -> None:
    """Every coordinator of the school is told, in the transaction in which it happens."""
    meanings = [field.meaning_nl for field in catalogue.CATALOGUE if field.name in party.fields]
    who = f"{WHO} ({request})" if request else WHO
    contact = laid.settings.support_contact
    await receipts.send(db, kind, school, party.name, fields=meanings, who=who, contact=contact, now=laid.now)


def _described(
    school: KnownSchool, party: KnownParty, *, given: bool, fields: frozenset[str], changed: bool
) -> dict[str, Any]:
    return {
        "school": school.code,
        "party": party.id,
        "name": party.name,
        "given": given,
        "fields": sorted(fields),
        "changed": changed,
    }

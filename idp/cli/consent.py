"""What a school allows a party, as an operator may record it: at the school's written request, with a receipt to its coordinators (D37)."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from consent import offers, receipts, ticks
from consent.receipts import Receipt
from directory import boards, schools
from directory.schools import KnownSchool
from idp.cli import consent_after, consent_people, output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked, who
from idp.cli.options import AsJson, AtSchool, OnRequest
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import field_lists, parties
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

OfSchool = Annotated[
    str | None, typer.Option("--school", metavar="CODE", help="BRIN, BRIN with location code, or INSTELLING_REF.")
]
OfBoard = Annotated[
    str | None,
    typer.Option("--board", metavar="NUMBER", help="Or the funding number of a board: at each of its schools."),
]


@app.command("give")
def give(
    *,
    school: OfSchool = None,
    board: OfBoard = None,
    party: ForParty,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Records the school's yes to a party, or that of every school of a board, for all fields that the party may ask for. It holds at once."""
    _decide(school, board, party, request, given=True, as_json=as_json)


@app.command("withdraw")
def withdraw(
    *,
    school: OfSchool = None,
    board: OfBoard = None,
    party: ForParty,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Takes the school's yes back, or that of every school of a board. From this moment nothing leaves to the party any more."""
    _decide(school, board, party, request, given=False, as_json=as_json)


def _decide(
    school: str | None, board: str | None, party: str, request: str | None, *, given: bool, as_json: bool
) -> None:
    if (school is None) == (board is None):
        raise output.failure(Refused("refused", "give either --school or --board"), as_json=as_json)

    async def at_school(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at, known = await schools.by_code(db, school or ""), await parties.find(db, party)
            return await _decided(db, laid, at, known, request, given=given)

    async def at_each(laid: Floor) -> list[dict[str, Any]]:
        return await _of_board(laid, board or "", party, request, given=given)

    if board is None:
        shown = perform(at_school, as_json=as_json)
        output.answer(shown, [_line(shown)], as_json=as_json)
    else:
        each = perform(at_each, as_json=as_json)
        output.answer(each, map(_line, each), as_json=as_json)


async def _of_board(laid: Floor, board: str, party: str, request: str | None, *, given: bool) -> list[dict[str, Any]]:
    """School after school, each with a transaction, a line in the ledger and receipts of its own, as at the board's page.

    A school that went to another board, or closed, in the meantime is left out.
    """
    refuse_unasked(laid, request)
    async with laid.database.read() as db:
        of, known = await boards.by_number(db, board), await parties.find(db, party)
        found = await boards.schools_of(db, of.id)
    if not found:
        raise Refused("refused", "this board runs no open school")
    told = []
    for at in found:
        async with laid.database.begin() as db:
            if at.id in {one.id for one in await boards.schools_of(db, of.id)}:
                told.append(await _decided(db, laid, at, known, request, given=given))
    return told


async def _decided(
    db: Db, laid: Floor, at: KnownSchool, known: KnownParty, request: str | None, *, given: bool
) -> dict[str, Any]:
    doing: dict[str, Any] = {"now": laid.now, "by": OPERATOR, "request_ref": request}
    if given:
        await refuse_unoffered(db, known)
        changed = await ticks.give(db, at.id, known.id, known.fields, **doing)
    else:
        changed = await ticks.withdraw(db, at.id, known.id, **doing)
    if changed:
        await mail_receipts(db, laid, "consent_given" if given else "consent_withdrawn", at, known, request)
    fields = sorted(known.fields) if given else []
    about = {"school": at.code, "party": known.id, "name": known.name}
    return {**about, "given": given, "fields": fields, "changed": changed}


async def refuse_unoffered(db: Db, known: KnownParty) -> None:
    """Raises `Refused` for a party to which no school can say yes in this transaction."""
    if not await parties.hold_offered(db, known.id):
        told = "nobody looked at where this party is reached since its own people changed that (`idp parties look-at`)"
        raise Refused("not_offered", told if known.enabled else "this party is away")


def _line(shown: Mapping[str, Any]) -> str:
    told = {
        (True, True): "allows",
        (True, False): "allowed already",
        (False, True): "no longer allows",
        (False, False): "did not allow",
    }
    return f"{shown['school']} {told[shown['given'], shown['changed']]}: {shown['name']}."


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
    """Every coordinator of the school is told, in the transaction in which it happens, in the words that a coordinator's own yes has."""
    uses = {one.name: one for one in offers.offer(party, await field_lists.of_party(db, party.id), None).wanted}
    told = [
        receipts.words(field.meaning_nl, uses[field.name]) if field.name in uses else field.meaning_nl
        for field in catalogue.CATALOGUE
        if field.name in party.fields
    ]
    contact = laid.settings.support_contact
    await receipts.send(db, kind, school, party.name, fields=told, who=who(request), contact=contact, now=laid.now)

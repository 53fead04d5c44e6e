"""What comes after a school's yes: the yearly look at all of them, and asking a party whose yes is gone to erase what it got (R73, R77)."""

import sys
from typing import Annotated, Any

import typer

from consent import deletions, offers, reviews
from directory import schools
from idp.cli import output
from idp.cli.acting import OPERATOR, perform, refuse_unasked, today
from idp.cli.options import AsJson, AtSchool, OnRequest
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import parties

AtParty = Annotated[str, typer.Option("--party", metavar="PARTY", help="A party's id, client_id or entityID.")]


def reviewed(*, school: AtSchool, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Records that the school looked at all its ticks and that they are right; asked again in a year."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            given = await offers.given_by(db, at.id)
            await reviews.done(db, at.id, given, now=laid.now, by=OPERATOR)
        return {"school": at.code, "ticks": len(given)}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['school']} looked at {shown['ticks']} ticks."], as_json=as_json)


def ask_to_erase(*, school: AtSchool, party: AtParty, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Asks a party whose tick is gone to erase what it got; on record, and by mail where its contact is known."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at, known = await schools.by_code(db, school), await parties.find(db, party)
            asked = await deletions.send(db, at, known, today=today(laid), now=laid.now, by=OPERATOR)
        mailed = asked and known.contact_email is not None
        return {"school": at.code, "party": known.id, "name": known.name, "asked": asked, "mailed": mailed}

    shown = perform(work, as_json=as_json)
    told = "asked" if shown["asked"] else "was asked before and did not answer yet"
    by_mail = " by mail" if shown["mailed"] else ""
    output.answer(shown, [f"{shown['name']}: {told}{by_mail}."], as_json=as_json)


def note_answer(*, school: AtSchool, party: AtParty, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Writes down, from the standard input, what a party answered to the school's wish to erase."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        text = sys.stdin.read(4 * deletions.LONGEST_ANSWER)
        async with laid.database.begin() as db:
            at, known = await schools.by_code(db, school), await parties.find(db, party)
            if not await deletions.answer(db, at.id, known.id, text, now=laid.now, by=OPERATOR):
                raise Refused("not_asked", "there is no request to this party without an answer")
        return {"school": at.code, "party": known.id, "name": known.name}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"The answer of {shown['name']} is on record."], as_json=as_json)

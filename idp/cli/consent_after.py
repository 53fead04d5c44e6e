"""What comes after a school's yes: the yearly look at all of them, and asking a party whose yes is gone to erase what it got (R73, R77)."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from consent import deletions, offers, reviews
from consent.offers import Offer
from directory import schools
from idp.cli import output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked, today
from idp.cli.options import AsJson, AtSchool, OnRequest
from idp.cli.output import Refused
from idp.core.crypto import same
from idp.core.floor import Floor
from idp.http import pages
from metadata import parties

AtParty = Annotated[str, typer.Option("--party", metavar="PARTY", help="A party's id, client_id or entityID.")]


def reviewed(
    *,
    school: AtSchool,
    seen: Annotated[
        str | None, typer.Option("--seen", metavar="MARK", help="Of what was looked at, as shown; then it is recorded.")
    ] = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Shows every tick of the school with what goes along, as its own page does, and the mark of it; records nothing.

    With `--seen` and that mark it is recorded that the school looked at them and that they are right; asked again in a year. What changed
    since is shown first.
    """

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            given = await offers.given_by(db, at.id)
            if seen is None:
                await note(db, laid, "consent.listed", school_id=at.id, request=request)
            elif not same(reviews.shown(given), seen):
                raise Refused("changed_since", "something changed since that mark: look at the list once more")
            else:
                await reviews.done(db, at.id, given, now=laid.now, by=OPERATOR, request_ref=request)
        return _looked_at(at.code, given, recorded=seen is not None)

    shown = perform(work, as_json=as_json)
    output.answer(shown, _review_lines(shown), as_json=as_json)


def _looked_at(code: str, given: Sequence[Offer], *, recorded: bool) -> dict[str, Any]:
    """The page of the yearly look, for machines."""
    rows = [
        {
            "party": one.party.id,
            "name": one.party.name,
            "enabled": one.party.enabled,
            "asks_more": one.asks_more,
            "fields": _along(one),
            "since": one.tick.changed_at,
        }
        for one in given
        if one.tick is not None
    ]
    return {"school": code, "ticks": len(rows), "seen": reviews.shown(given), "recorded": recorded, "given": rows}


def _along(one: Offer) -> list[dict[str, Any]]:
    """What goes along, for what; what the party wants no more comes last."""
    wanted = [
        {"name": each.name, "uses": [{"service": use.service, "purpose": use.purpose_en} for use in each.uses]}
        for each in one.wanted
        if each.ticked
    ]
    return wanted + [{"name": name, "uses": []} for name in sorted(one.surplus)]


def _review_lines(shown: Mapping[str, Any]) -> Iterator[str]:
    if shown["recorded"]:
        yield f"{shown['school']} looked at {shown['ticks']} ticks. Asked again in a year."
        return
    texts = pages.shared()
    for one in shown["given"]:
        also = " (asks for more)" * one["asks_more"] + " (switched off)" * (not one["enabled"])
        yield f"{one['name']}{also}, since {output.moment(one['since'])}"
        for field in one["fields"]:
            yield f"  - {texts.text('en', 'desk.party.field.' + field['name'])}"
            yield from (f"    {use['service']}: {use['purpose']}" for use in field["uses"])
    yield from (texts.text("en", f"desk.party.review_{what}") for what in ("use", "agreement", "least"))
    yield f"Nothing was recorded. When all of it is right: --seen {shown['seen']}"


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

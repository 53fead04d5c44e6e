"""`idp consent exclude`, `admit` and `received`: single people, as an operator may act for a school at its written request (D37)."""

from typing import Annotated, Any

import typer

from consent import exclusions, receipts, received
from consent.receipts import AboutOne
from directory import people, schools
from idp.cli import output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked, who
from idp.cli.options import AsJson, AtSchool, OnRequest
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import parties

ForParty = Annotated[str, typer.Option("--party", metavar="PARTY", help="A party's id, client_id or entityID.")]
PupilKey = Annotated[str | None, typer.Option(metavar="KEY", help="A pupil's key in the administration.")]
Email = Annotated[str | None, typer.Option(help="Or the address of a member of staff.")]


def exclude(
    *,
    school: AtSchool,
    party: ForParty,
    pupil_key: PupilKey = None,
    email: Email = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Keeps one person away from a party: nothing leaves to it, at once. For others nothing changes."""
    _change(school, party, pupil_key, email, request, kept_away=True, as_json=as_json)


def admit(
    *,
    school: AtSchool,
    party: ForParty,
    pupil_key: PupilKey = None,
    email: Email = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Keeps one person away from a party no longer."""
    _change(school, party, pupil_key, email, request, kept_away=False, as_json=as_json)


def _change(
    school: str,
    party: str,
    pupil_key: str | None,
    email: str | None,
    request: str | None,
    *,
    kept_away: bool,
    as_json: bool,
) -> None:
    does = exclusions.exclude if kept_away else exclusions.admit
    kind: AboutOne = "consent_person_excluded" if kept_away else "consent_person_admitted"

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at, known = await schools.by_code(db, school), await parties.find(db, party)
            person_id = await _person(db, at.id, pupil_key, email)
            changed = await does(db, at.id, known.id, person_id, now=laid.now, by=OPERATOR, request_ref=request)
            if changed:
                told: dict[str, Any] = {"base_url": laid.settings.base_url, "who": who(request), "now": laid.now}
                about = known.id, known.name
                await receipts.send_about_one(db, kind, at, about, contact=laid.settings.support_contact, **told)
        return {"school": at.code, "party": known.id, "excluded": kept_away, "changed": changed}

    shown = perform(work, as_json=as_json)
    told = "kept away" if kept_away else "admitted"
    output.answer(shown, [f"{told}." if shown["changed"] else "as it was."], as_json=as_json)


def list_received(
    *,
    school: AtSchool,
    pupil_key: PupilKey = None,
    email: Email = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Lists which party got which fields about one person in the last 13 months. Recorded."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            who = await received.about(db, at.id, await _person(db, at.id, pupil_key, email))
            found = await received.of_person(db, at.id, who.person_id)
            await note(db, laid, "consent.releases_exported", school_id=at.id, subject=who.ledger_id, request=request)
        return [
            {
                "party": one.party_id,
                "name": one.party_name,
                "ground": one.ground,
                "fields": sorted(one.fields),
                "first": one.first,
                "last": one.last,
                "times": one.times,
            }
            for one in found
        ]

    columns = {"party": "party", "name": "name", "fields": "fields", "first": "first", "last": "last", "times": "times"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


async def _person(db: Db, school_id: int, pupil_key: str | None, email: str | None) -> int:
    if (pupil_key is None) == (email is None):
        raise Refused("refused", "give either --pupil-key or --email")
    if pupil_key is not None:
        return await people.pupil_by_key(db, school_id, pupil_key)
    found = await people.account(db, email or "")
    if found is None:
        raise LookupError("no member of staff with that address")
    return found.person_id

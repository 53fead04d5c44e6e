"""The transfer of a pupil at the desk (D14): one child with an account at two schools becomes one person, once both schools named their own pupil.

The school where the child is now asks and names its pupil; the other one names its own; the first carries it out, for it is the one that said
yes before it could see whom the other meant. Until both have named one, neither page holds a word about the other school's children.
Naming is next door, in `transfer_pupil`.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisations as carrying
from directory.lifecycle import transfers
from directory.lifecycle.refusals import Refused
from directory.lifecycle.rehearsal import NOTABLE, OBSTACLES, Rehearsal
from directory.lifecycle.reorganisation_records import OPEN, Asker, Known
from directory.lifecycle.reorganisation_requests import Transfer
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens, view
from idp.web.desk.reorganisations import names_in, row_of
from metadata import parties

KIND: Final = "transfer"
SHOWN: Final = 20
"""Transfers on one page of the list."""
DONE: Final = {
    "withdraw": "reorganisation_withdrawn",
    "agree": "agreed_to",
    "carry-out": "transfer_done",
    "undo": "transfer_undone",
}
"""What can be done to a transfer beside naming a pupil, and what is said after it."""


def refusal(error: Refused) -> str:
    """The key of the sentence for what a rule refused."""
    code = "obstacle" if error.code in OBSTACLES and error.code != "not_enrolled" else error.code
    return f"desk.transfer.refused.{code}"


async def listed(coordinator: Coordinator) -> Response:
    """What was asked by and of this school, newest first, each with the school's own pupil."""
    before = forms.query_of(coordinator.request).get("before", "")
    async with coordinator.floor.database.read() as db:
        asked = await records.listed(
            db,
            [coordinator.school.id],
            kinds=(KIND,),
            before=number(before) if before else None,
            limit=SHOWN + 1,
        )
        rows = [await _listed_row(db, coordinator, known) for known in asked[:SHOWN]]
    further = frame.address(coordinator, "/transfers", before=str(rows[-1]["id"])) if len(asked) > SHOWN else None
    first = f"{coordinator.base}/transfers" if before else None
    pager = {"previous": first, "next": further}
    return frame.respond(coordinator, "transfers.html", at="school-year", rows=rows, pager=pager)


async def _listed_row(db: Db, coordinator: Coordinator, known: Known) -> dict[str, Any]:
    own, _ = await _own(db, coordinator, known)
    school_id = coordinator.school.id
    return row_of(known, await names_in(db, known)) | {
        "pupil": own,
        "arrives": school_id in known.target_ids,
        "waits_for_us": str(school_id) in known.needed or transfers.finishes(known, school_id),
    }


async def _own(db: Db, coordinator: Coordinator, known: Known) -> tuple[str | None, Transfer | None]:
    """This school's own pupil, and what was asked as long as it is open. Once it is done it is one child, and both schools'."""
    if known.state == "done":
        called = await carrying.names_of(db, known.detail.get("survivors", ()))
        return next(iter(called.values()), None), None
    if known.state not in OPEN:
        return None, None
    wanted = await records.wanted_of(db, known.id, keyring=coordinator.floor.keyring)
    assert isinstance(wanted, Transfer)  # noqa: S101 - its kind says so
    return await transfers.own_pupil(db, wanted, coordinator.school.id), wanted


def here_only(coordinator: Coordinator) -> Asker:
    """At this school's desk somebody says yes for this school, also who coordinates the other one."""
    return Asker(coordinator.by, frozenset({coordinator.school.id}))


async def one(coordinator: Coordinator) -> Response:
    """One transfer: how it stands, whose pupil this school named, and once both did what will happen."""
    return await _one(coordinator, error=None)


async def _one(coordinator: Coordinator, *, error: str | None) -> Response:
    school_id, today = coordinator.school.id, coordinator.today
    async with coordinator.floor.database.read() as db:
        known = await found(db, coordinator)
        called = await names_in(db, known)
        own, wanted = await _own(db, coordinator, known)
        rehearsed = None
        if wanted is not None and transfers.both_named(known, wanted):
            whole = await carrying.rehearse(db, known.id, now=coordinator.now, keyring=coordinator.floor.keyring)
            rehearsed = await _shown(db, coordinator, whole, called)
    arrives = school_id in known.target_ids
    others = [called.get(each, "–") for each in known.school_ids if each != school_id]
    return frame.respond(
        coordinator,
        "transfer.html",
        at="school-year",
        error=error,
        row=row_of(known, called),
        other=", ".join(others),
        own=own,
        rehearsed=rehearsed,
        arrives=arrives,
        open=known.state in OPEN,
        agrees=known.state in OPEN and str(school_id) in known.needed and (arrives or own is not None),
        names=known.state in OPEN and not arrives,
        finishes=transfers.finishes(known, school_id) and rehearsed is not None and not rehearsed["obstacles"],
        undoable=known.state == "done" and known.undo_until is not None and today <= known.undo_until,
    )


async def _shown(db: Db, coordinator: Coordinator, rehearsed: Rehearsal, called: dict[int, str]) -> dict[str, Any]:
    place = 0 if coordinator.language == "nl" else 1
    meeting = next(iter(rehearsed.meetings), None)
    older = next((called.get(note.school_id or 0) for note in rehearsed.notable if note.code == "older_stays"), None)
    return {
        "older": older,
        "notable": [NOTABLE[note.code][place] for note in rehearsed.notable],
        "obstacles": [OBSTACLES[code][place] for code in rehearsed.obstacles],
        "children": [
            {"name": meeting.other_name, "school": called.get(meeting.other_school_id, "–")},
            {"name": meeting.name, "school": called.get(meeting.school_id, "–")},
        ]
        if meeting
        else [],
        "knew_both": [(await parties.by_id(db, each)).name for each in meeting.knew_both] if meeting else [],
        "fingerprint": rehearsed.fingerprint,
    }


async def found(db: Db, coordinator: Coordinator) -> Known:
    """The transfer in the address, of this school. Raises `Problem("not_found")`."""
    try:
        known = await records.of(db, coordinator.number("transfer"), at=coordinator.school.id)
    except LookupError:
        known = None
    if known is None or known.kind != KIND:
        raise Problem("not_found", status=404, detail="no such transfer of this school")
    return known


async def decide(coordinator: Coordinator, form: Form) -> Response:
    """Withdrawing or refusing it, a yes to what the helpdesk asked, doing it, or undoing it."""
    what = form.get("do", "")
    if what not in DONE:
        raise Problem("request.invalid", detail="no such decision")
    try:
        async with coordinator.floor.database.begin() as db:
            known = await found(db, coordinator)
            await _decide(db, coordinator, known, what, form)
    except Refused as error:
        return await _one(coordinator, error=refusal(error))
    return frame.back(coordinator, f"/transfers/{known.id}", done=DONE[what])


async def _decide(db: Db, coordinator: Coordinator, known: Known, what: str, form: Form) -> None:
    floor, now, by = coordinator.floor, coordinator.now, here_only(coordinator)
    keyring, contact = floor.keyring, floor.settings.support_contact
    match what:
        case "withdraw":
            await asking.withdraw(db, known.id, by=by, now=now)
        case "agree":
            await asking.agree(db, known.id, by=by, now=now, keyring=keyring)
        case "carry-out":
            if known.state == "checked" and not transfers.finishes(known, coordinator.school.id):
                raise Refused("not_yours", "the school that asked carries it out")
            seen = form.get("fingerprint", "")
            await carrying.carry_out(
                db, known.id, fingerprint=seen, now=now, by=coordinator.by, keyring=keyring, contact=contact
            )
        case _:
            await carrying.undo(db, known.id, now=now, by=by, keyring=keyring, contact=contact)


_HERE = f"{ADDRESS}/{{school}}/transfers"

ROUTES = [
    Route(_HERE, view(listed)),
    Route(_HERE + "/{transfer:int}", opens(one)),
    Route(_HERE + "/{transfer:int}", act(decide), methods=["POST"]),
]

"""*Waarom kan X niet inloggen?*: somebody of the school is found, and one page answers in the order in which one would look.

A name is sent by POST and stands in no address. What is found is of this school; a number of somebody else's is nobody's here (C-324).
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import names
from directory.lifecycle.search import Found
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.signin import hindrance_facts, tries
from idp.signin.hindrance_facts import Looked
from idp.signin.hindrances import Mend, answers
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, asks, view

SHOWN: Final = 20
"""Pupils and members of staff found at most, each: who is not among them is searched for with more of the name."""
LONGEST_SEARCH: Final = 100
ROOMS: Final = {"pupil": "pupils", "staff": "staff"}

_PLACES: Final[dict[Mend, str]] = {
    "imports": "/imports",
    "import_new": "/imports/new",
    "coupling": "/imports/coupling",
    "return": "/staff/{place}/return",
    "address": "/staff/{place}/address",
    "held": "/staff/held",
    "activation": "/staff/{place}/activation",
    "second_step": "/staff/{place}/second-step",
    "again": "/why/pupils/{place}/again",
    "parties": "/parties",
    "networks": "/networks",
    "test": "/networks/shortcuts/test",
}
POSTED: Final = frozenset({"activation", "again"})


async def ask(coordinator: Coordinator) -> Response:
    """About whom? Those who tried today and did not get in are there at once."""
    async with coordinator.floor.database.read() as db:
        stuck = await hindrance_facts.at_a_loss(db, coordinator.school.id, now=coordinator.now, limit=SHOWN)
    return _page(coordinator, found=None, q="", stuck=stuck)


async def find(coordinator: Coordinator, form: Form) -> Response:
    """Who has this name at this school."""
    text = form.get("q", "").strip()[:LONGEST_SEARCH]
    found: list[Found] = []
    if text:
        async with coordinator.floor.database.read() as db:
            found = await hindrance_facts.find(db, coordinator.school.id, text, limit=SHOWN)
    return _page(coordinator, found=found, q=text)


def _page(coordinator: Coordinator, *, found: list[Found] | None, q: str, stuck: Sequence[Found] = ()) -> Response:
    rows = None if found is None else _rows(coordinator, found)
    return frame.respond(
        coordinator, "why.html", at="today", found=rows, q=q, most=SHOWN, stuck=_rows(coordinator, stuck)
    )


def _rows(coordinator: Coordinator, found: Sequence[Found]) -> list[dict[str, Any]]:
    return [
        {
            "name": names.full_name(one.first_name, one.prefix, one.surname) or "–",
            "kind": one.kind,
            "group": one.group,
            "active": one.active,
            "url": f"{coordinator.base}/why/{ROOMS[one.kind]}/{one.place_id}",
        }
        for one in found
    ]


async def pupil(coordinator: Coordinator) -> Response:
    """Why this pupil cannot sign in."""
    async with coordinator.floor.database.read() as db:
        return _answers(coordinator, await _pupil(db, coordinator))


async def colleague(coordinator: Coordinator) -> Response:
    """Why this member of staff cannot sign in."""
    today, school, floor = coordinator.today, coordinator.school, coordinator.floor
    try:
        async with floor.database.read() as db:
            one = await hindrance_facts.of_staff(db, floor, school, coordinator.number("place"), today=today)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such member of staff at this school") from None
    return _answers(coordinator, one)


async def _pupil(db: Db, coordinator: Coordinator) -> Looked:
    today, school = coordinator.today, coordinator.school
    try:
        return await hindrance_facts.of_pupil(db, coordinator.floor, school, coordinator.number("place"), today=today)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such pupil at this school") from None


def _answers(coordinator: Coordinator, one: Looked) -> Response:
    rows = [
        {
            "what": answer.what,
            "said": f"desk.why.{answer.what}.{answer.said}",
            "state": answer.state,
            "count": answer.count,
            "names": answer.names,
            "on": answer.on,
            "mend": answer.mend if (url := _url(coordinator, one, answer.mend)) else None,
            "url": url,
            "posted": answer.mend in POSTED,
        }
        for answer in answers(one.facts)
    ]
    who = {"name": one.name, "kind": one.kind, "group": one.group, "email": one.email}
    open_ = sum(1 for row in rows if row["state"] == "open")
    return frame.respond(coordinator, "why_one.html", at="today", one=who, rows=rows, open=open_)


def _url(coordinator: Coordinator, one: Looked, mend: Mend | None) -> str | None:
    """Where it is mended; None where there is nothing to press: one's own second step, a child without a group."""
    if mend is None or (mend == "second_step" and one.person_id == coordinator.session.person_id):
        return None
    if mend == "child":
        within = one.group_id is not None and one.facts.present
        return f"/classroom/{coordinator.school.code}/{one.group_id}/{one.person_id}" if within else None
    return coordinator.base + _PLACES[mend].format(place=one.place_id)


async def again(coordinator: Coordinator, _: Form) -> Response:
    """A child that has to wait may try again at once, as its teacher could let it."""
    async with coordinator.floor.database.begin() as db:
        one = await _pupil(db, coordinator)
        if not one.facts.present:
            # Where it goes to school now, its tries are that school's (D14).
            raise Problem("not_found", status=404, detail="a pupil who left has no try here")
        who = coordinator
        told = {"group": one.group_id, "pupils": 1}
        await ledger.record(
            db,
            "pupil.tries_forgiven",
            now=who.now,
            by=who.by,
            school_id=who.school.id,
            subject=one.ledger_id,
            detail=told,
        )
    await tries.forgive(coordinator.floor, [one.person_id])
    return frame.back(coordinator, f"/why/pupils/{one.place_id}", done="tries_forgiven")


_HERE: Final = f"{ADDRESS}/{{school}}/why"

ROUTES = [
    Route(_HERE, view(ask)),
    Route(_HERE, asks(find), methods=["POST"]),
    Route(_HERE + "/pupils/{place:int}", view(pupil)),
    Route(_HERE + "/pupils/{place:int}/again", asks(again), methods=["POST"]),
    Route(_HERE + "/staff/{place:int}", view(colleague)),
]

"""The staff of a school: the list with its two columns (R163), and one member of staff with everything that can be done about it.

A name that is searched for is sent by POST: names stand in no address, no log and no browser history.
"""

from typing import Any, Final, cast

from starlette.responses import Response
from starlette.routing import Route

from directory import names
from directory.lifecycle import addresses, memberships, review, staff_list
from directory.lifecycle.staff_list import Colleague, Which
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, asks, number, view

FILTERS: Final[tuple[Which, ...]] = ("working", "left", "all")
LONGEST_SEARCH: Final = 100


def name_of(one: Any) -> str:
    """How somebody is called on a page of the desk: the full name, else the address."""
    return names.full_name(one.first_name, one.prefix, one.surname) or one.email or "–"


async def staff(coordinator: Coordinator) -> Response:
    """The first page of the list: who works here now."""
    return await _list(coordinator, {})


async def search(coordinator: Coordinator, form: Form) -> Response:
    """Part of the list: by name or address, by who works here, further on."""
    return await _list(coordinator, form)


async def _list(coordinator: Coordinator, form: Form) -> Response:
    school_id, today = coordinator.school.id, coordinator.today
    wanted = form.get("q", "").strip()[:LONGEST_SEARCH]
    which = cast(Which, form["which"]) if form.get("which") in FILTERS else FILTERS[0]
    async with coordinator.floor.database.read() as db:
        after = await _place(db, coordinator, form.get("after", ""))
        found = await staff_list.page(
            db, school_id, today=today, search=wanted, which=which, after=after, limit=frame.PAGE_OF + 1
        )
        counts = await staff_list.counts(db, school_id, today=today)
        networks = await staff_list.networks(db, school_id)
        waiting = await _waiting(db, coordinator)
    shown = found[: frame.PAGE_OF]
    return frame.respond(
        coordinator,
        "staff.html",
        at="staff",
        people=[row_of(one) for one in shown],
        counts=counts,
        networks=networks,
        waiting=waiting,
        q=wanted,
        which=which,
        filters=FILTERS,
        further=shown[-1].employment_id if len(found) > frame.PAGE_OF else None,
        later=after is not None,
    )


async def _place(db: Db, coordinator: Coordinator, after: str) -> tuple[str, str, int] | None:
    """Where the next page begins; who went meanwhile sends one back to the beginning."""
    if not after:
        return None
    try:
        return (await staff_list.one(db, coordinator.school.id, number(after), today=coordinator.today)).place
    except LookupError:
        return None


async def _waiting(db: Db, coordinator: Coordinator) -> dict[str, int]:
    """How much waits beside the list: invitations and proposals, and the yearly look."""
    school_id, now = coordinator.school.id, coordinator.now
    open_ = len(await memberships.of_school(db, school_id)) + len(await addresses.of_school(db, school_id, now=now))
    return {"pending": open_, "review": len(await review.due(db, school_id, now=now))}


def row_of(one: Colleague) -> dict[str, Any]:
    """A member of staff as templates show it."""
    return {
        "id": one.employment_id,
        "name": name_of(one),
        "email": one.email,
        "bounced": one.bounced_at,
        "roles": one.roles,
        "groups": one.groups,
        "activated": one.activated,
        "second_factor": one.second_factor,
        "in_administration": one.in_administration,
        "working": one.working,
        "ends_on": one.ends_on,
        "ended_on": one.ended_on,
        "reviewed_on": one.reviewed_on,
    }


async def colleague(coordinator: Coordinator) -> Response:
    """One member of staff, with what can be changed and what waits for an answer."""
    return await colleague_page(coordinator, error=None)


async def colleague_page(coordinator: Coordinator, *, error: str | None) -> Response:
    """That page; with `error` after something there was refused."""
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
        networks = await staff_list.networks(db, coordinator.school.id)
        proposed = [
            proposal
            for proposal in await addresses.of_school(db, coordinator.school.id, now=coordinator.now)
            if proposal.person_id == one.person_id
        ]
    return frame.respond(
        coordinator,
        "colleague.html",
        at="staff",
        error=error,
        one=row_of(one),
        networks=networks,
        proposed=proposed[0] if proposed else None,
        myself=one.person_id == coordinator.session.person_id,
    )


async def found(db: Db, coordinator: Coordinator) -> Colleague:
    """The member of staff in the address, of this school. Raises `Problem("not_found")`."""
    try:
        return await staff_list.one(db, coordinator.school.id, coordinator.number("colleague"), today=coordinator.today)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such member of staff at this school") from None


_HERE = f"{ADDRESS}/{{school}}/staff"

ROUTES = [
    Route(_HERE, view(staff)),
    Route(_HERE, asks(search), methods=["POST"]),
    Route(_HERE + "/{colleague:int}", view(colleague)),
]

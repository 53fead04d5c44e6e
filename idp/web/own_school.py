"""Working for another school without signing in again (R6): which of one's schools it is now, and taking another one.

What was proven stays proven. Only where the other school asks for a second step that this session did not take, that is asked for first (D7);
and a network provider's word counts where a school ticks that provider (C-278).
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import people
from idp.core import ledger
from idp.core.errors import Problem
from idp.http import headers, visitors
from idp.signin import holding, sessions
from idp.web import beginning, guarding
from idp.web.guarding import Door, Form
from idp.web.own_account import Owner, lets_in

ADDRESS: Final = "/account/school"
ACCOUNT: Final = "/account"


async def show(owner: Owner) -> Response:
    """One's schools, the present one first said and not offered."""
    return owner.resources.pages.respond(
        owner.request,
        "own_school.html",
        headers=headers.PAGE,
        action=ADDRESS,
        ticket=owner.ticket,
        schools=await _schools(owner),
        party=None,
        error=None,
    )


async def change(owner: Owner, form: Form) -> Response:
    """The same session for another school, under a new id. Raises `Problem("person.inactive")` where the person does not work."""
    chosen = next((place["id"] for place in await _schools(owner) if str(place["id"]) == form.get("school")), None)
    floor, session = owner.floor, owner.session
    known = None
    if chosen is not None:
        known = await holding.facts_of(
            floor, session.person_id, chosen, session.epoch, None, owner.visitor, now=owner.now
        )
    if chosen is None or known is None or not (known.same_epoch and known.active):
        raise Problem("person.inactive", status=403, detail="not a school of this person")
    vouched = await guarding.vouched(owner.resources, session, chosen)
    if not vouched or (known.needs_second and session.second_at is None):
        return await beginning.ask_staff(owner.resources, owner.visitor, back=ACCOUNT, school_id=chosen)
    async with floor.database.begin() as db:
        by = owner.by
        await ledger.record(db, "session.school_changed", now=owner.now, by=by, school_id=chosen, subject=by)
    moved = await sessions.move_on(
        floor.store, floor.keyring, session, epoch=session.epoch, second_at=session.second_at, school_id=chosen
    )
    return visitors.go_on(ACCOUNT, moved)


async def _schools(owner: Owner) -> list[dict[str, Any]]:
    async with owner.floor.database.read() as db:
        places = await people.workplaces(db, owner.session.person_id, today=owner.today)
    here = owner.session.school_id
    return [{"id": p.school_id, "name": p.school_name, "roles": p.roles, "here": p.school_id == here} for p in places]


_DOOR: Final = Door(lets_in, to_open=guarding.STEP_UP)

ROUTES = [
    Route(ADDRESS, _DOOR.view(show), methods=["GET"]),
    Route(ADDRESS, _DOOR.asks(change), methods=["POST"]),
]

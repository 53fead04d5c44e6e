"""What a member of staff can do about his own account: another password, and where he is signed in (C-318, C-320, D15).

Another password wants a fresh proof: whoever was proven longer than a quarter of an hour ago gives his secrets again first. To see and end his other
sessions nobody has to: who finds a strange one should not be held up.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import people, schools, standing
from directory.addresses import plain
from directory.standing import Standing
from idp.core import ledger
from idp.core.clock import AMSTERDAM
from idp.core.errors import Problem
from idp.credentials import forgotten, passwords
from idp.http import forms, headers, visitors
from idp.signin import own_sessions, sessions
from idp.signin.own_sessions import Own
from idp.signin.question import Visitor
from idp.web import chosen_password, guarding
from idp.web.guarding import Door, Form, Sitting

CHANGE: Final = "/account/password"
SESSIONS: Final = "/account/sessions"
SAID: Final = frozenset({"changed", "ended", "none_left"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(Sitting):
    """A member of staff at a page about his own account."""

    visitor: Visitor

    @property
    def ticket(self) -> str:
        """Of this session only."""
        return self.floor.keyring.mac("ticket", "own account", self.session.key).hex()[:32]


async def lets_in(request: Request, within: int | None) -> Owner | Response:
    """The owner, or the way to prove oneself (again). Raises `Problem("not_found")` for a child."""
    come = await guarding.arrival(request, closed="not_found")
    session, now = come.session, come.resources.floor.now
    if session is None or not guarding.fresh(session, within=within, now=now):
        return await come.prove(back=request.scope["path"])
    if within is not None and not guarding.by_own_proof(session):
        return await come.prove(back=request.scope["path"])
    return Owner(**await come.sitting(session), visitor=come.visitor)


async def ask_password(owner: Owner) -> Response:
    """The page for another password."""
    return await _password_page(owner)


async def _password_page(owner: Owner, *, error: str | None = None) -> Response:
    async with owner.floor.database.read() as db:
        email = await people.email_of(db, owner.session.person_id)
    return owner.resources.pages.respond(
        owner.request,
        "own_password.html",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        party=None,
        action=CHANGE,
        ticket=owner.ticket,
        email=email or "",
        error=error,
    )


async def change_password(owner: Owner, form: Form) -> Response:
    """Takes another password. It works at once (R98), and every other session ends."""
    password = form.get("password", "")
    if wrong := await chosen_password.too_weak(owner.resources, owner.session.person_id, password):
        return await _password_page(owner, error=wrong)
    with owner.resources.hasher.place():
        phc = await owner.resources.hasher.hash(password)
    floor, person_id = owner.floor, owner.session.person_id
    told = chosen_password.told_of(owner.resources, owner.visitor)
    async with floor.database.begin() as db:
        await passwords.set_password(db, person_id, phc, now=owner.now)
        await people.end_sessions(db, person_id, but=owner.session.mark)
        await forgotten.tell(db, "password_changed", person_id, told, now=owner.now)
        await ledger.record(db, "password.changed", now=owner.now, by=owner.by, subject=owner.by)
        epoch = await own_sessions.epoch_after(db, owner.session)
    return await _goes_on(owner, "changed", epoch=epoch)


async def _goes_on(owner: Owner, said: str, *, epoch: int) -> Response:
    """Every session of the person ended, which made it this `epoch`; this browser's goes on under a new id."""
    floor, session = owner.floor, owner.session
    moved = await sessions.move_on(floor.store, floor.keyring, session, epoch=epoch, second_at=session.second_at)
    return visitors.go_on(f"{SESSIONS}?done={said}", moved)


async def show_sessions(owner: Owner) -> Response:
    """Every browser in which this person is signed in."""
    floor = owner.floor
    now = int(owner.now.timestamp())
    living = await own_sessions.living(floor.store, floor.keyring, owner.session, now=now)
    said = forms.query_of(owner.request).get("done", "")
    return owner.resources.pages.respond(
        owner.request,
        "own_sessions.html",
        headers=headers.PAGE,
        action=SESSIONS,
        ticket=owner.ticket,
        sessions=[await _shown(owner, own) for own in living],
        done=said if said in SAID else None,
    )


async def _shown(owner: Owner, own: Own) -> dict[str, Any]:
    place, network = await _place(owner, own)
    return {
        "name": own.name,
        "current": own.current,
        "browser": own.visit.browser,
        "system": own.visit.system,
        "school": place,
        "network": network,
        "since": _moment(own.visit.since),
        "last_seen": _moment(own.last_seen),
    }


async def _place(owner: Owner, own: Own) -> tuple[str | None, str]:
    """The school whose network it is, if it is one of a school's; and the network as a person may recognise it."""
    address = plain(ipaddress.ip_address(own.visit.address))
    here = await standing.schools_here(owner.floor.database.hot, Standing(address))
    async with owner.floor.database.read() as db:
        found = await schools.by_ids(db, here)
    # Many schools behind one address are a provider's, and say nothing about where this is.
    return found[0].name if len(found) == 1 else None, forgotten.network_name(address)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(AMSTERDAM)


async def end_sessions(owner: Owner, form: Form) -> Response:
    """Ends one other session, or all of them; they are over at once, on every node."""
    floor = owner.floor
    if "others" in form:
        async with floor.database.begin() as db:
            await people.end_sessions(db, owner.session.person_id, but=owner.session.mark)
            await ledger.record(db, "sessions.ended", now=owner.now, by=owner.by, subject=owner.by)
            epoch = await own_sessions.epoch_after(db, owner.session)
        return await _goes_on(owner, "none_left", epoch=epoch)
    if "end" not in form:
        raise Problem("request.invalid", detail="no session is named")
    chosen = own_sessions.named(form["end"])
    ended = await own_sessions.end(floor, owner.session, chosen)
    if not ended:
        # It was over already, or went on: the list says which.
        return RedirectResponse(SESSIONS, status_code=303)
    async with floor.database.begin() as db:
        await ledger.record(db, "session.ended", now=owner.now, by=owner.by, subject=owner.by)
    return RedirectResponse(f"{SESSIONS}?done=ended", status_code=303)


_DOOR: Final = Door(lets_in, to_open=guarding.STEP_UP, to_send=guarding.TO_SEND)

ROUTES = [
    Route(CHANGE, _DOOR.opens(ask_password), methods=["GET"]),
    Route(CHANGE, _DOOR.act(change_password), methods=["POST"]),
    Route(SESSIONS, _DOOR.view(show_sessions), methods=["GET"]),
    Route(SESSIONS, _DOOR.asks(end_sessions), methods=["POST"]),
]

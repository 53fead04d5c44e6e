"""Somebody's sessions, by what the caller says of himself: since when they run, and their end (C-318).

Neither a name nor a place stands here: only that there are sessions. What was typed goes by POST and stands in no address.
"""

from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.credentials import callers, passwords
from idp.credentials.callers import Caller
from idp.signin import own_sessions
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, asks, at_once, view
from mfa import factors

LONGEST = 254
NAMED = ("email", "parent", "school", "key")
"""By what a caller is named: one address as a member of staff, or as a parent, which are two accounts (D15); or school and key."""


async def ask(attendant: Attendant) -> Response:
    """Whose sessions?"""
    return frame.respond(attendant, "sessions.html", at="accounts")


async def look(attendant: Attendant, form: Form) -> Response:
    """What there is of the account that the caller names."""
    values = _values(form)
    async with attendant.floor.database.begin() as db:
        caller = await _caller(db, values, now=attendant.now)
        if caller is None:
            return await _nobody(db, attendant, values)
        school_id, subject = caller.school_id, caller.ledger_id
        await attendant.note(db, "helpdesk.sessions_looked_at", school_id=school_id, subject=subject, found=1)
        seen = await _seen(db, attendant, caller)
    return frame.respond(attendant, "session.html", at="accounts", values=values, seen=seen)


async def _nobody(db: Db, attendant: Attendant, values: Form) -> Response:
    """Who tries one address or key after the other is seen by that, too, whichever form he sends (D37)."""
    await attendant.note(db, "helpdesk.sessions_looked_at", found=0)
    return frame.respond(attendant, "sessions.html", at="accounts", error="helpdesk.session.unknown", values=values)


async def _seen(db: Db, attendant: Attendant, caller: Caller) -> dict[str, Any]:
    """What there is to see; of a parent neither a child nor a school."""
    if (parent := caller.parent) is not None:
        last = parent.last.astimezone(AMSTERDAM) if parent.last is not None else None
        return {"kind": "parent", "has_password": parent.has_password, "last": last}
    store, keyring, at = attendant.floor.store, attendant.floor.keyring, int(attendant.floor.now.timestamp())
    who = caller.person_id, caller.epoch
    open_now = await own_sessions.of_person(store, keyring, *who, now=at) if caller.email else []
    return {
        "kind": "staff" if caller.email else "pupil",
        "sessions": [{"since": _local(since), "last_seen": _local(last)} for since, last in open_now],
        "has_password": await passwords.known_hash(db, caller.person_id) is not None,
        "two_steps": (await factors.of(db, caller.person_id)).any,
    }


async def end(attendant: Attendant, form: Form) -> Response:
    """Ends them all, at once, on every node; a member of staff or a parent is mailed."""
    values = _values(form)
    async with attendant.floor.database.begin() as db:
        caller = await _caller(db, values, now=attendant.now)
        if caller is None:
            return await _nobody(db, attendant, values)
        await callers.end(db, caller, contact=attendant.floor.settings.support_contact, now=attendant.now)
        await attendant.note(db, "helpdesk.sessions_ended", school_id=caller.school_id, subject=caller.ledger_id)
    return frame.back(attendant, "/sessions", done="sessions_ended")


def _values(form: Form) -> dict[str, str]:
    return {name: form.get(name, "").strip()[:LONGEST] for name in NAMED}


async def _caller(db: Db, values: Form, *, now: datetime) -> Caller | None:
    """Who that is; None where there is nobody."""
    if values["parent"]:
        return await callers.of_parent(db, values["parent"], now=now)
    if values["email"]:
        return await callers.of_staff(db, values["email"])
    try:
        return await callers.of_pupil(db, values["school"], values["key"])
    except LookupError:
        return None


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at, AMSTERDAM)


ROUTES = [
    Route(ADDRESS + "/sessions", view(ask), methods=["GET"]),
    Route(ADDRESS + "/sessions", asks(look), methods=["POST"]),
    Route(ADDRESS + "/sessions/end", at_once(end), methods=["POST"]),
]

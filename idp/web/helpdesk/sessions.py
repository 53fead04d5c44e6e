"""Somebody's sessions, by what the caller says of himself: since when they run, and their end (C-318).

Neither a name nor a place stands here: only that there are sessions. What was typed goes by POST and stands in no address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from directory import people, schools
from idp.core import mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.credentials import parent_sessions, passwords
from idp.credentials.parent_sessions import Open
from idp.signin import own_sessions
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, asks, at_once, view
from mfa import factors

LONGEST = 254
NAMED = ("email", "parent", "school", "key")
"""By what a caller is named: one address as a member of staff, or as a parent, which are two accounts (D15); or school and key."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose sessions: a member of staff with an address, a pupil, of whom nothing but that is said, or a parent, who is nobody at a school."""

    person_id: int
    epoch: int
    ledger_id: str
    email: str | None = None
    school_id: int | None = None
    parent: Open | None = None


async def ask(attendant: Attendant) -> Response:
    """Whose sessions?"""
    return frame.respond(attendant, "sessions.html", at="accounts")


async def look(attendant: Attendant, form: Form) -> Response:
    """What there is of the account that the caller names."""
    values = _values(form)
    async with attendant.floor.database.begin() as db:
        caller = await _caller(db, values, now=attendant.now)
        if caller is None:
            # Who tries one address or key after the other is seen by that, too (D37).
            await attendant.note(db, "helpdesk.sessions_looked_at", found=0)
            return frame.respond(
                attendant, "sessions.html", at="accounts", error="helpdesk.session.unknown", values=values
            )
        school_id, subject = caller.school_id, caller.ledger_id
        await attendant.note(db, "helpdesk.sessions_looked_at", school_id=school_id, subject=subject, found=1)
        seen = await _seen(db, attendant, caller)
    return frame.respond(attendant, "session.html", at="accounts", values=values, seen=seen)


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
            return frame.respond(
                attendant, "sessions.html", at="accounts", error="helpdesk.session.unknown", values=values
            )
        if caller.parent is not None:
            await parent_sessions.end(db, caller.parent.parent_id, now=attendant.now)
        else:
            await people.end_sessions(db, caller.person_id)
        await attendant.note(db, "helpdesk.sessions_ended", school_id=caller.school_id, subject=caller.ledger_id)
        if caller.email:
            contact = attendant.floor.settings.support_contact
            await mail.queue(db, "sessions_ended", caller.email, now=attendant.now, contact=contact)
    return frame.back(attendant, "/sessions", done="sessions_ended")


def _values(form: Form) -> dict[str, str]:
    return {name: form.get(name, "").strip()[:LONGEST] for name in NAMED}


async def _caller(db: Db, values: Form, *, now: datetime) -> Caller | None:
    """Who that is; None where there is nobody. A pupil is named by the school and the key of its administration, never by a name."""
    if values["parent"]:
        found = await parent_sessions.find(db, values["parent"].lower(), now=now)
        return Caller(0, 0, found.ledger_id, found.email, parent=found) if found else None
    if values["email"]:
        account = await people.account(db, values["email"])
        return Caller(account.person_id, account.epoch, account.ledger_id, account.email) if account else None
    try:
        school = await schools.by_code(db, values["school"])
        person_id = await people.pupil_by_key(db, school.id, values["key"])
    except LookupError:
        return None
    epoch, ledger_id = await people.identity(db, person_id)
    return Caller(person_id, epoch, ledger_id, school_id=school.id)


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at, AMSTERDAM)


ROUTES = [
    Route(ADDRESS + "/sessions", view(ask), methods=["GET"]),
    Route(ADDRESS + "/sessions", asks(look), methods=["POST"]),
    Route(ADDRESS + "/sessions/end", at_once(end), methods=["POST"]),
]

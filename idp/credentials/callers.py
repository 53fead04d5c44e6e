"""Whose sessions somebody asks about who cannot get at his own browser, and their end, for the helpdesk and for operators (C-318)."""

from dataclasses import dataclass, field
from datetime import datetime

from directory import people, schools
from idp.core import mail
from idp.core.db import Db
from idp.credentials import parent_sessions
from idp.credentials.parent_sessions import Open


@dataclass(frozen=True, slots=True)
class Caller:
    """A member of staff with an address, a pupil, of whom nothing but that is said, or a parent, who is nobody at a school."""

    person_id: int
    epoch: int
    ledger_id: str
    email: str | None = field(default=None, repr=False)
    school_id: int | None = None
    parent: Open | None = None


async def of_staff(db: Db, email: str) -> Caller | None:
    """The account of a member of staff; None where there is none."""
    account = await people.account(db, email)
    return Caller(account.person_id, account.epoch, account.ledger_id, account.email) if account else None


async def of_parent(db: Db, email: str, *, now: datetime) -> Caller | None:
    """The account of a parent, which is another one even at the same address (D15); None where there is none."""
    found = await parent_sessions.find(db, people.normal_email(email), now=now)
    return Caller(0, 0, found.ledger_id, found.email, parent=found) if found else None


async def of_pupil(db: Db, school: str, key: str) -> Caller:
    """A pupil, named by the school's code and the key of its administration, never by a name. Raises `LookupError`."""
    at = await schools.by_code(db, school)
    person_id = await people.pupil_by_key(db, at.id, key)
    epoch, ledger_id = await people.identity(db, person_id)
    return Caller(person_id, epoch, ledger_id, school_id=at.id)


async def end(db: Db, caller: Caller, *, contact: str, now: datetime) -> None:
    """Ends all of them, at once, on every node; a member of staff or a parent is mailed."""
    if caller.parent is not None:
        await parent_sessions.end(db, caller.parent.parent_id, now=now)
    else:
        await people.end_sessions(db, caller.person_id)
    if caller.email:
        await mail.queue(db, "sessions_ended", caller.email, now=now, contact=contact)

"""What a parent has open, and its end: the tiles that the password leads to, and the children who signed in from there (C-318, R144, D29).

A parent has no session of its own. Whoever looks here learns that an address has an account and when it was last of use; no child, no school.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, update

from directory import people
from directory.models import Enrolment, Person
from idp.core.db import Db
from idp.core.models import LedgerEntry
from idp.credentials.models import Parent, ParentOfChild

LONGEST: Final = timedelta(hours=9)
"""No session of a child is older."""
WAY: Final = "home_parent"
"""How the ledger calls a child's sign-in after its parent's."""


@dataclass(frozen=True, slots=True)
class Open:
    """A parent's account. `last`: when a child was last signed in from its tiles within `LONGEST`, or from those of its other parent."""

    parent_id: int
    ledger_id: str
    email: str = field(repr=False)
    has_password: bool
    last: datetime | None


async def find(db: Db, email: str, *, now: datetime) -> Open | None:
    """The account with this address (as it is stored: lower case); None where there is none."""
    columns = Parent.id, Parent.ledger_id, Parent.email, Parent.hash.is_not(None)
    row = (await db.execute(select(*columns).where(Parent.email == email))).one_or_none()
    if row is None:
        return None
    came = select(func.max(LedgerEntry.at)).where(*_came(row.id, now=now))
    return Open(*row, (await db.execute(came)).scalar())


async def end(db: Db, parent_id: int, *, now: datetime, school_id: int | None = None) -> None:
    """Ends both, with the commit and on every node: the tiles lead nowhere until the password is given anew, and children who came by them are
    signed out, wherever they are, and by whichever parent of theirs. `school_id`: the children of that school alone, who acts has no say over others.
    """
    await db.execute(update(Parent).where(Parent.id == parent_id).values(epoch=Parent.epoch + 1))
    came = select(LedgerEntry.subject).where(*_came(parent_id, now=now))
    if school_id is not None:
        came = came.where(LedgerEntry.school_id == school_id)
    found = await db.execute(select(Person.id).where(Person.ledger_id.in_(came)).order_by(Person.id))
    if ids := list(found.scalars()):
        await people.end_sessions(db, *ids)


def _came(parent_id: int, *, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What the ledger of the children's schools has of them: sign-ins by way of a parent."""
    mine = ParentOfChild.parent_id == parent_id, Enrolment.id == ParentOfChild.enrolment_id
    at = LedgerEntry.school_id.in_(select(Enrolment.school_id).where(*mine)), LedgerEntry.at >= now - LONGEST
    way = LedgerEntry.action == "signin.passed", LedgerEntry.detail["way"].as_string() == WAY
    children = select(Person.ledger_id).join(Enrolment, Enrolment.person_id == Person.id).where(*mine)
    return *at, *way, LedgerEntry.subject.in_(children)

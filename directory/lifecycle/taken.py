"""Whether an address is somebody's at this school already: told from what the school itself sees, and from nothing of any other (D14, R32)."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from directory.lifecycle.days import day_of
from directory.lifecycle.models import AddressProposal, PendingMembership
from directory.lifecycle.refusals import Refused
from directory.models import Employment, Person
from idp.core.db import Db

ADMINISTRATION = "system"
"""Who asked where it was no coordinator but the administration's file. The school does not see these: it would learn who has an account (D14)."""


def shown() -> ColumnElement[str | None]:
    """Of an employment with its person: the address that the school sees. The account's; where nobody has come yet, the one the file told.

    So a place whose owner has an account elsewhere looks like any other, before and after an invitation (D14, D15).
    """
    return func.coalesce(Person.email, Employment.told_email)


async def refuse(db: Db, school_id: int, email: str, *, person_id: int | None, now: datetime) -> None:
    """Raises `Refused` where a colleague here has this address, or was asked at it; `person_id` is whose address it is to be, if anybody's here.

    A substitute is no colleague: whose address that became since is not for this school to learn.
    """
    works = Employment.active, or_(Employment.ends_on.is_(None), Employment.ends_on >= day_of(now))
    here = Employment.school_id == school_id, Employment.seat_id.is_(None), *works
    joined = select(Employment.id).join(Person, Person.id == Employment.person_id)
    other = Employment.person_id != (person_id or 0)
    if (await db.execute(joined.where(*here, other, shown() == email).limit(1))).first() is not None:
        raise Refused("works_here", "somebody with this address works here already")
    asked = (
        select(PendingMembership.id)
        .join(Employment, Employment.id == PendingMembership.employment_id)
        .where(PendingMembership.school_id == school_id, PendingMembership.email == email, other)
        .where(PendingMembership.asked_by != ADMINISTRATION)
    )
    proposed = select(AddressProposal.id).where(
        AddressProposal.school_id == school_id,
        AddressProposal.email == email,
        AddressProposal.person_id != (person_id or 0),
        AddressProposal.refused_at.is_(None),
        AddressProposal.expires_at > now,
    )
    if (await db.execute(asked.limit(1))).first() or (await db.execute(proposed.limit(1))).first():
        raise Refused("asked_already", "this address was entered for another colleague of this school")

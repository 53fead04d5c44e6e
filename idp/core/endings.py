"""Ends that parties must hear of (C-078): noted in the transaction that brings them about, told by the worker (`idp.jobs.logouts`).

Whoever ends sessions below the sign-in (a disabled account, somebody who left a school, a consent taken back) knows neither parties nor wires. He
notes whose sessions ended; which parties know one of them is read from the release records later.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import LargeBinary, bindparam, delete, select, text

from idp.core.db import BigId, Db
from idp.core.models import Ending

# Up to which release record: who signs in again a moment later is not meant. The records are another room's table (`consent.models`), read by
# its name alone.
_NOTE = text(
    "INSERT INTO endings (person_id, school_id, party_id, but, upto, acts_upto)"
    " SELECT :person_id, :school_id, :party_id, :but, coalesce(max(id), 0),"
    " (SELECT coalesce(max(id), 0) FROM ledger) FROM releases"
).bindparams(
    bindparam("person_id", type_=BigId),
    bindparam("school_id", type_=BigId),
    bindparam("party_id", type_=BigId),
    bindparam("but", type_=LargeBinary(16)),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """Of whom: one person, everybody of a school, a school's people at one party, or one person of a school there.

    `upto` is the last release record of before, `acts_upto` the last entry of the ledger; `but` the mark of the one session that goes on.
    """

    id: int
    person_id: int | None
    school_id: int | None
    party_id: int | None
    but: bytes | None
    upto: int
    acts_upto: int


async def note(
    db: Db,
    *,
    people: Iterable[int | None] = (None,),
    school_id: int | None = None,
    party_id: int | None = None,
    but: bytes | None = None,
) -> None:
    """Notes that sessions ended, or that a party must end those it has; parties hear of it after the commit, and only then."""
    rows = [{"person_id": one, "school_id": school_id, "party_id": party_id, "but": but} for one in people]
    if rows:
        await db.execute(_NOTE, rows)


async def any_noted(db: Db) -> bool:
    """Whether parties have not heard of something yet."""
    return (await db.execute(select(Ending.id).limit(1))).scalar() is not None


async def taken(db: Db, *, most: int) -> list[Ended]:
    """The oldest endings, which this transaction takes away from every other worker."""
    whose = Ending.person_id, Ending.school_id, Ending.party_id
    found = (
        select(Ending.id, *whose, Ending.but, Ending.upto, Ending.acts_upto)
        .order_by(Ending.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = [Ended(*row) for row in await db.execute(found)]
    await db.execute(delete(Ending).where(Ending.id.in_([row.id for row in rows])))
    return rows

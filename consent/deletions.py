"""Asking a party to erase what it got: the wish of the school, and the party's answer, on record (R73).

Taking a tick away erases nothing at the party: the agreement between school and party governs that. So the school asks, and writes down what came of
it; we carry the question over and keep both.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, insert, select, update

from consent import ticks
from consent.models import DeletionRequest
from directory import people, schools
from directory.schools import KnownSchool
from idp.core import ledger, mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from metadata.parties import KnownParty

LONGEST_ANSWER: Final = 1000
PATIENCE: Final = timedelta(days=30)
"""How long a party has before the desk reminds the school of its question (GDPR art. 12(3): one month)."""


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request of a school to a party. `mailed`: we had an address of the party to send it to."""

    id: int
    asked_at: datetime
    asked_by: str
    mailed: bool
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None = field(repr=False)


async def ask(db: Db, school_id: int, party_id: int, *, mailed: bool, now: datetime, by: str) -> bool:
    """Records that the school asks; False when an earlier request has no answer yet."""
    # Of two who ask at once one finds that it was asked.
    await schools.hold(db, school_id)
    if any(one.answered_at is None for one in await of_party(db, school_id, party_id)):
        return False
    values = {"school_id": school_id, "party_id": party_id, "asked_at": now, "asked_by": by, "mailed": mailed}
    await db.execute(insert(DeletionRequest).values(**values))
    detail = {"party": party_id, "mailed": mailed}
    await ledger.record(db, "consent.deletion_asked", now=now, by=by, school_id=school_id, detail=detail)
    return True


async def send(db: Db, school: KnownSchool, party: KnownParty, *, today: date, now: datetime, by: str) -> bool:
    """Asks, and mails the party's contact where we know one; False when an earlier request has no answer yet.

    Raises `LookupError` for a party that has a yes, or never had one.
    """
    tick = await ticks.find(db, school.id, party.id)
    if tick is None or tick.given:
        raise LookupError("asked only of a party that had a yes and has none now")
    address = party.contact_email
    if not await ask(db, school.id, party.id, mailed=address is not None, now=now, by=by):
        return False
    if address is not None:
        coordinators = await people.coordinator_addresses(db, school.id, today=today)
        await mail.queue(
            db,
            "deletion_asked",
            address,
            now=now,
            party=party.name,
            school=school.name,
            code=school.code,
            when=now.astimezone(AMSTERDAM).date(),
            coordinators=", ".join(coordinators),
        )
    return True


async def answer(db: Db, school_id: int, party_id: int, text: str, *, now: datetime, by: str) -> bool:
    """Records what the party answered to the open request; False when there is none. Raises `ValueError` for no answer, or one too long."""
    said = text.strip()
    if not 1 <= len(said) <= LONGEST_ANSWER:
        raise ValueError(f"an answer has 1 to {LONGEST_ANSWER} characters")
    open_ = DeletionRequest.school_id == school_id, DeletionRequest.party_id == party_id
    values = {"answered_at": now, "answered_by": by, "answer": said}
    unanswered = DeletionRequest.answered_at.is_(None)
    done = await db.execute(update(DeletionRequest).where(*open_, unanswered).values(**values))
    if done.rowcount == 0:
        return False
    await ledger.record(
        db, "consent.deletion_answered", now=now, by=by, school_id=school_id, detail={"party": party_id}
    )
    return True


async def of_party(db: Db, school_id: int, party_id: int) -> list[KnownRequest]:
    """What a school asked of a party, the newest first."""
    query = _KNOWN.where(DeletionRequest.school_id == school_id, DeletionRequest.party_id == party_id)
    return [KnownRequest(*row) for row in await db.execute(query.order_by(DeletionRequest.id.desc()))]


async def unanswered(db: Db, school_id: int, *, before: datetime) -> int:
    """How many requests of a school from before that moment have no answer yet."""
    mine = DeletionRequest.school_id == school_id, DeletionRequest.asked_at < before
    rows = await db.execute(select(DeletionRequest.id).where(*mine, DeletionRequest.answered_at.is_(None)))
    return len(rows.all())


_KNOWN: Final[Select[int, datetime, str, bool, datetime | None, str | None, str | None]] = select(
    DeletionRequest.id,
    DeletionRequest.asked_at,
    DeletionRequest.asked_by,
    DeletionRequest.mailed,
    DeletionRequest.answered_at,
    DeletionRequest.answered_by,
    DeletionRequest.answer,
)

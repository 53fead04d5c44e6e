"""Recording what was signed elsewhere, for a board or for one school; its announced end, and taking back a mistake (R60-R67, D8).

The signer's name is kept with the paper, as the paper itself has it, and goes into no ledger and no mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from consent import ticks
from consent.models import Agreement, Tick
from directory import boards, schools
from directory.models import School
from idp.core import ledger
from idp.core.db import Db

NOTICES: Final = (90, 30, 7)
"""So many days before the end everybody who answers for it is told (D8)."""
ENDINGS: Final = ("board", "replaced", "platform", "closing")
"""Why an agreement ends: the board stops, another paper comes, the platform stops, or the school does. No words of one's own: nobody is named."""
LONGEST_VERSION: Final = 16
LONGEST_SIGNER: Final = 200


class NotAPaper(ValueError):
    """What was typed is no agreement; `code` is which part of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signing:
    """What the signed paper says: its version, who signed, on which day, and the last day on which it holds."""

    version: str
    signer: str | None = field(repr=False)
    signed_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """A board's agreement, which holds for every school that it has or gets, or that of one school. Exactly one of the two is told."""

    board_id: int | None = None
    school_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An agreement as it stands here. `number` is what commands call it."""

    number: int
    whose: Whose
    signing: Signing


def check(signing: Signing, *, today: date) -> None:
    """Raises `NotAPaper` with `version`, `signer`, `signed_on` or `ends_on`: a paper is signed today or earlier, and holds today or later."""
    if not 1 <= len(signing.version) <= LONGEST_VERSION or not signing.version.isprintable():
        raise NotAPaper("version")
    if signing.signer is not None and not (1 <= len(signing.signer) <= LONGEST_SIGNER and signing.signer.isprintable()):
        raise NotAPaper("signer")
    if signing.signed_on > today:
        raise NotAPaper("signed_on")
    if signing.ends_on is not None and signing.ends_on < max(today, signing.signed_on):
        raise NotAPaper("ends_on")


async def record(
    db: Db, whose: Whose, signing: Signing, *, now: datetime, today: date, by: str, request_ref: str | None = None
) -> int | None:
    """Records a signed paper; its number, or None where exactly this one stands here already. Raises `NotAPaper`. Holds from the commit on."""
    check(signing, today=today)
    # Of two who record the same paper at once the second finds what the first did: taken back later, it must be gone.
    await hold(db, whose)
    same = Agreement.document_version == signing.version, Agreement.signed_on == signing.signed_on
    query = select(Agreement.id).where(_of(whose), *same, Agreement.ends_on.is_not_distinct_from(signing.ends_on))
    if (await db.execute(query.limit(1))).scalar() is not None:
        return None
    values = {
        "board_id": whose.board_id,
        "school_id": whose.school_id,
        "document_version": signing.version,
        "signed_by": signing.signer,
        "signed_on": signing.signed_on,
        "ends_on": signing.ends_on,
        "recorded_by": by,
    }
    made: int = (await db.execute(insert(Agreement).values(**values).returning(Agreement.id))).scalar_one()
    ends = signing.ends_on.isoformat() if signing.ends_on else None
    detail = {"agreement": made, "board": whose.board_id, "version": signing.version, "ends": ends}
    detail |= {"signed": signing.signed_on.isoformat(), "request": request_ref}
    await note(db, "agreement.recorded", whose, detail, now=now, by=by)
    return made


async def hold(db: Db, whose: Whose) -> None:
    """Makes others who record something of the same board or school wait until this transaction ends."""
    if whose.board_id is not None:
        await boards.hold(db, whose.board_id)
    if whose.school_id is not None:
        await schools.hold(db, whose.school_id)


async def of(db: Db, whose: Whose) -> list[Recorded]:
    """Every paper that was recorded for exactly this board or school, the newest first."""
    query = select(Agreement).where(_of(whose)).order_by(Agreement.signed_on.desc(), Agreement.id.desc())
    return [
        Recorded(row.id, whose, Signing(row.document_version, row.signed_by, row.signed_on, row.ends_on))
        for row in await db.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class End:
    """The last day of an agreement, why it ends, and where that was asked for in writing."""

    on: date
    reason: str | None = None
    request_ref: str | None = None


async def end(
    db: Db, number: int, ends: End, *, now: datetime, today: date, by: str, whose: Whose | None = None
) -> None:
    """From the day after its last nothing leaves by it. `whose`: only of this board or school.

    Raises `NotAPaper` with `too_soon` where three notices do not fit before it (D8) or `reason` for none of `ENDINGS`; `LookupError`.
    """
    if ends.on < earliest_end(today):
        raise NotAPaper("too_soon")
    if ends.reason is not None and ends.reason not in ENDINGS:
        raise NotAPaper("reason")
    goes_on = Agreement.id == number, or_(Agreement.ends_on.is_(None), Agreement.ends_on > ends.on)
    theirs = () if whose is None else (_of(whose),)
    change = update(Agreement).where(*goes_on, *theirs).values(ends_on=ends.on)
    row = (await db.execute(change.returning(Agreement.board_id, Agreement.school_id))).one_or_none()
    if row is None:
        raise LookupError("no such agreement, or it ends sooner")
    detail = {"agreement": number, "board": row.board_id, "ends": ends.on.isoformat()}
    detail |= {"reason": ends.reason, "request": ends.request_ref}
    await note(db, "agreement.ended", Whose(row.board_id, row.school_id), detail, now=now, by=by)


async def change(db: Db, one: Recorded, signing: Signing, *, now: datetime, today: date, by: str) -> None:
    """What the paper says otherwise than stood here: the signer, or the last day. A sooner one is an announced end, and raises as `end` does.

    Raises `LookupError` where its last day is another one by now, such as an end that was announced since `one` was read.
    """
    before = stood = one.signing
    if signing.ends_on is not None and (before.ends_on is None or signing.ends_on < before.ends_on):
        await end(db, one.number, End(signing.ends_on), now=now, today=today, by=by, whose=one.whose)
        if signing.signer == before.signer:
            return
        stood = signing
    values = {"signed_by": signing.signer, "ends_on": signing.ends_on}
    same = Agreement.id == one.number, Agreement.ends_on.is_not_distinct_from(stood.ends_on)
    if (await db.execute(update(Agreement).where(*same).values(**values))).rowcount == 0:
        raise LookupError("no such agreement, or its last day was changed meanwhile")
    ends = signing.ends_on.isoformat() if signing.ends_on else None
    detail = {"agreement": one.number, "board": one.whose.board_id, "ends": ends}
    await note(db, "agreement.changed", one.whose, detail, now=now, by=by)


def earliest_end(today: date) -> date:
    """The first day that can be announced as the last one: all notices go before it (D8)."""
    return today + timedelta(days=max(NOTICES))


async def remove(db: Db, number: int, *, now: datetime, by: str) -> None:
    """Takes back what was recorded by mistake: nothing leaves by it from the commit on, which waits for releases under way (D9).

    Raises `LookupError`.
    """
    gone = delete(Agreement).where(Agreement.id == number).returning(Agreement.board_id, Agreement.school_id)
    row = (await db.execute(gone)).one_or_none()
    if row is None:
        raise LookupError("no such agreement")
    mine = School.id == row.school_id if row.board_id is None else School.board_id == row.board_id
    concerned = (await db.execute(select(School.id).where(mine))).scalars().all()
    # Who says a first yes now holds the school, for there is no tick yet: releases by that one are stopped too.
    await schools.hold(db, *concerned)
    await ticks.interrupt(db, Tick.school_id.in_(concerned))
    detail = {"agreement": number, "board": row.board_id}
    await note(db, "agreement.removed", Whose(row.board_id, row.school_id), detail, now=now, by=by)


async def note(db: Db, action: str, whose: Whose, detail: Mapping[str, Any], *, now: datetime, by: str) -> None:
    """In the ledger: one entry at each school that it concerns now, so that each finds it in its own log; of a board without schools one at none."""
    here = School.board_id == whose.board_id, School.closed_at.is_(None), School.reference_of.is_(None)
    found = (await db.execute(select(School.id).where(*here).order_by(School.id))).scalars().all()
    concerned: Sequence[int | None] = [whose.school_id] if whose.board_id is None else found or [None]
    for school_id in concerned:
        await ledger.record(db, action, now=now, by=by, school_id=school_id, detail=detail)


def _of(whose: Whose) -> ColumnElement[bool]:
    if whose.board_id is not None:
        return Agreement.board_id == whose.board_id
    return Agreement.school_id == whose.school_id


@dataclass(frozen=True, slots=True)
class Ending:
    """A school whose last agreement ends within ninety days; `stage` is the notice that is due."""

    school_id: int
    school: str
    board_id: int | None
    on: date
    stage: int


async def ending(db: Db, *, today: date, school_id: int | None = None) -> list[Ending]:
    """The open schools (or this one) that have an agreement now and none after a day within ninety, by board and name. A longer one ends it."""
    holds = Agreement.signed_on <= today, or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today)
    own = or_(Agreement.school_id == School.id, Agreement.board_id == School.board_id)
    last = func.max(Agreement.ends_on)
    query = (
        select(School.id, School.name, School.board_id, last)
        .join(Agreement, and_(own, *holds))
        .where(School.closed_at.is_(None), School.reference_of.is_(None))
        .group_by(School.id, School.name, School.board_id)
        .having(func.count() == func.count(Agreement.ends_on), last <= today + timedelta(days=max(NOTICES)))
        .order_by(School.board_id, School.name, School.id)
    )
    if school_id is not None:
        query = query.where(School.id == school_id)
    found = []
    for at, name, board_id, on in await db.execute(query):
        assert on is not None  # noqa: S101 - every paper of the group has a last day
        left = (on - today).days
        found.append(Ending(at, name, board_id, on, min(stage for stage in NOTICES if stage >= left)))
    return found

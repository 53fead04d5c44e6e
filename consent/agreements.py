"""The signed processing agreement with the platform: recorded here, signed elsewhere (R60-R67, D8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import insert, or_, select

from consent.models import Agreement
from directory.schools import KnownSchool
from idp.core.db import Db

CURRENT_VERSION: Final = "3.0"
"""The version that can be signed today (R67)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """An agreement that holds. `for_board`: the board's, which counts for all its schools (D8)."""

    document_version: str
    signed_on: date
    ends_on: date | None
    for_board: bool


async def record_for_school(db: Db, school_id: int, *, document_version: str, signed_on: date, by: str) -> None:
    """Records that the school's own agreement is signed."""
    values = {"document_version": document_version, "signed_on": signed_on, "recorded_by": by}
    await db.execute(insert(Agreement).values(school_id=school_id, **values))


async def in_force(db: Db, school_id: int, board_id: int | None, *, today: date) -> bool:
    """Whether the school, or its board for it, has an agreement today. Without one nothing leaves (R60)."""
    whose = [Agreement.school_id == school_id]
    if board_id is not None:
        whose.append(Agreement.board_id == board_id)
    found = await db.execute(
        select(Agreement.id)
        .where(or_(*whose))
        .where(Agreement.signed_on <= today, or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today))
        .limit(1)
    )
    return found.scalar() is not None


async def of_schools(db: Db, known: Iterable[KnownSchool], *, today: date) -> dict[int, Signed]:
    """The agreement that holds today for each of these schools, the newest of several; a school without one is not in it (R60)."""
    wanted = list(known)
    boards = {school.board_id for school in wanted if school.board_id is not None}
    whose = or_(Agreement.school_id.in_([school.id for school in wanted]), Agreement.board_id.in_(boards))
    lasting = or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today)
    query = (
        select(Agreement)
        .where(whose, Agreement.signed_on <= today, lasting)
        .order_by(Agreement.signed_on, Agreement.id)
    )
    by_school: dict[int, Signed] = {}
    by_board: dict[int, Signed] = {}
    for row in await db.execute(query):
        one = Signed(row.document_version, row.signed_on, row.ends_on, for_board=row.board_id is not None)
        if row.board_id is not None:
            by_board[row.board_id] = one
        else:
            by_school[row.school_id] = one
    found = {school.id: by_school.get(school.id) or by_board.get(school.board_id or 0) for school in wanted}
    return {school_id: one for school_id, one in found.items() if one is not None}

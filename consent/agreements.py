"""The signed processing agreement with the platform: recorded here, signed elsewhere (R60-R67, D8)."""

from datetime import date
from typing import Final

from sqlalchemy import insert, or_, select

from consent.models import Agreement
from idp.core.db import Db

CURRENT_VERSION: Final = "3.0"
"""The version that can be signed today (R67)."""


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

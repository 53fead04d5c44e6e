"""The signed processing agreement with the platform: recorded here, signed elsewhere (R60-R67, D8)."""

from datetime import date

from sqlalchemy import insert

from consent.models import Agreement
from idp.core.db import Db


async def record_for_school(db: Db, school_id: int, *, document_version: str, signed_on: date, by: str) -> None:
    """Records that the school's own agreement is signed."""
    values = {"document_version": document_version, "signed_on": signed_on, "recorded_by": by}
    await db.execute(insert(Agreement).values(school_id=school_id, **values))

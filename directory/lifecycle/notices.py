"""Notices that are mailed once, however often the job that mails them runs."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, text

from idp.core.db import Db, Moment

SCHOOL: Final = 0
"""Stands for the coordinators of a school, where a notice is not for one person."""

_SEND: Final = text(
    """INSERT INTO notices (kind, school_id, person_id, about, sent_at) VALUES (:kind, :school_id, :person_id, :about, :sent_at)
    ON CONFLICT (kind, school_id, person_id, about) DO NOTHING"""
).bindparams(bindparam("sent_at", type_=Moment))


async def first(db: Db, kind: str, *, school_id: int, person_id: int = SCHOOL, about: str, now: datetime) -> bool:
    """Writes down that this notice goes out now, and returns whether it had not gone out before."""
    row = {"kind": kind, "school_id": school_id, "person_id": person_id, "about": about, "sent_at": now}
    return bool((await db.execute(_SEND, row)).rowcount)

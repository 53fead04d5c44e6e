"""The one record of who did what. Written in the writer's own transaction: what happened and its entry stand or fall together."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from idp.core.db import Db
from idp.core.models import LedgerEntry


async def record(
    db: Db,
    action: str,
    *,
    now: datetime,
    by: str,
    school_id: int | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Appends one entry. `by` and `subject` are ledger ids, `operator:cli`, `system`; `detail` holds ids, counts and codes, never values."""
    await db.execute(
        insert(LedgerEntry).values(at=now, action=action, school_id=school_id, actor=by, subject=subject, detail=detail)
    )

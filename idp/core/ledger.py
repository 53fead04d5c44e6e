"""The one record of who did what. Written in the writer's own transaction: what happened and its entry stand or fall together."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import insert

from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.core.models import LedgerEntry
from idp.core.together import Together

_ENTRY: Final = insert(LedgerEntry)
# The columns are named in the SELECT, so that both databases know every parameter's type.
_NOTE: Final = Statement(
    "SELECT $1::timestamptz AS at, $2::text AS action, $3::bigint AS school_id, $4::text AS actor, $5::text AS subject, $6::text AS detail",
    "INSERT INTO ledger (at, action, school_id, actor, subject, detail)"
    " SELECT p.at, p.action, p.school_id, p.actor, p.subject, p.detail::jsonb FROM p",
    Together(),
)


async def record(
    db: Db,
    action: str,
    *,
    now: datetime,
    by: str,
    school_id: int | None = None,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Appends one entry. `by` and `subject` are ledger ids, `operator:cli` or `system`; `detail` holds ids, counts, codes, never values."""
    values = {"school_id": school_id, "actor": by, "subject": subject, "detail": dict(detail or {})}
    await db.execute(_ENTRY, {"at": now, "action": action, **values})


async def note(
    hot: Hot,
    action: str,
    *,
    now: datetime,
    by: str,
    school_id: int | None = None,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Like `record`, as a transaction of its own: for what happened without changing anything else, such as a sign-in. Raises `Unavailable`."""
    await hot.row(_NOTE, now, action, school_id, by, subject, orjson.dumps(dict(detail or {})).decode())

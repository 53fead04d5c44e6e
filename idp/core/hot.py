"""Prepared statements without SQLAlchemy, for the three or four questions that every sign-in asks.

A `Statement` is written once in PostgreSQL's dialect with numbered parameters. What differs on SQLite is derived: `$1` becomes `?1`, row locks
disappear, because there the statement runs while the one write lock is held. A row is a tuple-like value addressed by position.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from idp.core.together import Company, Together

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT, and optionally the INSERT or UPDATE that must stand or fall with it.

    `select` is a full SELECT; `write` begins with INSERT INTO or UPDATE and reads from the select under the name `p`.
    On PostgreSQL both are one statement; the row is returned only if something was written. Many who ask one that only reads always go together;
    `together` says how those do who write.
    """

    select: str
    write: str | None = None
    together: Together | None = None

    @property
    def postgres(self) -> str:
        """The text for asyncpg."""
        if self.write is None:
            return self.select
        return f"WITH p AS MATERIALIZED ({self.select}), r AS ({self.write} RETURNING 1) SELECT p.* FROM p WHERE EXISTS (SELECT 1 FROM r)"  # noqa: S608

    @property
    def sqlite(self) -> tuple[str, str | None]:
        """The texts for SQLite, run one after the other inside one write transaction."""
        select = _sqlite_text(self.select)
        return select, None if self.write is None else f"WITH p AS ({select}) {_sqlite_text(self.write)} RETURNING 1"


def _sqlite_text(text: str) -> str:
    text = re.sub(r"\bFOR (NO KEY )?(SHARE|UPDATE)( OF \w+(, \w+)*)?( NOWAIT)?", "", text)
    text = re.sub(r"::\w+", "", text).replace("string_agg(", "group_concat(")
    return re.sub(r"\$(\d+)", r"?\1", text)


class Hot(Protocol):
    """The hot path of one database."""

    async def row(self, statement: Statement, *args: object) -> Row | None:
        """The first row, or None. Raises `Unavailable`."""

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        """Every row of a statement that only reads. Raises `Unavailable`."""

    def expect(self, company: Company) -> None:
        """Who comes from there will be waited for, where that lets more go together."""

    async def close(self) -> None:
        """Closes the connections."""

"""Field sets: which fields a tick covers, which a request asks for. Stored once each, and once stored they never change."""

from collections.abc import Iterable

from sqlalchemy import select, text

from consent.models import FieldSet
from idp.core.db import Database, Db

Fields = frozenset[str]


def written(fields: Iterable[str]) -> str:
    """The canonical writing: sorted, separated by spaces."""
    return " ".join(sorted(set(fields)))


async def set_id(db: Db, fields: Iterable[str]) -> int:
    """The id of a field set, stored if it is new. `db` is a write transaction."""
    whole = written(fields)
    known = select(FieldSet.id).where(FieldSet.fields == whole)
    found = (await db.execute(known)).scalar()
    if found is None:
        # Of two that store the same set at once the second waits for the first, and then reads what that one stored.
        await db.execute(_STORE, {"fields": whole})
        found = (await db.execute(known)).scalar_one()
    return found


_STORE = text("INSERT INTO field_sets (fields) VALUES (:fields) ON CONFLICT (fields) DO NOTHING")


class FieldSets:
    """What this process knows of the table: rows never change, so what was read once stays true (D10)."""

    __slots__ = ("_by_id", "_by_text", "_database")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id: dict[int, Fields] = {}
        self._by_text: dict[Fields, int] = {}

    async def fields(self, known_id: int) -> Fields:
        """The fields of a stored set."""
        if known_id not in self._by_id:
            async with self._database.read() as db:
                stored = (await db.execute(select(FieldSet.fields).where(FieldSet.id == known_id))).scalar_one()
            self._by_id[known_id] = frozenset(stored.split())
        return self._by_id[known_id]

    async def id(self, fields: Fields) -> int:
        """The id of a set, stored if it is new."""
        if fields not in self._by_text:
            async with self._database.begin() as db:
                stored = await set_id(db, fields)
            # Only what was committed is known.
            self._by_text[fields] = stored
        return self._by_text[fields]

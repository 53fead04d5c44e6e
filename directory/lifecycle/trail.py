"""Every row that a reorganisation touches, as it was before: carrying out and undoing are one piece of code (D17, D19).

Whoever changes something through a `Trail` need not write how it is undone: `put_back` walks the same changes backwards.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, cast

import orjson
from sqlalchemy import ColumnElement, Date, LargeBinary, Table, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.types import TypeEngine

from directory.lifecycle import other_rooms
from idp.core.db import Base, Db, Moment
from idp.core.portions import portions

Kind = Literal["updated", "inserted", "deleted", "kept"]
Row = dict[str, Any]

# What a row that comes back may point to; if that is gone for good by now, the row stays away too.
_POINTS_TO: Final = {
    "person_id": "persons",
    "school_id": "schools",
    "enrolment_id": "enrolments",
    "employment_id": "employments",
    "group_id": "groups",
    "party_id": "parties",
    "parent_id": "parents",
}
_MOST_KEYS: Final = 500


class Trail:
    """Changes rows and remembers them. Lives for one transaction; `sealed` what it remembers, it holds subjects' seeds and addresses."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self._changes: list[tuple[str, Kind, list[Row]]] = []

    async def update(self, model: type[Base] | Table, *where: ColumnElement[bool], **values: object) -> int:
        """Gives every such row these values; returns how many rows there are. A row that has them already is not touched."""
        table = _table(model)
        differs = or_(*(table.c[name].is_distinct_from(value) for name, value in values.items()))
        before = await self._rows(table, (*_keys(table), *values), and_(*where, differs))
        if before:
            await self.db.execute(update(table).where(and_(*where, differs)).values(**values))
            self._changes.append((table.name, "updated", before))
        return len(before)

    async def update_each(
        self, model: type[Base] | Table, rows: Sequence[Mapping[str, object]], *, also: Sequence[str] = ()
    ) -> None:
        """Gives rows values of their own: each mapping has the key (one column) and the same new values.

        `also` are columns that stay as they are and are put back all the same: what comes later changes them, because of these values.
        """
        table = _table(model)
        if not rows:
            return
        (key,) = _keys(table)
        before: list[Row] = []
        for portion in portions(row[key] for row in rows):
            before += await self._rows(table, (*rows[0], *also), table.c[key].in_(portion))
        await _update_by_key(self.db, table, (key,), rows)
        self._changes.append((table.name, "updated", before))

    async def insert(self, model: type[Base] | Table, rows: Sequence[Mapping[str, object]]) -> list[Row]:
        """New rows; returns their keys in the same order."""
        table = _table(model)
        if not rows:
            return []
        columns = [table.c[name] for name in _keys(table)]
        made = [
            _by_name((await self.db.execute(insert(table).values(**row).returning(*columns))).one()) for row in rows
        ]
        self._changes.append((table.name, "inserted", made))
        return made

    async def delete(self, model: type[Base] | Table, *where: ColumnElement[bool]) -> int:
        """Takes rows away; returns how many. What hangs on them must have been taken away before: a cascade leaves no trail."""
        table = _table(model)
        before = await self._rows(table, tuple(column.name for column in table.columns), and_(*where))
        if before:
            await self.db.execute(delete(table).where(and_(*where)))
            self._changes.append((table.name, "deleted", before))
        return len(before)

    async def keep(self, model: type[Base] | Table, *where: ColumnElement[bool]) -> None:
        """Remembers rows that stay: those which are gone by the time that it is undone come back."""
        table = _table(model)
        if rows := await self._rows(table, tuple(column.name for column in table.columns), and_(*where)):
            self._changes.append((table.name, "kept", rows))

    def packed(self) -> bytes:
        """Everything that was remembered, for `put_back`. To be sealed before it is stored."""
        return orjson.dumps(self._changes, default=_plain)

    async def _rows(self, table: Table, names: Iterable[str], where: ColumnElement[bool]) -> list[Row]:
        found = await self.db.execute(select(*(table.c[name] for name in dict.fromkeys(names))).where(where))
        return [_by_name(row) for row in found]


def unpacked(packed: bytes) -> list[tuple[Table, Kind, list[Row]]]:
    """What a trail remembers, oldest first."""
    changes = cast(list[tuple[str, Kind, list[Row]]], orjson.loads(packed))
    return [(_named(name), kind, [_typed(_named(name), row) for row in stored]) for name, kind, stored in changes]


async def put_back(db: Db, packed: bytes) -> None:
    """Undoes what a trail remembers, newest first. What has changed otherwise since then stays; rows that are gone for good stay away."""
    for table, kind, rows in reversed(unpacked(packed)):
        match kind:
            case "updated":
                await _update_by_key(db, table, _keys(table), rows)
            case "inserted":
                for row in rows:
                    await db.execute(delete(table).where(_is(table, row)))
            case "deleted" | "kept":
                await _insert_again(db, table, rows)


async def _insert_again(db: Db, table: Table, rows: list[Row]) -> None:
    for column, pointed in _POINTS_TO.items():
        if column in table.c and column not in ("id",):
            wanted = {row[column] for row in rows if row[column] is not None}
            have = await _existing(db, _named(pointed), wanted)
            rows = [row for row in rows if row[column] is None or row[column] in have]
    for row in rows:
        there = _is(table, row)
        if {"school_id", "person_id", "id"} <= set(table.c.keys()):
            # One place at a school: whoever has got another one there meanwhile keeps that.
            there = or_(there, and_(table.c.school_id == row["school_id"], table.c.person_id == row["person_id"]))
        if (await db.execute(select(*(table.c[key] for key in _keys(table))).where(there))).first() is None:
            await db.execute(insert(table).values(**row))


async def _existing(db: Db, table: Table, ids: set[int]) -> set[int]:
    found: set[int] = set()
    for portion in portions(ids):
        found.update((await db.execute(select(table.c.id).where(table.c.id.in_(portion)))).scalars())
    return found


async def _update_by_key(db: Db, table: Table, keys: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Rows that do not exist any more are nobody's loss."""
    names = [name for name in rows[0] if name not in keys]
    if not names:
        return
    query = update(table).where(and_(*(table.c[key] == bindparam(f"of_{key}") for key in keys)))
    query = query.values({name: bindparam(f"to_{name}") for name in names})
    parameters = [{f"of_{key}": row[key] for key in keys} | {f"to_{name}": row[name] for name in names} for row in rows]
    for start in range(0, len(parameters), _MOST_KEYS):
        await db.execute(query, parameters[start : start + _MOST_KEYS])


def _is(table: Table, row: Row) -> ColumnElement[bool]:
    return and_(*(table.c[key] == row[key] for key in _keys(table)))


def _table(model: type[Base] | Table) -> Table:
    return model if isinstance(model, Table) else cast(Table, model.__table__)


def _named(name: str) -> Table:
    return other_rooms.BY_NAME[name] if name in other_rooms.BY_NAME else Base.metadata.tables[name]


def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


def _by_name(row: Any) -> Row:
    # Names that are reserved words come as a subclass of str, which is no key in JSON.
    return {str(name): value for name, value in row._mapping.items()}


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def _typed(table: Table, row: Row) -> Row:
    return {name: _value(table.c[name].type, value) for name, value in row.items()}


def _value(kind: TypeEngine[Any], value: Any) -> Any:
    """JSON knows neither bytes nor days: the column does."""
    if not isinstance(value, str):
        return value
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, Moment):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value

"""Sealing the ledger (D41): which entries are new since the last seal, their hash, and a link of the chain over it.

Writers take no part in it. An entry gets its id before its transaction ends, so ids become visible out of order: a seal therefore names its ids,
and takes only entries of transactions older than the oldest one that runs. `closed` is the id up to which no honest entry can come any more,
because whatever ran when those ids were given has ended; an entry that appears there later was slipped in.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, literal_column, select, text, update

from idp.core import keeping
from idp.core.db import Database, Db
from idp.core.heads import Head, HeadKeys
from idp.core.models import LedgerEntry, Seal

SIZE: Final = 1_000
"""Entries in one seal: hashing them holds up nothing else for longer than some milliseconds."""
MOST: Final = 100_000
"""Entries that one turn looks at; the next turn takes the rest."""
KEPT: Final = keeping.LEDGER.span
"""An entry goes so long after it was sealed (D40); its hash stays in the chain."""
MARK: Final = 8
"""Bytes of a row's digest that a seal keeps, to tell which row was changed. The proof is the hash over the whole digests."""

FIRST: Final = bytes(32)
"""What the first seal names as its predecessor."""

COLUMNS: Final = (
    LedgerEntry.id,
    LedgerEntry.at,
    LedgerEntry.action,
    LedgerEntry.school_id,
    LedgerEntry.actor,
    LedgerEntry.subject,
    LedgerEntry.detail,
)


class BrokenChain(Exception):
    """The newest seal is not signed by a key of this installation: nothing is built on it until somebody looked (`idp ledger verify`)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that can be sealed now, by id, after a certain seal (None: it will be the first)."""

    ids: Sequence[int]
    after: int | None
    closed: int
    horizon: int
    ahead: int


async def waiting(db: Db) -> Waiting:
    """What can be sealed at this moment."""
    newest = await _newest(db)
    horizon, ahead = (0, 0) if _sqlite(db) else await _snapshot(db)
    closed = await _closed(db, newest, horizon)
    sealed = await _sealed_after(db, closed)
    query = select(LedgerEntry.id).where(LedgerEntry.id > closed).order_by(LedgerEntry.id).limit(MOST + len(sealed))
    if not _sqlite(db):
        query = query.where(_ended_before(horizon))
    found = [id_ for id_ in (await db.execute(query)).scalars() if id_ not in sealed]
    return Waiting(found, newest.id if newest else None, closed, horizon, ahead)


async def seal_all(database: Database, keys: HeadKeys, *, now: datetime) -> int:
    """Seals what waits, in portions of their own transactions; returns how many entries. Raises `BrokenChain`, `Unavailable`.

    Of two that do this at once one goes on: the other finds that the seal it wanted to follow is followed already.
    """
    async with database.read() as db:
        found = await waiting(db)
    if not found.ids:
        return 0
    after, done = found.after, 0
    for begin in range(0, len(found.ids), SIZE):
        portion = found.ids[begin : begin + SIZE]
        async with database.begin() as db:
            previous = await _newest(db) if await _alone(db) else None
            if (previous.id if previous is not None else None) != after:
                return done
            after = await _append(db, keys, previous, portion, found, now=now)
        done += len(portion)
    return done


async def _append(db: Db, keys: HeadKeys, previous: Any, ids: Sequence[int], found: Waiting, *, now: datetime) -> int:
    if previous is not None and not keys.signed(Head(previous.id, previous.hash, previous.key, previous.signature)):
        raise BrokenChain(f"seal {previous.id} is not signed by a key of this installation")
    rows = (await db.execute(select(*COLUMNS).where(LedgerEntry.id.in_(ids)).order_by(LedgerEntry.id))).all()
    digests = [digest(row) for row in rows]
    values: dict[str, Any] = {
        "id": previous.id + 1 if previous is not None else 1,
        "sealed_at": now,
        "ids": written(row.id for row in rows),
        "content": content(digests),
        "previous": previous.hash if previous is not None else FIRST,
        "last": max(rows[-1].id, previous.last if previous is not None else 0),
        "closed": found.closed,
        "horizon": found.horizon,
        "ahead": found.ahead,
    }
    if _sqlite(db):
        values["closed"] = values["last"]
    hash_ = hash_of(values)
    marks = b"".join(one[:MARK] for one in digests)
    signed = {"marks": marks, "hash": hash_, "key": keys.name, "signature": keys.sign(hash_)}
    await db.execute(insert(Seal).values(**values, **signed))
    number: int = values["id"]
    return number


async def purge(db: Db, *, now: datetime, most: int) -> int:
    """Deletes the entries of seals whose term is over, the oldest first; returns how many. Fewer than `most` means that nothing is left.

    The newest seal keeps its own.
    """
    newest = select(func.max(Seal.id)).scalar_subquery()
    over = Seal.purged_at.is_(None), Seal.sealed_at < now - KEPT, Seal.id < newest
    gone = 0
    for seal in (await db.execute(select(Seal.id, Seal.ids).where(*over).order_by(Seal.id).limit(most))).all():
        await db.execute(update(Seal).where(Seal.id == seal.id).values(purged_at=now))
        gone += (await db.execute(delete(LedgerEntry).where(LedgerEntry.id.in_(numbers(seal.ids))))).rowcount
        if gone >= most:
            break
    return gone


def digest(row: Any) -> bytes:
    """The SHA-256 of one entry, alike on both databases: its values as JSON with sorted keys, the moment in UTC."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    values = [row.id, at, row.action, row.school_id, row.actor, row.subject, row.detail]
    return hashlib.sha256(_json(values)).digest()


def content(digests: Iterable[bytes]) -> bytes:
    """The hash over the entries of a seal, in the order of their ids."""
    return hashlib.sha256(b"".join(digests)).digest()


def hash_of(seal: Any) -> bytes:
    """The hash of a seal, which covers the one before it."""
    at = seal["sealed_at"].astimezone(UTC).isoformat(timespec="microseconds")
    numbers = [seal[name] for name in ("id", "ids", "last", "closed", "horizon", "ahead")]
    return hashlib.sha256(
        _json(["poortwachter seal 1", at, *numbers, seal["previous"].hex(), seal["content"].hex()])
    ).digest()


def written(ids: Iterable[int]) -> str:
    """Ascending ids as ranges: `4-9 11`."""
    ranges: list[list[int]] = []
    for id_ in ids:
        if ranges and ranges[-1][1] == id_ - 1:
            ranges[-1][1] = id_
        else:
            ranges.append([id_, id_])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def ranges(ids: str) -> Iterator[tuple[int, int]]:
    """The first and the last id of each range. Raises `ValueError` for what is none."""
    for one in ids.split():
        first, _, last = one.partition("-")
        yield int(first), int(last or first)


def numbers(ids: str) -> list[int]:
    """Every id of the ranges, ascending."""
    return [id_ for first, last in ranges(ids) for id_ in range(first, last + 1)]


def _json(values: list[Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def _sqlite(db: Db) -> bool:
    return db.dialect.name == "sqlite"


async def _newest(db: Db) -> Any:
    columns = Seal.id, Seal.hash, Seal.key, Seal.signature, Seal.last, Seal.closed, Seal.horizon
    return (await db.execute(select(*columns).order_by(Seal.id.desc()).limit(1))).one_or_none()


async def _snapshot(db: Db) -> tuple[int, int]:
    """The number of the oldest transaction that runs, and the first number that was not given out yet."""
    query = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s"
    horizon, ahead = (await db.execute(text(query))).one()
    return horizon, ahead


def _ended_before(horizon: int) -> ColumnElement[bool]:
    # A row knows only the last 32 bits of its transaction's number.
    age = f"(({horizon} - ledger.xmin::text::bigint) & 4294967295)"
    return literal_column(f"{age} BETWEEN 1 AND 2147483647").self_group()


async def _closed(db: Db, newest: Any, horizon: int) -> int:
    if newest is None:
        return 0
    if _sqlite(db) or horizon < newest.horizon:
        # There is one writer; or the database was put into another server, and nothing that ran in the old one runs.
        return int(newest.last)
    # Twice, because an id is taken a moment before its transaction gets its number: who had an id at the older seal had his number at the other.
    query = select(Seal.id, Seal.horizon).where(Seal.ahead <= horizon).order_by(Seal.id.desc()).limit(1)
    younger = (await db.execute(query)).one_or_none()
    if younger is None:
        return int(newest.closed)
    before = select(Seal.last).where(Seal.id < younger.id, Seal.ahead <= younger.horizon).order_by(Seal.id.desc())
    older = (await db.execute(before.limit(1))).scalar()
    return max(int(newest.closed), older or 0)


async def _sealed_after(db: Db, closed: int) -> set[int]:
    query = select(Seal.ids).where(Seal.last > closed)
    return {id_ for ids in (await db.execute(query)).scalars() for id_ in numbers(ids) if id_ > closed}


async def _alone(db: Db) -> bool:
    if _sqlite(db):
        return True
    return bool((await db.execute(text("SELECT pg_try_advisory_xact_lock(7051975)"))).scalar())

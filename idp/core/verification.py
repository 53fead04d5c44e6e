"""Proving the ledger: the chain of seals link by link, every entry against its seal, and what stands there without one (D41).

What cannot be seen from the database alone is that the newest seals were cut off together with their entries: for that somebody brings a
head that was printed before.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from idp.core.db import Db
from idp.core.heads import Head, HeadKeys
from idp.core.models import LedgerEntry, Seal
from idp.core.seals import COLUMNS, FIRST, KEPT, MARK, content, digest, hash_of, numbers, ranges, written

PATIENCE: Final = timedelta(minutes=15)
"""How long an entry may wait for its seal. One minute is usual; a long transaction, such as a large import, holds all up."""
_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. `seal` is a number; `ids` are ranges of entries.

    `seal_missing` | `seal_changed` | `seal_unsigned` (not by a key of ours) | `entry_changed` | `entry_removed` | `entry_slipped_in` |
    `unsealed_too_long` | `head_not_ours` | `head_not_in_the_chain`.
    """

    code: str
    seal: int | None = None
    ids: str = ""


@dataclass(slots=True)
class Proof:
    """What was looked at, and what was found. `unsealed_seconds` is the age of the oldest entry without a seal.

    `unused` ids were given to transactions that were undone: gaps that are no gaps.
    """

    seals: int = 0
    entries: int = 0
    purged: int = 0
    unsealed: int = 0
    unsealed_seconds: int = 0
    unused: int = 0
    head: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, seal: int | None = None, ids: str = "") -> None:
        """Adds a finding."""
        self.findings.append(Finding(code, seal, ids))


async def verify(db: Db, keys: HeadKeys, *, now: datetime, printed: Sequence[Head] = ()) -> Proof:
    """Looks at everything, and whether the printed heads are in the chain. Reads every entry: at the size of a country that takes its time."""
    proof = Proof()
    sealed, newest = await _chain(db, keys, proof, now=now)
    await _unsealed(db, sealed, newest.closed if newest is not None else 0, proof, now=now)
    for head in printed:
        await _look_up(db, keys, head, proof)
    return proof


async def _chain(db: Db, keys: HeadKeys, proof: Proof, *, now: datetime) -> tuple[list[tuple[int, int]], Any]:
    """Every range of sealed ids, sorted, and the newest seal."""
    sealed: list[tuple[int, int]] = []
    previous: Any = None
    while (seal := await _after(db, previous)) is not None:
        proof.seals += 1
        if seal.id != (previous.id + 1 if previous is not None else 1):
            proof.add("seal_missing", seal.id - 1)
        elif seal.previous != (previous.hash if previous is not None else FIRST) or hash_of(seal._mapping) != seal.hash:
            proof.add("seal_changed", seal.id)
        elif keys.knows(seal.key) and not keys.signed(_head(seal)):
            proof.add("seal_unsigned", seal.id)
        await _entries(db, seal, proof, now=now)
        sealed.extend(ranges(seal.ids))
        previous = seal
    if previous is not None:
        proof.head = str(_head(previous))
        # Of a key that was replaced only the successor's signature is left to go by; it covers all before it.
        if not keys.knows(previous.key):
            proof.add("seal_unsigned", previous.id)
    return sorted(sealed), previous


async def _after(db: Db, previous: Any) -> Any:
    query = select(*Seal.__table__.c).where(Seal.id > (previous.id if previous is not None else 0))
    return (await db.execute(query.order_by(Seal.id).limit(1))).one_or_none()


def _head(seal: Any) -> Head:
    return Head(seal.id, seal.hash, seal.key, seal.signature)


async def _entries(db: Db, seal: Any, proof: Proof, *, now: datetime) -> None:
    """One seal's entries. Those of a seal whose term is over may be gone: the seal's own hash is in the chain, and the moment in it."""
    ids = numbers(seal.ids)
    rows = (await db.execute(select(*COLUMNS).where(LedgerEntry.id.in_(ids)).order_by(LedgerEntry.id))).all()
    over = seal.sealed_at <= now - KEPT
    gone = sorted(set(ids) - {row.id for row in rows})
    if gone and over:
        proof.purged += len(gone)
    elif gone:
        proof.add("entry_removed", seal.id, written(gone))
    proof.entries += len(rows)
    digests = {row.id: digest(row) for row in rows}
    if not gone and content(digests.values()) == seal.content:
        return
    marks = {id_: seal.marks[MARK * place : MARK * (place + 1)] for place, id_ in enumerate(ids)}
    changed = [id_ for id_, one in digests.items() if one[:MARK] != marks[id_]]
    if changed or not gone:
        # Where no mark differs, the marks were changed along: then any entry of the seal may be the one.
        proof.add("entry_changed", seal.id, written(changed) or seal.ids)


async def _unsealed(db: Db, sealed: list[tuple[int, int]], closed: int, proof: Proof, *, now: datetime) -> None:
    slipped_in, oldest, after = list[int](), now, 0
    while rows := (
        await db.execute(
            select(LedgerEntry.id, LedgerEntry.at).where(LedgerEntry.id > after).order_by(LedgerEntry.id).limit(_PAGE)
        )
    ).all():
        after = rows[-1].id
        for row in rows:
            if _within(sealed, row.id):
                continue
            if row.id <= closed:
                slipped_in.append(row.id)
                continue
            proof.unsealed += 1
            oldest = min(oldest, row.at)
    if slipped_in:
        proof.add("entry_slipped_in", ids=written(slipped_in))
    proof.unsealed_seconds = int((now - oldest).total_seconds())
    if now - oldest > PATIENCE:
        proof.add("unsealed_too_long")
    beyond = (last for _, last in sealed)
    proof.unused = max(beyond, default=0) - sum(last - first + 1 for first, last in sealed) - len(slipped_in)


def _within(sealed: list[tuple[int, int]], id_: int) -> bool:
    place = bisect_right(sealed, (id_, id_)) - 1
    # The range that begins at the id itself may sort after it.
    return (place >= 0 and sealed[place][1] >= id_) or (place + 1 < len(sealed) and sealed[place + 1][0] == id_)


async def _look_up(db: Db, keys: HeadKeys, head: Head, proof: Proof) -> None:
    if keys.knows(head.key) and not keys.signed(head):
        proof.add("head_not_ours", head.number)
    elif (await db.execute(select(Seal.hash).where(Seal.id == head.number))).scalar() != head.hash:
        proof.add("head_not_in_the_chain", head.number)

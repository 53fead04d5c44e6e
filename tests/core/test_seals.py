"""The seals of the ledger (D41): what is whole is called whole, and each attack on the record is named for what it is."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from idp.core import heads, ledger, seals, verification
from idp.core.append_only import NAMES
from idp.core.db import Database
from idp.core.heads import HeadKeys
from idp.core.models import LedgerEntry, Seal
from idp.core.verification import Finding, Proof
from tests.clock import Clock

KEYS = HeadKeys(["a secret of thirty-two characters or more"])
ELSEWHERE = HeadKeys(["the secret of quite another installation"])


async def happen(database: Database, clock: Clock, count: int) -> list[int]:
    """So many things happen; the ids of their entries."""
    async with database.begin() as db:
        for number in range(count):
            detail = {"number": number, "zeta": None, "alpha": ["é", 1.5, {"b": 1, "a": 2}]}
            await ledger.record(db, "a.b", now=clock.now, by="me", school_id=number % 2 + 1, detail=detail)
        ids = select(LedgerEntry.id).order_by(LedgerEntry.id.desc()).limit(count)
        return sorted((await db.execute(ids)).scalars())


async def minutes(database: Database, clock: Clock, count: int, each: int = 4) -> list[list[int]]:
    """So many minutes, in each of which something happens and is sealed."""
    made = []
    for _ in range(count):
        made.append(await happen(database, clock, each))
        clock.move(minutes=1)
        assert await seals.seal_all(database, KEYS, now=clock.now) == each
    return made


async def proven(database: Database, clock: Clock, *printed: heads.Head, keys: HeadKeys = KEYS) -> Proof:
    async with database.read() as db:
        return await verification.verify(db, keys, now=clock.now, printed=printed)


async def head(database: Database) -> heads.Head:
    async with database.read() as db:
        newest = await heads.newest(db)
    assert newest is not None
    return newest


async def by_force(database: Database, *statements: object) -> None:
    """What somebody does who owns the database: he switches the guards off first."""
    async with database.begin() as db:
        if database.sqlite:
            for name in NAMES:
                await db.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            await db.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await db.execute(statement)  # type: ignore[call-overload]


async def test_what_was_written_is_sealed_once_and_is_whole(database: Database, clock: Clock) -> None:
    assert (await proven(database, clock)).head is None
    first, second = await minutes(database, clock, 2)
    assert await seals.seal_all(database, KEYS, now=clock.now) == 0
    waiting = await happen(database, clock, 1)
    clock.move(seconds=30)
    proof = await proven(database, clock, await head(database))
    assert (proof.seals, proof.entries, proof.unsealed, proof.unsealed_seconds) == (2, 8, 1, 30)
    assert (proof.purged, proof.unused, proof.findings) == (0, first[0] - 1, [])
    assert heads.read(proof.head or "") == await head(database)
    async with database.read() as db:
        ids = (await db.execute(select(Seal.ids).order_by(Seal.id))).scalars().all()
    assert [seals.numbers(one) for one in ids] == [first, second]
    assert waiting[0] > second[-1]


async def test_more_than_one_seal_holds_is_sealed_in_portions(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        row = {"at": clock.now, "action": "a.b", "actor": "me", "detail": {}}
        await db.execute(insert(LedgerEntry), [row] * (seals.SIZE + 1))
    assert await seals.seal_all(database, KEYS, now=clock.now) == seals.SIZE + 1
    proof = await proven(database, clock)
    assert (proof.seals, proof.entries, proof.findings) == (2, seals.SIZE + 1, [])


@pytest.mark.parametrize(
    "change",
    [
        update(LedgerEntry).values(action="x"),
        delete(LedgerEntry),
        update(Seal).values(hash=b"x" * 32),
        delete(Seal),
    ],
    ids=["change an entry", "remove an entry", "change a seal", "remove a seal"],
)
async def test_the_database_itself_refuses_whatever_is_not_appending(
    database: Database, clock: Clock, change: object
) -> None:
    await minutes(database, clock, 1)
    with pytest.raises(DBAPIError, match="append-only"):
        await _carry_out(database, change)
    assert (await proven(database, clock)).findings == []


async def _carry_out(database: Database, change: object) -> None:
    async with database.begin() as db:
        await db.execute(change)  # type: ignore[call-overload]


Attack = Callable[[Database, Sequence[Sequence[int]]], Awaitable[None]]


async def a_row_changed(database: Database, made: Sequence[Sequence[int]]) -> None:
    await by_force(database, update(LedgerEntry).where(LedgerEntry.id == made[1][2]).values(actor="somebody else"))


async def a_row_changed_along_with_its_mark(database: Database, made: Sequence[Sequence[int]]) -> None:
    await a_row_changed(database, made)
    async with database.read() as db:
        ids = LedgerEntry.id.in_(made[1])
        rows = (await db.execute(select(*seals.COLUMNS).where(ids).order_by(LedgerEntry.id))).all()
    marks = b"".join(seals.digest(row)[: seals.MARK] for row in rows)
    await by_force(database, update(Seal).where(Seal.id == 2).values(marks=marks))


async def a_row_removed(database: Database, made: Sequence[Sequence[int]]) -> None:
    await by_force(database, delete(LedgerEntry).where(LedgerEntry.id.in_(made[1][1:3])))


async def a_row_removed_as_if_it_were_purged(database: Database, made: Sequence[Sequence[int]]) -> None:
    mark = update(Seal).where(Seal.id <= 2).values(purged_at=func.current_timestamp())
    await by_force(database, mark, delete(LedgerEntry).where(LedgerEntry.id.in_(made[1])))


async def a_seal_removed(database: Database, made: Sequence[Sequence[int]]) -> None:
    await by_force(database, delete(Seal).where(Seal.id == 2))


async def a_seal_removed_and_the_others_moved_up(database: Database, made: Sequence[Sequence[int]]) -> None:
    await by_force(
        database,
        delete(Seal).where(Seal.id == 2),
        update(Seal).where(Seal.id == 3).values(id=2),
        update(Seal).where(Seal.id == 4).values(id=3),
        update(Seal).where(Seal.id == 3).values(id=4),
        delete(LedgerEntry).where(LedgerEntry.id.in_(made[1])),
    )


async def the_head_replaced(database: Database, made: Sequence[Sequence[int]]) -> None:
    await _resign(database, made, HeadKeys(["whatever"]), name=KEYS.name)


async def a_key_from_another_installation(database: Database, made: Sequence[Sequence[int]]) -> None:
    await _resign(database, made, ELSEWHERE, name=ELSEWHERE.name)


async def _resign(database: Database, made: Sequence[Sequence[int]], keys: HeadKeys, *, name: str) -> None:
    """The last seal made anew, its hashes all right, without the entry that told of it."""
    async with database.begin() as db:
        rows = (await db.execute(select(*seals.COLUMNS).where(LedgerEntry.id.in_(made[-1][:3])))).all()
        seal = dict((await db.execute(select(*Seal.__table__.c).where(Seal.id == 3))).mappings().one())
    digests = [seals.digest(row) for row in rows]
    seal |= {"ids": seals.written(made[-1][:3]), "content": seals.content(digests), "last": made[-1][2]}
    seal |= {"marks": b"".join(one[: seals.MARK] for one in digests), "key": name}
    seal["hash"] = seals.hash_of(seal)
    seal["signature"] = keys.sign(seal["hash"])
    gone = delete(LedgerEntry).where(LedgerEntry.id == made[-1][3])
    await by_force(database, gone, update(Seal).where(Seal.id == 3).values(**seal))


@pytest.mark.parametrize(
    ("attack", "code", "seal", "places"),
    [
        (a_row_changed, "entry_changed", 2, slice(2, 3)),
        (a_row_changed_along_with_its_mark, "entry_changed", 2, slice(0, 4)),
        (a_row_removed, "entry_removed", 2, slice(1, 3)),
        (a_row_removed_as_if_it_were_purged, "entry_removed", 2, slice(0, 4)),
        (a_seal_removed, "seal_missing", 2, None),
        (a_seal_removed_and_the_others_moved_up, "seal_changed", 2, None),
        (the_head_replaced, "seal_unsigned", 3, None),
        (a_key_from_another_installation, "seal_unsigned", 3, None),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_an_attack_is_found(
    database: Database, clock: Clock, attack: Attack, code: str, seal: int, places: slice | None
) -> None:
    made = await minutes(database, clock, 3)
    await attack(database, made)
    proof = await proven(database, clock)
    ids = "" if places is None else seals.written(made[seal - 1][places])
    assert Finding(code, seal, ids) in proof.findings


async def test_a_row_added_late_behind_a_seal_is_found_and_never_sealed(database: Database, clock: Clock) -> None:
    made = await minutes(database, clock, 1)
    free = made[0][-1] + 1
    await _leave_out(database, clock, free)
    made = await minutes(database, clock, 4)
    assert free < made[0][0]
    row = {"at": clock.now, "action": "x", "actor": "x", "detail": {}}
    await _carry_out(database, insert(LedgerEntry).values(id=free, **row))
    found = [Finding("entry_slipped_in", None, str(free))]
    assert (await proven(database, clock)).findings == found
    await minutes(database, clock, 1)
    assert (await proven(database, clock)).findings == found


async def _leave_out(database: Database, clock: Clock, id_: int) -> None:
    """Makes an id that no entry has: on PostgreSQL one of an undone transaction does, on SQLite nothing but force."""
    if database.sqlite:
        row = {"at": clock.now, "action": "x", "actor": "x", "detail": {}}
        await _carry_out(database, insert(LedgerEntry).values(id=id_ + 1, **row))
        await seals.seal_all(database, KEYS, now=clock.now)
        return
    async with database.engine.connect() as db:
        await ledger.record(db, "undone", now=clock.now, by="me")


async def test_an_end_cut_off_is_found_by_a_head_that_somebody_kept(database: Database, clock: Clock) -> None:
    made = await minutes(database, clock, 3)
    printed = heads.read(str(await head(database)))
    await by_force(database, delete(Seal).where(Seal.id == 3), delete(LedgerEntry).where(LedgerEntry.id > made[1][-1]))
    assert (await proven(database, clock)).findings == []
    assert (await proven(database, clock, printed)).findings == [Finding("head_not_in_the_chain", 3)]
    forged = heads.Head(1, printed.hash, printed.key, bytes(64))
    assert (await proven(database, clock, forged)).findings == [Finding("head_not_ours", 1)]


async def test_a_seal_removed_at_the_end_leaves_entries_that_wait_too_long(database: Database, clock: Clock) -> None:
    await minutes(database, clock, 2)
    await by_force(database, delete(Seal).where(Seal.id == 2))
    clock.move(minutes=16)
    proof = await proven(database, clock)
    assert (proof.unsealed, proof.unsealed_seconds, proof.findings) == (4, 17 * 60, [Finding("unsealed_too_long")])


async def test_nothing_is_built_on_a_head_that_is_not_ours(database: Database, clock: Clock) -> None:
    made = await minutes(database, clock, 3)
    await a_key_from_another_installation(database, made)
    await happen(database, clock, 1)
    with pytest.raises(seals.BrokenChain):
        await seals.seal_all(database, KEYS, now=clock.now)
    assert (await head(database)).key == ELSEWHERE.name


async def test_after_a_new_secret_the_next_seal_covers_what_the_old_one_signed(
    database: Database, clock: Clock
) -> None:
    await minutes(database, clock, 1)
    both = HeadKeys(["a new secret of thirty-two characters or more", "a secret of thirty-two characters or more"])
    new = HeadKeys(["a new secret of thirty-two characters or more"])
    assert (await proven(database, clock, keys=new)).findings == [Finding("seal_unsigned", 1)]
    await happen(database, clock, 1)
    await seals.seal_all(database, both, now=clock.now)
    assert (await head(database)).key == new.name
    assert (await proven(database, clock, keys=new)).findings == []


async def test_after_seven_years_the_entries_go_and_the_chain_still_proves_the_rest(
    database: Database, clock: Clock
) -> None:
    old, kept = await minutes(database, clock, 2)
    clock.move(days=seals.KEPT.days, seconds=-60)
    assert await _purge(database, clock) == 0
    clock.move(seconds=1)
    assert await _purge(database, clock) == len(old)
    clock.move(seconds=120)
    # The newest seal stays whole, so that no id is given twice.
    assert await _purge(database, clock) == 0
    proof = await proven(database, clock, await head(database))
    assert (proof.seals, proof.entries, proof.purged, proof.findings) == (2, len(kept), len(old), [])
    await by_force(database, update(Seal).where(Seal.id == 1).values(content=b"x" * 32))
    assert (await proven(database, clock)).findings[0] == Finding("seal_changed", 1)


async def _purge(database: Database, clock: Clock) -> int:
    async with database.begin() as db:
        return await seals.purge(db, now=clock.now, most=5_000)


async def test_a_long_transaction_holds_seals_up_and_is_no_attack(database: Database, clock: Clock) -> None:
    """PostgreSQL: an entry whose id is older than sealed ones. SQLite has one writer, so nobody can be late there."""
    if database.sqlite:
        return await _one_writer(database, clock)
    async with database.engine.connect() as slow:
        await ledger.record(slow, "slow", now=clock.now, by="me")
        await happen(database, clock, 2)
        assert await seals.seal_all(database, KEYS, now=clock.now) == 0
        await slow.commit()
    assert await seals.seal_all(database, KEYS, now=clock.now) == 3
    await minutes(database, clock, 3)
    return await _whole(database, clock)


async def _one_writer(database: Database, clock: Clock) -> None:
    made = await minutes(database, clock, 1)
    async with database.read() as db:
        assert (await seals.waiting(db)).closed == made[0][-1]
    return await _whole(database, clock)


async def _whole(database: Database, clock: Clock) -> None:
    assert (await proven(database, clock)).findings == []


@pytest.mark.parametrize("printed", ["", "1", "x.y.z.q", f"0.{'a' * 43}.{'0' * 16}.{'a' * 86}", "1.2.3.4\n"])
def test_what_is_no_head_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match="a head looks like"):
        heads.read(printed)


def test_ids_are_written_as_ranges() -> None:
    assert seals.written([4, 5, 6, 9, 11, 12]) == "4-6 9 11-12"
    assert seals.numbers("4-6 9 11-12") == [4, 5, 6, 9, 11, 12]
    assert seals.numbers(seals.written([])) == []

"""The ledger is sealed every minute by the background, and by nobody who writes it (D41)."""

from sqlalchemy import select

from idp.core import ledger
from idp.core.heads import HeadKeys
from idp.core.models import Seal
from idp.jobs import loop
from idp.jobs.shift import Shift
from tests.clock import Clock


async def _sealed(shift: Shift) -> list[str]:
    async with shift.floor.database.read() as db:
        return list((await db.execute(select(Seal.ids).order_by(Seal.id))).scalars())


async def _happens(shift: Shift) -> None:
    await ledger.note(shift.floor.database.hot, "a.b", now=shift.now, by="me")


async def test_every_minute_what_happened_is_sealed_and_nothing_is_no_seal(shift: Shift, clock: Clock) -> None:
    assert loop.seals in loop.TURNS
    await loop.seals(shift)
    assert await _sealed(shift) == []
    await _happens(shift)
    await loop.seals(shift)
    assert len(await _sealed(shift)) == 1
    await _happens(shift)
    clock.move(seconds=59)
    await loop.seals(shift)
    assert len(await _sealed(shift)) == 1
    clock.move(seconds=1)
    await loop.seals(shift)
    await loop.seals(shift)
    assert len(await _sealed(shift)) == 2
    clock.move(minutes=5)
    await loop.seals(shift)
    assert len(await _sealed(shift)) == 2


async def test_the_key_of_the_head_is_not_in_the_database(shift: Shift) -> None:
    await _happens(shift)
    await loop.seals(shift)
    async with shift.floor.database.read() as db:
        key = (await db.execute(select(Seal.key))).scalar_one()
    assert key == HeadKeys(shift.floor.settings.secrets).name
    assert key != HeadKeys(["another secret, and the same database"]).name

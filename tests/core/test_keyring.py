"""Data keys are made once, open with the installation's secret, and change it without touching what they sealed (D27)."""

import asyncio

import pytest
from sqlalchemy import func, select

from idp.core import keyring
from idp.core.crypto import PURPOSES, CannotOpen
from idp.core.db import Database
from idp.core.models import DataKeyRow
from tests.clock import Clock

FIRST, SECOND = "the first secret of this installation", "the second secret of this installation"


async def how_many(database: Database) -> int:
    async with database.read() as db:
        return (await db.execute(select(func.count()).select_from(DataKeyRow))).scalar_one()


async def test_two_processes_that_start_together_make_one_set_of_keys(database: Database, clock: Clock) -> None:
    rings = await asyncio.gather(*(keyring.load(database, (FIRST,), now=clock.now) for _ in range(4)))
    assert await how_many(database) == len(PURPOSES)
    assert len({ring.mac("pairwise", "somebody") for ring in rings}) == 1


async def test_another_secret_opens_nothing(database: Database, clock: Clock) -> None:
    await keyring.load(database, (FIRST,), now=clock.now)
    with pytest.raises(CannotOpen):
        await keyring.load(database, (SECOND,), now=clock.now)


async def test_a_new_secret_takes_over_and_what_was_sealed_stays(database: Database, clock: Clock) -> None:
    before = await keyring.load(database, (FIRST,), now=clock.now)
    sealed, subject = before.seal(b"kept", bound_to="here"), before.mac("pairwise", "somebody")
    async with database.begin() as db:
        assert await keyring.rewrap(db, (SECOND, FIRST)) == len(PURPOSES)
    after = await keyring.load(database, (SECOND,), now=clock.now)
    assert after.open(sealed, bound_to="here") == b"kept"
    assert after.mac("pairwise", "somebody") == subject
    with pytest.raises(CannotOpen):
        await keyring.load(database, (FIRST,), now=clock.now)

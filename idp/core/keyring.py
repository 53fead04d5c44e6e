"""Loading the data keys of the table `data_keys`, and making those that do not exist yet (D27)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from idp.core import crypto
from idp.core.crypto import DataKey, Keyring
from idp.core.db import Database, Db
from idp.core.models import DataKeyRow


async def load(database: Database, secrets: tuple[str, ...], *, now: datetime) -> Keyring:
    """The keyring of this database. Raises `CannotOpen` when no secret fits."""
    async with database.read() as db:
        keys = await _open(db, secrets)
    if {key.purpose for key in keys} < set(crypto.PURPOSES):
        async with database.begin() as db:
            keys = await _complete(db, secrets, now=now)
    return Keyring({key.id: key for key in keys})


async def rewrap(db: Db, secrets: tuple[str, ...]) -> int:
    """Wraps every data key under the first secret; returns how many there are. Values sealed with them stay as they are."""
    keys = await _open(db, secrets)
    for key in keys:
        wrapped = crypto.wrap(secrets[0], key.purpose, key.secret)
        await db.execute(update(DataKeyRow).where(DataKeyRow.id == key.id).values(wrapped=wrapped))
    return len(keys)


async def _open(db: Db, secrets: tuple[str, ...]) -> Sequence[DataKey]:
    rows = await db.execute(select(DataKeyRow.id, DataKeyRow.purpose, DataKeyRow.wrapped).order_by(DataKeyRow.id))
    return [DataKey(row.id, row.purpose, crypto.unwrap(secrets, row.purpose, row.wrapped)) for row in rows]


async def _complete(db: Db, secrets: tuple[str, ...], *, now: datetime) -> Sequence[DataKey]:
    if db.dialect.name == "postgresql":
        # Two processes that start together must not make two pairwise salts.
        await db.exec_driver_sql("LOCK TABLE data_keys IN EXCLUSIVE MODE")
    have = {key.purpose for key in await _open(db, secrets)}
    for purpose in crypto.PURPOSES:
        if purpose not in have:
            wrapped = crypto.wrap(secrets[0], purpose, crypto.new_secret())
            await db.execute(insert(DataKeyRow).values(purpose=purpose, wrapped=wrapped, created_at=now))
    return await _open(db, secrets)

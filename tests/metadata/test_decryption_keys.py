"""The keys for which others encrypt to us, as our documents name them (D27, D30)."""

from datetime import timedelta

import pytest

from idp.core.errors import Unavailable
from idp.core.hot import Row, Statement
from idp.core.together import Company
from metadata import decryption_keys
from metadata.decryption_keys import KnownOpeners
from tests.house import House


class Asked:
    """The hot path of a database that can be away; counts what it is asked."""

    def __init__(self, house: House) -> None:
        self._hot = house.floor.database.hot
        self.times, self.away = 0, False

    async def row(self, statement: Statement, *args: object) -> Row | None:
        return await self._hot.row(statement, *args)

    async def rows(self, statement: Statement, *args: object) -> "list[Row]":
        self.times += 1
        if self.away:
            raise Unavailable("database")
        return list(await self._hot.rows(statement, *args))

    def expect(self, company: Company) -> None:
        self._hot.expect(company)

    async def close(self) -> None:
        """Nothing of ours is open."""


async def test_documents_look_for_a_newer_key_now_and_then_and_keep_the_known_one_while_the_database_is_away(
    house: House,
) -> None:
    clock, asked = house.clock, Asked(house)
    known = KnownOpeners(asked, house.floor.keyring)

    async def made() -> str:
        async with house.floor.database.begin() as db:
            await decryption_keys.make(db, house.floor.keyring, now=clock.now)
        return (await house.resources.openers.all())[0].certificate

    first = await made()
    assert [await known.newest(now=clock.now) for _ in range(3)] == [first] * 3
    assert asked.times == 1
    second = await made()
    assert await known.newest(now=clock.now) == first
    clock.move(seconds=KnownOpeners.LOOK_AGAIN.total_seconds())
    assert await known.newest(now=clock.now) == second
    asked.away = True
    assert await known.newest(now=clock.now + timedelta(minutes=1)) == second
    with pytest.raises(Unavailable):
        await KnownOpeners(asked, house.floor.keyring).newest(now=clock.now)

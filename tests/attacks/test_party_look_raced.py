"""A contact of a party under test leads pupils elsewhere by changing its addresses at the very moment when somebody says that they are right."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete

from consent import ticks
from consent.models import Tick
from idp.core.fetching import FetchRefused
from idp.sandbox import looking, proposals
from idp.sandbox.looking import Changed
from idp.sandbox.proposals import Desired
from metadata import client_changes, parties
from protocols.attributes import catalogue
from tests.clock import Clock
from tests.house import House, open_house
from tests.sandbox.trying import put_under_test
from tests.storage import Storage
from tests.upstreams.kit import settings_for


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    """The seeded publisher, under test, to which no school said yes yet."""
    async with open_house(settings_for(storage), Clock(), storage) as opened:
        await put_under_test(opened)
        async with opened.floor.database.begin() as db:
            await db.execute(delete(Tick).where(Tick.school_id == opened.school.id))
        yield opened


async def wants(house: House, db: Any, path: str) -> bool:
    """The contact's change; whether it counts at once."""
    known = await client_changes.registered(db, "rekenrijk")
    made = client_changes.readdressed(known, {"redirect_uris": [f"https://[::1]/{path}"]}, loopback_allowed=False)
    said: dict[str, Any] = {"by": "contact", "contact": "helpdesk@example.nl", "loopback": False}
    party = await parties.by_id(db, house.party_id)
    return await proposals.want(db, party, Desired("rekenrijk", known, made), now=house.clock.now, **said)


async def says_yes(house: House, db: Any) -> bool:
    """The first yes of a school, as every sheet gives it."""
    if not await parties.hold_offered(db, house.party_id):
        return False
    return await ticks.give(db, house.school.id, house.party_id, catalogue.NAMES, now=house.clock.now, by="test")


async def unseen(house: House) -> bool:
    async with house.floor.database.read() as db:
        return (await parties.by_id(db, house.party_id)).unseen_since is not None


async def looks(house: House, *, meanwhile: str | None = None) -> None:
    """An operator looks, which takes as long as the party's own servers like to take, and says that it is right."""
    database = house.floor.database

    async def ask(_: str) -> Any:
        raise FetchRefused("unreachable")

    async with database.read() as db:
        party = await parties.by_id(db, house.party_id)
    looked = await looking.look(house.floor, party, ask)
    if meanwhile is not None:
        async with database.begin() as db:
            assert await wants(house, db, meanwhile)
    async with database.begin() as db:
        await looking.seen(db, party, looking.fingerprint(looked), now=house.clock.now, by="operator:test")


async def test_what_changes_while_the_operator_looks_is_not_agreed_to(house: House) -> None:
    async with house.floor.database.begin() as db:
        assert await wants(house, db, "goed")
    with pytest.raises(Changed):
        await looks(house, meanwhile="weg")
    assert await unseen(house)
    await looks(house)
    assert not await unseen(house)


async def test_a_change_at_the_moment_of_the_look_waits_for_it_and_is_unseen_after(house: House) -> None:
    async with house.floor.database.begin() as db:
        await wants(house, db, "eerst")
    database = house.floor.database

    async def changes() -> bool:
        async with database.begin() as db:
            return await wants(house, db, "daarna")

    async with database.read() as db:
        party = await parties.by_id(db, house.party_id)
        stands = await looking.stands(db, house.party_id)
    async with database.begin() as db:
        await looking.seen(db, party, stands, now=house.clock.now, by="operator:test")
        changing = asyncio.create_task(changes())
        await asyncio.wait({changing}, timeout=0.1)
    assert await changing
    assert await unseen(house)


async def test_a_change_at_the_moment_of_a_first_yes_waits_for_an_operator_or_keeps_the_school_out(
    house: House,
) -> None:
    await looks(house)
    database = house.floor.database

    async def together(first: Any, second: Any) -> tuple[bool, bool]:
        async def later() -> bool:
            async with database.begin() as db:
                return bool(await second(db))

        async with database.begin() as db:
            was = await first(db)
            coming = asyncio.create_task(later())
            await asyncio.wait({coming}, timeout=0.1)
        return was, await coming

    async def yes(db: Any) -> bool:
        return await says_yes(house, db)

    async def change(db: Any) -> bool:
        return await wants(house, db, "elders")

    assert await together(change, yes) == (True, False), "nobody looked at where its pupils would go"
    await looks(house)

    async def another(db: Any) -> bool:
        return await wants(house, db, "nog-elders")

    assert await together(yes, another) == (True, False), "it waits for an operator"
    assert not await unseen(house)

"""The school's yes and no: every change is one entry in the ledger, in the transaction in which it happens (R70-R72)."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from consent import fields as field_sets
from consent import ticks
from consent.fields import FieldSets
from idp.core.models import LedgerEntry
from protocols.attributes import catalogue
from tests.house import House


async def entries(house: House) -> list[dict[str, Any]]:
    """The ledger's entries about consent, the oldest first."""
    async with house.floor.database.read() as db:
        found = await db.execute(
            select(LedgerEntry.__table__).where(LedgerEntry.action.like("consent.%")).order_by(LedgerEntry.id)
        )
        return [dict(row) for row in found.mappings()]


async def test_every_change_is_in_the_ledger_and_nothing_else_is(house: House) -> None:
    had = len(await entries(house))
    now, who = house.clock.now + timedelta(minutes=1), (house.school.id, house.party_id)
    answers = []
    async with house.floor.database.begin() as db:
        answers.append(await ticks.withdraw(db, *who, now=now, by="operator:cli", request_ref="brief 12"))
        answers.append(await ticks.withdraw(db, *who, now=now, by="operator:cli"))
        answers.append(await ticks.give(db, *who, {"groups", "eckid"}, now=now, by="coordinator", request_ref="mail 3"))
        answers.append(await ticks.give(db, *who, ["eckid", "groups", "eckid"], now=now, by="coordinator"))
        answers.append(await ticks.give(db, *who, {"groups"}, now=now, by="coordinator"))
    assert answers == [True, False, True, False, True]
    made = (await entries(house))[had:]
    assert [entry["action"] for entry in made] == ["consent.withdrawn", "consent.given", "consent.given"]
    assert {entry["school_id"] for entry in made} == {house.school.id}
    assert all(entry["at"] == now and entry["detail"]["party"] == house.party_id for entry in made)
    assert [entry["actor"] for entry in made] == ["operator:cli", "coordinator", "coordinator"]
    assert [entry["detail"]["request"] for entry in made] == ["brief 12", "mail 3", None]
    assert await _fields(house, made[1]["detail"]["fields"]) == {"eckid", "groups"}
    assert await _fields(house, made[2]["detail"]["fields"]) == {"groups"}


async def _fields(house: House, set_id: int) -> frozenset[str]:
    return await FieldSets(house.floor.database).fields(set_id)


async def test_a_change_that_is_rolled_back_leaves_no_entry(house: House) -> None:
    before = await entries(house)
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        await db.rollback()
    assert await entries(house) == before
    async with house.floor.database.read() as db:
        tick = await ticks.find(db, house.school.id, house.party_id)
    assert tick is not None
    assert tick.given


async def test_of_two_who_decide_at_once_the_second_sees_what_the_first_decided(house: House) -> None:
    """A yes for what was allowed already is no change; but not while a no is under way."""
    who, now = (house.school.id, house.party_id), house.clock.now

    async def gives() -> bool:
        async with house.floor.database.begin() as db:
            return await ticks.give(db, *who, catalogue.NAMES, now=now, by="second")

    async with house.floor.database.begin() as db:
        assert await ticks.withdraw(db, *who, now=now, by="first")
        second = asyncio.create_task(gives())
        # Let it run until it waits for us; however far it comes, it must not answer from what was true before.
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
    assert await asyncio.wait_for(second, 5) is True
    async with house.floor.database.read() as db:
        tick = await ticks.find(db, *who)
    assert tick is not None
    assert tick.given


async def test_a_field_set_is_stored_once_however_many_store_it(house: House) -> None:
    """Two processes and two requests of one process, all at the same moment."""
    fresh = frozenset({"groups", "email", "brin"})
    known = [FieldSets(house.floor.database) for _ in range(2)]
    found = await asyncio.gather(*(sets.id(fresh) for sets in known * 4))
    assert len(set(found)) == 1
    assert await known[0].fields(found[0]) == fresh


async def test_a_field_set_that_another_is_storing_is_waited_for(house: House) -> None:
    fresh = frozenset({"groups", "email", "school_name"})
    async with house.floor.database.begin() as db:
        first = await field_sets.set_id(db, fresh)
        late = asyncio.create_task(FieldSets(house.floor.database).id(fresh))
        done, _ = await asyncio.wait({late}, timeout=0.3)
        assert not done
    assert await asyncio.wait_for(late, 5) == first


async def test_a_field_set_that_was_not_committed_is_not_known(house: House) -> None:
    fresh = {"groups", "roles", "brin"}
    async with house.floor.database.begin() as db:
        first = await field_sets.set_id(db, fresh)
        assert await field_sets.set_id(db, fresh) == first
        await db.rollback()
    async with house.floor.database.begin() as db:
        stored = await field_sets.set_id(db, iter(sorted(fresh, reverse=True)))
    known = FieldSets(house.floor.database)
    assert await known.id(frozenset(fresh)) == stored
    assert await known.fields(stored) == fresh


async def test_the_lists_say_what_was_decided(house: House) -> None:
    now = house.clock.now
    async with house.floor.database.begin() as db:
        assert (await ticks.find(db, house.school.id, house.party_id)) is not None
        await ticks.withdraw(db, house.school.id, house.party_id, now=now, by="test")
        (decided,) = await ticks.listed(db, house.school.id)
        assert not (await ticks.listed(db, house.school.id))[0].given
        assert await ticks.find(db, house.school.id, house.party_id + 1000) is None
    assert (decided.party_id, decided.given, decided.changed_at) == (house.party_id, False, now)

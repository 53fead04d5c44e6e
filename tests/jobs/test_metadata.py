"""The worker reads metadata again when its cacheDuration is over, keeps the last good copy, and nobody signs in by one that ended (C-204, C-206)."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from idp.core import floor
from idp.core.db import Database
from idp.core.models import LedgerEntry
from idp.core.settings import Settings
from idp.jobs import loop
from idp.jobs.shift import Shift
from metadata import parties, sources
from metadata.models import MetadataSource, SamlEntity
from metadata.saml.party import SamlParty
from metadata.sources import Source, Wanted
from tests.clock import Clock
from tests.metadata import aggregates
from tests.metadata.aggregates import Shelf, entity, group, signed
from tests.protocols.saml.keys import rsa_pair

TRUST = rsa_pair("federation")
NAME = "https://sp1.example/saml"


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with aggregates.shelf() as made:
        yield made


@pytest.fixture
async def shift(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Shift]:
    """On this machine itself, as the shelf is."""
    here = settings.model_copy(update={"base_url": "http://localhost:8000"})
    laid = await floor.lay(here, clock=clock, seconds=clock.seconds, database=database)
    yield Shift(laid, ())
    await laid.close()


def document(clock: Clock, *, days: float = 10, cache: str = "PT2H", acs: str = "https://sp1.example/acs") -> bytes:
    until = (clock.now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return signed(group([entity(1, acs=acs), entity(2)], until=until, more=f' cacheDuration="{cache}"'), TRUST)


async def set_up(shift: Shift, address: str) -> None:
    """A source and its one entity, which the operator added; the first look is due."""
    known = SamlParty(NAME, ())
    async with shift.floor.database.begin() as db:
        source = await sources.add(
            db, address, trusted=[TRUST.certificate], pin=None, wanted=Wanted((NAME,)), now=shift.now
        )
        fields = {"name": "Dienst", "kind": "publisher", "fields": ["subject"], "sector": "sp1.example"}
        party = await parties.add_party(db, **fields, now=shift.now)  # type: ignore[arg-type]
        await parties.add_entity(db, party, known, b"", now=shift.now)
        await db.execute(update(SamlEntity).values(source_id=source.id))


async def states(shift: Shift) -> tuple[Source, SamlParty]:
    async with shift.floor.database.read() as db:
        (source,) = await sources.listed(db)
        return source, SamlParty.from_json((await db.execute(select(SamlEntity.read))).scalar_one())


async def test_c204_c206_it_is_read_again_as_often_as_it_says(shift: Shift, shelf: Shelf, clock: Clock) -> None:
    await set_up(shift, shelf.put(document(clock)))
    assert await loop.metadata(shift) == 1
    assert await loop.metadata(shift) == 0
    source, party = await states(shift)
    assert (source.next_fetch_at - clock.now, source.trouble) == (timedelta(hours=2), None)
    assert party.default_consumer.location == "https://sp1.example/acs"
    clock.move(hours=2)
    shelf.put(document(clock, acs="https://sp1.example/acs2"))
    assert await loop.metadata(shift) == 1
    assert (await states(shift))[1].default_consumer.location == "https://sp1.example/acs2"
    async with shift.floor.database.read() as db:
        ours = select(LedgerEntry.detail).where(LedgerEntry.actor == "system").order_by(LedgerEntry.id)
        entries = (await db.execute(ours)).scalars().all()
    assert entries[-1]["entities"][NAME]["fields"] == ["consumers"]
    # What the party said last stays while its place is empty or lies, and is over when its time is.
    shelf.put(document(clock).replace(b"sp1.example/acs", b"evil.example/acs"))
    pauses = []
    for _ in range(8):
        clock.move(hours=6)
        await loop.metadata(shift)
        source, party = await states(shift)
        pauses.append((source.next_fetch_at - clock.now) / timedelta(minutes=5))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 72]
    assert (source.trouble, source.attempts) == ("the digest of the document is wrong", 8)
    assert party.default_consumer.location == "https://sp1.example/acs2"
    shelf.put(document(clock))
    clock.move(hours=6)
    await loop.metadata(shift)
    source, party = await states(shift)
    assert (source.trouble, source.attempts) == (None, 0)
    assert party.valid_until == source.valid_until
    # It is read again well before it ends, however long it may be kept.
    shelf.put(document(clock, days=0.5, cache="P10D"))
    clock.move(hours=6)
    await loop.metadata(shift)
    assert (await states(shift))[0].next_fetch_at - clock.now == timedelta(hours=3)


async def test_a_place_that_hangs_costs_nothing_but_its_own_turn(shift: Shift, shelf: Shelf) -> None:
    await set_up(shift, "https://nowhere.invalid/metadata")
    assert await loop.metadata(shift) == 1
    assert (await states(shift))[0].trouble == "the host of the address does not exist"


def test_when_to_look_again() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for cache, days, hours in [
        (None, 10, 6.0),
        (0.001, 10, 1 / 12),
        (100, 10, 24.0),
        (24, 0.25, 3.0),
        (24, 0.001, 1 / 12),
    ]:
        cached = timedelta(hours=cache) if cache is not None else None
        found = sources.next_look(now=now, valid_until=now + timedelta(days=days), cache_for=cached)
        assert found - now == timedelta(hours=hours)


async def test_two_workers_do_not_look_twice(shift: Shift) -> None:
    await set_up(shift, "https://nowhere.invalid/metadata")
    async with shift.floor.database.begin() as db:
        assert await sources.claim_due(db, now=shift.now) is not None
    async with shift.floor.database.begin() as db:
        assert await sources.claim_due(db, now=shift.now) is None
        await db.execute(update(MetadataSource).values(next_fetch_at=shift.now))
        assert await sources.claim_due(db, now=shift.now) is not None

"""The short-lived store: both implementations keep the same promises, and neither forgets or doubles anything under a crowd (D26)."""

import asyncio
import math
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from redis import Redis as PlainRedis

from idp.core.errors import Misconfigured, Unavailable
from idp.core.store import Counter, Kind, MemoryStore, Place, Store
from idp.core.valkey import RedisStore
from tests.inside import age
from tests.listening import NOWHERE
from tests.storage import Storage

KEYS = st.sampled_from([b"a", b"b"])
VALUES = st.sampled_from([b"", b"one", b"\x00\xff two"])
# Far enough apart that the milliseconds a real server lives through between two steps change nothing.
LIVES = st.sampled_from([10, 20, 30])
PASSES = st.sampled_from([5, 10, 15])
VALUE_KINDS: st.SearchStrategy[Kind] = st.sampled_from(["session", "attempt"])
SLACK = 4


class StoreMachine(RuleBasedStateMachine):
    """Any sequence of calls, with time passing in between, beside a dictionary that says what must come out."""

    redis_url: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.loop = asyncio.Runner()
        self.model: dict[tuple[Kind, bytes], tuple[bytes, float]] = {}
        self.lists: dict[bytes, tuple[dict[bytes, bytes], float]] = {}

    @initialize()
    def open(self) -> None:
        if self.redis_url is None:
            self.store: Store = MemoryStore(lambda: self.now)
        else:
            with PlainRedis.from_url(self.redis_url) as redis:
                redis.flushdb()
            self.store = RedisStore(self.redis_url)

    def teardown(self) -> None:
        self.loop.run(self.store.close())
        self.loop.close()

    def known(self, kind: Kind, key: bytes) -> bytes | None:
        value, ends = self.model.get((kind, key), (b"", 0.0))
        return value if ends > self.now else None

    def keep(self, kind: Kind, key: bytes, value: bytes, ttl: int) -> None:
        self.model[kind, key] = value, self.now + ttl

    @rule(seconds=PASSES)
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        if self.redis_url is not None:
            self.loop.run(age(self.redis_url, seconds))

    @rule(entries=st.lists(st.tuples(VALUE_KINDS, KEYS, VALUES, LIVES), min_size=1, max_size=3))
    def put(self, entries: list[tuple[Kind, bytes, bytes, int]]) -> None:
        self.loop.run(self.store.put(*entries))
        for entry in entries:
            self.keep(*entry)

    @rule(kind=VALUE_KINDS, key=KEYS)
    def get(self, kind: Kind, key: bytes) -> None:
        assert self.loop.run(self.store.get(kind, key)) == self.known(kind, key)

    @rule(kind=VALUE_KINDS, key=KEYS, ttl=LIVES)
    def refresh(self, kind: Kind, key: bytes, ttl: int) -> None:
        had = self.known(kind, key)
        assert self.loop.run(self.store.refresh(kind, key, ttl)) == had
        if had is not None:
            self.keep(kind, key, had, ttl)

    @rule(kind=VALUE_KINDS, key=KEYS, value=VALUES, ttl=LIVES)
    def replace(self, kind: Kind, key: bytes, value: bytes, ttl: int) -> None:
        had = self.known(kind, key) is not None
        assert self.loop.run(self.store.replace(kind, key, value, ttl)) is had
        if had:
            self.keep(kind, key, value, ttl)

    @rule(kind=VALUE_KINDS, key=KEYS)
    def take(self, kind: Kind, key: bytes) -> None:
        assert self.loop.run(self.store.take(kind, key)) == self.known(kind, key)
        self.model.pop((kind, key), None)

    @rule(kind=VALUE_KINDS, key=KEYS, bars=LIVES)
    def take_for_good(self, kind: Kind, key: bytes, bars: int) -> None:
        had = self.known(kind, key)
        assert self.loop.run(self.store.take(kind, key, bars=bars)) == (had or None)
        if had is not None:
            self.keep(kind, key, b"", bars)

    @rule(
        entry=st.tuples(VALUE_KINDS, KEYS, VALUES, LIVES), others=st.lists(st.tuples(KEYS, VALUES, LIVES), max_size=1)
    )
    def put_first(self, entry: tuple[Kind, bytes, bytes, int], others: list[tuple[bytes, bytes, int]]) -> None:
        had = self.known(*entry[:2])
        beside: list[tuple[Kind, bytes, bytes, int]] = [("answered", *other) for other in others]
        assert self.loop.run(self.store.put_first(entry, *beside)) == had
        for kept in beside if had is not None else [entry, *beside]:
            self.keep(*kept)

    @rule(kind=VALUE_KINDS, key=KEYS)
    def delete(self, kind: Kind, key: bytes) -> None:
        self.loop.run(self.store.delete(kind, key))
        self.model.pop((kind, key), None)

    @rule(key=KEYS, kinds=st.lists(VALUE_KINDS, min_size=1, max_size=2))
    def forget(self, key: bytes, kinds: list[Kind]) -> None:
        self.store.forget(*((kind, key) for kind in kinds))
        for kind in kinds:
            self.model.pop((kind, key), None)

    @rule(key=KEYS, ttl=LIVES)
    def first(self, key: bytes, ttl: int) -> None:
        is_first = self.known("hold", key) is None
        assert self.loop.run(self.store.first("hold", key, ttl)) is is_first
        if is_first:
            self.keep("hold", key, b"1", ttl)

    @rule(key=KEYS, amount=st.integers(1, 3), ttl=LIVES)
    def add(self, key: bytes, amount: int, ttl: int) -> None:
        had = self.known("failures", key)
        total = int(had or 0) + amount
        assert self.loop.run(self.store.add("failures", key, amount, ttl)) == total
        ends = self.model["failures", key][1] if had is not None else self.now + ttl
        self.model["failures", key] = str(total).encode(), ends

    def known_list(self, key: bytes) -> dict[bytes, bytes]:
        listed, ends = self.lists.get(key, ({}, 0.0))
        return dict(listed) if ends > self.now else {}

    @rule(key=KEYS, member=KEYS, value=VALUES, ttl=LIVES)
    def enlist(self, key: bytes, member: bytes, value: bytes, ttl: int) -> None:
        self.loop.run(self.store.put(("visits", key, member, value, ttl)))
        self.lists[key] = {**self.known_list(key), member: value}, self.now + ttl

    @rule(key=KEYS)
    def listed(self, key: bytes) -> None:
        assert self.loop.run(self.store.listed("visits", key)) == self.known_list(key)

    @rule(key=KEYS, members=st.lists(KEYS, min_size=1, max_size=2, unique=True))
    def delist(self, key: bytes, members: list[bytes]) -> None:
        self.loop.run(self.store.delist("visits", key, *members))
        left = {member: value for member, value in self.known_list(key).items() if member not in members}
        self.lists[key] = left, self.lists.get(key, ({}, 0.0))[1]

    @precondition(lambda self: bool(self.model))
    @rule(data=st.data())
    def seconds_left(self, data: st.DataObject) -> None:
        kind, key = data.draw(st.sampled_from(sorted(self.model)))
        left = self.loop.run(self.store.seconds_left(kind, key))
        ends = math.ceil(max(0.0, self.model[kind, key][1] - self.now))
        slack = 0 if self.redis_url is None else SLACK
        assert left == ends == 0 or (left > 0 and ends - slack <= left <= ends)


def test_any_sequence_of_calls_gives_what_a_dictionary_with_a_clock_gives(storage: Storage) -> None:
    class Machine(StoreMachine):
        redis_url = storage.valkey

    examples = 40 if storage.valkey else 120
    run_state_machine_as_test(Machine, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None))


async def test_of_fifty_takers_one_gets_the_value(store: Store) -> None:
    await store.put(("attempt", b"k", b"v", 60))
    got = await asyncio.gather(*(store.take("attempt", b"k") for _ in range(50)))
    assert sorted(got, key=bool) == [None] * 49 + [b"v"]


async def test_of_fifty_that_mark_a_key_one_is_first(store: Store) -> None:
    assert sum(await asyncio.gather(*(store.first("hold", b"k", 60) for _ in range(50)))) == 1


async def test_a_hundred_parallel_additions_are_a_hundred_numbers(store: Store) -> None:
    totals = await asyncio.gather(*(store.add("failures", b"k", 1, 60) for _ in range(100)))
    assert sorted(totals) == list(range(1, 101))


async def test_of_fifty_that_enlist_at_once_none_is_lost(store: Store) -> None:
    names = [b"%d" % number for number in range(50)]
    await asyncio.gather(*(store.put(("visits", b"k", name, b"v", 60)) for name in names))
    assert sorted(await store.listed("visits", b"k")) == sorted(names)


async def test_kinds_are_places_of_their_own(store: Store) -> None:
    await store.put(("attempt", b"k", b"v", 60))
    assert await store.get("session", b"k") is None
    assert await store.take("session", b"k") is None
    assert await store.get("attempt", b"k") == b"v"


async def test_a_full_memory_refuses_instead_of_forgetting() -> None:
    store = MemoryStore(limit=2)
    await store.put(("hold", b"1", b"", 60), ("hold", b"2", b"", 60))
    with pytest.raises(Unavailable):
        await store.first("hold", b"3", 60)
    await store.put(("hold", b"2", b"again", 60))
    assert await store.get("hold", b"1") == b""


async def test_a_store_that_may_drop_keys_is_refused(storage: Storage) -> None:
    if storage.valkey is None:
        await MemoryStore().check()
        return
    store = RedisStore(storage.valkey)
    with PlainRedis.from_url(storage.valkey) as redis:
        await store.check()
        redis.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with pytest.raises(Misconfigured, match="noeviction"):
                await store.check()
        finally:
            redis.config_set("maxmemory-policy", "noeviction")
            await store.close()


CALLS: list[tuple[str, Callable[[Store], Awaitable[object]]]] = [
    ("get", lambda s: s.get("session", b"k")),
    ("refresh", lambda s: s.refresh("session", b"k", 9)),
    ("put one", lambda s: s.put(("session", b"k", b"v", 9))),
    ("put two", lambda s: s.put(("session", b"k", b"v", 9), ("session", b"l", b"v", 9))),
    ("replace", lambda s: s.replace("session", b"k", b"v", 9)),
    ("put in a list", lambda s: s.put(("visits", b"k", b"m", b"v", 9), ("session", b"k", b"v", 9))),
    ("listed", lambda s: s.listed("visits", b"k")),
    ("delist", lambda s: s.delist("visits", b"k", b"m")),
    ("put first", lambda s: s.put_first(("session", b"k", b"v", 9), ("attempt", b"k", b"v", 9))),
    ("take", lambda s: s.take("attempt", b"k")),
    ("take for good", lambda s: s.take("session", b"k", bars=9)),
    ("delete", lambda s: s.delete("attempt", b"k")),
    ("clear", lambda s: s.clear(("failures", b"k"), ("hold", b"k"))),
    ("first", lambda s: s.first("hold", b"k", 9)),
    ("add", lambda s: s.add("failures", b"k", 1, 9)),
    ("seconds_left", lambda s: s.seconds_left("hold", b"k")),
    ("check", lambda s: s.check()),
]


@pytest.mark.parametrize("call", [call for _, call in CALLS], ids=[name for name, _ in CALLS])
async def test_a_store_that_is_away_skips_no_check(call: Callable[[Store], Awaitable[object]]) -> None:
    store = RedisStore(f"redis://{NOWHERE}/0")
    with pytest.raises(Unavailable) as away:
        await call(store)
    assert (away.value.code, away.value.status) == ("store.unavailable", 503)
    await store.close()


async def test_counters_behind_barriers_stand_still_while_one_of_them_is_there(store: Store) -> None:
    barriers: list[Place] = [("hold", b"a"), ("hold", b"b")]
    counters: list[Counter] = [("failures", b"one", 60), ("failures", b"two", 10)]
    assert await store.add_unless(barriers, *counters) == [1, 1]
    await store.put(("hold", b"b", b"1", 10))
    assert await store.add_unless(barriers, *counters) == ("hold", b"b")
    await store.put(("hold", b"a", b"1", 10))
    assert await store.add_unless(barriers, *counters) == ("hold", b"a")
    store.forget(*barriers)
    assert await store.add_unless(barriers, counters[0]) == [2], "what was refused was not counted"
    assert await store.add_unless([], *counters) == [3, 2]
    assert 55 < await store.seconds_left("failures", b"one") <= 60, "a lifetime counts from the first use"
    assert 5 < await store.seconds_left("failures", b"two") <= 10


async def test_what_is_stored_counted_is_there_and_counted(store: Store) -> None:
    counter: Counter = ("begun", b"n", 10)
    assert await store.put_counted(("attempt", b"a", b"one", 60), counter) == 1
    assert await store.put_counted(("attempt", b"b", b"two", 60), counter) == 2
    assert (await store.get("attempt", b"a"), await store.get("attempt", b"b")) == (b"one", b"two")
    assert 5 < await store.seconds_left("begun", b"n") <= 10

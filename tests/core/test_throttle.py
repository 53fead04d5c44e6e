"""Guessing gets slow, nobody gets locked out (D2), whatever is tried at once."""

import asyncio
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.core import throttle
from idp.core.store import Kind, MemoryStore, Store
from idp.core.throttle import CHILD, CHILDREN_OF_A_NETWORK, CODE, PASSWORD, STAFF_OF_A_NETWORK, Policy
from tests.clock import Clock
from tests.inside import age
from tests.storage import Storage

DAY = 24 * 3600
KEY = b"a child"


async def let_through(store: Store, policy: Policy, at_once: int) -> int:
    answers = await asyncio.gather(*(throttle.enter(store, KEY, policy) for _ in range(at_once)))
    return sum(1 for wait in answers if wait == 0)


async def pass_time(storage: Storage, clock: Clock, seconds: int) -> None:
    clock.move(seconds=seconds)
    if storage.valkey:
        await age(storage.valkey, seconds)


async def test_a_child_has_five_free_tries_then_half_a_minute_doubling_to_fifteen_minutes(
    store: Store, storage: Storage, clock: Clock
) -> None:
    assert [await throttle.enter(store, KEY, CHILD) for _ in range(5)] == [0, 0, 0, 0, 0]
    for pause in (30, 60, 120, 240, 480, 900, 900):
        wait = await throttle.enter(store, KEY, CHILD)
        assert pause - 2 <= wait <= pause
        await pass_time(storage, clock, pause - 3)
        assert await throttle.enter(store, KEY, CHILD) > 0, "still pausing"
        await pass_time(storage, clock, 3)
        assert await throttle.enter(store, KEY, CHILD) == 0, "the pause is over"


async def test_asking_during_a_pause_makes_it_no_longer(store: Store, storage: Storage, clock: Clock) -> None:
    for _ in range(5):
        await throttle.enter(store, KEY, CHILD)
    for _ in range(30):
        assert 0 < await throttle.enter(store, KEY, CHILD) <= 30
    await pass_time(storage, clock, 30)
    assert await throttle.enter(store, KEY, CHILD) == 0


async def test_fifty_wrong_ones_a_day_and_the_next_day_again(store: Store, storage: Storage, clock: Clock) -> None:
    async def all_day() -> int:
        passed = 0
        for _ in range(DAY // 900):
            passed += sum([await throttle.enter(store, KEY, CHILD) == 0 for _ in range(6)])
            await pass_time(storage, clock, 900)
        return passed

    assert await all_day() == 50
    # Never a lock-out: the next day is a new one.
    assert 40 <= await all_day() <= 50


async def test_a_right_secret_makes_the_counter_start_anew(store: Store, storage: Storage, clock: Clock) -> None:
    for _ in range(6):
        await throttle.enter(store, KEY, CHILD)
    await pass_time(storage, clock, 30)
    assert await throttle.enter(store, KEY, CHILD) == 0
    throttle.passed(store, KEY)
    assert [await throttle.enter(store, KEY, CHILD) for _ in range(5)] == [0, 0, 0, 0, 0]
    assert 28 <= await throttle.enter(store, KEY, CHILD) <= 30


@pytest.mark.parametrize("policy", [CHILD, PASSWORD, CODE], ids=["child", "password", "code"])
async def test_a_hundred_tries_at_once_are_no_more_than_the_free_ones(store: Store, policy: Policy) -> None:
    assert await let_through(store, policy, 100) == policy.free
    assert await let_through(store, policy, 100) == 0


async def test_a_hundred_tries_at_the_end_of_a_pause_are_one(store: Store, storage: Storage, clock: Clock) -> None:
    await let_through(store, CHILD, 5)
    for pause in (30, 60, 120):
        await pass_time(storage, clock, pause)
        assert await let_through(store, CHILD, 100) == 1


class Creeping(MemoryStore):
    """A store in which much time passes between asking for the pause and whatever follows: a request on a slow line."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock.seconds)
        self.clock, self.creeps = clock, 0.0

    async def first(self, kind: Kind, key: bytes, ttl: int) -> bool:
        answer = await super().first(kind, key, ttl)
        self.clock.move(seconds=self.creeps)
        return answer


async def test_a_try_refused_while_the_day_ends_makes_nobody_a_present(clock: Clock) -> None:
    store = Creeping(clock)
    await let_through(store, CHILD, 5)
    for _ in range(20):
        store.creeps = DAY / 20 - 1e-3
        await throttle.enter(store, KEY, CHILD)
    store.creeps = 0
    clock.move(days=2)
    assert await let_through(store, CHILD, 100) == CHILD.free


@given(
    steps=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 8)), max_size=60),
    policy=st.sampled_from([CHILD, PASSWORD, Policy(free=1, first_pause=1, longest_pause=60, most=7, window=3600)]),
)
@settings(max_examples=60, deadline=None)
async def test_whatever_the_rhythm_no_more_pass_than_the_policy_says(
    steps: list[tuple[int, int]], policy: Policy
) -> None:
    clock = Clock()
    start = clock.now
    store = MemoryStore(clock.seconds)
    moments: list[float] = []
    for seconds, at_once in steps:
        clock.move(seconds=seconds)
        passed = await let_through(store, policy, at_once)
        moments += [(clock.now - start).total_seconds()] * passed
    for first in moments:
        in_window = [moment for moment in moments if first <= moment < first + policy.window]
        # A window begins with the first try in it; seen from any other moment two of them may touch.
        assert len(in_window) <= 2 * policy.most
    fresh = [moment for moment in moments if moment < policy.window]
    assert len(fresh) <= policy.most
    later = fresh[policy.free - 1 :]
    for place, (before, after) in enumerate(itertools.pairwise(later)):
        assert after - before >= policy.pause(policy.free + place)


@given(tries=st.integers(0, 10_000))
def test_a_pause_never_shrinks_and_never_exceeds_the_longest(tries: int) -> None:
    for policy in (CHILD, PASSWORD, CODE):
        assert policy.pause(tries) <= policy.pause(tries + 1) <= policy.longest_pause
        assert (policy.pause(tries) == 0) is (tries < policy.free)


async def test_a_network_of_forty_schools_notices_nothing_and_a_flood_is_slowed(store: Store) -> None:
    policy = Policy(free=200, first_pause=1, longest_pause=30, most=10_000, window=3600)
    for _ in range(199):
        await throttle.failed(store, KEY, policy)
    assert await throttle.waits(store, KEY) == 0
    for _ in range(20):
        await throttle.failed(store, KEY, policy)
    assert 28 <= await throttle.waits(store, KEY) <= 30


def test_the_limits_of_a_network_leave_room_for_a_busy_morning() -> None:
    # 10,000 children who miss twice each; 40 schools with 40 staff who miss once.
    assert CHILDREN_OF_A_NETWORK.free >= 20_000
    assert STAFF_OF_A_NETWORK.free >= 1_600
    # One school's children cannot be guessed at often enough in a day to slow the others down: 225 children, 50 tries each.
    assert CHILDREN_OF_A_NETWORK.free > 225 * CHILD.most


async def test_tries_from_everywhere_cost_work_and_never_a_pause(store: Store) -> None:
    account = throttle.Suspect(b"account", easy=10)
    answers = [await throttle.enter(store, f"net {n}".encode(), PASSWORD, suspect=account) for n in range(30)]
    assert answers == [0] * 10 + [throttle.NEEDS_WORK] * 20
    assert await throttle.effort(store, account.key) == 1
    worked = [
        await throttle.enter(store, f"new {n}".encode(), PASSWORD, suspect=account, worked=True) for n in range(80)
    ]
    assert worked == [0] * 80, "whoever did the work is let through, however many tried"
    assert await throttle.effort(store, account.key, b"another") == throttle.HARDEST
    throttle.passed(store, b"net 1", suspect=account)
    assert await throttle.effort(store, account.key) == 0
    assert await throttle.enter(store, b"net 1", PASSWORD, suspect=account) == 0


async def test_of_many_tries_at_once_from_everywhere_the_easy_ones_pass(store: Store) -> None:
    account = throttle.Suspect(b"account", easy=10)
    entering = (throttle.enter(store, f"net {n}".encode(), PASSWORD, suspect=account) for n in range(100))
    assert (await asyncio.gather(*entering)).count(0) == 10


async def test_a_crowd_that_misses_often_has_to_work_and_then_to_wait(store: Store) -> None:
    policy = Policy(free=40, first_pause=30, longest_pause=30, most=100, window=3600, easy=10)
    for _ in range(9):
        await throttle.failed(store, b"crowd", policy)
    assert await throttle.enter(store, KEY, PASSWORD, crowd=b"crowd") == 0
    await throttle.failed(store, b"crowd", policy)
    assert await throttle.enter(store, KEY, PASSWORD, crowd=b"crowd") == throttle.NEEDS_WORK
    assert await throttle.enter(store, KEY, PASSWORD, crowd=b"crowd", worked=True) == 0
    for _ in range(30):
        await throttle.failed(store, b"crowd", policy)
    assert await throttle.enter(store, KEY, PASSWORD, crowd=b"crowd", worked=True) >= 28
    throttle.passed(store, KEY)
    assert [await throttle.enter(store, KEY, PASSWORD) for _ in range(6)] == [0] * 5 + [5], (
        "what was refused did not count"
    )

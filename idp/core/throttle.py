"""Guessing gets slow, nobody gets locked out (D2).

A counter per (authenticator, place). The first tries are free; then each wrong one doubles a pause. While a pause runs,
a try is refused *before* the secret is looked at, and it does not count. Of many tries at once after the free ones exactly
one passes per pause.

No counter ever goes down: one that were taken back just after it expired would begin below zero, and that many tries more would be free.
"""

from dataclasses import dataclass

from idp.core.store import Counter, Place, Store


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds and counts of one kind of secret. `most` tries pass in one `window`, right ones apart.

    From `easy` on whoever tries has to do some work first (`idp.core.puzzles`); 0: never.
    """

    free: int
    first_pause: int
    longest_pause: int
    most: int
    window: int = 24 * 3600
    easy: int = 0

    def pause(self, tries: int) -> int:
        """The pause that follows the given try, in seconds; 0 while tries are free."""
        if tries < self.free:
            return 0
        return min(self.first_pause << min(tries - self.free, 20), self.longest_pause)


CHILD = Policy(free=5, first_pause=30, longest_pause=15 * 60, most=50)
PASSWORD = Policy(free=5, first_pause=5, longest_pause=15 * 60, most=100)
CODE = Policy(free=5, first_pause=30, longest_pause=15 * 60, most=50)
# One address may stand for 40 schools and 10,000 children, each of whom may miss the keys a few times at half past eight:
# only a flood of wrong secrets is noticed.
CHILDREN_OF_A_NETWORK = Policy(free=20_000, first_pause=1, longest_pause=30, most=1_000_000, window=3600)
STAFF_OF_A_NETWORK = Policy(free=2000, first_pause=1, longest_pause=30, most=100_000, window=3600, easy=500)

NEEDS_WORK = -1
"""Instead of seconds: no pause, but some work first."""
HARDEST = 4


@dataclass(frozen=True, slots=True)
class Suspect:
    """What is tried on, such as one account, whichever network the tries come from. It is never paused: a stranger could shut its owner out.

    From `easy` tries in a `window` on, right ones apart, work is asked.
    """

    key: bytes
    easy: int = 10
    window: int = 3600


async def enter(
    store: Store,
    key: bytes,
    policy: Policy,
    *,
    crowd: bytes | None = None,
    suspect: Suspect | None = None,
    worked: bool = False,
) -> int:
    """Asks for one try. 0: go ahead (it counts as wrong until `passed` says otherwise); else the seconds to wait, or `NEEDS_WORK`.

    While nobody of the `crowd`, a counter of `failed`, may try, the try is refused and not counted; so it is while work is asked of the crowd or
    about the suspect, and was not done.
    """
    barriers: list[Place] = [("hold", crowd)] if crowd is not None else []
    counters: list[Counter] = [("failures", key, policy.window)]
    if suspect is not None:
        counters.append(("failures", suspect.key, suspect.window))
    if not worked:
        barriers += [("work", of) for of in (crowd, suspect.key if suspect else None) if of is not None]
    found = await store.add_unless(barriers, *counters)
    if not isinstance(found, list):
        return NEEDS_WORK if found[0] == "work" else max(1, await store.seconds_left(*found))
    if suspect is not None and found[1] >= suspect.easy:
        await _ask_work(store, suspect.key, found[1], suspect.easy, suspect.window)
        # Of many tries at once the first ones only go without.
        if not worked and found[1] > suspect.easy:
            return NEEDS_WORK
    if found[0] < policy.free:
        return 0
    if not await store.first("hold", key, policy.first_pause):
        return max(1, await store.seconds_left("hold", key))
    # Alone from here on: nobody else passes the mark above before the pause is over.
    tries = policy.free - 1 + await store.add("held", key, 1, policy.window)
    if tries > policy.most:
        await store.put(("hold", key, b"1", policy.longest_pause))
        return policy.longest_pause
    await store.put(("hold", key, b"1", policy.pause(tries)))
    return 0


def passed(store: Store, key: bytes, *, suspect: Suspect | None = None) -> None:
    """The secret was right: the counters start anew. Where the store hears nothing of it the tries stay counted, which is no harm."""
    store.forget(*_counted(key, suspect))


async def forgive(store: Store, key: bytes) -> None:
    """Somebody lets the counters start anew, as after a right secret. Raises `Unavailable`."""
    await store.clear(*_counted(key, None))


def _counted(key: bytes, suspect: Suspect | None) -> list[Place]:
    places: list[Place] = [("failures", key), ("hold", key), ("held", key)]
    return places if suspect is None else [*places, ("failures", suspect.key), ("work", suspect.key)]


async def effort(store: Store, *keys: bytes) -> int:
    """How hard the work is that is asked now of these crowds and about these suspects, from 1 to `HARDEST`; 0 when none is."""
    asked = [await store.get("work", key) for key in keys]
    return max(int(each or 0) for each in asked)


async def _ask_work(store: Store, key: bytes, tries: int, easy: int, seconds: int) -> None:
    # Twice as many tries, twice as much work; a phone does the hardest in a few seconds.
    hard = min(HARDEST, 1 << ((tries // easy).bit_length() - 1))
    await store.put(("work", key, str(hard).encode(), seconds))


async def waits(store: Store, key: bytes) -> int:
    """The seconds for which nobody of a network may try; 0 nearly always. Asking counts nothing."""
    return await store.seconds_left("hold", key)


async def failed(store: Store, key: bytes, policy: Policy) -> None:
    """A secret given from this network was wrong. Right ones do not make up for it: whoever sprays may have an account of his own."""
    tries = await store.add("failures", key, 1, policy.window)
    if policy.easy and tries >= policy.easy:
        await _ask_work(store, key, tries, policy.easy, policy.window)
    pause = policy.pause(tries)
    if pause:
        await store.put(("hold", key, b"1", pause))

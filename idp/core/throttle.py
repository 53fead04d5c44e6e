"""Guessing gets slow, nobody gets locked out (D2).

A counter per (authenticator, place). The first tries are free; then each wrong one doubles a pause. While a pause runs,
a try is refused *before* the secret is looked at, and it does not count. Of many tries at once after the free ones exactly
one passes per pause.

No counter ever goes down: one that were taken back just after it expired would begin below zero, and that many tries more would be free.
"""

from dataclasses import dataclass

from idp.core.store import Place, Store


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds and counts of one kind of secret. `most` tries pass in one `window`, right ones apart."""

    free: int
    first_pause: int
    longest_pause: int
    most: int
    window: int = 24 * 3600

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
STAFF_OF_A_NETWORK = Policy(free=2000, first_pause=1, longest_pause=30, most=100_000, window=3600)


async def enter(store: Store, key: bytes, policy: Policy, *, crowd: bytes | None = None) -> int:
    """Asks for one try. 0: go ahead (it counts as wrong until `passed` says otherwise); else the seconds to wait.

    While nobody of the `crowd`, a counter of `failed`, may try, the try is refused and not counted.
    """
    barriers: list[Place] = [("hold", crowd)] if crowd is not None else []
    tries = await store.add_unless(barriers, "failures", key, policy.window)
    if not isinstance(tries, int):
        return max(1, await store.seconds_left(*tries))
    if tries < policy.free:
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


async def passed(store: Store, key: bytes) -> None:
    """The secret was right: the counter starts anew."""
    await store.clear(key, "failures", "hold", "held")


async def waits(store: Store, key: bytes) -> int:
    """The seconds for which nobody of a network may try; 0 nearly always. Asking counts nothing."""
    return await store.seconds_left("hold", key)


async def failed(store: Store, key: bytes, policy: Policy) -> None:
    """A secret given from this network was wrong. Right ones do not make up for it: whoever sprays may have an account of his own."""
    pause = policy.pause(await store.add("failures", key, 1, policy.window))
    if pause:
        await store.put(("hold", key, b"1", pause))

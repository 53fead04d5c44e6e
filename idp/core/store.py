"""The short-lived store: sessions, pending sign-ins, counters. What must not be forgotten is in the database (D26, ADR 9).

Two implementations ship: Redis or Valkey (`idp.core.valkey`), and the process's own memory. Each kind of secret has its own key space
(`kind`), keys are keyed hashes, never the secret itself. Values are bytes. A store that is away raises `Unavailable`: no check is ever skipped
because of it.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import orjson

from idp.core.errors import Unavailable

Kind = Literal[
    "session",
    "attempt",
    "failures",
    "hold",
    "held",
    "work",
    "puzzle",
    "begun",
    "challenge",
    "assertion",
    "proof",
    "fetched",
    "pushed",
    "visits",
    "network",
    "answered",
    "moved",
    "leaving",
    "exit",
    "hint",
    "watched",
    "played",
    "refusal",
]
Entry = tuple[Kind, bytes, bytes, int]
Member = tuple[Kind, bytes, bytes, bytes, int]
"""A value under a name in the list of a key: kind, key, name, value, and how many seconds the whole list lives from now."""
Place = tuple[Kind, bytes]
Counter = tuple[Kind, bytes, int]
"""A counter, and how many seconds it lives from its first use."""


class Store(Protocol):
    """What both implementations promise. Lifetimes are whole seconds, at least 1."""

    async def get(self, kind: Kind, key: bytes) -> bytes | None:
        """The value, or None."""

    async def refresh(self, kind: Kind, key: bytes, ttl: int) -> bytes | None:
        """The value, or None; its lifetime starts anew."""

    async def put(self, *entries: Entry | Member) -> None:
        """Stores every (kind, key, value, ttl), and every member of a list in the place of one with the same name, in one round trip."""

    async def replace(self, kind: Kind, key: bytes, value: bytes, ttl: int) -> bool:
        """Stores only if the key still exists; tells whether it did."""

    async def put_first(self, entry: Entry, *others: Entry | Member) -> bytes | None:
        """As `put`, but the first entry only where nothing stands under its key; what stands there, or None. All in one round trip."""

    async def take(self, kind: Kind, key: bytes, *, bars: int = 0) -> bytes | None:
        """The value, deleted in the same step: of two takers exactly one gets it. With `bars` an empty value stands in its place for so many seconds:
        `put_first` puts nothing there, and who takes with `bars` too gets None.
        """

    async def delete(self, kind: Kind, key: bytes) -> None:
        """Deletes the key, if there."""

    async def clear(self, *places: Place) -> None:
        """Deletes what is kept in several places, at least one, in one round trip."""

    def forget(self, *places: Place) -> None:
        """As `clear`, but nobody waits for it or hears of it: it goes ahead of what this store is asked next, within a hundredth of a second.
        Where the line to the store is not open, or ends before that, all of it stays; only for what may.
        """

    async def first(self, kind: Kind, key: bytes, ttl: int) -> bool:
        """Marks the key; True for exactly one caller within the lifetime."""

    async def add(self, kind: Kind, key: bytes, amount: int, ttl: int) -> int:
        """Adds to a counter and returns it; the lifetime counts from the counter's first use."""

    async def add_unless(self, barriers: Sequence[Place], *counters: Counter) -> list[int] | Place:
        """Adds 1 to each counter and returns them; where a barrier is there, nothing is added and the first of them is returned."""

    async def put_counted(self, entry: Entry, counter: Counter) -> int:
        """Stores an entry, adds 1 to a counter and returns that, in one round trip."""

    async def listed(self, kind: Kind, key: bytes) -> dict[bytes, bytes]:
        """The whole list of a key, by name."""

    async def delist(self, kind: Kind, key: bytes, *members: bytes) -> None:
        """Takes names out of the list of a key, as far as they are in it; at least one."""

    async def seconds_left(self, kind: Kind, key: bytes) -> int:
        """The remaining lifetime rounded up, 0 if the key is not there."""

    def after_next(self, call: Callable[[], None]) -> bool:
        """Has it called soon after those have gone on who await the next answer of this store; False where nobody does, or the answer is late."""

    async def check(self) -> None:
        """Raises `Unavailable` when away, `Misconfigured` when the store may drop keys (D26)."""

    async def close(self) -> None:
        """Closes the connections."""


class MemoryStore:
    """The embedded default. One process, one event loop: every method is one uninterrupted step."""

    def __init__(self, clock: "MonotonicClock" = time.monotonic, *, limit: int = 200_000) -> None:
        self._clock = clock
        self._limit = limit
        self._data: dict[tuple[Kind, bytes], tuple[bytes, float]] = {}
        self._sweep_at = 0.0

    def _live(self, kind: Kind, key: bytes) -> tuple[bytes, float] | None:
        found = self._data.get((kind, key))
        if found is not None and found[1] <= self._clock():
            del self._data[kind, key]
            return None
        return found

    def _set(self, kind: Kind, key: bytes, value: bytes, ends: float) -> None:
        now = self._clock()
        if now >= self._sweep_at:
            self._data = {place: entry for place, entry in self._data.items() if entry[1] > now}
            self._sweep_at = now + 60
        if len(self._data) >= self._limit and (kind, key) not in self._data:
            # Dropping something would skip a check later: refuse instead (the same as `noeviction`).
            raise Unavailable("store", detail="memory store is full")
        self._data[kind, key] = (value, ends)

    async def get(self, kind: Kind, key: bytes) -> bytes | None:
        found = self._live(kind, key)
        return found[0] if found else None

    async def refresh(self, kind: Kind, key: bytes, ttl: int) -> bytes | None:
        found = self._live(kind, key)
        if found is None:
            return None
        self._data[kind, key] = (found[0], self._clock() + ttl)
        return found[0]

    async def put(self, *entries: Entry | Member) -> None:
        for entry in entries:
            if len(entry) == 4:
                kind, key, value, ttl = entry
            else:
                kind, key, member, own, ttl = entry
                value = _list({**await self.listed(kind, key), member: own})
            self._set(kind, key, value, self._clock() + ttl)

    async def replace(self, kind: Kind, key: bytes, value: bytes, ttl: int) -> bool:
        if self._live(kind, key) is None:
            return False
        self._set(kind, key, value, self._clock() + ttl)
        return True

    async def put_first(self, entry: Entry, *others: Entry | Member) -> bytes | None:
        found = self._live(*entry[:2])
        await self.put(*others, *(() if found else (entry,)))
        return found[0] if found else None

    async def take(self, kind: Kind, key: bytes, *, bars: int = 0) -> bytes | None:
        found = self._live(kind, key)
        if found is None:
            return None
        if bars:
            self._set(kind, key, b"", self._clock() + bars)
        else:
            del self._data[kind, key]
        return found[0] or (None if bars else b"")

    async def delete(self, kind: Kind, key: bytes) -> None:
        self._data.pop((kind, key), None)

    async def clear(self, *places: Place) -> None:
        self.forget(*places)

    def forget(self, *places: Place) -> None:
        for place in places:
            self._data.pop(place, None)

    async def first(self, kind: Kind, key: bytes, ttl: int) -> bool:
        if self._live(kind, key) is not None:
            return False
        self._set(kind, key, b"1", self._clock() + ttl)
        return True

    async def add(self, kind: Kind, key: bytes, amount: int, ttl: int) -> int:
        found = self._live(kind, key)
        total = (int(found[0]) if found else 0) + amount
        self._set(kind, key, str(total).encode(), found[1] if found else self._clock() + ttl)
        return total

    async def add_unless(self, barriers: Sequence[Place], *counters: Counter) -> list[int] | Place:
        barred = next((place for place in barriers if self._live(*place)), None)
        return barred or [await self.add(kind, key, 1, ttl) for kind, key, ttl in counters]

    async def put_counted(self, entry: Entry, counter: Counter) -> int:
        await self.put(entry)
        kind, key, ttl = counter
        return await self.add(kind, key, 1, ttl)

    async def listed(self, kind: Kind, key: bytes) -> dict[bytes, bytes]:
        found = self._live(kind, key)
        known: dict[str, str] = orjson.loads(found[0]) if found else {}
        return {bytes.fromhex(member): bytes.fromhex(value) for member, value in known.items()}

    async def delist(self, kind: Kind, key: bytes, *members: bytes) -> None:
        known = await self.listed(kind, key)
        left = {member: value for member, value in known.items() if member not in members}
        if left:
            self._data[kind, key] = (_list(left), self._data[kind, key][1])
        else:
            self._data.pop((kind, key), None)

    async def seconds_left(self, kind: Kind, key: bytes) -> int:
        found = self._live(kind, key)
        return math.ceil(found[1] - self._clock()) if found else 0

    def after_next(self, _call: Callable[[], None]) -> bool:
        return False

    async def check(self) -> None:
        return None

    async def close(self) -> None:
        self._data.clear()


def _list(known: dict[bytes, bytes]) -> bytes:
    return orjson.dumps({member.hex(): value.hex() for member, value in known.items()})


class MonotonicClock(Protocol):
    """Seconds that never go back."""

    def __call__(self) -> float: ...

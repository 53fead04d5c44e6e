"""The short-lived store in Redis or Valkey; for installations with more than one process."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from idp.core.errors import Misconfigured, Unavailable
from idp.core.line import Broken, Command, Line, Refusal, dial
from idp.core.store import Counter, Entry, Kind, Member, Place

# In one step: whether a barrier is there (0 for the first, -1 for the second, ...), else the counters. ARGV: how many barriers, then a lifetime each.
_ADD_UNLESS = """
local barriers, totals = tonumber(ARGV[1]), {}
for place = 1, barriers do
  if redis.call('EXISTS', KEYS[place]) == 1 then return 1 - place end
end
for place = barriers + 1, #KEYS do
  local total = redis.call('INCR', KEYS[place])
  if total == 1 then redis.call('EXPIRE', KEYS[place], ARGV[place - barriers + 1]) end
  totals[#totals + 1] = total
end
return totals
"""


class RedisStore:
    """`idp.core.store.Store` over one line that is dialled at first use, and again when it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._line: Line | None = None
        self._dialling = asyncio.Lock()

    async def _run(self, *commands: Command) -> Any:
        """The answer to the last command; several are one transaction.

        Asked once more on a fresh line where the old one broke: a store that was restarted is found again by this call, not by the one after.
        A command may then have happened twice: what was taken is gone, and a failure counts double.
        """
        if len(commands) > 1:
            commands = (("MULTI",), *commands, ("EXEC",))
        try:
            if self._line is not None and not self._line.closed:
                try:
                    return await self._line.ask(*commands)
                except Broken:
                    pass
            return await (await self._open()).ask(*commands)
        except (Broken, Refusal, OSError, TimeoutError) as error:
            raise Unavailable("store", detail=type(error).__name__) from error

    async def _open(self) -> Line:
        async with self._dialling:
            if self._line is None or self._line.closed:
                self._line = await dial(self._url)
            return self._line

    async def get(self, kind: Kind, key: bytes) -> bytes | None:
        return cast(bytes | None, await self._run(("GET", _name(kind, key))))

    async def refresh(self, kind: Kind, key: bytes, ttl: int) -> bytes | None:
        return cast(bytes | None, await self._run(("GETEX", _name(kind, key), "EX", ttl)))

    async def put(self, *entries: Entry | Member) -> None:
        await self._run(*(command for entry in entries for command in _putting(entry)))

    async def replace(self, kind: Kind, key: bytes, value: bytes, ttl: int) -> bool:
        return bool(await self._run(("SET", _name(kind, key), value, "XX", "EX", ttl)))

    async def put_first(self, entry: Entry, *others: Entry | Member) -> bytes | None:
        kind, key, value, ttl = entry
        first: Command = ("SET", _name(kind, key), value, "NX", "GET", "EX", ttl)
        told = await self._run(*(command for other in others for command in _putting(other)), first)
        return cast(bytes | None, told[-1] if others else told)

    async def take(self, kind: Kind, key: bytes, *, bars: int = 0) -> bytes | None:
        name = _name(kind, key)
        if bars:
            return cast(bytes | None, await self._run(("SET", name, b"", "XX", "GET", "EX", bars))) or None
        return cast(bytes | None, await self._run(("GETDEL", name)))

    async def delete(self, kind: Kind, key: bytes) -> None:
        await self._run(("DEL", _name(kind, key)))

    async def clear(self, *places: Place) -> None:
        await self._run(_deleting(places))

    def forget(self, *places: Place) -> None:
        if self._line is not None:
            self._line.tell(_deleting(places))

    async def first(self, kind: Kind, key: bytes, ttl: int) -> bool:
        return bool(await self._run(("SET", _name(kind, key), b"1", "NX", "EX", ttl)))

    async def add(self, kind: Kind, key: bytes, amount: int, ttl: int) -> int:
        name = _name(kind, key)
        total, _ = await self._run(("INCRBY", name, amount), ("EXPIRE", name, ttl, "NX"))
        return int(total)

    async def add_unless(self, barriers: Sequence[Place], *counters: Counter) -> list[int] | Place:
        names = [_name(*place) for place in barriers] + [_name(kind, key) for kind, key, _ in counters]
        lives = [ttl for _, _, ttl in counters]
        told = await self._run(("EVAL", _ADD_UNLESS, len(names), *names, len(barriers), *lives))
        return told if isinstance(told, list) else barriers[-told]

    async def put_counted(self, entry: Entry, counter: Counter) -> int:
        kind, key, value, ttl = entry
        name = _name(*counter[:2])
        stored: Command = ("SET", _name(kind, key), value, "EX", ttl)
        _, total, _ = await self._run(stored, ("INCR", name), ("EXPIRE", name, counter[2], "NX"))
        return int(total)

    async def listed(self, kind: Kind, key: bytes) -> dict[bytes, bytes]:
        flat = cast(list[bytes], await self._run(("HGETALL", _name(kind, key))))
        return dict(zip(flat[::2], flat[1::2], strict=True))

    async def delist(self, kind: Kind, key: bytes, *members: bytes) -> None:
        await self._run(("HDEL", _name(kind, key), *members))

    async def seconds_left(self, kind: Kind, key: bytes) -> int:
        return max(0, -(-int(await self._run(("PTTL", _name(kind, key)))) // 1000))

    def after_next(self, call: Callable[[], None]) -> bool:
        return self._line is not None and self._line.after_next(call)

    async def check(self) -> None:
        told = cast(bytes, await self._run(("INFO", "memory"))).decode().splitlines()
        policy = next((line.partition(":")[2] for line in told if line.startswith("maxmemory_policy:")), "unknown")
        if policy != "noeviction":
            raise Misconfigured(
                f"The store's maxmemory-policy is {policy!r}; it must be 'noeviction', or checks could be forgotten (D26)"
            )

    async def close(self) -> None:
        if self._line is not None:
            self._line.hang_up()
            self._line = None


def _deleting(places: Sequence[Place]) -> Command:
    return "DEL", *(_name(*place) for place in places)


def _putting(entry: Entry | Member) -> tuple[Command, ...]:
    if len(entry) == 4:
        kind, key, value, ttl = entry
        return (("SET", _name(kind, key), value, "EX", ttl),)
    kind, key, member, value, ttl = entry
    name = _name(kind, key)
    return ("HSET", name, member, value), ("EXPIRE", name, ttl)


def _name(kind: Kind, key: bytes) -> bytes:
    return kind.encode() + b":" + key

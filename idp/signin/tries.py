"""The wrong tries of children as their teacher sees them: who has to wait, and a fresh start with one click (D2)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from idp.core import throttle
from idp.core.crypto import Keyring
from idp.core.floor import Floor


def counter(keyring: Keyring, child_id: int) -> bytes:
    """The one counter of a child, whichever address of the school a try comes from."""
    return keyring.mac("token", "throttle", "child", str(child_id))


def by_code(keyring: Keyring, lookup: bytes) -> bytes:
    """The counter of a login code for home, by what it is looked up by; a new code begins anew. School has its own (D2)."""
    return keyring.mac("token", "throttle", "home code", lookup)


def by_parent(keyring: Keyring, parent_id: int, child_id: int) -> bytes:
    """The counter of a child on the page of one of its parents."""
    return keyring.mac("token", "throttle", "home parent", str(parent_id), str(child_id))


async def pauses(floor: Floor, child_ids: Sequence[int]) -> dict[int, int]:
    """Who of these children has to wait now, and how many seconds. Raises `Unavailable`."""
    asked = [throttle.waits(floor.store, counter(floor.keyring, child_id)) for child_id in child_ids]
    waits = await asyncio.gather(*asked)
    return {child_id: seconds for child_id, seconds in zip(child_ids, waits, strict=True) if seconds}


async def forgive(floor: Floor, child_ids: Sequence[int]) -> None:
    """The tries of these children begin anew, as after a right secret. Raises `Unavailable`."""
    for child_id in child_ids:
        await throttle.forgive(floor.store, counter(floor.keyring, child_id))


async def pauses_at_home(floor: Floor, counters: Mapping[int, Iterable[bytes]]) -> dict[int, int]:
    """Who of these children has to wait at home, and how many seconds: the longest of its counters. Raises `Unavailable`."""
    asked = [(child_id, one) for child_id, known in counters.items() for one in known]
    waits = await asyncio.gather(*(throttle.waits(floor.store, one) for _, one in asked))
    found: dict[int, int] = {}
    for (child_id, _), seconds in zip(asked, waits, strict=True):
        if seconds:
            found[child_id] = max(seconds, found.get(child_id, 0))
    return found


async def forgive_at_home(floor: Floor, counters: Iterable[bytes]) -> None:
    """The tries at home begin anew. Raises `Unavailable`."""
    for one in counters:
        await throttle.forgive(floor.store, one)

"""The wrong tries of children as their teacher sees them: who has to wait, and a fresh start with one click (D2)."""

import asyncio
from collections.abc import Sequence

from idp.core import throttle
from idp.core.crypto import Keyring
from idp.core.floor import Floor


def counter(keyring: Keyring, child_id: int) -> bytes:
    """The one counter of a child, whichever address of the school a try comes from."""
    return keyring.mac("token", "throttle", "child", str(child_id))


async def pauses(floor: Floor, child_ids: Sequence[int]) -> dict[int, int]:
    """Who of these children has to wait now, and how many seconds. Raises `Unavailable`."""
    asked = [throttle.waits(floor.store, counter(floor.keyring, child_id)) for child_id in child_ids]
    waits = await asyncio.gather(*asked)
    return {child_id: seconds for child_id, seconds in zip(child_ids, waits, strict=True) if seconds}


async def forgive(floor: Floor, child_ids: Sequence[int]) -> None:
    """The tries of these children begin anew, as after a right secret."""
    for child_id in child_ids:
        await throttle.passed(floor.store, counter(floor.keyring, child_id))

"""Seals the ledger every minute (D41): what happened since is proven from then on. Writers never wait for it."""

from idp.core import seals
from idp.core.heads import HeadKeys
from idp.jobs.shift import Shift


async def turn(shift: Shift) -> int:
    """Seals everything that can be sealed; returns how many entries. Raises `BrokenChain` when the newest seal is not ours."""
    floor = shift.floor
    return await seals.seal_all(floor.database, HeadKeys(floor.settings.secrets), now=floor.now)

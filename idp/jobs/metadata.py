"""Looking again at where the metadata of parties is published, when its cacheDuration is over (C-204, C-206).

What a look changes is recorded in the ledger. One that fails changes nothing: what was read last goes on until its own validUntil.
"""

from idp.core import ledger
from idp.core.floor import Floor
from idp.jobs.shift import Shift
from metadata import intake, sources
from metadata.entity_changes import Change
from metadata.intake import IntakeRefused
from metadata.sources import Source


async def turn(shift: Shift) -> int:
    """Looks at every source that is due, one after the other; returns how many. New entities wait for the operator."""
    looked = 0
    while True:
        async with shift.floor.database.begin() as db:
            source = await sources.claim_due(db, now=shift.now)
        if source is None:
            return looked
        await _look(shift.floor, source)
        looked += 1


async def _look(floor: Floor, source: Source) -> None:
    loopback = floor.settings.loopback
    try:
        arrived = await intake.look(source, loopback_allowed=loopback)
        async with floor.database.begin() as db:
            changes = await intake.refresh(db, source, arrived, now=floor.now, loopback_http=loopback)
            told = {one.entity_id: _told(one) for one in changes if one.kind in {"changed", "gone", "refused"}}
            if told:
                detail = {"source": source.address, "entities": told}
                await ledger.record(db, "metadata.refreshed", now=floor.now, by="system", detail=detail)
    except IntakeRefused as refused:
        async with floor.database.begin() as db:
            await sources.failed(db, source, str(refused), now=floor.now)


def _told(change: Change) -> object:
    return {"change": change.kind, "fields": sorted(change.differs), "why": change.why}

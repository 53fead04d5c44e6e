"""Asking the administration system because a coordinator wants it now (D6): in the background, so that no browser has to wait for a slow LAS."""

import asyncio
import logging
from typing import Final

from directory.imports import environment, locations, nights, runs
from directory.imports.nights import Claimed
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused
from directory.imports.uwlr import fetch
from directory.imports.uwlr.faults import Refused, of_content
from directory.imports.uwlr.fetch import Fetched, NoData
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import newcomers
from idp.web.pictures import TILE_PICTURES

log = logging.getLogger("poortwachter.web")

PATIENCE: Final = 10
"""Seconds that a browser waits; then the page says that it goes on."""

_UNDER_WAY: Final[set[asyncio.Task[int | None]]] = set()


async def begin(floor: Floor, claimed: Claimed, *, by: str) -> int | None:
    """Asks; the number of the run when it is over soon, else None. A process that ends meanwhile loses only its lease."""
    task = asyncio.create_task(_ask(floor, claimed, by=by))
    _UNDER_WAY.add(task)
    task.add_done_callback(_over)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    return task.result() if done else None


def _over(task: asyncio.Task[int | None]) -> None:
    _UNDER_WAY.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("fetch", exc_info=error)


async def _ask(floor: Floor, claimed: Claimed, *, by: str) -> int | None:
    try:
        got = await fetch.fetch(claimed.source, now=floor.now)
    except Refused as refused:
        return await _settled(floor, claimed, refused, by=by)
    try:
        return await _taken_in(floor, claimed, got, by=by)
    except ImportRefused as error:
        return await _settled(floor, claimed, of_content(error), by=by)


async def _settled(floor: Floor, claimed: Claimed, refused: Refused, *, by: str) -> int | None:
    """Nothing came of it: the run says why."""
    now, contact = floor.now, floor.settings.support_contact
    async with floor.database.begin() as db:
        await nights.settle(db, claimed, refused, now=now, by=by, contact=contact)
        run = await runs.failed(db, claimed.school, source="uwlr", origin="now", by=by, now=now, error=refused.code)
    return run.id


async def _taken_in(floor: Floor, claimed: Claimed, got: Fetched, *, by: str) -> int | None:
    now, contact = floor.now, floor.settings.support_contact
    async with floor.database.begin() as db:
        if not await nights.settle(db, claimed, None, now=now, by=by, contact=contact):
            return None
        if isinstance(got, Administration):
            return await _received(db, floor, claimed, got, by=by)
        reason = "no_data" if isinstance(got, NoData) else None
        run = await runs.nothing(db, claimed.school, source="uwlr", origin="now", by=by, now=now, reason=reason)
    return run.id


async def _received(db: Db, floor: Floor, claimed: Claimed, got: Administration, *, by: str) -> int | None:
    """Takes every account's part in, in one transaction: the answer counts for all of them or for none."""
    own = None
    mails = {"base_url": floor.settings.base_url, "contact": floor.settings.support_contact}
    ours = environment.kept_apart(got, floor.settings.eckid_environment)
    for part in await locations.parts(db, claimed.school, ours):
        run = await runs.receive(
            db,
            part.school,
            part.administration,
            source="uwlr",
            origin="now",
            by=by,
            now=floor.now,
            keyring=floor.keyring,
            pictures=TILE_PICTURES,
        )
        await newcomers.welcome(db, floor.keyring, part.school.id, run.applied, now=floor.now, **mails)
        own = run.id if own is None else own
    return own

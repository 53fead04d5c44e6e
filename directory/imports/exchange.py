"""A school's administration system is asked, and what it answers is taken in: one school, from claim to runs (R26, R29, D6, D13).

Asking takes minutes and happens outside any transaction; the answer, what becomes of it and who is asked again when are one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from directory.eckid import Environment
from directory.imports import environment, locations, nights, runs, seen_locations
from directory.imports.collisions import until_alone
from directory.imports.nights import Claimed
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused
from directory.imports.runs import Origin, Run
from directory.imports.uwlr import faults
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.fetch import Fetched, NoData, fetch
from directory.schools import KnownSchool
from idp.core.clock import Clock
from idp.core.crypto import Keyring
from idp.core.db import Database, Db

Welcome = Callable[[Db, KnownSchool, Run], Awaitable[object]]
"""What follows an import in its own transaction: secrets, activation links."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every exchange of a process needs. `by` is who the ledger says did it, `contact` whom mails name,
    `eckids` the world whose ECK-iDs count."""

    database: Database
    clock: Clock
    keyring: Keyring
    pictures: Sequence[str]
    welcome: Welcome
    contact: str
    by: str
    eckids: Environment


async def exchange(around: Surroundings, claimed: Claimed) -> list[Run]:
    """Asks about a school that was claimed, and takes in what comes, for each location that the administration delivers.

    Every outcome is a run that the school can see; nothing when the answer no longer counts. From 1 June the coming year is asked for too,
    and waits. Raises only what is a mistake of ours, after it was recorded as one.
    """
    try:
        taken = await _this_year(around, claimed)
        coming = nights.coming_year(around.clock())
        if coming and taken and taken[0].state != "failed":
            taken += await _coming_year(around, claimed, coming)
    except Exception:
        # R29: what went wrong must be visible to the school, also when it is nothing of the school's or the system's doing.
        await _refused(around, claimed, Refused("our_mistake"))
        raise
    return taken


async def _this_year(around: Surroundings, claimed: Claimed) -> list[Run]:
    try:
        answer = await fetch(claimed.source, now=around.clock())
        return await until_alone(partial(_settled, around, claimed, answer))
    except Refused as refused:
        return await _refused(around, claimed, refused)
    except ImportRefused as error:
        return await _refused(around, claimed, faults.of_content(error))


async def _coming_year(around: Surroundings, claimed: Claimed, year: str) -> list[Run]:
    """What is there already of the coming year. That there is nothing yet is no news, and neither is a system that only knows the present one."""
    try:
        answer = await fetch(claimed.for_everything(), now=around.clock(), school_year=year)
        if not isinstance(answer, Administration):
            return []
        return await until_alone(partial(_beside, around, claimed, answer))
    except (Refused, ImportRefused):
        return []


async def _settled(around: Surroundings, claimed: Claimed, answer: Fetched) -> list[Run]:
    """The answer about this year: with it the school is given back."""
    async with around.database.begin() as db:
        return await _take_in(db, around, claimed, answer) if await _settle(db, around, claimed, None) else []


async def _beside(around: Surroundings, claimed: Claimed, answer: Fetched) -> list[Run]:
    """The answer about the coming year, when the school was given back already."""
    async with around.database.begin() as db:
        return await _take_in(db, around, claimed, answer)


async def _take_in(db: Db, around: Surroundings, claimed: Claimed, answer: Fetched) -> list[Run]:
    origin, now, by = origin_of(claimed), around.clock(), around.by
    if not isinstance(answer, Administration):
        reason = "no_data" if isinstance(answer, NoData) else None
        return [await runs.nothing(db, claimed.school, source="uwlr", origin=origin, by=by, now=now, reason=reason)]
    parts = await locations.parts(db, claimed.school, environment.kept_apart(answer, around.eckids))
    await seen_locations.remember(db, claimed.school.id, answer, now=now)
    # Two administrations that deliver to one another's schools must not wait for each other for ever.
    for school_id in sorted(part.school.id for part in parts):
        await runs.lock(db, school_id)
    taken = []
    for part in parts:
        run = await runs.receive(
            db,
            part.school,
            part.administration,
            source="uwlr",
            origin=origin,
            by=by,
            now=now,
            keyring=around.keyring,
            pictures=around.pictures,
        )
        await around.welcome(db, part.school, run)
        taken.append(run)
    return taken


async def _refused(around: Surroundings, claimed: Claimed, refused: Refused) -> list[Run]:
    now, origin = around.clock(), origin_of(claimed)
    async with around.database.begin() as db:
        if not await _settle(db, around, claimed, refused):
            return []
        return [
            await runs.failed(
                db, claimed.school, source="uwlr", origin=origin, by=around.by, now=now, error=refused.code
            )
        ]


async def _settle(db: Db, around: Surroundings, claimed: Claimed, refused: Refused | None) -> bool:
    now = around.clock()
    return await nights.settle(db, claimed, refused, now=now, by=around.by, contact=around.contact)


def origin_of(claimed: Claimed) -> Origin:
    """Who set the exchange going."""
    return "night" if claimed.at_night else "now"

"""The first page: what needs the coordinator today, most pressing first, and the school in numbers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from starlette.responses import Response
from starlette.routing import Route

from consent import agreement_papers, agreements, deletions, offers, reach, reviews
from directory import addresses as known_addresses
from directory import schools
from directory.imports import couplings, runs
from directory.lifecycle import addresses, held_mails, placed, review, school_year, staff_list, transfers
from directory.lifecycle import reorganisation_records as records
from idp.core import clock
from idp.core.db import Db
from idp.credentials import pupil_secrets
from idp.signin import hindrance_facts
from idp.web.desk import frame, setting_up
from idp.web.desk.guards import ADDRESS, Coordinator, view
from idp.web.desk.school_year import NEAR

SOON: Final = timedelta(days=14)
"""How long before a last day a coordinator reads of it."""

MOST_STUCK: Final = 100
"""Counted so far; with more it is no matter of single children."""

Tone = Literal["brick", "sun", "quiet"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for somebody: the key of its words, how many of it, where it is done, how pressing it is."""

    what: str
    count: int
    url: str
    tone: Tone


Looks = Callable[[Db, Coordinator], Awaitable[list[Need]]]


async def today(coordinator: Coordinator) -> Response:
    """What needs you today."""
    async with coordinator.floor.database.read() as db:
        counts = await schools.counts(db, coordinator.school.id)
        needs = [need for looks in LOOKS for need in await looks(db, coordinator)]
        steps = await setting_up.read(db, coordinator.school.id, videos=coordinator.floor.settings.videos)
    pressing: dict[Tone, int] = {"brick": 0, "sun": 1, "quiet": 2}
    needs.sort(key=lambda need: pressing[need.tone])
    return frame.respond(
        coordinator,
        "today.html",
        at="today",
        needs=needs,
        counts=counts,
        steps=steps,
        open=sum(1 for step in steps if step.state == "open"),
    )


async def _school(db: Db, coordinator: Coordinator) -> list[Need]:
    """A school without pupils or networks signs nobody in."""
    counts = await schools.counts(db, coordinator.school.id)
    base = coordinator.base
    return [
        *([Need("no_pupils", 1, f"{base}/imports", "brick")] if not counts["pupils"] else []),
        *([Need("no_networks", 1, f"{base}/networks", "brick")] if not counts["addresses"] + counts["devices"] else []),
    ]


async def _networks(db: Db, coordinator: Coordinator) -> list[Need]:
    """Networks that nobody uses any more, for removal (R110)."""
    known = await known_addresses.of_school(db, coordinator.school.id)
    unused = sum(1 for one in known if one.unused(coordinator.today))
    return [Need("networks_unused", unused, f"{coordinator.base}/networks", "quiet")] if unused else []


async def _imports(db: Db, coordinator: Coordinator) -> list[Need]:
    """What waits for a yes; the newest import, if it failed."""
    found = await runs.listed(db, coordinator.school.id, now=coordinator.now)
    waiting: dict[str, Tone] = {"held": "brick", "planned": "sun"}
    needs = [
        Need(
            f"import_{run.state}",
            sum(run.counts.get("held", {}).values()),
            f"{coordinator.base}/imports/{run.id}",
            waiting[run.state],
        )
        for run in found
        if run.state in waiting
    ]
    if found and found[0].state == "failed":
        needs.append(Need("import_failed", 1, f"{coordinator.base}/imports/{found[0].id}", "sun"))
    return needs


async def _coupling(db: Db, coordinator: Coordinator) -> list[Need]:
    """A refused key stops the coupling (R25); one on manual is easily forgotten after a merger (R33)."""
    coupled = await couplings.of(db, coordinator.school.id)
    url = f"{coordinator.base}/imports/coupling"
    if coupled is None:
        return []
    if coupled.refused is not None:
        return [Need("coupling_refused", 1, url, "brick")]
    return [Need("coupling_manual", 1, url, "quiet")] if coupled.mode == "manual" else []


async def _agreement(db: Db, coordinator: Coordinator) -> list[Need]:
    """Without an agreement nothing leaves (R60); of its end one knows 90 days before (D8)."""
    school, url = coordinator.school, f"{coordinator.base}/parties"
    if not await agreements.in_force(db, school.id, school.board_id, today=coordinator.today):
        return [Need("no_agreement", 1, url, "brick")]
    ends = await agreement_papers.ending(db, today=coordinator.today, school_id=school.id)
    # On the last day itself there is a day left in which something can be done.
    return [Need("agreement_ends", (one.on - coordinator.today).days + 1, url, "sun") for one in ends]


async def _pupils(db: Db, coordinator: Coordinator) -> list[Need]:
    """Pupils whom no right tries would help: without a secret, unless a network provider brings them, or without a group."""
    school_id, today = coordinator.school.id, coordinator.today
    by_network = await reach.networks(db, school_id)
    secrets = 0 if by_network else await pupil_secrets.lacking(db, school_id, today=today)
    groups = await placed.without_group(db, school_id, school_year=clock.school_year(coordinator.now), today=today)
    found = [
        Need("without_secret", secrets, f"/classroom/{coordinator.school.code}", "sun"),
        Need("without_group", groups, f"{coordinator.base}/imports", "sun"),
    ]
    return [need for need in found if need.count]


async def _signing_in(db: Db, coordinator: Coordinator) -> list[Need]:
    """Children who tried again and again this morning."""
    stuck = await hindrance_facts.at_a_loss(db, coordinator.school.id, now=coordinator.now, limit=MOST_STUCK)
    return [Need("at_a_loss", len(stuck), f"{coordinator.base}/why", "sun")] if stuck else []


async def _staff(db: Db, coordinator: Coordinator) -> list[Need]:
    """Addresses that wait for a yes, the yearly look, and people without an address."""
    school_id, now, base = coordinator.school.id, coordinator.now, coordinator.base
    proposed = await addresses.of_school(db, school_id, now=now)
    approve = sum(1 for one in proposed if one.needs_approval and not one.approved)
    due = len(await review.due(db, school_id, now=now))
    without = await staff_list.without_address(db, school_id, today=coordinator.today)
    held = len(await held_mails.of_school(db, school_id))
    ending = await staff_list.ending(db, school_id, today=coordinator.today, until=coordinator.today + SOON)
    found = [
        Need("ending", ending, f"{base}/staff", "sun"),
        Need("held_mails", held, f"{base}/staff/held", "sun"),
        Need("approve", approve, f"{base}/staff/pending", "sun"),
        Need("review", due, f"{base}/staff/review", "quiet"),
        Need("addresses", without, f"{base}/staff/addresses", "quiet"),
    ]
    return [need for need in found if need.count]


async def _year(db: Db, coordinator: Coordinator) -> list[Need]:
    """A year that began without data signs nobody in; one that comes soon must not."""
    coming = await school_year.outlook(db, coordinator.school.id, now=coordinator.now)
    url = f"{coordinator.base}/school-year"
    if coming.without_data:
        return [Need("year_without_data", 1, url, "brick")]
    if coming.kept_back:
        return [Need("year_kept_back", 1, url, "sun")]
    near = coming.begins_on - coordinator.today <= NEAR
    return [Need("year_awaited", 1, url, "sun")] if near and coming.state == "awaited" else []


async def _reorganisations(db: Db, coordinator: Coordinator) -> list[Need]:
    """What waits for this school's yes, or for its last word about a pupil who came."""
    school_id, base = coordinator.school.id, coordinator.base
    needs = []
    for one in await records.listed(db, [school_id], states=records.OPEN):
        transfer = one.kind == "transfer"
        room, what = ("transfers", "transfer") if transfer else ("reorganisations", "reorganisation")
        if str(school_id) in one.needed or (transfer and transfers.finishes(one, school_id)):
            needs.append(Need(what, 1, f"{base}/{room}/{one.id}", "sun"))
    return needs


async def _parties(db: Db, coordinator: Coordinator) -> list[Need]:
    """A yearly look at the ticks (R77), parties that ask for more, and those that did not answer for a month (R73)."""
    school_id, now, url = coordinator.school.id, coordinator.now, f"{coordinator.base}/parties"
    more = sum(1 for one in await offers.standings(db, school_id) if one.state == "more")
    silent = await deletions.unanswered(db, school_id, before=now - deletions.PATIENCE)
    found = [
        Need("consent_more", more, url, "sun"),
        Need("consent_review", int(await reviews.due(db, school_id, now=now)), f"{url}/review", "sun"),
        Need("deletion_silent", silent, url, "quiet"),
    ]
    return [need for need in found if need.count]


LOOKS: Final[tuple[Looks, ...]] = (
    _school,
    _year,
    _imports,
    _coupling,
    _agreement,
    _signing_in,
    _pupils,
    _reorganisations,
    _staff,
    _parties,
    _networks,
)
"""In this order, but the most pressing come first."""

ROUTES = [Route(f"{ADDRESS}/{{school}}", view(today))]

"""Every kind of row that has a term goes when it is over, and not before (R54, D40)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Executable, insert, select, update

from consent.models import Logout, Release, ReleaseCount, VoidGrant
from directory.imports.models import ImportRun, MovedKey
from directory.lifecycle.models import (
    AddressProposal,
    Notice,
    PendingMembership,
    Reorganisation,
    SubstituteBinding,
    SubstituteSeat,
)
from directory.models import Group, School
from idp.core import seals
from idp.core.heads import HeadKeys
from idp.core.models import LedgerEntry, Mail
from idp.credentials.models import MailedLink
from idp.jobs import retention
from idp.jobs.evidence import Report
from idp.jobs.models import JobRun
from idp.jobs.shift import Shift
from idp.jobs.timetable import JOBS
from metadata.models import SigningKey
from tests.architecture.documents import OPERATIONS, rows, ticked
from tests.clock import Clock
from tests.jobs import country

YEAR = "2026-2027"


async def _night(shift: Shift) -> dict[str, int]:
    """What was purged; only what was not nothing."""
    report = Report(shift, "retention")
    assert await retention.work(shift, report) is True
    return {name: number for name, number in report.counts.items() if number}


@dataclass(frozen=True, slots=True)
class World:
    """A school with somebody in it, for rows to point to."""

    school: int
    person: int
    seat: int
    now: datetime


async def _world(shift: Shift) -> World:
    school = await country.open_school(shift, year=YEAR)
    person = await country.coordinator(shift, school)
    groups = await country.ask(shift, select(Group.id).order_by(Group.id).limit(1))
    await country.change(
        shift,
        insert(SubstituteSeat).values(id=1000, group_id=groups[0][0], seed=b"s" * 32),
        # The importing of the school itself is none of these tests' business.
        update(ImportRun).values(inverse=None, undo_until=None),
    )
    return World(school.id, person, 1000, shift.now)


def _run(world: World, *, age: timedelta, **values: object) -> Executable:
    row = {"source": "uwlr", "origin": "night", "by": "test", "state": "applied", "counts": {}, "doubts": {}}
    return insert(ImportRun).values(school_id=world.school, started_at=world.now - age, **{**row, **values})


def _proposal(world: World, age: timedelta) -> Executable:
    row = {"email": "new@school.example", "token": b"t" * 32, "proposed_by": "x", "needs_approval": False}
    days = {"proposed_at": world.now - age, "expires_at": world.now - age}
    return insert(AddressProposal).values(person_id=world.person, school_id=world.school, **row, **days)


def _membership(world: World, age: timedelta) -> Executable:
    row = {"email": "new@school.example", "token": b"t" * 32, "roles": "teacher", "asked_by": "x"}
    days = {"asked_at": world.now - age, "expires_at": world.now - age}
    return insert(PendingMembership).values(school_id=world.school, **row, **days)


def _link(world: World, age: timedelta) -> Executable:
    days = {"sent_at": world.now - age, "expires_at": world.now - age}
    return insert(MailedLink).values(
        person_id=world.person, purpose="reset", token=b"t" * 32, email="x@school.example", **days
    )


def _binding(world: World, age: timedelta) -> Executable:
    days = {"starts_at": world.now - age, "ends_on": (world.now - age).date()}
    return insert(SubstituteBinding).values(
        school_id=world.school, seat_id=world.seat, person_id=world.person, email="x", bound_by="x", **days
    )


def _moved(world: World, age: timedelta) -> Executable:
    return insert(MovedKey).values(school_id=world.school, about="pupil", las_key="p1", moved_at=world.now - age)


def _group(world: World, age: timedelta) -> Executable:
    first = (world.now - age).year
    row = {"school_year": f"{first}-{first + 1}", "kind": "subgroep", "las_key": "old", "name": "old"}
    return insert(Group).values(school_id=world.school, active=False, **row)


def _notice(world: World, age: timedelta) -> Executable:
    return insert(Notice).values(kind="x", school_id=world.school, about="x", sent_at=world.now - age)


def _mail(world: World, age: timedelta) -> Executable:
    at = world.now - age
    return insert(Mail).values(recipient="a@b.example", subject="x", body="x", created_at=at, next_attempt_at=at)


def _job_run(world: World, age: timedelta) -> Executable:
    return insert(JobRun).values(job="x", started_at=world.now - age, ended_at=world.now - age, counts={})


def _void(world: World, age: timedelta) -> Executable:
    return insert(VoidGrant).values(grant_id=b"g" * 16, voided_at=world.now - age)


def _release(world: World, age: timedelta) -> Executable:
    ids = {"person_id": world.person, "school_id": world.school, "party_id": 1, "asked_set_id": 1, "ticked_set_id": 1}
    return insert(Release).values(
        at=world.now - age, grant_id=b"g" * 16, ground="public-task", connection_id=1, wire="oidc", **ids
    )


def _key(world: World, age: timedelta) -> Executable:
    at = world.now - age
    row = {"kid": "old", "alg": "RS256", "certificate": "", "sealed": None}
    return insert(SigningKey).values(published_at=at, active_from=at, retired_at=at, **row)


def _logout(world: World, age: timedelta) -> Executable:
    ids = {"release_id": 1, "person_id": 1, "party_id": 1, "connection_id": 1}
    row = {"wire": "oidc", "session_mark": b"m" * 16, "state": "told", "attempts": 0}
    return insert(Logout).values(created_at=world.now - age, **row, **ids)


def _old_run(world: World, age: timedelta) -> Executable:
    return _run(world, age=age)


DAY = timedelta(days=1)
TERMS: Sequence[tuple[str, Any, Callable[[World, timedelta], Executable], timedelta, timedelta]] = (
    ("void_grants", VoidGrant.grant_id, _void, timedelta(hours=13), timedelta(minutes=1)),
    ("releases", Release.id, _release, timedelta(days=396), DAY),
    ("logouts", Logout.id, _logout, timedelta(days=2), DAY),
    ("signing_keys", SigningKey.id, _key, timedelta(days=396), DAY),
    ("import_runs", ImportRun.id, _old_run, timedelta(days=396), DAY),
    ("address_proposals", AddressProposal.id, _proposal, timedelta(days=60), DAY),
    ("pending_memberships", PendingMembership.id, _membership, timedelta(days=30), DAY),
    ("mailed_links", MailedLink.person_id, _link, timedelta(days=30), DAY),
    ("moved_keys", MovedKey.las_key, _moved, timedelta(days=396), DAY),
    ("substitute_bindings", SubstituteBinding.id, _binding, timedelta(days=396), DAY),
    ("groups", Group.id, _group, timedelta(days=2 * 365), timedelta(days=365)),
    ("notices", Notice.id, _notice, timedelta(days=396), DAY),
    ("mails", Mail.id, _mail, timedelta(days=30), DAY),
    ("job_runs", JobRun.id, _job_run, timedelta(days=396), DAY),
)


@pytest.mark.parametrize(("name", "key", "row", "term", "more"), TERMS, ids=[term[0] for term in TERMS])
async def test_rows_go_when_their_term_is_over_and_not_before(
    shift: Shift,
    clock: Clock,
    name: str,
    key: Any,
    row: Callable[[World, timedelta], Executable],
    term: timedelta,
    more: timedelta,
) -> None:
    world = await _world(shift)
    before = set(await country.ask(shift, select(key)))
    await country.change(shift, row(world, term))
    made = set(await country.ask(shift, select(key))) - before
    assert len(made) == 1
    assert await _night(shift) == {}
    assert made <= set(await country.ask(shift, select(key)))
    clock.move(days=more.days, seconds=more.seconds)
    assert (await _night(shift))[name] == 1
    assert not made & set(await country.ask(shift, select(key)))


async def _states(shift: Shift) -> list[tuple[str, bool]]:
    """State, and whether content is kept, of every run but the school's first."""
    rows = await country.ask(shift, select(ImportRun.state, ImportRun.content).order_by(ImportRun.id).offset(1))
    return [(row.state, row.content is not None) for row in rows]


async def test_what_waited_two_weeks_for_a_yes_waits_no_longer(shift: Shift) -> None:
    world = await _world(shift)
    for age in (timedelta(days=14), timedelta(days=15)):
        for state in ("planned", "held", "waiting"):
            await country.change(shift, _run(world, age=age, state=state, content=b"x", school_year="2027-2028"))
    assert await _night(shift) == {"imports_unanswered": 2}
    young = [("planned", True), ("held", True), ("waiting", True)]
    assert await _states(shift) == [*young, ("discarded", False), ("applied", False), ("waiting", True)]


async def test_a_closed_school_keeps_nothing_that_waits(shift: Shift) -> None:
    world = await _world(shift)
    await country.change(
        shift, _run(world, age=DAY, state="waiting", content=b"x"), update(School).values(closed_at=world.now)
    )
    assert await _night(shift) == {"imports_of_closed_schools": 1}
    assert await _states(shift) == [("discarded", False)]


async def test_contents_of_what_is_over_are_not_kept(shift: Shift) -> None:
    world = await _world(shift)
    await country.change(shift, _run(world, age=DAY, state="undone", content=b"x"))
    assert await _night(shift) == {"import_contents": 1}
    assert await _states(shift) == [("undone", False)]


async def test_names_of_doubts_are_kept_as_long_as_the_import_can_be_undone(shift: Shift) -> None:
    world = await _world(shift)
    await country.change(shift, update(ImportRun).values(advice=None))
    for age in (13, 15):
        await country.change(shift, _run(world, age=timedelta(days=age), advice=b"x"))
    assert await _night(shift) == {"import_advice": 1}
    kept = await country.ask(shift, select(ImportRun.started_at).where(ImportRun.advice.is_not(None)))
    assert [row[0] for row in kept] == [world.now - timedelta(days=13)]


async def test_inverses_are_kept_through_their_last_day(shift: Shift, clock: Clock) -> None:
    world = await _world(shift)
    await country.change(shift, _run(world, age=DAY, inverse=b"x", undo_until=world.now.date()))
    assert await _night(shift) == {}
    clock.move(days=1)
    assert await _night(shift) == {"import_inverses": 1}
    inverses = await country.ask(shift, select(ImportRun.inverse).where(ImportRun.inverse.is_not(None)))
    assert inverses == []


async def test_the_keys_of_doubts_go_after_three_months_and_the_run_stays(shift: Shift) -> None:
    world = await _world(shift)
    doubts = {"doubts": [{"about": "pupil", "key": "p1", "reason": "no_group"}]}
    for age in (92, 93):
        await country.change(shift, _run(world, age=timedelta(days=age), doubts=doubts))
    assert await _night(shift) == {"import_doubts": 1}
    found = await country.ask(shift, select(ImportRun.doubts).order_by(ImportRun.id).offset(1))
    assert [row[0] for row in found] == [doubts, {}]


async def test_plans_of_reorganisations_go_when_nobody_carries_them_out_or_undoes_them(shift: Shift) -> None:
    world = await _world(shift)
    asked = {"kind": "merger", "asked_by": "x", "asked_by_helpdesk": False, "detail": {}, "plan": b"p", "inverse": b"i"}
    cases = (("done", 40), ("undone", 40), ("withdrawn", 40), ("checked", 400))
    for state, age in cases:
        at = world.now - timedelta(days=age)
        until = world.now.date() if state == "done" else None
        await country.change(shift, insert(Reorganisation).values(state=state, undo_until=until, asked_at=at, **asked))
    assert await _night(shift) == {"reorganisation_plans": 2}
    rows = await country.ask(shift, select(Reorganisation.plan, Reorganisation.inverse).order_by(Reorganisation.id))
    kept = (b"p", b"i")
    assert [tuple(row) for row in rows] == [kept, (None, None), (None, None), kept]


async def test_the_evidence_tells_of_every_purge_also_where_nothing_was_purged(shift: Shift) -> None:
    report = Report(shift, "retention")
    await retention.work(shift, report)
    assert report.counts == {purge.name: 0 for purge in retention.PURGES}
    assert [row[0] for row in await country.ask(shift, select(JobRun.counts))] == [report.counts]


async def test_of_release_records_the_number_is_left(shift: Shift) -> None:
    world = await _world(shift)
    await country.change(shift, _release(world, timedelta(days=397)))
    assert await _night(shift) == {"releases": 1}
    assert [tuple(row) for row in await country.ask(shift, select(ReleaseCount.school_id, ReleaseCount.count))] == [
        (world.school, 1)
    ]
    assert await _night(shift) == {}


async def test_the_private_part_of_a_retired_key_goes_the_next_night(shift: Shift, clock: Clock) -> None:
    await country.change(shift, _key(World(0, 0, 0, shift.now), timedelta()), update(SigningKey).values(sealed=b"x"))
    clock.move(hours=20)
    assert await _night(shift) == {"signing_keys_private": 1}
    assert [tuple(row) for row in await country.ask(shift, select(SigningKey.kid, SigningKey.sealed))] == [
        ("old", None)
    ]


async def test_the_ledger_goes_seven_years_after_it_was_sealed_and_what_waits_for_a_seal_never(
    shift: Shift, clock: Clock
) -> None:
    async def happen() -> None:
        await country.change(shift, insert(LedgerEntry).values(at=shift.now, action="x", actor="x", detail={}))

    keys = HeadKeys(shift.floor.settings.secrets)
    for _ in range(2):
        await happen()
        assert await seals.seal_all(shift.floor.database, keys, now=shift.now) == 1
    await happen()
    clock.move(days=7 * 365 + 2)
    assert await _night(shift) == {}
    clock.move(days=1)
    assert await _night(shift) == {"ledger": 1}
    assert await _night(shift) == {}
    assert len(await country.ask(shift, select(LedgerEntry.id))) == 2


async def test_more_rows_than_one_transaction_takes_all_go(shift: Shift) -> None:
    at = shift.now - timedelta(days=1)
    rows = [{"grant_id": number.to_bytes(16, "big"), "voided_at": at} for number in range(5)]
    async with shift.floor.database.begin() as db:
        await db.execute(insert(VoidGrant), rows)
    report = Report(shift, "retention")
    assert await retention.purge(shift, report, most=2) is True
    assert report.counts["void_grants"] == 5


def test_every_purge_and_every_job_is_told_to_whoever_runs_the_product() -> None:
    terms = {name for row in rows(OPERATIONS, below="## How long things are kept") for name in ticked(row[2])}
    assert terms - {job.name for job in JOBS} == {purge.name for purge in retention.PURGES}
    told = {ticked(row[0])[0]: row[1] for row in rows(OPERATIONS, below="## The timetable")}
    assert told == {job.name: f"{job.at:%H:%M}" for job in JOBS}

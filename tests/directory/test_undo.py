"""Undoing an import: the school is as before, but for what people did since (D17)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from directory import people, roles, schools
from directory.imports import inverse
from directory.imports.inverse import Image
from directory.imports.models import AdministrationSystem, Coupling, ImportRun
from directory.imports.records import Administration
from directory.imports.words import RunRefused
from directory.lifecycle import roles as giving
from directory.models import Board, BoardRole, Employment, Enrolment, Group, Person
from idp.core.db import Database
from idp.core.models import LedgerEntry
from idp.core.settings import Settings
from idp.credentials.models import Password
from metadata import upstreams
from metadata.models import Party, Upstream
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.files import read
from tests.directory.schools import school_file
from tests.directory.test_apply import FIRST, FOLLOWING
from tests.directory.test_plan import administrations
from tests.storage import Storage


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


@pytest.mark.parametrize("following", [name for name in FOLLOWING if name != "the same"])
async def test_undoing_brings_back_everything_as_it_was(desk: Desk, following: str) -> None:
    await desk.receive(FIRST)
    second = FOLLOWING[following]
    if second.school.school_year != FIRST.school.school_year:
        desk.later(days=365)
    before = await desk.whole()
    run = await desk.take(second)
    assert await desk.whole() != before
    await desk.undo(run)
    assert await desk.whole() == before
    assert (await desk.run(run)).state == "undone"
    assert await desk.rows(ImportRun.inverse, where=[ImportRun.id == run.id]) == [(None,)]


async def test_undoing_the_first_import_leaves_an_empty_school(desk: Desk) -> None:
    before = await desk.whole()
    run = await desk.receive(read(school_file(pupils=30, groups=3)))
    undone = await desk.undo(run)
    assert (undone.deleted, undone.made_inactive) == (30 + len(run.applied.new_staff), 0)
    assert await desk.whole() == before


async def test_two_imports_are_undone_newest_first(desk: Desk) -> None:
    before = await desk.whole()
    first = await desk.receive(FIRST)
    second = await desk.receive(FOLLOWING["names, groups, keys"])
    with pytest.raises(RunRefused) as refused:
        await desk.undo(first)
    assert refused.value.code == "newer_first"
    await desk.undo(second)
    assert (await desk.run(first)).undoable
    await desk.undo(first)
    assert await desk.whole() == before


async def test_undoing_has_an_end(desk: Desk) -> None:
    run = await desk.receive(FIRST)
    desk.later(days=14)
    assert (await desk.run(run)).undoable
    desk.later(days=1)
    with pytest.raises(RunRefused) as refused:
        await desk.undo(run)
    assert refused.value.code == "not_undoable"
    assert not (await desk.run(run)).undoable


async def test_what_people_changed_since_stays_as_they_made_it(desk: Desk) -> None:
    await desk.receive(FIRST)
    run = await desk.receive(FOLLOWING["names, groups, keys"])
    (moved,) = await desk.rows(Enrolment, where=[Enrolment.las_key == "b"])
    async with desk.floor.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.id == moved.id).values(picture="duck", year_group="5"))
        await db.execute(update(Group).where(Group.las_key == "s1").values(name="Nog slimmer"))
    await desk.undo(run)
    (back,) = await desk.rows(Enrolment, where=[Enrolment.id == moved.id])
    assert (back.picture, back.ends_on) == ("duck", moved.ends_on or FIRST.pupils[1].ends_on)
    assert await desk.rows(Group.name, where=[Group.las_key == "s1"]) == [("Nog slimmer",)]


async def test_who_made_a_password_is_not_deleted_but_cannot_sign_in(desk: Desk) -> None:
    run = await desk.receive(FIRST)
    known = run.applied.new_staff[0]
    async with desk.floor.database.begin() as db:
        await db.execute(insert(Password).values(person_id=known, hash="$argon2id$", changed_at=desk.now))
    (epoch,) = await desk.rows(Person.epoch, where=[Person.id == known])
    undone = await desk.undo(run)
    assert undone.made_inactive == 1
    assert await desk.rows(Person.id, Person.epoch) == [(known, epoch.epoch + 1)]
    (job,) = await desk.rows(Employment)
    assert (job.person_id, job.active, job.inactive_since) == (known, False, desk.now)


async def test_who_got_a_role_on_a_board_or_came_by_its_provider_is_not_deleted(desk: Desk) -> None:
    """Neither needs a password: an import that is undone takes nothing away that no file gave (D17, D20, D35)."""
    run = await desk.receive(read(school_file(pupils=30, groups=3)))
    manages, bound, *others = run.applied.new_staff
    named = {"name": "Aan Zee", "sector": "aanzee.example", "kind": "network", "fields": [], "created_at": desk.now}
    way_in: dict[str, Any] = {"protocol": "oidc", "name": "https://aanzee.example", "read": {}, "created_at": desk.now}
    async with desk.floor.database.begin() as db:
        board = (
            await db.execute(insert(Board).values(number="41234", name="Aan Zee").returning(Board.id))
        ).scalar_one()
        role: dict[str, Any] = {"board_id": board, "role": roles.BOARD_DIRECTOR, "given_at": desk.now}
        await db.execute(insert(BoardRole).values(person_id=manages, **role))
        party = (await db.execute(insert(Party).values(named).returning(Party.id))).scalar_one()
        made = insert(Upstream).values(party_id=party, **way_in).returning(Upstream.id)
        upstream = (await db.execute(made)).scalar_one()
        await upstreams.link(db, desk.floor.keyring, upstream, bound, "s-1", now=desk.now)
    undone = await desk.undo(run)
    assert (undone.deleted, undone.made_inactive) == (30 + len(others), 2)
    assert {row.id for row in await desk.rows(Person.id)} == {manages, bound}


async def test_who_accepted_an_invitation_keeps_the_account_and_works_here_no_more(desk: Desk) -> None:
    async with desk.floor.database.begin() as db:
        els = await people.new_person(
            db, kind="staff", first_name="Els", prefix=None, surname="Wit", email="els@school.example", now=desk.now
        )
    run = await desk.receive(FIRST)
    ((place, _),) = run.applied.invited
    async with desk.floor.database.begin() as db:
        # As accepting does it: the account takes the place, and the person without an address goes.
        (held,) = (await db.execute(select(Employment.person_id).where(Employment.id == place))).one()
        await db.execute(update(Employment).where(Employment.id == place).values(person_id=els))
        await db.execute(delete(Person).where(Person.id == held))
    await desk.undo(run)
    assert await desk.rows(Employment.person_id, Employment.active) == [(els, False)]
    assert await desk.rows(Person.id, Person.epoch) == [(els, 2)]


async def test_undoing_signs_out_whoever_came_back_with_the_mistake(desk: Desk) -> None:
    await desk.receive(FIRST)
    await desk.take(FOLLOWING["hardly anybody"])
    again = await desk.receive(FIRST)
    (child,) = await desk.rows(
        Person.id, Person.epoch, where=[Person.id == Enrolment.person_id, Enrolment.las_key == "a"]
    )
    await desk.undo(again)
    assert await desk.rows(Person.epoch, where=[Person.id == child.id]) == [(child.epoch + 1,)]
    assert await desk.rows(Enrolment.active, where=[Enrolment.las_key == "a"]) == [(False,)]


async def test_the_next_night_does_not_redo_the_mistake(desk: Desk) -> None:
    run = await desk.receive(FIRST)
    async with desk.floor.database.begin() as db:
        system = select(AdministrationSystem.id).limit(1)
        if (await db.execute(system)).first() is None:
            row = {"code": "test", "name": "Test", "needs_key": False, "help_nl": "", "help_en": ""}
            await db.execute(insert(AdministrationSystem).values(row))
        coupled = {"school_id": desk.school.id, "system_id": system.scalar_subquery(), "mode": "automatic"}
        await db.execute(insert(Coupling).values(**coupled, next_run_at=desk.now + timedelta(hours=9)))
    await desk.undo(run)
    assert await desk.rows(Coupling.mode, Coupling.next_run_at) == [("manual", None)]
    (entry,) = await desk.rows(LedgerEntry, where=[LedgerEntry.action == "import.undone"])
    assert entry.detail == {"run": run.id, "deleted": 7, "made_inactive": 0, "put_back": 1}


def test_whatever_came_twice_changes_nothing_and_undone_leaves_no_trace(storage: Storage, clock: Clock) -> None:
    """Applying twice is applying once; applying and undoing is nothing, for any two data of a school, on a real database."""
    with asyncio.Runner() as runner:
        database_url, redis_url = storage.fresh()
        settings = Settings(
            _env_file=None,
            base_url="https://inloggen.example",
            database_url=database_url,
            redis_url=redis_url,
            secret_key="a secret of thirty-two characters or more",
        )
        context = opened(settings, clock)
        desk = runner.run(context.__aenter__())
        numbers = count(1)

        @examples(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(administrations(), min_size=1, max_size=3))
        def holds(files: list[Administration]) -> None:
            number = next(numbers)
            runner.run(_twice_and_undone(desk, files, brin=f"{number % 100:02}A{chr(ord('A') + number // 100)}"))

        try:
            holds()
        finally:
            runner.run(context.__aexit__(None, None, None))


async def _twice_and_undone(desk: Desk, files: list[Administration], *, brin: str) -> None:
    async with desk.floor.database.begin() as db:
        school = await schools.add(db, name=brin, brin=brin, location="", now=desk.now)
    here = Desk(desk.floor, school, desk.now)
    for each in files:
        told = replace(each, school=replace(each.school, brin=school.brin, school_year="2026-2027"))
        before = await here.whole()
        run = await here.take(told)
        after = await here.whole()
        assert (await here.receive(told)).state == "nothing"
        assert await here.whole() == after
        if run.state in ("applied", "held"):
            await here.undo(run)
            assert await here.whole() == before
            await here.take(told)


async def test_departures_that_were_let_go_come_back_with_the_rest(desk: Desk) -> None:
    """One run, carried out in two parts, is undone as one."""
    await desk.receive(read(school_file(pupils=30, groups=3)))
    before = await desk.whole()
    changed = read(school_file(pupils=12, groups=3, seed=2))
    run = await desk.take(changed)
    assert (await desk.run(run)).state == "applied"
    assert run.state == "held"
    await desk.undo(run)
    assert await desk.whole() == before


LINKS_OF_ONE = st.frozensets(st.tuples(st.integers(1, 3), st.integers(1, 3)))


@given(LINKS_OF_ONE, LINKS_OF_ONE, LINKS_OF_ONE)
def test_two_ways_back_make_one(
    first: frozenset[tuple[int, int]], second: frozenset[tuple[int, int]], third: frozenset[tuple[int, int]]
) -> None:
    def way(before: frozenset[tuple[int, int]], then: frozenset[tuple[int, int]]) -> dict[str, Any]:
        empty: dict[str, Any] = dict.fromkeys(inverse.LINKS, frozenset())
        return inverse.inverse(
            Image({}, {**empty, "subgroup_members": before}),
            Image({}, {**empty, "subgroup_members": then}),
            inverse.NOBODY,
        )

    whole = inverse.composed(way(second, third), way(first, second))
    won, lost = (set(map(tuple, whole[side]["subgroup_members"])) for side in ("won", "lost"))
    assert (set(third) - won) | lost == set(first)
    assert not won & lost


async def _appoint(desk: Desk, person_id: int) -> None:
    async with desk.floor.database.begin() as db:
        of = select(Employment.id).where(Employment.school_id == desk.school.id, Employment.person_id == person_id)
        place = (await db.execute(of)).scalar_one()
        await giving.give(db, desk.school.id, place, "ict-coordinator", contact="-", by="test", now=desk.now)


async def _coordinators(desk: Desk) -> list[str]:
    async with desk.floor.database.read() as db:
        return list(await people.coordinator_addresses(db, desk.school.id, today=desk.now.date()))


@pytest.mark.parametrize("with_password", [True, False])
async def test_undoing_never_takes_away_whom_the_school_appointed(desk: Desk, with_password: bool) -> None:
    """D16: who came with the import and coordinates the school by now stays, also before there is a password."""
    run = await desk.receive(FIRST)
    newcomer = run.applied.new_staff[0]
    if with_password:
        async with desk.floor.database.begin() as db:
            await db.execute(insert(Password).values(person_id=newcomer, hash="x", changed_at=desk.now))
    await _appoint(desk, newcomer)
    coordinators = await _coordinators(desk)
    assert len(coordinators) == 1
    await desk.undo(run)
    assert await _coordinators(desk) == coordinators


async def test_undoing_never_takes_away_a_coordinator_who_came_back_with_the_import(desk: Desk) -> None:
    first = await desk.receive(FIRST)
    returning = first.applied.new_staff[0]
    async with desk.floor.database.begin() as db:
        await db.execute(update(Employment).where(Employment.person_id == returning).values(active=False))
    desk.later(days=1)
    run = await desk.take(FIRST)
    await _appoint(desk, returning)
    coordinators = await _coordinators(desk)
    assert len(coordinators) == 1
    await desk.undo(run)
    assert await _coordinators(desk) == coordinators


async def test_a_quiet_night_leaves_an_upload_to_who_looks_at_it(desk: Desk) -> None:
    await desk.receive(FIRST)
    upload = await desk.receive(FOLLOWING["names, groups, keys"], origin="upload")
    assert upload.state == "planned"
    night = await desk.receive(FIRST, origin="night")
    assert night.state == "nothing"
    assert (await desk.run(upload)).state == "planned"

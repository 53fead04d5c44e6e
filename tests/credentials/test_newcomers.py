"""What follows an import: secrets for children, links and invitations for colleagues, questions about changed addresses (D15, R95, R99)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from directory import people
from directory.imports.apply import Applied
from directory.imports.records import Administration
from directory.lifecycle import held_mails, offers, staff, substitutes
from directory.lifecycle.days import day_of
from directory.lifecycle.models import PendingMembership, SubstituteBinding
from directory.models import Employment, EmploymentRole, Group, Person
from idp.core.db import Database
from idp.core.models import Mail
from idp.core.settings import Settings
from idp.credentials import newcomers
from idp.credentials.models import PupilSecret
from idp.credentials.newcomers import Welcomed
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.test_plan import colleague, file, pupil

FIRST = file(pupil("a"), pupil("b", first_name="Bo"), colleague(), colleague("m2", email="bo@school.example"))


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


async def welcome(desk: Desk, applied: Applied) -> Welcomed:
    laid = desk.floor
    async with laid.database.begin() as db:
        return await newcomers.welcome(
            db, laid.keyring, desk.school.id, applied, base_url="https://idp.example", contact="wij", now=desk.now
        )


async def mailed(desk: Desk) -> list[str]:
    return [row.recipient for row in await desk.rows(Mail.id, Mail.recipient)]


async def test_children_get_a_secret_and_colleagues_a_link(desk: Desk) -> None:
    run = await desk.receive(FIRST)
    assert await welcome(desk, run.applied) == Welcomed(secrets=2, mails=2)
    assert {row.person_id for row in await desk.rows(PupilSecret)} == set(run.applied.new_pupils)
    assert sorted(await mailed(desk)) == ["bo@school.example", "els@school.example"]
    assert all("https://idp.example/activate?" in row.body for row in await desk.rows(Mail))


async def test_who_has_an_account_elsewhere_gets_an_invitation_and_no_link(desk: Desk) -> None:
    async with desk.floor.database.begin() as db:
        await people.new_person(
            db, kind="staff", first_name="Els", prefix=None, surname="Wit", email="els@school.example", now=desk.now
        )
    run = await desk.receive(FIRST)
    assert await welcome(desk, run.applied) == Welcomed(secrets=2, mails=2)
    bodies = {row.recipient: row.body for row in await desk.rows(Mail)}
    assert "/account/invitation?" in bodies["els@school.example"]
    assert "De Regenboog" in bodies["els@school.example"]
    assert "/activate?" in bodies["bo@school.example"]


async def test_a_changed_address_is_asked_about_once(desk: Desk) -> None:
    await desk.receive(FIRST)
    changed = replace(FIRST, staff=(colleague(email="els.nieuw@school.example"), FIRST.staff[1]))
    for proposed, mails in ((1, 2), (0, 2)):
        run = await desk.receive(changed)
        assert (await welcome(desk, run.applied)).proposed == proposed
        assert sorted(await mailed(desk)) == ["els.nieuw@school.example", "els@school.example"][:mails]
    assert sorted(row.email for row in await desk.rows(Person) if row.email) == [
        "bo@school.example",
        "els@school.example",
    ]


async def test_a_file_that_changes_every_address_mails_few_of_them_a_day(desk: Desk) -> None:
    def staff(domain: str) -> Administration:
        return replace(FIRST, staff=tuple(colleague(f"m{n}", email=f"m{n}@{domain}.example") for n in range(30)))

    await desk.receive(staff("school"))
    # Another domain and back, in one afternoon; and what the second day says is what was left of the first.
    proposed = [
        (await welcome(desk, (await desk.receive(staff(domain))).applied)).proposed
        for domain in ("elders", "nergens", "elders")
    ]
    assert proposed == [held_mails.FEW, 0, 0]
    assert len(await mailed(desk)) == 2 * held_mails.FEW
    desk.now += timedelta(days=1)
    assert (await welcome(desk, (await desk.receive(staff("elders"))).applied)).proposed == 30 - held_mails.FEW


async def test_who_was_invited_and_gets_another_address_is_invited_there_instead(desk: Desk) -> None:
    async with desk.floor.database.begin() as db:
        await people.new_person(
            db, kind="staff", first_name="Els", prefix=None, surname="Wit", email="els@school.example", now=desk.now
        )
    first = await desk.receive(FIRST)
    await welcome(desk, first.applied)
    changed = replace(FIRST, staff=(colleague(email="els.nieuw@school.example"), FIRST.staff[1]))
    ((place, _),) = first.applied.invited
    for proposed in (1, 0):
        run = await desk.receive(changed)
        assert run.state == "nothing"
        assert (await welcome(desk, run.applied)).proposed == proposed
    asked = await desk.rows(PendingMembership.employment_id, PendingMembership.email)
    assert [tuple(row) for row in asked] == [(place, "els.nieuw@school.example")]


async def test_nothing_new_mails_nobody(desk: Desk) -> None:
    await desk.receive(FIRST)
    run = await desk.receive(FIRST)
    assert await welcome(desk, run.applied) == Welcomed(0, 0)
    assert await mailed(desk) == []


async def test_one_address_does_not_keep_a_school_from_its_import_every_night(desk: Desk) -> None:
    """A coordinator's address for somebody who was invited, and a new one for somebody whose last day has passed."""
    async with desk.floor.database.begin() as db:
        for name in ("els", "ict"):
            email = f"{name}@school.example"
            person_id = await people.new_person(
                db, kind="staff", first_name=name, prefix=None, surname="Wit", email=email, now=desk.now
            )
        await people.employ(db, desk.school.id, person_id, ["ict-coordinator"])
    first = await desk.receive(FIRST)
    await welcome(desk, first.applied)
    ((place, _),) = first.applied.invited
    for email in ("ict@school.example", "anders@school.example"):
        changed = replace(FIRST, staff=(colleague(email=email), FIRST.staff[1]))
        changed = replace(changed, pupils=(*FIRST.pupils, replace(FIRST.pupils[0], key=email, eckid=None)))
        run = await desk.receive(changed)
        assert run.state == "applied"
        assert (await welcome(desk, run.applied)).proposed == 0
        if email.startswith("ict"):
            async with desk.floor.database.begin() as db:
                last = day_of(desk.now) + timedelta(days=1)
                await staff.change_last_day(db, desk.school.id, place, last, by="test", now=desk.now)
            desk.later(days=3)


async def test_a_former_substitute_whom_a_file_names_is_asked_and_comes_in(desk: Desk) -> None:
    """D15: neither taken on without a word, nor left out without a word; also while the substitution lasts."""
    await desk.receive(FIRST)
    async with desk.floor.database.begin() as db:
        (group, *_) = (await db.execute(select(Group.id).where(Group.kind == "stamgroep").order_by(Group.id))).scalars()
        who = substitutes.Substitute("inval@school.example", "Ina", None, "Val")
        bound = await substitutes.bind(db, desk.school.id, group, who, days=2, contact="c", by="test", now=desk.now)
    hired = colleague("m9", email="inval@school.example", first_name="Getypte", surname="Naam")
    run = await desk.receive(replace(FIRST, staff=(*FIRST.staff, hired)))
    ((place, _),) = run.applied.invited
    await welcome(desk, run.applied)
    seat = Employment.person_id == bound.person_id
    (still,) = await desk.rows(Employment.seat_id, Employment.las_key, where=[seat])
    assert (still.seat_id is None, still.las_key) == (False, None), "nothing happened to the substitution"
    async with desk.floor.database.begin() as db:
        (offer,) = await offers.open_for(db, bound.person_id, now=desk.now)
        assert await offers.accept(db, offer, now=desk.now) == bound.person_id
    (now,) = await desk.rows(Employment.id, Employment.las_key, Employment.seat_id, Employment.active, where=[seat])
    assert tuple(now) == (place, "m9", None, True)
    roles = await desk.rows(EmploymentRole.role, where=[EmploymentRole.employment_id == place])
    assert [row.role for row in roles] == ["teacher"]
    assert (await desk.rows(SubstituteBinding.ended_at))[0].ended_at is not None


async def test_a_colleague_under_a_new_key_is_asked_in_the_same_night(desk: Desk) -> None:
    await desk.receive(FIRST)
    renamed = replace(FIRST, staff=(colleague("m8", email="els@school.example"), FIRST.staff[1]))
    run = await desk.take(renamed)
    assert run.state == "applied"
    await welcome(desk, run.applied)
    assert await mailed(desk) == ["els@school.example"]
    again = await desk.receive(renamed)
    assert again.state == "nothing"
    (owner,) = await desk.rows(Person.id, where=[Person.email == "els@school.example"])
    async with desk.floor.database.begin() as db:
        (offer,) = await offers.open_for(db, owner.id, now=desk.now)
        assert await offers.accept(db, offer, now=desk.now) == owner.id
    working = await desk.rows(Employment.las_key, where=[Employment.person_id == owner.id, Employment.active])
    assert [row.las_key for row in working] == ["m8"]


def crowd(many: int, *, before: int = 0) -> Administration:
    """A file with so many new colleagues after those whom the school has."""
    everybody = (colleague(f"n{at}", email=f"n{at}@elders.example") for at in range(before + many))
    return file(pupil("a"), *everybody)


async def coordinated(desk: Desk) -> None:
    async with desk.floor.database.begin() as db:
        name = {"first_name": "Ict", "prefix": None, "surname": "Co", "email": "ict@school.example"}
        person_id = await people.new_person(db, kind="staff", **name, now=desk.now)
        await people.employ(db, desk.school.id, person_id, ["ict-coordinator"])


@pytest.mark.parametrize(("newcomers", "staff", "many"), [(20, 20, False), (21, 83, True), (21, 84, False)])
def test_what_is_too_many(newcomers: int, staff: int, many: bool) -> None:
    assert held_mails.too_many(newcomers, staff) is many


async def test_very_many_new_addresses_are_mailed_by_a_coordinator_only(desk: Desk) -> None:
    """Hostile 19: a file is no way to have the world mailed, and an account elsewhere makes no difference."""
    await coordinated(desk)
    async with desk.floor.database.begin() as db:
        name = {"first_name": "Els", "prefix": None, "surname": "Wit", "email": "n0@elders.example"}
        await people.new_person(db, kind="staff", **name, now=desk.now)
    run = await desk.receive(crowd(held_mails.FEW + 1))
    assert await welcome(desk, run.applied) == Welcomed(secrets=1, mails=0, held=held_mails.FEW + 1)
    assert await mailed(desk) == ["ict@school.example"]
    # On the same day a few more are too many as well, also after all were taken back.
    await desk.undo(run)
    run = await desk.receive(crowd(2))
    assert (await welcome(desk, run.applied)).mails == 0
    desk.later(days=2)
    run = await desk.receive(crowd(2, before=2))
    assert (await welcome(desk, run.applied)).mails == 2


async def test_whoever_runs_the_platform_looked_already_and_a_school_without_a_coordinator_has_nobody_to_look(
    desk: Desk,
) -> None:
    run = await desk.receive(crowd(held_mails.FEW + 1))
    async with desk.floor.database.begin() as db:
        assert await held_mails.hold_back(db, desk.school.id, run.applied.new_staff, (), now=desk.now) == frozenset()
    await coordinated(desk)
    context: dict[str, Any] = {"base_url": "https://idp.example", "contact": "wij", "now": desk.now}
    async with desk.floor.database.begin() as db:
        done = await newcomers.welcome(db, desk.floor.keyring, desk.school.id, run.applied, looked_at=True, **context)
    assert (done.mails, done.held) == (held_mails.FEW + 1, 0)

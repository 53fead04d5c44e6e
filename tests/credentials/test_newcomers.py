"""What follows an import: secrets for children, links and invitations for colleagues, questions about changed addresses (D15, R95, R99)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from directory import people
from directory.imports.apply import Applied
from directory.lifecycle.models import PendingMembership
from directory.models import Person
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
async def desk(settings: Settings, clock: Clock) -> AsyncIterator[Desk]:
    async with opened(settings, clock) as desk:
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

"""A school that puts another school's pupils, ECK-iDs, teachers, coordinators or keys into its own file: nothing changes there, and
nothing is learnt (D14, D15)."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import insert, update

from directory import people, schools
from directory.imports import runs
from directory.imports.apply import Applied
from directory.imports.nameless import nameless
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused
from directory.imports.runs import Run
from directory.lifecycle import memberships, staff_list
from directory.models import Employment, EmploymentRole, Enrolment, Person, SubgroupMember
from idp.core.models import Mail
from idp.core.settings import Settings
from idp.credentials import newcomers
from idp.credentials.models import Password
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.files import ECKID
from tests.directory.test_plan import colleague, file, pupil

VICTIM = file(
    pupil("p1", eckid=ECKID, first_name="Fien", surname="Vos", subgroup_keys=("s1",)),
    pupil("p2", first_name="Ali"),
    colleague("m1", email="els@school.example"),
)
STRANGE = ECKID[:-1] + "7"


@dataclass
class Two:
    """A school that is attacked, and the one that attacks it."""

    victim: Desk
    hostile: Desk

    async def attack(self, told: Administration) -> tuple[dict[str, Any], Applied]:
        """Takes in the hostile file with everything that follows; what its coordinator saw of it."""
        mine = replace(told, school=replace(told.school, location="01"))
        run = await self.hostile.receive(mine, "upload")
        planned = await self.hostile.replan(run)
        seen = nameless(planned.whole, planned.braked)
        applied = await self.hostile.carry_out(run)
        laid, now = self.hostile.floor, self.hostile.now
        async with laid.database.begin() as db:
            await newcomers.welcome(
                db,
                laid.keyring,
                self.hostile.school.id,
                applied,
                base_url="https://idp.example",
                contact="wij",
                now=now,
            )
        return seen, applied

    async def staff_list(self) -> list[dict[str, Any]]:
        """What the hostile coordinator's list of staff shows, but for numbers and the address that the file gave."""
        async with self.hostile.floor.database.read() as db:
            found = await staff_list.page(db, self.hostile.school.id, today=self.hostile.now.date(), which="all")
            invited = await memberships.of_school(db, self.hostile.school.id)
        rows = [dataclasses.asdict(one) for one in found]
        assert all((row["email"] or "@").count("@") == 1 for row in rows)
        return [
            {key: value for key, value in row.items() if key not in ("employment_id", "person_id", "email")}
            | {"has_address": row["email"] is not None, "invited": len(invited)}
            for row in rows
        ]

    async def attack_again(self, told: Administration) -> object:
        """The doubts of the next night, with other addresses for the same people."""
        staff = tuple(replace(one, email="later@hostile.example") for one in told.staff)
        mine = replace(told, school=replace(told.school, location="01"), staff=staff)
        run = await self.hostile.receive(mine)
        return run.state, run.counts, run.doubts

    async def newest(self) -> Run:
        """The last import of the hostile school."""
        async with self.hostile.floor.database.read() as db:
            return (await runs.listed(db, self.hostile.school.id, now=self.hostile.now, limit=1))[0]


@pytest.fixture
async def two(settings: Settings, clock: Clock) -> AsyncIterator[Two]:
    async with opened(settings, clock) as victim:
        await victim.receive(VICTIM)
        async with victim.floor.database.begin() as db:
            neighbour = await schools.add(db, name="De Linde", brin="99XX", location="01", now=clock.now)
            coordinator = await people.new_person(
                db,
                kind="staff",
                first_name="Ict",
                prefix=None,
                surname="Bos",
                email="ict@school.example",
                now=clock.now,
            )
            await people.employ(db, victim.school.id, coordinator, ["ict-coordinator"])
            await db.execute(insert(Password).values(person_id=coordinator, hash="$argon2id$", changed_at=clock.now))
        yield Two(victim, Desk(victim.floor, neighbour, clock.now))


async def epochs(desk: Desk) -> list[Any]:
    return await desk.rows(Person.id, Person.epoch, Person.email, Person.surname, where=[Person.id <= 4])


ATTACKS: dict[str, Callable[[], Administration]] = {
    "its pupils by key": lambda: file(pupil("p1", first_name="Gestolen"), pupil("p2", year_group="H")),
    "its pupils by ECK-iD": lambda: file(pupil("x", eckid=ECKID, first_name="Gestolen", ends_on=None)),
    "its teacher": lambda: file(colleague("m1", email="els@school.example", surname="Gestolen")),
    "its coordinator": lambda: file(colleague("c", email="ict@school.example", surname="Gestolen")),
    "nobody of it": lambda: file(pupil("zz"), colleague("yy", email="y@hostile.example")),
}


@pytest.mark.parametrize("named", ATTACKS)
async def test_nothing_changes_at_the_school_that_is_named(two: Two, named: str) -> None:
    before, then = await two.victim.whole(), await epochs(two.victim)
    await two.attack(ATTACKS[named]())
    # And again with the opposite, so that the hostile file also ends what it began.
    await two.attack(file(pupil("nobody", eckid=STRANGE), colleague("n", email="n@hostile.example")))
    assert await two.victim.whole() == before
    assert await epochs(two.victim) == then


PROBES: dict[str, tuple[Administration, Administration]] = {
    "an ECK-iD": (file(pupil("x", eckid=ECKID)), file(pupil("x", eckid=STRANGE))),
    "a pupil's key": (file(pupil("p1")), file(pupil("p1", first_name="Ander"))),
    "a teacher's address": (file(colleague(email="els@school.example")), file(colleague(email="bo@school.example"))),
    "a coordinator's address": (
        file(colleague(email="ict@school.example")),
        file(colleague(email="bo@school.example")),
    ),
}


@pytest.mark.parametrize("probed", PROBES)
async def test_what_exists_elsewhere_looks_like_what_exists_nowhere(two: Two, probed: str) -> None:
    """The plan, its counts and warnings, what the run keeps, and what the school has afterwards: alike in all but what the file said."""
    known, unknown = PROBES[probed]
    told = []
    for each in (known, unknown):
        seen, applied = await two.attack(each)
        run = await two.newest()
        listed = await two.staff_list()
        again = await two.attack_again(each)
        places = [(row.active, row.source, row.las_key) for row in await two.hostile.rows(Employment, where=[at(two)])]
        told.append(
            (seen, run.counts, run.doubts, len(applied.new_staff), len(applied.new_pupils), places, listed, again)
        )
        await two.hostile.undo(run)
    assert told[0] == told[1]


def at(two: Two) -> Any:
    return Employment.school_id == two.hostile.school.id


async def test_whoever_has_the_address_is_asked_and_has_not_said_yes(two: Two) -> None:
    """The coordinator of the one school does not become a teacher of the other by being named."""
    _, applied = await two.attack(file(colleague("c", email="ict@school.example")))
    assert [email for _, email in applied.invited] == ["ict@school.example"]
    (mail,) = await two.hostile.rows(Mail, where=[Mail.recipient == "ict@school.example"])
    assert "De Linde" in mail.body
    (ict,) = await two.victim.rows(Person.id, where=[Person.email == "ict@school.example"])
    works = await two.victim.rows(
        Employment.school_id,
        EmploymentRole.role,
        where=[Employment.person_id == ict.id, EmploymentRole.employment_id == Employment.id],
    )
    assert [tuple(row) for row in works] == [(two.victim.school.id, "ict-coordinator")]


async def test_a_file_that_calls_itself_another_schools_is_refused(two: Two) -> None:
    for whose in (VICTIM.school, replace(VICTIM.school, brin=None, instelling_ref=two.victim.school.instelling_ref)):
        with pytest.raises(ImportRefused) as refused:
            await two.hostile.receive(replace(VICTIM, school=whose))
        assert refused.value.code == "other_school"
    assert await two.hostile.states() == []


async def test_runs_of_another_school_are_not_there(two: Two) -> None:
    run = await two.victim.receive(file(pupil("p9")), "upload")
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: two.hostile.run(run),
        lambda: two.hostile.replan(run),
        lambda: two.hostile.carry_out(run),
        lambda: two.hostile.undo(run),
    ]
    for act in acts:
        with pytest.raises(LookupError):
            await act()


async def test_the_same_keys_in_two_schools_are_two_groups(two: Two) -> None:
    await two.attack(VICTIM)
    linked = await two.victim.rows(SubgroupMember.enrolment_id, SubgroupMember.group_id)
    assert len({row.group_id for row in linked}) == len({row.enrolment_id for row in linked}) == 2


async def test_a_file_renames_nobody_who_is_at_another_school_too(two: Two) -> None:
    """Neither the teacher who said yes to both nor the child of a transfer; the plan says so and does not come back every night (D15)."""
    await two.attack(file(colleague("c", email="els@school.example"), pupil("q")))
    known = [
        (await two.victim.rows(model.person_id, where=[model.las_key == key]))[0].person_id
        for model, key in ((Employment, "m1"), (Enrolment, "p2"))
    ]
    async with two.hostile.floor.database.begin() as db:
        for model, key, person_id in ((Employment, "c", known[0]), (Enrolment, "q", known[1])):
            mine = model.school_id == two.hostile.school.id, model.las_key == key
            await db.execute(update(model).where(*mine).values(person_id=person_id))
    named = [Person.id, Person.first_name, Person.surname]
    before = await two.victim.rows(*named, where=[Person.id.in_(known)])
    rude = file(
        colleague("c", email="els@school.example", first_name="Lelijk", surname="Woord"),
        pupil("q", first_name="Lelijk", surname="Woord"),
    )
    run = await two.hostile.receive(replace(rude, school=replace(rude.school, location="01")))
    assert run.state == "nothing"
    doubts = {(doubt["about"], doubt["reason"]) for doubt in run.doubts["doubts"]}
    assert doubts >= {("staff", "name_elsewhere"), ("pupil", "name_elsewhere")}
    assert await two.victim.rows(*named, where=[Person.id.in_(known)]) == before

"""Carrying out a plan on a real database: exactly what the plan says, for this school only, and never half of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from directory import eckid, environments, schools
from directory.imports import runs
from directory.imports.apply import Applied, apply
from directory.imports.load import load_snapshot
from directory.imports.plan import Plan
from directory.imports.preview import preview
from directory.imports.records import Administration, GroupRecord
from directory.imports.snapshot import Snapshot
from directory.models import EckId, Employment, Enrolment, Group, GroupTeacher, Person, SubgroupMember, SubjectSeed
from directory.schools import KnownSchool
from idp.core import floor
from idp.core.db import Database, Db
from idp.core.floor import Floor
from idp.core.models import LedgerEntry
from idp.core.settings import Settings
from idp.web.pictures import TILE_PICTURES
from metadata import parties
from tests.clock import Clock
from tests.directory.files import ECKID, read, standard
from tests.directory.model import outcome
from tests.directory.schools import forbidden_values, school_file
from tests.directory.test_plan import colleague, file, pupil


@dataclass
class Office:
    """A school and the desk at which its files are taken in."""

    floor: Floor
    school: KnownSchool
    now: datetime

    async def take(self, administration: Administration) -> tuple[Plan, Applied]:
        async with self.floor.database.begin() as db:
            await runs.lock(db, self.school.id)
            made = await self._planned(db, administration)
            return made, await self.apply(db, made)

    async def apply(self, db: Db, made: Plan) -> Applied:
        return await apply(
            db,
            self.school,
            made,
            now=self.now,
            by="operator:test",
            keyring=self.floor.keyring,
            pictures=TILE_PICTURES,
        )

    async def plan(self, administration: Administration) -> Plan:
        async with self.floor.database.read() as db:
            return await self._planned(db, administration)

    async def _planned(self, db: Db, administration: Administration) -> Plan:
        return (await preview(db, self.school, administration, now=self.now, keyring=self.floor.keyring)).whole

    async def snapshot(self, administration: Administration) -> Snapshot:
        async with self.floor.database.read() as db:
            return await load_snapshot(db, self.school.id, administration)

    async def rows(self, *columns: Any, where: Sequence[Any] = ()) -> list[Any]:
        async with self.floor.database.read() as db:
            return list(await db.execute(select(*columns).where(*where)))

    def index(self, value: str) -> bytes:
        return eckid.index(self.floor.keyring, value)


@pytest.fixture
async def office(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Office]:
    laid = await floor.lay(settings, clock=clock, database=database)
    async with laid.database.begin() as db:
        school = await schools.add(db, name="De Regenboog", brin="99XX", location="", now=clock.now)
    yield Office(laid, school, clock.now)
    await laid.close()


def comparable(snapshot: Snapshot) -> Snapshot:
    """Without ids and pictures, in a fixed order: two schools that are alike are equal."""
    return replace(
        snapshot,
        groups=tuple(sorted((replace(group, id=0) for group in snapshot.groups), key=repr)),
        pupils=tuple(
            sorted((replace(child, id=0, person_id=0, picture="") for child in snapshot.pupils), key=_pupil_order)
        ),
        staff=tuple(
            sorted((replace(known, id=0, person_id=0) for known in snapshot.staff), key=lambda known: known.email or "")
        ),
    )


def _pupil_order(child: Any) -> tuple[str, bytes, bool]:
    return child.key, child.eckid or b"", child.active


async def test_a_whole_school_comes_in(office: Office) -> None:
    administration = read(school_file())
    made, applied = await office.take(administration)
    assert (len(applied.new_pupils), len(applied.new_staff)) == (225, 16)
    assert made.counts()["groups"]["new"] == 13
    async with office.floor.database.read() as db:
        assert await schools.counts(db, office.school.id) == {
            "groups": 10,
            "pupils": 225,
            "staff": 16,
            "addresses": 0,
            "devices": 0,
        }
    seeds = [row.seed for row in await office.rows(SubjectSeed.seed)]
    assert len(seeds) == len(set(seeds)) == 225 + 16
    assert {len(seed) for seed in seeds} == {32}


@pytest.mark.parametrize(("version", "with_address"), [("2.0", 1), ("2.1", 0)])
async def test_the_official_example_is_taken_in(office: Office, version: str, with_address: int) -> None:
    """The pupil who left long ago does not come in; staff without an address get no account."""
    example = read(standard(f"edexml-{version}/EDEXML.Voorbeeld.{version}.xml").read_bytes())
    async with office.floor.database.begin() as db:
        office.school = await schools.add(db, name="Voorbeeld", brin="99ZZ", location="00", now=office.now)
    made, applied = await office.take(example)
    counts = made.counts()
    assert (counts["groups"]["new"], counts["pupils"]["new"], counts["pupils"]["past"]) == (8, 2, 1)
    assert (counts["staff"]["doubtful"], len(applied.new_staff)) == (3 - with_address, with_address)
    assert len(applied.new_pupils) == 2
    assert (await office.plan(example)).changes_nothing


async def test_the_plan_of_an_applied_file_changes_nothing(office: Office) -> None:
    administration = read(school_file())
    await office.take(administration)
    before = await office.snapshot(administration)
    again, applied = await office.take(administration)
    assert again.changes_nothing
    assert applied == Applied((), ())
    assert await office.snapshot(administration) == before


async def test_of_two_imports_at_once_the_second_finds_nothing_to_do(office: Office) -> None:
    administration = read(school_file(pupils=30, groups=3))
    plans = [made for made, _ in await asyncio.gather(office.take(administration), office.take(administration))]
    assert sorted(made.counts()["pupils"]["new"] for made in plans) == [0, 30]
    assert await office.rows(func.count(Enrolment.id)) == [(30,)]


async def test_nothing_forbidden_and_no_eckid_reaches_the_disk(office: Office, settings: Settings) -> None:
    """The bytes of the database itself, its log included."""
    if not office.floor.database.sqlite:
        pytest.skip("only the embedded database is a file at hand")
    content = school_file(with_forbidden=True)
    administration = read(content)
    await office.take(administration)
    path = Path(settings.database_url.split("///", 1)[1])
    written = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    assert "Anaïs".encode() in written
    assert [value for value in forbidden_values(content) if value.encode() in written] == []
    assert [child.key for child in administration.pupils if child.eckid and child.eckid[-64:].encode() in written] == []


FIRST = file(
    pupil("a", eckid=ECKID, subgroup_keys=("s1",)),
    pupil("b", group_key="g4", ends_on=date(2027, 1, 31)),
    pupil("c", group_key=None),
    pupil("d"),
    colleague("m1", groups=("g3", "g4")),
    colleague("m2", email="bo@school.example"),
    colleague("m3", email="cas@school.example"),
)
FOLLOWING: dict[str, Administration] = {
    "the same": FIRST,
    "names, groups, keys": file(
        pupil("z", eckid=ECKID, group_key="g4", first_name="Fientje"),
        pupil("a", first_name="Nieuw"),
        pupil("b", group_key="g3", subgroup_keys=("s1",)),
        pupil("c", group_key="g3", eckid=ECKID[:-1] + "1"),
        pupil("d", year_group="H", ends_on=date(2026, 11, 1)),
        colleague("m1", groups=("g4",), surname="Zwart"),
        colleague("m3", email="cas@school.example", groups=()),
        colleague("m4", email="dirk@school.example"),
        groups=(
            *FIRST.groups[:2],
            GroupRecord("s1", "Slimmeriken", None, "subgroep"),
            GroupRecord("s2", "Koor", None, "subgroep"),
        ),
    ),
    "hardly anybody": file(pupil("d"), colleague("m2", email="bo@school.example")),
    "no groups": file(pupil("a", group_key=None), pupil("n", group_key=None), colleague("m1", groups=()), groups=()),
    "the next year": file(
        pupil("a", group_key="n4", year_group="4"),
        pupil("b", group_key="n4"),
        pupil("e", group_key="n4", subgroup_keys=("s1",)),
        colleague("m1", groups=("n4",)),
        groups=(GroupRecord("n4", "Groep 4", "4", "stamgroep"), FIRST.groups[2]),
        year="2027-2028",
    ),
}


@pytest.mark.parametrize("back", [False, True], ids=["once", "and back"])
@pytest.mark.parametrize("following", FOLLOWING)
async def test_the_database_does_what_the_model_does(office: Office, following: str, back: bool) -> None:
    """The pure model in `tests/directory/model.py` says what a plan means; ids and pictures apart, the tables say the same."""
    second = FOLLOWING[following]
    if second.school.school_year != FIRST.school.school_year:
        office.now = office.now.replace(year=2027)
    sequence = [FIRST, second, *([FIRST] if back and second.school.school_year == FIRST.school.school_year else [])]
    for administration in sequence:
        before = await office.snapshot(administration)
        made, _ = await office.take(administration)
        expected = outcome(before, made, lookup=office.index)
        assert comparable(await office.snapshot(administration)) == comparable(expected)
        assert (await office.plan(administration)).changes_nothing


async def test_an_eckid_is_sealed_for_its_row_and_indexed(office: Office) -> None:
    await office.take(FIRST)
    (row,) = await office.rows(EckId)
    assert ECKID.encode() not in row.sealed
    assert office.floor.keyring.open(row.sealed, bound_to=f"eck_ids.sealed.{row.person_id}").decode() == ECKID
    assert row.lookup == office.floor.keyring.mac("eckid", ECKID)


async def test_who_leaves_stays_as_inactive_and_comes_back_as_the_same_person(office: Office) -> None:
    await office.take(FIRST)
    (child,) = await office.rows(Enrolment, where=[Enrolment.las_key == "a"])
    (epoch,) = await office.rows(Person.epoch, where=[Person.id == child.person_id])
    await office.take(FOLLOWING["hardly anybody"])
    (gone,) = await office.rows(Enrolment, where=[Enrolment.las_key == "a"])
    assert (gone.active, gone.inactive_since, gone.person_id) == (False, office.now, child.person_id)
    # Whoever left is signed out everywhere with the same commit.
    assert await office.rows(Person.epoch, where=[Person.id == child.person_id]) == [(epoch.epoch + 1,)]
    await office.take(FIRST)
    (back,) = await office.rows(Enrolment, where=[Enrolment.las_key == "a"])
    assert (back.id, back.person_id, back.active, back.inactive_since) == (child.id, child.person_id, True, None)


async def test_places_in_groups_of_an_earlier_year_end_with_them(office: Office) -> None:
    await office.take(FIRST)
    office.now = office.now.replace(year=2027)
    await office.take(FOLLOWING["the next year"])
    linked = await office.rows(
        Group.las_key,
        where=[
            Group.id == GroupTeacher.group_id,
            GroupTeacher.employment_id == Employment.id,
            Employment.las_key == "m1",
        ],
    )
    assert linked == [("n4",)]
    assert {row.active for row in await office.rows(Group.active, where=[Group.school_year == "2026-2027"])} == {False}
    assert await office.rows(
        func.count(), where=[SubgroupMember.group_id == Group.id, Group.school_year == "2026-2027"]
    ) == [(0,)]


async def test_the_next_year_may_use_the_same_keys_for_its_groups(office: Office) -> None:
    await office.take(FIRST)
    office.now = office.now.replace(year=2027)
    await office.take(replace(FIRST, school=replace(FIRST.school, school_year="2027-2028")))
    for placed in (
        [Enrolment.group_id == Group.id, Enrolment.active],
        [SubgroupMember.group_id == Group.id],
        [GroupTeacher.group_id == Group.id],
    ):
        assert {row.school_year for row in await office.rows(Group.school_year, where=placed)} == {"2027-2028"}


async def test_d35_a_group_of_the_next_year_goes_by_the_provider_of_its_namesake(office: Office) -> None:
    """Else on the first of August a provider that the school did not choose for it would be told of its pupils."""
    await office.take(FIRST)
    async with office.floor.database.begin() as db:
        party = await parties.add_party(
            db, name="Moo", kind="network", fields={"subject"}, sector="moo", now=office.now
        )
        first = (await db.execute(select(Group.id, Group.name).order_by(Group.id).limit(1))).one()
        assert await environments.choose(db, office.school.id, first.id, party)
    office.now = office.now.replace(year=2027)
    await office.take(replace(FIRST, school=replace(FIRST.school, school_year="2027-2028")))
    of_next_year = [Group.school_year == "2027-2028"]
    found = {row.name: row.network_id for row in await office.rows(Group.name, Group.network_id, where=of_next_year)}
    assert (found.pop(first.name), set(found.values()) <= {None}) == (party, True)


async def test_pictures_in_one_group_are_distinct_and_stay_with_the_child(office: Office) -> None:
    await office.take(read(school_file()))
    dealt = await office.rows(Enrolment.group_id, Enrolment.las_key, Enrolment.picture)
    assert max(Counter((row.group_id, row.picture) for row in dealt).values()) == 1
    assert {row.picture for row in dealt} <= set(TILE_PICTURES)
    # Everybody of group 3A moves to 3B, where other children have the same pictures.
    administration = read(school_file())
    moved = tuple(
        replace(child, group_key="G4") if child.group_key == "G3" else child for child in administration.pupils
    )
    await office.take(replace(administration, pupils=moved))
    again = {row.las_key: row for row in await office.rows(Enrolment.group_id, Enrolment.las_key, Enrolment.picture)}
    assert max(Counter((row.group_id, row.picture) for row in again.values()).values()) == 1
    movers = {child.key for child in administration.pupils if child.group_key == "G3"}
    assert all(again[row.las_key].picture == row.picture for row in dealt if row.las_key not in movers)


async def test_the_ledger_tells_numbers_and_nobodys_name(office: Office) -> None:
    made, _ = await office.take(FIRST)
    (entry,) = await office.rows(LedgerEntry)
    assert (entry.action, entry.school_id, entry.actor) == ("import.applied", office.school.id, "operator:test")
    assert entry.detail == made.counts()
    assert "Fien" not in repr(entry)


async def test_an_import_that_breaks_half_way_leaves_nothing_behind(office: Office) -> None:
    """The plan lacks a group of its own pupils: persons were inserted by then, and go with everything else."""
    whole = await office.plan(FIRST)
    made = replace(whole, groups=whole.groups[:1])
    with pytest.raises(KeyError):
        async with office.floor.database.begin() as db:
            await office.apply(db, made)
    assert await office.rows(func.count(Person.id)) == [(0,)]
    assert await office.rows(func.count(Group.id)) == [(0,)]


async def test_a_hidden_child_and_a_chosen_secret_survive_an_import(office: Office) -> None:
    await office.take(FIRST)
    async with office.floor.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.las_key == "a").values(hidden=True))
        await db.execute(update(Group).where(Group.las_key == "g3").values(secret_kind="pictures"))
    await office.take(FOLLOWING["names, groups, keys"])
    assert await office.rows(Enrolment.hidden, where=[Enrolment.las_key == "z"]) == [(True,)]
    assert await office.rows(Group.secret_kind, where=[Group.las_key == "g3"]) == [("pictures",)]


async def test_the_number_of_statements_does_not_grow_with_the_school(office: Office) -> None:
    counted: list[int] = []
    for size in (30, 300):
        seen: list[str] = []

        def note(*args: Any, seen: list[str] = seen) -> None:
            seen.append(args[2])

        event.listen(office.floor.database.engine.sync_engine, "before_cursor_execute", note)
        await office.take(read(school_file(pupils=size, groups=5, seed=size)))
        event.remove(office.floor.database.engine.sync_engine, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[1] <= counted[0] + 5
    assert max(counted) < 45

"""A made-up country: everything that schools have, made of a number, in an empty database only."""

import dataclasses
import io
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import func, select

from consent.models import Agreement, Tick
from directory import people, roles, schools
from directory.imports import couplings, edexml, runs
from directory.models import (
    Board,
    EckId,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SchoolAddress,
    SubgroupMember,
    SubjectSeed,
)
from directory.register import reader
from idp.core import clock as core_clock
from idp.core import floor
from idp.core.db import Base, Database
from idp.core.errors import Misconfigured
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.credentials import passwords, pupil_secrets
from idp.credentials.models import Password, PupilSecret
from idp.demo import nation, nation_command, nation_people, nation_records
from idp.demo.nation import Seeded
from idp.demo.nation_people import Place
from idp.web.pictures import TILE_PICTURES
from mfa.models import Totp
from tests.clock import Clock

PLACES = tuple(nation_people.invented(3))
YEAR = "2026-2027"


def nobody(_stored: int) -> None:
    """Nobody looks how far it is."""


@pytest.fixture
async def laid(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Floor]:
    made = await floor.lay(settings.model_copy(update={"eckid_environment": "pilot"}), clock=clock, database=database)
    yield made
    await made.close()


async def rows(laid: Floor, *models: type[Base]) -> list[int]:
    async with laid.database.read() as db:
        return [(await db.execute(select(func.count()).select_from(model))).scalar_one() for model in models]


async def seeded(laid: Floor, places: Sequence[Place] = PLACES, *, number: int = 1) -> Seeded:
    return await nation.seed(laid, places, number=number, progress=nobody)


async def test_every_school_has_everything(laid: Floor) -> None:
    told: list[int] = []
    made = await nation.seed(laid, PLACES, number=1, progress=told.append)
    assert (made.schools, made.boards, told) == (3, 1, [3])
    expected = [nation_people.make(1, place) for place in PLACES]
    assert made.pupils == sum(len(one.pupils) for one in expected)
    assert await rows(laid, School, SchoolAddress, Agreement, Board) == [3, 3, 3, 1]
    persons = made.pupils + made.staff
    assert await rows(laid, Person, SubjectSeed) == [persons, persons]
    assert await rows(laid, Enrolment, PupilSecret) == [made.pupils, made.pupils]
    assert await rows(laid, Employment, Totp) == [made.staff, 3]
    with_eckid = sum(pupil.eckid is not None for one in expected for pupil in one.pupils)
    assert await rows(laid, EckId) == [with_eckid]
    assert with_eckid < made.pupils
    assert all(await rows(laid, Group, SubgroupMember, GroupTeacher, Tick, Password))


async def test_children_and_coordinators_can_sign_in(laid: Floor) -> None:
    await seeded(laid)
    made = nation_people.make(1, PLACES[1])
    async with laid.database.read() as db:
        school = await schools.by_code(db, PLACES[1].brin + PLACES[1].location)
        child = made.pupils[0]
        at = Enrolment.school_id == school.id, Enrolment.las_key == child.key
        person_id = (await db.execute(select(Enrolment.person_id).where(*at))).scalar_one()
        account = await people.account(db, made.staff[0].email)
        assert account is not None
        assert await passwords.known_hash(db, account.person_id) is not None
        held = select(EmploymentRole.role).join(Employment, Employment.id == EmploymentRole.employment_id)
        found = (await db.execute(held.where(Employment.person_id == account.person_id))).scalars()
        assert set(found) == {roles.TEACHER, roles.ICT_COORDINATOR}
    known = await pupil_secrets.known(laid.database.hot, school.id, person_id, today=laid.now.date(), standing=None)
    assert known is not None
    assert pupil_secrets.fits(laid.keyring, known, child.secret)


async def test_the_schools_own_data_change_nothing_and_later_ones_do(laid: Floor) -> None:
    await seeded(laid)
    year = core_clock.school_year(laid.now)
    for place in PLACES:
        made = nation_people.make(1, place)
        for one, state in ((made, "nothing"), (nation_people.later(made, 1, share=0.02), "applied")):
            async with laid.database.begin() as db:
                run = await runs.receive(
                    db,
                    await schools.by_code(db, place.brin + (place.location or "00")),
                    nation_records.administration(one, school_year=year),
                    source="uwlr",
                    origin="night",
                    by="system",
                    now=laid.now,
                    keyring=laid.keyring,
                    pictures=TILE_PICTURES,
                )
            assert run.state == state


async def test_the_next_person_gets_a_number_of_its_own(laid: Floor) -> None:
    made = await seeded(laid)
    async with laid.database.begin() as db:
        school = await schools.add(db, name="De Later", brin="99ZZ", location="", now=laid.now)
        person_id = await people.new_person(
            db, kind="staff", first_name="Els", prefix=None, surname="Later", email="later@school.example", now=laid.now
        )
    assert school.id > made.schools
    assert person_id > made.pupils + made.staff


async def test_a_country_is_made_once_and_beside_no_real_school(laid: Floor) -> None:
    async with laid.database.begin() as db:
        await schools.add(db, name="De Echte", brin="99ZZ", location="", now=laid.now)
    with pytest.raises(ValueError, match="there are schools in this database"):
        await seeded(laid)
    demo = dataclasses.replace(laid, settings=laid.settings.model_copy(update={"demo": True}))
    assert (await seeded(demo)).schools == 3
    with pytest.raises(ValueError, match="already"):
        await seeded(demo)
    assert await rows(laid, School) == [4]


async def test_what_is_broken_off_was_never_there(laid: Floor) -> None:
    def break_off(_stored: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await nation.seed(laid, PLACES, number=1, progress=break_off)
    assert await rows(laid, School, Person, Group, Board) == [0, 0, 0, 0]
    assert (await seeded(laid)).schools == 3


async def test_an_installation_for_real_eckids_stays_without(laid: Floor) -> None:
    real = dataclasses.replace(laid, settings=laid.settings.model_copy(update={"eckid_environment": "production"}))
    with pytest.raises(Misconfigured, match="IDP_ECKID_ENVIRONMENT=pilot"):
        await seeded(real)
    assert await rows(laid, School) == [0]


async def test_the_administration_can_be_asked_about_each_school(laid: Floor) -> None:
    await seeded(laid)
    async with laid.database.read() as db:
        school = await schools.by_code(db, PLACES[0].brin + "00")
        coupled = await couplings.require(db, school.id)
    assert (coupled.system.code, coupled.mode, coupled.has_key) == (nation.SYSTEM, "automatic", True)
    assert coupled.next_run_at is not None


def test_the_same_number_makes_the_same_people() -> None:
    assert nation_people.make(1, PLACES[2]) == nation_people.make(1, PLACES[2])
    assert nation_people.make(1, PLACES[2]) != nation_people.make(2, PLACES[2])
    assert tuple(nation_people.invented(40))[:3] == PLACES


def test_a_file_is_read_as_what_it_was_made_of() -> None:
    for place in nation_people.invented(12):
        made = nation_people.make(3, place)
        file = nation_records.edexml(made, school_year=YEAR)
        assert edexml.read(io.BytesIO(file)) == nation_records.administration(made, school_year=YEAR)


def test_after_the_summer_every_group_is_new_and_the_oldest_left() -> None:
    made = nation_people.make(1, PLACES[0])
    after = nation_people.next_year(made, 1)
    assert not {group.key for group in made.groups} & {group.key for group in after.groups}
    assert len(after.pupils) == len(made.pupils)
    oldest = {pupil.key for pupil in made.pupils if pupil.year == 8}
    assert oldest
    assert not oldest & {pupil.key for pupil in after.pupils}
    assert all(pupil.year in after.groups[pupil.group].years for pupil in after.pupils)


def test_schools_are_as_large_as_in_the_country() -> None:
    sizes = [len(nation_people.make(1, place).pupils) for place in nation_people.invented(400)]
    assert 210 < sum(sizes) / len(sizes) < 250
    assert min(sizes) < 100 < 500 < max(sizes) <= 2_000
    assert len({(place.brin, place.location) for place in nation_people.invented(6_100)}) == 6_100


def test_names_and_numbers_of_the_register() -> None:
    lines = (
        "BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;BEVOEGD GEZAG NUMMER",
        "12AB;12AB01;De Tweede;10249",
        "12AB;12AB00;De Eerste;10249",
    )
    listed = reader.read([io.BytesIO("\n".join(lines).encode())])
    first, second = nation_people.registered(listed, 5)
    assert (first.brin, first.location, first.name) == ("12AB", "", "De Eerste")
    assert (second.location, second.board) == ("01", ("10249", "Bestuur 10249"))


@pytest.mark.parametrize("schools_wanted", [0, -1, 100_000])
def test_a_country_has_at_least_one_school_and_not_more_than_numbers(schools_wanted: int) -> None:
    with pytest.raises(ValueError, match="a made-up country has 1 to"):
        list(nation_people.invented(schools_wanted))


def test_the_command_refuses_real_eckids_before_it_shows_a_bar(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    real = settings.model_copy(update={"eckid_environment": "production"})
    with pytest.raises(Misconfigured, match="IDP_ECKID_ENVIRONMENT=pilot"):
        nation_command.run(lambda: real, ["--schools", "2"])
    assert capsys.readouterr().err == ""


def test_the_command_fills_the_database_and_tells_how_many(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = settings.model_copy(update={"eckid_environment": "pilot"})
    nation_command.run(lambda: chosen, ["--schools", "2"])
    told = capsys.readouterr()
    assert told.out.startswith("2 schools of 1 boards, ")
    assert "2/2" in told.err
    with pytest.raises(ValueError, match="there are schools"):
        nation_command.run(lambda: chosen, ["--schools", "2"])
    with pytest.raises(ValueError, match="cannot be read"):
        nation_command.run(lambda: chosen, ["--register", "nowhere.csv"])

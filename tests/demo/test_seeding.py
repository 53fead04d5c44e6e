"""What the demonstration puts into an empty database, and what it does at the next start."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from consent import ticks
from directory import groups, people, picking, schools, standing
from directory.models import EckId, Employment, Enrolment, Group
from directory.onboarding import checking
from directory.picking import PickChild
from directory.standing import Standing
from idp.core import clock as core_clock
from idp.core import floor
from idp.core.floor import Floor
from idp.core.models import Mail
from idp.credentials import passwords, pupil_secrets
from idp.credentials.models import Parent
from idp.credentials.passwords import Hasher
from idp.demo import notes
from idp.demo.guide import Guide
from idp.demo.notes import Notes, PupilNote
from idp.demo.schools import LARGE, SMALL
from idp.demo.seed import called_differently
from idp.demo.sites import Sites
from idp.demo.together import prepare, settings_for
from mfa import totp
from tests.clock import Clock

SITES = Sites(8000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
async def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Notes, Guide]]:
    """A demonstration that was started once, and what came of it: making up two schools takes a second."""
    folder = tmp_path_factory.mktemp("first")
    return folder, await start(folder, Clock())


@pytest.fixture
def made(first: tuple[Path, tuple[Notes, Guide]], tmp_path: Path) -> tuple[Notes, Guide]:
    """A copy of it in the test's folder, which the test may change."""
    folder, known = first
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return known


async def start(folder: Path, clock: Clock, sites: Sites = SITES) -> tuple[Notes, Guide]:
    settings = settings_for(sites, folder).model_copy(update={"argon2_memory_kib": 8, "argon2_passes": 1})
    return await prepare(settings, sites, folder, clock=clock)


@asynccontextmanager
async def standing_on(folder: Path, clock: Clock) -> AsyncIterator[Floor]:
    laid = await floor.lay(settings_for(SITES, folder), clock=clock)
    try:
        yield laid
    finally:
        await laid.close()


async def fits(base: Floor, known: Notes, note: PupilNote) -> bool:
    """Whether the secret that the notes tell is the child's."""
    child = await pupil_secrets.known(
        base.database.hot, known.school_id, note.person_id, today=base.now.date(), standing=None
    )
    return child is not None and pupil_secrets.fits(base.keyring, child, note.secret)


async def test_two_schools_with_everybody_in_them(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    async with standing_on(tmp_path, clock) as base, base.database.read() as db:
        large, small = await schools.by_code(db, LARGE.brin), await schools.by_code(db, SMALL.brin)
        assert (await schools.counts(db, large.id))["pupils"] == 225
        stamgroepen = [g for g in await groups.of_school(db, large.id) if g.kind == "stamgroep"]
        assert len(stamgroepen) == 10
        assert {g.school_year for g in stamgroepen} == {core_clock.school_year(clock.now)}
        assert {g.name for g in stamgroepen if g.secret_kind == "pictures"} == {"Groep 1/2A", "Groep 1/2B"}
        assert (await schools.counts(db, small.id))["pupils"] == SMALL.pupils
        at = Enrolment.school_id.in_([large.id, small.id])
        pupils = list((await db.execute(select(Enrolment.person_id).where(at))).scalars())
        assert await pupil_secrets.without_secret(db, pupils) == []
        eckids = (
            await db.execute(select(func.count()).select_from(EckId).where(EckId.person_id.in_(pupils)))
        ).scalar_one()
        assert len(pupils) - 2 * 3 == eckids
        there = Employment.school_id.in_([large.id, small.id])
        staff = list((await db.execute(select(Employment.person_id).where(there).distinct())).scalars())
        assert len({await passwords.known_hash(db, person_id) for person_id in staff}) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
async def test_this_machine_is_the_large_schools_network(
    made: tuple[Notes, Guide], tmp_path: Path, clock: Clock, address: str
) -> None:
    async with standing_on(tmp_path, clock) as base:
        assert await standing.schools_here(base.database.hot, Standing(ip_address(address))) == (made[0].school_id,)


async def test_what_the_guide_tells_opens_the_doors(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    known, shown = made
    assert [len(child.secret) for child in shown.pupils] == [3, 3, 4, 4]
    assert [isinstance(child.secret, str) for child in shown.pupils] == [False, False, True, True]
    assert [bool(person.totp_secret) for person in shown.staff] == [False, False, True, False, *[True] * 5]
    async with standing_on(tmp_path, clock) as base:
        assert [await fits(base, known, note) for note in known.pupils] == [True] * 4
        hasher = Hasher(base.settings)
        async with base.database.read() as db:
            for person in shown.staff:
                account = await people.account(db, person.email)
                assert account is not None
                phc = await passwords.known_hash(db, account.person_id)
                assert await hasher.verify(person.password, phc)
                assert await totp.enrolled(db, account.person_id) == bool(person.totp_secret)
        hasher.close()


async def test_the_password_is_one_that_the_product_takes(made: tuple[Notes, Guide]) -> None:
    known, shown = made
    names = (LARGE.name, SMALL.name, *(part for person in shown.staff for part in person.name.split()))
    assert passwords.refuse_weak(known.password, longest=128, names=names) is None
    assert len(known.password) >= 15


async def test_nobody_ticked_wereldwijs(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    known, _ = made
    async with standing_on(tmp_path, clock) as base:
        ticked = [
            await ticks.software(base.database.hot, school) for school in (known.school_id, known.second_school_id)
        ]
    assert [[name for name, _ in found] for found in ticked] == [["Rekenrijk", "Taalpaleis"], ["Taalpaleis"]]


async def test_a_school_waits_for_the_second_yes(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    """Which the demonstration's one operator can give; the register differs from the form, so that there is something to look at."""
    async with standing_on(tmp_path, clock) as base, base.database.read() as db:
        [waits] = await checking.listed(db, base.keyring)
        looked = await checking.one(db, base.keyring, waits.id, now=clock.now)
    assert (waits.state, waits.school_name) == ("approved", "De Duinroos")
    assert looked.compared is not None
    assert [row.field for row in looked.compared.rows if row.differs] == ["school_name", "board_name"]
    assert looked.compared.hindrances == ()
    assert looked.letter_size


async def test_a_parent_of_two_children_waits_for_a_password_and_hears_at_every_start(
    made: tuple[Notes, Guide], tmp_path: Path, clock: Clock
) -> None:
    """Until there is one: then nobody is written to again."""
    [family] = made[1].parents
    shown = {child.name: child.secret for child in made[1].pupils}
    assert sorted(isinstance(shown[name], str) for name in family.children) == [False, True]

    async def written() -> list[str]:
        async with standing_on(tmp_path, clock) as base, base.database.read() as db:
            found = await db.execute(select(Mail.subject).where(Mail.recipient == family.email))
            return list(found.scalars())

    assert await written() == ["Thuis inloggen: kies een wachtwoord"]
    await start(tmp_path, clock)
    assert await written() == ["Thuis inloggen: kies een wachtwoord"] * 2
    async with standing_on(tmp_path, clock) as base, base.database.begin() as db:
        await db.execute(update(Parent).where(Parent.email == family.email).values(hash="of a password"))
    await start(tmp_path, clock)
    assert await written() == ["Thuis inloggen: kies een wachtwoord"] * 2


async def test_the_second_start_changes_nothing(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    assert await start(tmp_path, clock) == made


def test_the_children_of_one_page_have_different_first_names() -> None:
    """The page of the network environment says no more than that."""

    def child(number: int, name: str) -> PickChild:
        return PickChild(number, name, None, None, "star", 1, "pin", hidden=False, names_hidden=False)

    young, old = [child(2, "Noor"), child(1, "Bram")], [child(9, "Daan"), child(7, "Bram"), child(8, "Sem")]
    found = called_differently([young, old, old], [0, 0, 0])
    assert [(one.person_id, one.first_name) for one in found] == [(1, "Bram"), (8, "Sem"), (9, "Daan")]


async def test_two_demonstrations_have_different_people(
    made: tuple[Notes, Guide], tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> None:
    other, shown = await start(tmp_path_factory.mktemp("other"), clock)
    assert other.people_from != made[0].people_from
    assert {person.email for person in shown.staff} != {person.email for person in made[1].staff}


BROKEN = ("", "{}", '{"shape": 0}', "[1]", '{"shape": 1, "pupils": []}')


async def test_notes_that_are_not_whole_tell_of_no_seeding(made: tuple[Notes, Guide], tmp_path: Path) -> None:
    assert notes.read(tmp_path, first_port=SITES.first_port) == made[0]
    for broken in BROKEN:
        (tmp_path / notes.FILE).write_text(broken)
        assert notes.read(tmp_path, first_port=SITES.first_port) is None, broken


async def test_a_seeding_that_did_not_end_is_done_anew(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    (tmp_path / notes.FILE).write_text(BROKEN[-1])
    again, _ = await start(tmp_path, clock)
    assert again.client_secrets != made[0].client_secrets
    async with standing_on(tmp_path, clock) as base, base.database.read() as db:
        assert len(await schools.listed(db)) == 2


async def test_other_ports_make_another_demonstration(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    again, shown = await start(tmp_path, clock, Sites(9000))
    assert again.first_port == 9000
    assert shown.front_door == "http://localhost:9000"
    assert again.client_secrets != made[0].client_secrets


async def test_after_the_first_of_august_the_groups_are_those_of_the_new_year(
    made: tuple[Notes, Guide], tmp_path: Path, clock: Clock
) -> None:
    clock.now = datetime(2027, 8, 2, 7, 0, tzinfo=UTC)
    renewed, shown = await start(tmp_path, clock)
    assert (made[0].school_year, renewed.school_year) == ("2026-2027", "2027-2028")
    assert renewed.pupils == made[0].pupils
    assert [child.name for child in shown.pupils] == [child.name for child in made[1].pupils]
    async with standing_on(tmp_path, clock) as base:
        assert len(await picking.groups(base.database.hot, renewed.school_id, school_year="2027-2028")) == 10
        async with base.database.read() as db:
            pictures = Group.secret_kind == "pictures", Group.active, Group.school_id == renewed.school_id
            assert len((await db.execute(select(Group.id).where(*pictures))).all()) == 2
        assert [await fits(base, renewed, note) for note in renewed.pupils] == [True] * 4
    assert json.loads((tmp_path / notes.FILE).read_text())["school_year"] == "2027-2028"


async def test_a_child_that_left_is_not_in_the_guide(made: tuple[Notes, Guide], tmp_path: Path, clock: Clock) -> None:
    gone = made[0].pupils[0].person_id
    async with standing_on(tmp_path, clock) as base, base.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.person_id == gone).values(active=False))
    _, shown = await start(tmp_path, clock)
    assert [child.name for child in shown.pupils] == [child.name for child in made[1].pupils[1:]]

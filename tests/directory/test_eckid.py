"""The ECK-iD: a value that shows itself to nobody, two worlds that never meet, and one child under two of them for a while."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
from sqlalchemy import select

from directory import eckid, schools, substitutions
from directory.imports import edexml, environment
from directory.models import EckId, EckIdAlias
from directory.substitutions import Substituted, Substitution
from idp.core.db import Database, Db
from idp.core.models import LedgerEntry
from tests.clock import Clock
from tests.directory.eckids import KEYRING, add_pupil, eckid_of, value_of
from tests.directory.schools import school_file

TODAY = date(2026, 11, 23)
LATER = TODAY + timedelta(days=30)


def test_an_eckid_shows_itself_to_nobody() -> None:
    one = eckid_of("noor")
    for text in (str(one), repr(one), f"{one}", repr([one]), repr(Substitution(one, one, TODAY, TODAY))):
        assert "ketenid" not in text
    assert one.value == value_of("noor")


@pytest.mark.parametrize(("version", "world"), [("201703", "pilot"), ("pilot", "production"), ("201803", "production")])
def test_the_two_worlds_do_not_meet(version: str, world: eckid.Environment) -> None:
    with pytest.raises(ValueError, match="environment") as refused:
        eckid.parse(value_of("noor", version), world)
    assert "ketenid" not in str(refused.value)


def test_a_file_of_the_other_world_keeps_its_pupils_and_loses_their_eckids() -> None:
    file = edexml.read(BytesIO(school_file(pupils=12, groups=2)))
    having = sum(pupil.eckid is not None for pupil in file.pupils)
    assert having > 0
    assert environment.kept_apart(file, "pilot") is file
    apart = environment.kept_apart(file, "production")
    assert [pupil.eckid for pupil in apart.pupils] == [None] * len(file.pupils)
    assert [pupil.key for pupil in apart.pupils] == [pupil.key for pupil in file.pupils]
    assert [(remark.code, remark.times) for remark in apart.warnings[len(file.warnings) :]] == [
        ("eckid_environment", having)
    ]
    assert replace(apart, pupils=file.pupils, warnings=file.warnings) == file


async def state(db: Db, person_id: int) -> tuple[str, list[tuple[str, date | None, date | None]]]:
    """The main ECK-iD, and the others with their days, opened."""
    sealed = (await db.execute(select(EckId.sealed).where(EckId.person_id == person_id))).scalar_one()
    rows = await db.execute(select(EckIdAlias).where(EckIdAlias.person_id == person_id).order_by(EckIdAlias.id))
    others = [(eckid.unseal_alias(KEYRING, person_id, row.sealed), row.valid_from, row.valid_until) for row in rows]
    return eckid.unseal(KEYRING, person_id, sealed), others


async def substitute(db: Db, clock: Clock, school_id: int, *wanted: Substitution) -> Substituted:
    return await substitutions.carry_out(db, school_id, wanted, today=TODAY, now=clock.now, by="test", keyring=KEYRING)


def swap(old: str, new: str, starts_on: date = TODAY) -> Substitution:
    return Substitution(eckid_of(old), eckid_of(new), starts_on, LATER + timedelta(days=10))


async def test_a_substitution_holds_at_once_and_the_old_one_until_its_day(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await schools.add(db, name="De Poort", brin="98AA", location="", now=clock.now)
        noor = await add_pupil(db, school.id, "Noor", clock, has="old")
        until = LATER + timedelta(days=10)
        assert await substitute(db, clock, school.id, swap("old", "new")) == Substituted(done=1)
        assert await state(db, noor) == (value_of("new"), [(value_of("old"), TODAY, until)])
        assert await substitute(db, clock, school.id, swap("old", "new")) == Substituted(known=1)
        assert await substitutions.turn(db, today=until, keyring=KEYRING) == {"taken_over": 0, "forgotten": 0}
        after = until + timedelta(days=1)
        assert await substitutions.turn(db, today=after, keyring=KEYRING) == {"taken_over": 0, "forgotten": 1}
        assert await state(db, noor) == (value_of("new"), [])


async def test_a_substitution_ahead_waits_for_its_day(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await schools.add(db, name="De Poort", brin="98AA", location="", now=clock.now)
        noor = await add_pupil(db, school.id, "Noor", clock, has="old")
        await substitute(db, clock, school.id, swap("old", "new", LATER))
        assert (await state(db, noor))[0] == value_of("old")
        assert await substitutions.turn(db, today=LATER - timedelta(days=1), keyring=KEYRING) == {
            "taken_over": 0,
            "forgotten": 0,
        }
        # A day that was missed is made good.
        late = LATER + timedelta(days=3)
        assert await substitutions.turn(db, today=late, keyring=KEYRING) == {"taken_over": 1, "forgotten": 0}
        main, others = await state(db, noor)
        assert (main, [value for value, _, _ in others]) == (value_of("new"), [value_of("old")])


async def test_every_link_of_a_chain_finds_the_same_child(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await schools.add(db, name="De Poort", brin="98AA", location="", now=clock.now)
        noor = await add_pupil(db, school.id, "Noor", clock, has="a")
        assert await substitute(db, clock, school.id, swap("a", "b"), swap("b", "c")) == Substituted(done=2)
        main, others = await state(db, noor)
        assert (main, {value for value, _, _ in others}) == (value_of("c"), {value_of("a"), value_of("b")})
        assert await substitute(db, clock, school.id, swap("a", "d")) == Substituted(refused=1)


async def test_another_schools_pupil_is_neither_changed_nor_betrayed(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        ours = await schools.add(db, name="De Poort", brin="98AA", location="", now=clock.now)
        theirs = await schools.add(db, name="De Brug", brin="98BB", location="", now=clock.now)
        noor = await add_pupil(db, ours.id, "Noor", clock, has="noor")
        finn = await add_pupil(db, theirs.id, "Finn", clock, has="finn")
        assert await substitute(db, clock, ours.id, swap("finn", "new")) == Substituted(not_here=1)
        assert await substitute(db, clock, ours.id, swap("nobody", "new")) == Substituted(not_here=1)
        # Whether the new one is known elsewhere makes no difference.
        assert await substitute(db, clock, ours.id, swap("noor", "finn")) == Substituted(done=1)
        assert await state(db, finn) == (value_of("finn"), [])
        assert (await state(db, noor))[0] == value_of("finn")


async def test_two_children_of_one_school_are_not_made_one(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await schools.add(db, name="De Poort", brin="98AA", location="", now=clock.now)
        await add_pupil(db, school.id, "Noor", clock, has="noor")
        await add_pupil(db, school.id, "Finn", clock, has="finn")
        assert await substitute(db, clock, school.id, swap("noor", "finn")) == Substituted(refused=1)
        entries = (await db.execute(select(LedgerEntry.id))).all()
        assert entries == []


async def test_counts_say_how_many_and_never_which(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await schools.add(db, name="De Poort", brin="98AA", location="", now=clock.now)
        await add_pupil(db, school.id, "Noor", clock, has="noor")
        await add_pupil(db, school.id, "Finn", clock)
        await add_pupil(db, school.id, "Sam", clock, has="sam", active=False)
        assert await substitutions.counts(db, school.id) == (1, 2)


def test_a_file_of_substitutions_is_read_with_its_days() -> None:
    text = f"oud;nieuw;vanaf;tot_en_met\n{value_of('a')};{value_of('b')};2026-12-01;2027-01-01\n{value_of('c')};{value_of('d')};;\n"
    first, second = substitutions.read(StringIO(text), "pilot", today=TODAY)
    assert first == Substitution(eckid_of("a"), eckid_of("b"), date(2026, 12, 1), date(2027, 1, 1))
    assert second == Substitution(eckid_of("c"), eckid_of("d"), TODAY, TODAY + substitutions.KEPT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a;b\n1;2\n",
        f"oud;nieuw\n{value_of('a')};{value_of('a')}\n",
        f"oud;nieuw\n{value_of('a')};{value_of('b', '201703')}\n",
        f"oud;nieuw;vanaf\n{value_of('a')};{value_of('b')};morgen\n",
        f"oud;nieuw;vanaf;tot_en_met\n{value_of('a')};{value_of('b')};2026-12-01;2026-11-30\n",
        f"oud;nieuw\n{value_of('a')};{value_of('b')};x;y\n",
    ],
    ids=["empty", "other columns", "itself", "other world", "no day", "backwards", "more cells than columns"],
)
def test_a_file_that_contradicts_itself_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="line") as refused:
        list(substitutions.read(StringIO(text), "pilot", today=TODAY))
    assert "ketenid" not in str(refused.value)

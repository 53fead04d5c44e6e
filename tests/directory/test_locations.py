"""One administration, several accounts: who gets whom, and only after both agreed (D13)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from directory import schools
from directory.imports import couplings, locations, runs
from directory.imports.locations import Delivered, split
from directory.imports.models import Coupling
from directory.imports.records import Administration, GroupLink, LocationRecord, Remark
from directory.imports.refusals import ImportRefused
from directory.models import Enrolment
from directory.schools import KnownSchool
from idp.core.db import Database
from idp.core.models import LedgerEntry
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import BY, Desk, opened
from tests.directory.test_plan import colleague, file, pupil


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as found:
        yield found


EAST, WEST = LocationRecord("E", "Oost"), LocationRecord("W", "West")


def board(*people: Any, **more: Any) -> Administration:
    """The administration of a school with two more locations."""
    return replace(file(*people, **more), locations=(EAST, WEST))


def keys(part: Administration) -> tuple[list[str], list[str], list[str]]:
    """Groups, pupils and staff of a part."""
    return [one.key for one in part.groups], [one.key for one in part.pupils], [one.key for one in part.staff]


# Parting


def test_a_pupil_goes_with_its_location_and_all_else_with_the_pupils() -> None:
    whole = board(
        pupil("p1"),
        pupil("p2", location_key="E", group_key="g4", subgroup_keys=("s1",)),
        pupil("p3", location_key="W"),
        colleague("m1", groups=("g3",)),
        colleague("m2", groups=("g4",)),
        colleague("m3", groups=("g3", "g4")),
        colleague("m4", groups=()),
    )
    parted = split(replace(whole, warnings=(Remark("role_unknown", 1, 1),)), {"E": 7})
    assert parted.keys() == {None, 7}
    assert keys(parted[None]) == (["g3"], ["p1", "p3"], ["m1", "m3", "m4"])
    assert keys(parted[7]) == (["g4", "s1"], ["p2"], ["m2", "m3"])
    assert [one.groups for one in parted[7].staff] == [(GroupLink("g4", "stamgroep"),)] * 2
    assert (parted[None].locations, parted[7].locations) == ((WEST,), (EAST,))
    assert (len(parted[None].warnings), parted[7].warnings) == (1, ())


def test_a_group_of_two_locations_is_a_group_of_both_accounts() -> None:
    parted = split(board(pupil("p1"), pupil("p2", location_key="E"), colleague()), {"E": 7})
    assert keys(parted[None])[0] == ["g3", "g4", "s1"]
    assert keys(parted[7]) == (["g3"], ["p2"], ["m1"])


def test_two_locations_of_one_account_are_one_part() -> None:
    parted = split(board(pupil("p1", location_key="E"), pupil("p2", location_key="W")), {"E": 7, "W": 7})
    assert keys(parted[7])[1] == ["p1", "p2"]
    assert parted[7].locations == (EAST, WEST)
    assert parted[None].pupils == ()


def test_nobody_elsewhere_is_the_same_administration() -> None:
    whole = board(pupil("p1"), pupil("p2", location_key="W"))
    assert split(whole, {"E": 7}) == {None: whole}


LINKS = st.lists(st.sampled_from(["g3", "g4"]), unique=True, max_size=2).map(tuple)


@given(
    st.lists(st.tuples(st.sampled_from([None, "E", "W"]), st.sampled_from(["g3", "g4", None])), max_size=6),
    st.lists(LINKS, max_size=4),
    st.dictionaries(st.sampled_from(["E", "W"]), st.integers(1, 2)),
)
def test_nobody_is_lost_doubled_or_left_without_the_group(
    people: list[tuple[str | None, str | None]], staff: list[tuple[str, ...]], targets: dict[str, int]
) -> None:
    pupils = [pupil(f"p{n}", location_key=place, group_key=group) for n, (place, group) in enumerate(people)]
    colleagues = [colleague(f"m{n}", groups=links) for n, links in enumerate(staff)]
    whole = board(*pupils, *colleagues)
    parted = split(whole, targets)
    assert sorted(one.key for part in parted.values() for one in part.pupils) == [one.key for one in pupils]
    assert {one.key for part in parted.values() for one in part.staff} == {one.key for one in colleagues}
    assert {one.key for part in parted.values() for one in part.groups} == {one.key for one in whole.groups}
    for part in parted.values():
        there = {one.key for one in part.groups}
        assert {one.group_key for one in part.pupils} - {None} <= there
        assert {link.group_key for one in part.staff for link in one.groups} <= there
    for colleague_ in colleagues:
        linked = {
            link for part in parted.values() for one in part.staff if one.key == colleague_.key for link in one.groups
        }
        assert linked == set(colleague_.groups)


# Agreeing


async def neighbour(desk: Desk, *, location: str = "01") -> KnownSchool:
    async with desk.floor.database.begin() as db:
        return await schools.add(db, name="Oost", brin="99XX", location=location, now=desk.now)


async def offered(desk: Desk, target: KnownSchool, *, key: str = "E") -> Delivered:
    async with desk.floor.database.begin() as db:
        return await locations.deliver(db, desk.school.id, key, to=target.id, now=desk.now, by=BY)


async def agreed(desk: Desk, target: KnownSchool, one: Delivered) -> None:
    async with desk.floor.database.begin() as db:
        await locations.agree(db, target.id, one.id, now=desk.now, by=BY)


async def delivered(desk: Desk, whole: Administration) -> dict[str, list[str]]:
    """Whose pupils go where: by the school's name."""
    async with desk.floor.database.read() as db:
        found = await locations.parts(db, desk.school, whole)
    return {part.school.name: [one.key for one in part.administration.pupils] for part in found}


async def test_nothing_goes_before_the_other_account_agreed_nor_after_either_withdrew(desk: Desk) -> None:
    whole = board(pupil("p1"), pupil("p2", location_key="E"))
    east = await neighbour(desk)
    one = await offered(desk, east)
    assert await delivered(desk, whole) == {"De Regenboog": ["p1", "p2"]}
    await agreed(desk, east, one)
    await agreed(desk, east, one)
    assert await delivered(desk, whole) == {"De Regenboog": ["p1"], "Oost": ["p2"]}
    async with desk.floor.database.begin() as db:
        await locations.withdraw(db, east.id, one.id, now=desk.now, by=BY)
    assert await delivered(desk, whole) == {"De Regenboog": ["p1", "p2"]}
    async with desk.floor.database.read() as db:
        actions = await db.execute(
            select(LedgerEntry.action, LedgerEntry.school_id)
            .where(LedgerEntry.action.startswith("location."))
            .order_by(LedgerEntry.id)
        )
        assert [(row.action.partition(".")[2], row.school_id) for row in actions] == [
            ("delivered", desk.school.id),
            ("agreed", east.id),
            ("withdrawn", east.id),
        ]


async def test_who_is_not_asked_can_neither_agree_nor_withdraw(desk: Desk) -> None:
    east, other = await neighbour(desk), await neighbour(desk, location="02")
    one = await offered(desk, east)
    for act in (locations.agree, locations.withdraw):
        async with desk.floor.database.begin() as db:
            with pytest.raises(LookupError):
                await act(db, other.id, one.id, now=desk.now, by=BY)
    # Nor can the one who offers it say yes for the other.
    async with desk.floor.database.begin() as db:
        with pytest.raises(LookupError):
            await locations.agree(db, desk.school.id, one.id, now=desk.now, by=BY)


async def test_another_account_has_to_agree_anew(desk: Desk) -> None:
    east, other = await neighbour(desk), await neighbour(desk, location="02")
    one = await offered(desk, east)
    await agreed(desk, east, one)
    assert await offered(desk, east) == replace(one, agreed=True)
    assert (await offered(desk, other)).agreed is False
    assert await delivered(desk, board(pupil("p2", location_key="E"))) == {"De Regenboog": ["p2"]}


async def test_an_account_has_one_source(desk: Desk) -> None:
    east = await neighbour(desk)
    async with desk.floor.database.begin() as db:
        second = await schools.add(db, name="Zuid", brin="99XY", location="", now=desk.now)
        other = await locations.deliver(db, second.id, "E", to=east.id, now=desk.now, by=BY)
        await locations.agree(db, east.id, other.id, now=desk.now, by=BY)
    one = await offered(desk, east)
    async with desk.floor.database.begin() as db:
        with pytest.raises(ValueError, match="another school's administration"):
            await locations.agree(db, east.id, one.id, now=desk.now, by=BY)


async def test_a_delivered_account_gets_no_automatic_coupling_beside_it(desk: Desk) -> None:
    """D13: the same rule from the other side; manual and off stay open, and all of it once the delivery has ended."""
    east = await neighbour(desk)
    one = await offered(desk, east)
    async with desk.floor.database.begin() as db:
        who: dict[str, Any] = {"now": desk.now, "by": BY}
        await couplings.couple(db, east.id, "parnassys", **who)
        await locations.agree(db, east.id, one.id, **who)
        with pytest.raises(ValueError, match="another school's administration"):
            await couplings.set_mode(db, east.id, "automatic", **who)
        assert (await couplings.set_mode(db, east.id, "manual", **who)).mode == "manual"
        await locations.withdraw(db, east.id, one.id, **who)
        assert (await couplings.set_mode(db, east.id, "automatic", **who)).mode == "automatic"


async def test_a_school_with_a_coupling_of_its_own_must_put_it_aside_first(desk: Desk) -> None:
    east = await neighbour(desk)
    one = await offered(desk, east)
    async with desk.floor.database.begin() as db:
        await couplings.couple(db, east.id, "parnassys", now=desk.now, by=BY)
        await db.execute(update(Coupling).values(mode="automatic"))
        with pytest.raises(ValueError, match="coupling of its own"):
            await locations.agree(db, east.id, one.id, now=desk.now, by=BY)


@pytest.mark.parametrize("key", ["", "  ", "x" * 257])
async def test_a_location_has_a_key_and_is_not_the_school_itself(desk: Desk, key: str) -> None:
    async with desk.floor.database.begin() as db:
        with pytest.raises(ValueError, match="by its key"):
            await locations.deliver(db, desk.school.id, key, to=desk.school.id + 1, now=desk.now, by=BY)
        with pytest.raises(ValueError, match="another school account"):
            await locations.deliver(db, desk.school.id, "E", to=desk.school.id, now=desk.now, by=BY)


# Taking in


async def test_each_account_takes_in_its_own_part_and_no_other(desk: Desk) -> None:
    east = await neighbour(desk)
    await agreed(desk, east, await offered(desk, east))
    whole = board(pupil("p1"), pupil("p2", location_key="E"), colleague("m1"))
    async with desk.floor.database.read() as db:
        parts = await locations.parts(db, desk.school, whole)
    for part in parts:
        async with desk.floor.database.begin() as db:
            await runs.receive(
                db, part.school, part.administration, source="edexml", origin="night", by=BY, **desk.context
            )
    async with desk.floor.database.read() as db:
        rows = await db.execute(select(Enrolment.school_id, Enrolment.las_key).where(Enrolment.active))
        assert set(map(tuple, rows)) == {(desk.school.id, "p1"), (east.id, "p2")}
    # A part is for the account that it was made for.
    with pytest.raises(ImportRefused, match="another school"):
        await desk.receive(parts[1].administration)


async def test_the_file_of_another_school_is_parted_for_nobody(desk: Desk) -> None:
    east = await neighbour(desk)
    await agreed(desk, east, await offered(desk, east))
    whole = board(pupil("p2", location_key="E"))
    async with desk.floor.database.read() as db:
        with pytest.raises(ImportRefused, match="another school"):
            await locations.parts(db, desk.school, replace(whole, school=replace(whole.school, brin="99XY")))

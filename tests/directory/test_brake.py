"""The brake: suspiciously many departures wait, everything else goes on (D17)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.imports.brake import FLOOR_PUPILS, FLOOR_STAFF, NOBODY, SHARE, Braked, Left, brake
from directory.imports.records import Administration, GroupRecord
from directory.imports.steps import Kind, departures
from tests.directory.model import seen_in
from tests.directory.test_plan import GROUPS, administrations, after, colleague, file, planned, pupil

NOVEMBER = date(2026, 11, 21)
JULY = date(2027, 7, 10)


def children(number: int, **stated: Any) -> list[Any]:
    return [pupil(f"p{n}", first_name=f"Kind{n}", **stated) for n in range(number)]


def teachers(number: int) -> list[Any]:
    return [colleague(f"m{n}", email=f"m{n}@school.example", groups=("g4",)) for n in range(number)]


def braked(before: Administration, then: Administration, *, on: date = NOVEMBER, lately: Left = NOBODY) -> Braked:
    return brake(planned(after(before), then), on=on, lately=lately)


@pytest.mark.parametrize(
    ("here", "leave", "held"),
    [
        (23, FLOOR_PUPILS, 0),
        (23, FLOOR_PUPILS + 1, FLOOR_PUPILS + 1),
        (23, 22, 22),
        (100, 20, 0),
        (100, 21, 21),
        (4, 3, 0),
    ],
)
def test_more_than_a_fifth_waits_and_a_family_never(here: int, leave: int, held: int) -> None:
    everybody = children(here)
    result = braked(file(*everybody), file(*everybody[leave:]))
    assert (result.held["pupils"], result.holds) == (held, held > 0)
    assert len(departures(result.plan.pupils)) == leave - held


def test_staff_have_a_floor_of_their_own() -> None:
    everybody = teachers(8)
    for leave, held in ((FLOOR_STAFF, 0), (FLOOR_STAFF + 1, FLOOR_STAFF + 1)):
        assert braked(file(*everybody), file(*everybody[leave:])).held["staff"] == held


@pytest.mark.parametrize(
    ("here", "lately", "leave", "held"),
    [
        (20, 3, 2, 0),  # five of 23: a family, in two steps
        (20, 3, 3, 3),
        (18, 5, 1, 1),
        (90, 10, 10, 0),  # twenty of a hundred
        (90, 10, 11, 11),
        (80, 20, 1, 1),
        (80, 20, 0, 0),
    ],
)
def test_who_left_lately_counts_as_if_all_left_at_once(here: int, lately: int, leave: int, held: int) -> None:
    everybody = children(here)
    result = braked(file(*everybody), file(*everybody[leave:]), lately=Left(pupils=lately))
    assert (result.held["pupils"], result.left) == (held, Left(pupils=leave - held))


def test_staff_who_left_lately_count_among_staff_only() -> None:
    everybody = [*children(10), *teachers(9)]
    for lately, held in ((Left(pupils=99), 0), (Left(staff=FLOOR_STAFF - 1), 0), (Left(staff=FLOOR_STAFF), 1)):
        result = braked(file(*everybody), file(*everybody[:-1]), lately=lately)
        assert (result.held["staff"], result.left) == (held, Left(staff=1 - held))


def test_whose_leaving_was_to_be_expected_has_not_left_in_this_sense() -> None:
    leavers, others = children(20, year_group="8"), [pupil(f"q{n}") for n in range(20)]
    before = file(*leavers, *others)
    assert braked(before, file(*others[2:]), on=JULY).left == Left(pupils=2)
    assert braked(before, file(*others), on=JULY, lately=Left(pupils=99)).held["pupils"] == 0
    coming = file(pupil("new"), groups=(GroupRecord("g3", "Groep 3", "3", "stamgroep"),))
    before = file(*children(5), year="2025-2026")
    began = braked(before, coming, on=date(2026, 8, 1), lately=Left(pupils=99, staff=99))
    assert (began.holds, began.left) == (False, NOBODY)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.lists(st.integers(0, 12), min_size=1, max_size=7))
def test_in_whatever_steps_they_go_no_more_go_than_could_at_once(here: int, steps: list[int]) -> None:
    """Nights of one week, each with so many more missing; data without any pupil say nothing. Who is held is missing the next night, too."""
    everybody, left = children(here), NOBODY
    stay, missing = everybody, 0
    for more in steps:
        missing = min(missing + more, here - 1)
        result = braked(file(*stay), file(*everybody[missing:]), lately=left)
        left = Left(left.pupils + result.left.pupils)
        if not result.holds:
            stay = everybody[missing:]
    most = max(FLOOR_PUPILS, int(here * SHARE))
    assert left.pupils == here - len(stay) <= most
    at_once = braked(file(*everybody), file(*everybody[missing:]))
    assert at_once.holds == (missing > most)
    if not at_once.holds:
        assert left.pupils == missing


def test_arrivals_and_moves_go_on_while_departures_wait() -> None:
    everybody = children(20)
    told = file(pupil("p19", first_name="Kind19", group_key="g4"), pupil("new"), *teachers(1))
    result = braked(file(*everybody), told)
    counts = result.plan.counts()
    assert result.held == {"groups": 0, "pupils": 19, "staff": 0}
    assert (counts["pupils"]["new"], counts["pupils"]["moved"], counts["pupils"]["gone"]) == (1, 1, 0)
    assert counts["pupils"]["unchanged"] == 19


def test_a_group_stays_as_long_as_somebody_in_it_waits() -> None:
    everybody = children(20, subgroup_keys=("s1",))
    half = file(pupil("other", group_key="g4"), *teachers(1), groups=(GROUPS[1],))
    result = braked(file(*everybody), half)
    assert result.held == {"groups": 2, "pupils": 20, "staff": 0}
    assert departures(result.plan.groups) == []
    few = file(*children(3), pupil("other", group_key="g4"))
    assert braked(few, replace(half, pupils=(few.pupils[3],))).held == {"groups": 0, "pupils": 0, "staff": 0}


def test_a_group_stays_as_long_as_its_teachers_wait() -> None:
    everybody = [*teachers(8), colleague("other", email="o@school.example")]
    result = braked(file(*everybody), file(everybody[-1], groups=(GROUPS[0],)))
    assert result.held == {"groups": 1, "pupils": 0, "staff": 8}


def test_group_8_leaves_in_summer() -> None:
    leavers, others = children(20, year_group="8"), [pupil(f"q{n}") for n in range(20)]
    before, then = file(*leavers, *others), file(*others)
    assert braked(before, then, on=JULY).held["pupils"] == 0
    assert braked(before, then, on=NOVEMBER).held["pupils"] == 20
    assert braked(file(*others, *leavers), file(*leavers), on=JULY).held["pupils"] == 20


def test_group_8_leaves_on_the_day_that_the_administration_gives() -> None:
    leavers, others = children(20, year_group="8"), [pupil(f"q{n}") for n in range(20)]
    told = [replace(child, ends_on=date(2026, 11, 1)) for child in leavers]
    assert braked(file(*leavers, *others), file(*told, *others)).held["pupils"] == 0


@pytest.mark.parametrize(("leave", "held"), [(40, 0), (41, 41)])
def test_of_the_first_data_of_a_new_year_more_leave_but_not_half_a_school(leave: int, held: int) -> None:
    """1 August is when everybody who is not in them becomes inactive (R37, R39); group 8 does not count."""
    everybody = [*children(100), *(pupil(f"q{n}", year_group="8") for n in range(50))]
    coming = file(*everybody[leave:100], *teachers(1))
    result = braked(file(*everybody, year="2025-2026"), coming, on=date(2026, 8, 1))
    assert result.held["pupils"] == held
    assert result.plan.counts()["pupils"]["gone"] == leave - held + 50


@settings(max_examples=60, deadline=None)
@given(administrations(), administrations())
def test_the_brake_holds_departures_and_nothing_else(before: Administration, then: Administration) -> None:
    before, then = (replace(each, school=replace(each.school, school_year="2026-2027")) for each in (before, then))
    current = seen_in(after(before), "2026-2027")
    made = planned(current, then)
    result = brake(made, on=NOVEMBER)
    pairs: list[tuple[Sequence[Any], Sequence[Any]]] = [
        (made.groups, result.plan.groups),
        (made.pupils, result.plan.pupils),
        (made.staff, result.plan.staff),
    ]
    for whole, left in pairs:
        for was, step in zip(whole, left, strict=True):
            assert step == was or (was.kind, step.kind, step.current) == (Kind.GONE, Kind.UNCHANGED, was.current)

"""The brake: suspiciously many departures wait, everything else goes on (D17)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from directory.imports.brake import FLOOR_PUPILS, FLOOR_STAFF, Braked, brake
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


def braked(before: Administration, then: Administration, *, on: date = NOVEMBER) -> Braked:
    return brake(planned(after(before), then), on=on)


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


def test_the_first_data_of_a_new_year_are_never_held() -> None:
    """1 August is when everybody who is not in them becomes inactive (R37, R39)."""
    before = file(*children(20), year="2025-2026")
    coming = file(pupil("new"), groups=(GroupRecord("g3", "Groep 3", "3", "stamgroep"),))
    result = braked(before, coming, on=date(2026, 8, 1))
    assert not result.holds
    assert result.plan.counts()["pupils"]["gone"] == 20


@settings(max_examples=100, deadline=None)
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

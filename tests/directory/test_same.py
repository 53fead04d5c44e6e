"""Children of whom a file says what we have need no step, and a plan without their steps is the same plan."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.imports import tally
from directory.imports.brake import FLOOR_PUPILS, brake
from directory.imports.describe import describe
from directory.imports.notable import warnings
from directory.imports.plan import Plan, compare
from directory.imports.records import Administration
from directory.imports.same import Sieve
from directory.imports.snapshot import NOTHING, Snapshot
from directory.imports.steps import Kind
from tests.directory.files import ECKID, read
from tests.directory.model import outcome, seen_in
from tests.directory.schools import school_file
from tests.directory.test_plan import OTHER_ECKID, administrations, after, file, pupil

ON = date(2026, 11, 21)


def sieved(current: Snapshot, administration: Administration) -> Plan:
    """The plan of what the sieve leaves of both sides."""
    sieve = Sieve(administration, lookup=str.encode)
    left = replace(current, pupils=tuple(child for child in current.pupils if not sieve(child)))
    return compare(left, sieve.rest(), on=ON, lookup=str.encode, same=sieve.same())


def loud(made: Plan) -> list[Any]:
    return [step for step in made.pupils if step.kind is not Kind.UNCHANGED]


def in_use(made: Plan) -> Counter[tuple[str | None, str]]:
    """Who keeps a place in a group, with which picture."""
    quiet = [step.current for step in made.pupils if step.kind is Kind.UNCHANGED and step.current]
    stayed = [(key, picture) for key, used in made.same.pictures.items() for picture in used]
    return Counter([(child.group_key, child.picture) for child in quiet if child.active] + stayed)


@settings(max_examples=75, deadline=None)
@given(st.lists(administrations(), min_size=1, max_size=3))
def test_leaving_out_who_is_the_same_leaves_everything_else_as_it_was(
    files: list[Administration],
) -> None:
    current = NOTHING
    for each in [again for one in files for again in (one, one)]:
        if current.newest_year is not None and each.school.school_year < current.newest_year:
            continue
        current = seen_in(current, each.school.school_year)
        whole = compare(current, each, on=ON, lookup=str.encode)
        made = sieved(current, each)
        assert (made.groups, made.staff, loud(made), made.doubts) == (
            whole.groups,
            whole.staff,
            loud(whole),
            whole.doubts,
        )
        assert (made.counts(), tally.eckids(made)) == (whole.counts(), tally.eckids(whole))
        assert describe(made, brake(made, on=ON)) == describe(whole, brake(whole, on=ON))
        assert in_use(made) == in_use(whole)
        current = outcome(current, whole, lookup=str.encode)


def test_a_school_in_which_nothing_changed_has_no_steps_for_its_pupils() -> None:
    school = read(school_file())
    made = sieved(after(school), school)
    assert (made.pupils, made.same.number, made.changes_nothing) == ((), len(school.pupils), True)


def test_where_somebody_is_the_same_a_newcomer_may_be_one_who_was_deleted() -> None:
    made = sieved(after(file(pupil())), file(pupil(), pupil("p2")))
    assert ([step.kind for step in made.pupils], made.same.number) == ([Kind.NEW], 1)
    assert "returns_as_new" in [notable.code for notable in warnings(made, brake(made, on=ON))]


def test_those_who_are_the_same_count_as_here_when_many_leave() -> None:
    leave, here = FLOOR_PUPILS + 1, 5 * (FLOOR_PUPILS + 1)
    everybody = [pupil(f"p{n}") for n in range(here)]
    made = sieved(after(file(*everybody)), file(*everybody[leave:]))
    assert (made.counts()["pupils"]["gone"], brake(made, on=ON).holds) == (leave, False)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"first_name": "Ali"}, {}),
        ({"eckid": ECKID}, {}),
        ({}, {"eckid": ECKID.encode()}),
        ({"eckid": ECKID}, {"eckid": OTHER_ECKID.encode()}),
        ({"eckid": ECKID}, {"eckid": ECKID.encode(), "eckid_aliases": frozenset({OTHER_ECKID.encode()})}),
        ({}, {"active": False}),
        ({}, {"key": "p2"}),
        ({}, {"group_key": None}),
        ({}, {"subgroup_keys": frozenset({"s1"})}),
        ({"ends_on": date(2030, 1, 1)}, {"ends_on": date(2030, 1, 1)}),
        ({"group_key": None}, {"group_key": None}),
    ],
)
def test_whoever_may_be_somebody_else_or_needs_a_look_has_a_step(told: dict[str, Any], known: dict[str, Any]) -> None:
    (child,) = after(file(pupil())).pupils
    sieve = Sieve(file(pupil(**told)), lookup=str.encode)
    assert not sieve(replace(child, **known))
    assert (len(sieve.rest().pupils), sieve.same().number) == (1, 0)


def test_a_child_that_another_one_of_the_file_may_be_has_a_step() -> None:
    """The ECK-iD that we know under this key comes under another one: the key tells nothing any more (D14)."""
    current = after(file(pupil(eckid=ECKID)))
    made = sieved(current, file(pupil(), pupil("p2", eckid=ECKID)))
    assert [(step.kind.value, step.record.key if step.record else None) for step in made.pupils] == [
        ("new", "p1"),
        ("changed", "p2"),
    ]


def test_one_of_two_children_with_one_key_is_the_same_and_the_other_is_gone() -> None:
    (child,) = after(file(pupil())).pupils
    made = sieved(replace(NOTHING, pupils=(child, replace(child, id=2, person_id=2))), file(pupil()))
    assert ([step.kind for step in made.pupils], made.same.number) == ([Kind.GONE], 1)

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
from directory.imports.plan import Plan, compare, compare_sifted
from directory.imports.pressed import TOGETHER, Pressed, press
from directory.imports.records import Administration
from directory.imports.same import Sieve
from directory.imports.snapshot import NOTHING, Snapshot
from directory.imports.steps import Kind
from tests.directory.files import ECKID, read
from tests.directory.model import outcome, seen_in
from tests.directory.schools import school_file
from tests.directory.test_plan import ECKIDS, KEYS, OTHER_ECKID, administrations, after, file, pupil

ON = date(2026, 11, 21)


def sieved(current: Snapshot, administration: Administration) -> Plan:
    """The plan of what the sieve leaves of both sides."""
    sieve = Sieve(administration, lookup=str.encode)
    left = replace(current, pupils=tuple(child for child in current.pupils if not sieve(child)))
    return compare_sifted(left, sieve.sifted(), on=ON, lookup=str.encode)


def loud(made: Plan) -> list[Any]:
    """In no order: who is settled comes before the others."""
    steps = [step for step in made.pupils if step.kind is not Kind.UNCHANGED]
    return sorted(steps, key=lambda step: (step.record is None, step.record.key if step.record else step.current.id))


def sure(administration: Administration) -> Administration:
    """The file of a school that knows each child's ECK-iD, and of whom nobody is in doubt: who is who is settled one by one."""
    stam = [group.key for group in administration.groups if group.kind == "stamgroep"]
    told = [
        replace(
            each,
            eckid=dict(zip(KEYS, ECKIDS, strict=False)).get(each.key),
            first_name=each.first_name or "Ali",
            year_group="3" if each.year_group == "H" else each.year_group,
            group_key=each.group_key or (stam[0] if stam else None),
            ends_on=None,
        )
        for each in administration.pupils
    ]
    return replace(administration, pupils=tuple(told))


def in_use(made: Plan) -> Counter[tuple[str | None, str]]:
    """Who keeps a place in a group, with which picture."""
    quiet = [step.current for step in made.pupils if step.kind is Kind.UNCHANGED and step.current]
    stayed = [(key, picture) for key, used in made.same.pictures.items() for picture in used]
    return Counter([(child.group_key, child.picture) for child in quiet if child.active] + stayed)


@settings(max_examples=75, deadline=None)
@given(st.lists(st.one_of(administrations(), administrations().map(sure)), min_size=1, max_size=4))
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
    ours = replace(child, **known)
    assert sieve(ours) is (ours.key == child.key)
    sifted = sieve.sifted()
    unsure = [ours] if ours.key == child.key else []
    assert (len(sifted.rest.pupils), sifted.same.number, sifted.settled, sifted.unsure) == (1, 0, (), unsure)


@pytest.mark.parametrize(
    ("known", "kind", "fields"),
    [
        ({"group_key": None, "year_group": "2"}, Kind.MOVED, ("year_group", "group")),
        ({"surname": "Wit", "active": False}, Kind.CHANGED, ("name", "returned")),
    ],
)
def test_whom_key_and_eckid_both_mean_is_settled_whatever_differs(
    known: dict[str, Any], kind: Kind, fields: tuple[str, ...]
) -> None:
    told = file(pupil(eckid=ECKID))
    (child,) = after(told).pupils
    sieve = Sieve(told, lookup=str.encode)
    assert sieve(replace(child, **known))
    sifted = sieve.sifted()
    assert [(step.kind, step.fields, step.record) for step in sifted.settled] == [(kind, fields, told.pupils[0])]
    assert (sifted.rest.pupils, sifted.same.number, sifted.unsure) == ((), 0, [])


def test_of_very_many_who_all_move_nobody_is_held_unpressed() -> None:
    """A coming year's file of a region: both sides of everybody are in it, and no list has them all."""
    told = file(*(pupil(f"p{n}", eckid=f"{ECKID[:-6]}{n:06}") for n in range(TOGETHER + 1)))
    administration = replace(told, pupils=press(told.pupils))
    sieve = Sieve(administration, lookup=str.encode)
    for child in after(told).pupils:
        assert sieve(replace(child, group_key=None))
    sifted = sieve.sifted()
    assert isinstance(administration.pupils, Pressed)
    assert isinstance(sifted.settled, Pressed)
    assert {step.kind for step in sifted.settled} == {Kind.MOVED}
    assert [step.record for step in sifted.settled] == list(told.pupils)
    assert (sifted.rest.pupils, sifted.unsure) == ((), [])


def test_a_group_stays_whose_other_children_went_elsewhere_while_those_who_stayed_are_the_same() -> None:
    """A split took one child of a group and of a subgroup, and the administration still tells of it there."""
    told = file(pupil(subgroup_keys=("s1",)), pupil("gone", subgroup_keys=("s1",)))
    current = replace(after(file(pupil(subgroup_keys=("s1",)))), moved=frozenset({("pupil", "gone")}))
    made = sieved(current, told)
    assert made.same.number == 1
    assert {step.kind for step in made.groups} == {Kind.UNCHANGED}


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

"""A row of very many is the tuple of the same, whatever one asks of it, and weighs a fraction."""

from dataclasses import replace
from datetime import date

import pytest

from directory.imports.pressed import TOGETHER, Press, Pressed, joined, press
from directory.imports.records import PupilRecord
from directory.imports.snapshot import CurrentPupil
from directory.imports.steps import Kind, Step
from tests.directory.files import ECKID
from tests.directory.test_plan import pupil

MANY = TOGETHER + 3
KNOWN = CurrentPupil(
    1, 2, "p", b"\x00\xff", "Fien", None, "Vos", "3", "g3", frozenset({"s1"}), date(2027, 1, 1), True, "owl"
)


def records(number: int) -> list[PupilRecord]:
    return [pupil(f"p{place}", eckid=f"{ECKID[:-6]}{place:06}", starts_on=date(2026, 8, 1)) for place in range(number)]


def test_few_stay_what_they_are() -> None:
    few = records(TOGETHER)
    row = press(few)
    assert type(row) is tuple
    assert row[0] is few[0]


@pytest.mark.parametrize("number", [MANY, 2 * TOGETHER, 3 * TOGETHER])
def test_many_are_equal_to_the_tuple_of_them(number: int) -> None:
    told = tuple(records(number))
    row = press(told)
    assert isinstance(row, Pressed)
    assert (len(row), tuple(row), row == told, told == row, hash(row) == hash(told)) == (
        number,
        told,
        True,
        True,
        True,
    )
    assert (row[0], row[-1], row[5:9], row[9:5:-2], row[3:3]) == (
        told[0],
        told[-1],
        told[5:9],
        told[9:5:-2],
        (),
    )
    assert row != told[:-1]
    assert row != (*told[:-1], replace(told[-1], surname="Wit"))
    with pytest.raises(IndexError):
        row[number]


def test_a_step_comes_back_with_both_its_sides_and_its_kind() -> None:
    told = [Step(Kind.MOVED, one, replace(KNOWN, id=place), ("group",)) for place, one in enumerate(records(MANY))]
    row = press(told)
    assert isinstance(row, Pressed)
    assert list(row) == told
    assert all(step.kind is Kind.MOVED for step in row)


def test_rows_are_joined_in_their_order_pressed_or_not() -> None:
    few, many = records(3), records(MANY)
    for first, second in ((few, many), (many, few), (many, many), (few, few), ([], many), (many, [])):
        assert tuple(joined(press(first), press(second))) == (*first, *second)


def test_what_was_added_after_a_row_was_taken_is_not_in_it() -> None:
    pressing = Press[PupilRecord]()
    told = records(MANY + 1)
    for one in told[:-1]:
        pressing.add(one)
    row = pressing.row()
    pressing.add(told[-1])
    assert (len(row), len(tuple(row)), len(pressing.row())) == (MANY, MANY, MANY + 1)


def test_nobody_is_named_by_its_repr_and_a_pupil_weighs_less_than_two_hundred_bytes() -> None:
    row = press(records(MANY))
    assert isinstance(row, Pressed)
    assert "Vos" not in repr(row)
    assert sum(map(len, row.blocks)) < 200 * MANY

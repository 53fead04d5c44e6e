"""A plan without names: everything that happens, by key, and never more than its first lines of the plan of a region."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from directory.imports import nameless as module
from directory.imports.brake import brake
from directory.imports.nameless import MOST_STEPS, nameless
from directory.imports.plan import plan_for_unknown_school
from directory.imports.records import Administration
from directory.imports.snapshot import NOTHING, Snapshot
from tests.directory.test_plan import after, colleague, file, planned, pupil

DAY = datetime(2026, 11, 21, tzinfo=UTC).date()
BEFORE = file(pupil("a"), pupil("b"), pupil("c", group_key="g4"), colleague("m1"))


def told(current: Snapshot, administration: Administration) -> dict[str, Any]:
    made = planned(current, administration)
    return nameless(made, brake(made, on=DAY), fingerprint="f" * 64)


def test_everything_that_happens_is_told_by_key_and_nothing_by_name() -> None:
    found = told(after(BEFORE), file(pupil("z", first_name="Zoroaster"), *BEFORE.pupils[:2]))
    assert "Zoroaster" not in str(found)
    assert "Vos" not in str(found)
    assert {"about": "pupil", "kind": "new", "key": "z", "fields": []} in found["steps"]
    assert {"about": "pupil", "kind": "gone", "key": "c", "fields": []} in found["steps"]
    assert (found["fingerprint"], found["left_out"]) == ("f" * 64, 0)


def test_a_departure_that_waits_is_held() -> None:
    many = [pupil(f"p{number}") for number in range(30)]
    found = told(after(file(*many)), file(*many[:10]))
    assert found["held"]["pupils"] == 20
    assert [step["kind"] for step in found["steps"] if step["about"] == "pupil"] == ["held"] * 20


def test_what_stays_as_it_is_has_no_step() -> None:
    found = told(after(BEFORE), BEFORE)
    assert (found["steps"], found["changes_nothing"], found["left_out"]) == ([], True, 0)


def test_the_plan_of_a_region_is_told_by_its_first_lines() -> None:
    made = plan_for_unknown_school(
        file(*(pupil(f"p{number}", group_key=None) for number in range(MOST_STEPS + 10))),
        now=datetime(2026, 11, 21, tzinfo=UTC),
    )
    found = nameless(made, brake(made, on=DAY))
    assert (len(found["steps"]), len(found["doubts"])) == (MOST_STEPS, MOST_STEPS)
    # Three groups come before the pupils, all of whom are in doubt.
    assert found["left_out"] == 13 + 10
    assert found["pupils"]["new"] == MOST_STEPS + 10


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_steps_and_numbers_agree(before: list[str], then: list[str]) -> None:
    current = after(file(*map(pupil, before))) if before else NOTHING
    found = told(current, file(*map(pupil, then)))
    for about, noun in (("group", "groups"), ("pupil", "pupils")):
        kinds = [step["kind"] for step in found["steps"] if step["about"] == about]
        loud = {kind: number for kind, number in found[noun].items() if kind not in module._QUIET and number}
        told_gone = kinds.count("gone") + kinds.count("held")
        assert {kind: kinds.count(kind) for kind in loud if kind != "gone"} == {
            k: n for k, n in loud.items() if k != "gone"
        }
        assert told_gone == loud.get("gone", 0)

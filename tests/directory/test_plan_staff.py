"""Which member of staff of a file is which of ours, and who gets an account at all (D15, D16, D20)."""

from dataclasses import replace
from typing import Any

import pytest

from directory.imports.snapshot import NOTHING
from directory.imports.steps import Doubt
from tests.directory.test_plan import YEAR, after, colleague, entered_here, file, kinds, planned

# Staff


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"groups": ()}, "no_group"),
        ({"groups": (), "email": None}, "no_group"),
        ({"email": None}, "address_missing"),
        ({"email": "els"}, "address_malformed"),
    ],
)
def test_without_group_or_address_there_is_no_account(stated: dict[str, Any], reason: str) -> None:
    made = planned(NOTHING, file(colleague(**stated)))
    assert kinds(made) == {"m1": "doubtful"}
    assert made.doubts == (Doubt("staff", "m1", reason),)


def test_two_people_with_one_address_are_two_doubts() -> None:
    made = planned(NOTHING, file(colleague("m1"), colleague("m2", email="ELS@school.example")))
    assert kinds(made) == {"m1": "doubtful", "m2": "doubtful"}
    assert {doubt.reason for doubt in made.doubts} == {"address_shared"}


def test_a_file_that_knows_no_addresses_gives_places_that_wait_for_one() -> None:
    """R31: in the table of a school without an administration system all addresses stay empty."""
    table = replace(file(colleague(email=None), colleague("m2", email=None, groups=())), addressed=False)
    made = planned(NOTHING, table)
    assert kinds(made) == {"m1": "new", "m2": "doubtful"}
    assert made.doubts == (Doubt("staff", "m2", "no_group"),)
    assert planned(after(table), table).changes_nothing
    # Later the coordinator entered one; a file without addresses does not doubt it.
    assert planned(after(file(colleague())), replace(table, staff=table.staff[:1])).doubts == ()


def test_a_place_without_an_address_is_no_doubt_when_the_file_has_one() -> None:
    """Whether its owner was invited because of an account elsewhere does not show (D14)."""
    made = planned(after(replace(file(colleague(email=None)), addressed=False)), file(colleague()))
    assert (kinds(made), made.doubts) == ({"m1": "unchanged"}, ())


def test_an_address_of_a_colleague_is_a_doubt_unless_that_colleague_leaves() -> None:
    """Then its owner is asked: a new key of the same person, mostly. The same import says so that sees the old key go."""
    current = after(file(colleague("m1")))
    made = planned(current, file(colleague("m1"), colleague("m3", email="els@school.example")))
    assert {doubt.reason for doubt in made.doubts} == {"address_shared"}
    made = planned(current, file(colleague("m3")))
    assert (kinds(made), made.doubts) == ({"m1": "gone", "m3": "new"}, ())
    left = after(file(colleague("m1")), file(colleague("m2", email="a@b.example")))
    assert kinds(planned(left, file(colleague("m3"))))["m3"] == "new"


def test_an_account_keeps_its_address_whatever_the_file_says() -> None:
    current = after(file(colleague()))
    for address, reason in (
        ("new@school.example", "address_changed"),
        (None, "address_missing"),
        ("?", "address_malformed"),
    ):
        made = planned(current, file(colleague(email=address)))
        assert kinds(made) == {"m1": "unchanged"}
        assert made.doubts == (Doubt("staff", "m1", reason),)


def test_staff_move_with_their_groups_and_lose_the_account_with_the_last() -> None:
    current = after(file(colleague()))
    assert kinds(planned(current, file(colleague(groups=("g3", "g4"))))) == {"m1": "moved"}
    made = planned(current, file(colleague(groups=())))
    assert kinds(made) == {"m1": "gone"}
    assert made.doubts == (Doubt("staff", "m1", "no_group"),)
    assert kinds(planned(current, file(colleague("m2", email="b@c.example")))) == {"m2": "new", "m1": "gone"}


def test_people_entered_here_are_found_by_the_address_of_their_account() -> None:
    current = replace(NOTHING, staff=(entered_here(),))
    made = planned(current, file(colleague()))
    assert [(step.kind.value, step.fields) for step in made.staff] == [("moved", ("key", "groups"))]
    assert after(file(colleague()), current=current).staff[0].roles == {"ict-coordinator", "teacher"}


def test_people_entered_here_are_never_ended_renamed_or_brought_back_by_a_file() -> None:
    linked = after(file(colleague()), current=replace(NOTHING, staff=(entered_here(),)))
    assert linked.staff[0].surname == "Wit-Zwart"
    for next_file in (file(colleague("m2", email="b@c.example")), file(colleague(groups=()))):
        assert after(next_file, current=linked).staff[0].active
    # The links that a file made end with it.
    assert after(file(colleague(groups=())), current=linked).staff[0].groups == frozenset()
    mere_teacher = replace(NOTHING, staff=(entered_here(roles=frozenset({"teacher"})),))
    made = planned(mere_teacher, file(colleague("m2", email="b@c.example")))
    assert (kinds(made), made.doubts) == ({"m2": "new"}, ())
    ended = replace(NOTHING, staff=(entered_here(key="m1", active=False),))
    assert not after(file(colleague()), current=ended).staff[0].active


def test_a_group_that_the_school_linked_is_neither_repeated_nor_ended_by_a_file() -> None:
    own = entered_here(key="m1", own_groups=frozenset({("stamgroep", "g3")}))
    linked = replace(NOTHING, newest_year=YEAR, staff=(own,))
    assert "groups" not in {field for step in planned(linked, file(colleague())).staff for field in step.fields}
    more = planned(linked, file(colleague(groups=("g3", "g4"))))
    assert [step.fields for step in more.staff] == [("groups",)]
    from_las = replace(
        linked, staff=(replace(linked.staff[0], from_administration=True, roles=frozenset({"teacher"})),)
    )
    assert kinds(planned(from_las, file(colleague(groups=()))))["m1"] == "changed"


def test_appointed_people_who_leave_the_administration_are_a_doubt() -> None:
    teacher = after(file(colleague()))
    current = replace(teacher, staff=(replace(teacher.staff[0], roles=frozenset({"teacher", "ict-coordinator"})),))
    made = planned(current, file(colleague("m2", email="b@c.example")))
    assert kinds(made) == {"m2": "new", "m1": "unchanged"}
    assert made.doubts == (Doubt("staff", "m1", "appointed_left"),)
    assert kinds(planned(current, file(colleague(groups=())))) == {"m1": "moved"}


def test_who_was_ended_here_is_a_doubt_and_not_brought_back_under_another_key() -> None:
    """R41: by key, by address, and by the address of somebody with another key."""
    for key in ("m1", None, "m7"):
        current = replace(NOTHING, staff=(entered_here(key=key, active=False),))
        made = planned(current, file(colleague()))
        assert (kinds(made), made.doubts) == ({"m1": "doubtful"}, (Doubt("staff", "m1", "ended_here"),)), key


def test_who_left_the_administration_and_comes_back_under_another_key_is_new() -> None:
    left = entered_here(key="m7", active=False, from_administration=True, roles=frozenset({"teacher"}))
    made = planned(replace(NOTHING, staff=(left,)), file(colleague()))
    assert (kinds(made), made.doubts) == ({"m1": "new"}, ())


def test_a_substitute_is_no_colleague_whom_a_file_names() -> None:
    """D4, D15: during the substitution and after it the person is asked, and says yes or no."""
    seat = entered_here(seated=True, roles=frozenset({"substitute"}))
    gone = entered_here(was_substitute=True, active=False, roles=frozenset())
    for one in (seat, gone):
        made = planned(replace(NOTHING, staff=(one,)), file(colleague()))
        assert (kinds(made), made.doubts) == ({"m1": "new"}, ())
    made = planned(replace(NOTHING, staff=(replace(seat, key="m1"),)), file(colleague(groups=("g3", "g4"))))
    assert (kinds(made), made.doubts) == ({"m1": "doubtful"}, (Doubt("staff", "m1", "is_substitute"),))


def test_a_new_address_that_a_colleague_here_has_is_a_doubt_and_no_proposal() -> None:
    held = entered_here(email="ict@school.example")
    current = after(file(colleague()), current=replace(NOTHING, staff=(held,)))
    made = planned(current, file(colleague(email="ict@school.example")))
    assert made.doubts == (Doubt("staff", "m1", "address_taken"),)


def test_an_unstable_key_with_another_address_is_a_doubt() -> None:
    made = planned(after(file(colleague("#1"))), file(colleague("#1", email="b@c.example", groups=("g4",))))
    assert kinds(made) == {"#1": "doubtful"}
    assert made.doubts == (Doubt("staff", "#1", "unstable_key"),)

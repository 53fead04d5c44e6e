"""Who is whom in a merger: by ECK-iD, else by somebody's word, never by a name. Pure."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from directory.lifecycle.merger_plan import Present, meetings
from directory.lifecycle.rehearsal import Fate
from directory.lifecycle.reorganisation_requests import Choice

SOURCE, TARGET = 1, 2


def present(person_id: int, school_id: int, *eckids: str, name: str = "Noor", **rest: object) -> Present:
    whole = Present(
        enrolment_id=person_id,
        person_id=person_id,
        school_id=school_id,
        key=str(person_id),
        active=True,
        year_group="6",
        eckids=frozenset(text.encode() for text in eckids),
        first_name=name,
        prefix=None,
        surname="Beek",
    )
    return replace(whole, **rest)  # type: ignore[arg-type]


def fates(
    sources: list[Present], target: list[Present], choices: dict[str, Choice] | None = None
) -> list[tuple[int, int, Fate, str]]:
    return [(m.person_id, m.other_id, m.fate, m.reason) for m in meetings(sources, target, choices or {})]


def test_an_equal_eckid_is_the_same_child_whatever_the_names() -> None:
    assert fates([present(1, SOURCE, "a")], [present(2, TARGET, "a", name="Sam")]) == [(1, 2, Fate.JOINS, "eckid")]


def test_a_replaced_eckid_finds_the_child_too() -> None:
    assert fates([present(1, SOURCE, "old")], [present(2, TARGET, "new", "old")]) == [(1, 2, Fate.JOINS, "eckid")]


def test_an_account_at_both_schools_meets_itself() -> None:
    assert fates([present(1, SOURCE)], [present(1, TARGET)]) == [(1, 1, Fate.BOTH, "same_account")]


def test_an_equal_name_only_makes_a_doubt() -> None:
    assert fates([present(1, SOURCE)], [present(2, TARGET, "b")]) == [(1, 2, Fate.DOUBTFUL, "same_name")]


def test_two_eckids_are_two_children_however_they_are_called() -> None:
    assert fates([present(1, SOURCE, "a")], [present(2, TARGET, "b")]) == []


def test_a_name_in_another_year_group_is_nothing() -> None:
    assert fates([present(1, SOURCE)], [present(2, TARGET, year_group="7")]) == []


def test_who_left_both_schools_is_nobodys_question() -> None:
    gone = present(1, SOURCE, active=False)
    assert fates([gone], [present(2, TARGET, active=False)]) == []
    assert fates([gone], [present(2, TARGET)]) == [(1, 2, Fate.DOUBTFUL, "same_name")]


def test_somebodys_word_ends_a_doubt() -> None:
    pair = [present(1, SOURCE)], [present(2, TARGET)]
    assert fates(*pair, {"1-2": "same"}) == [(1, 2, Fate.JOINS, "chosen")]
    assert fates(*pair, {"1-2": "different"}) == []


def test_two_children_never_become_one_by_two_words() -> None:
    both: dict[str, Choice] = {"1-3": "same", "2-3": "same"}
    found = fates([present(1, SOURCE), present(2, SOURCE)], [present(3, TARGET)], both)
    assert [one for one in found if one[2] is Fate.JOINS] == [(1, 3, Fate.JOINS, "chosen")]


def test_a_child_of_two_sources_meets_itself_before_the_target() -> None:
    found = fates([present(1, SOURCE, "a"), present(2, 3, "a")], [present(4, TARGET, "z", name="Sam")])
    assert found == [(2, 1, Fate.JOINS, "eckid")]


def test_an_eckid_that_two_have_is_a_doubt() -> None:
    found = fates([present(1, SOURCE, "a")], [present(2, TARGET, "a"), present(3, TARGET, "a")])
    assert {one[2] for one in found} == {Fate.DOUBTFUL}
    assert {one[3] for one in found} == {"several"}


pupils = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.sampled_from([(), ("a",), ("b",), ("c",), ("a", "b")]),
        st.sampled_from(["Noor", "Sam"]),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one[0],
)


@given(
    pupils,
    pupils,
    st.dictionaries(st.from_regex(r"[1-9]-[1-9]", fullmatch=True), st.sampled_from(["same", "different"])),
)
def test_nobody_is_joined_twice_and_no_two_eckids_are(
    left: list[tuple[int, tuple[str, ...], str, bool]],
    right: list[tuple[int, tuple[str, ...], str, bool]],
    choices: dict[str, Choice],
) -> None:
    sources = [present(n, SOURCE, *has, name=name, active=active) for n, has, name, active in left]
    target = [present(n, TARGET, *has, name=name, active=active) for n, has, name, active in right]
    sure = [m for m in meetings(sources, target, choices) if m.fate in (Fate.JOINS, Fate.BOTH)]
    assert len({m.person_id for m in sure}) == len(sure)
    assert len({m.other_id for m in sure}) == len(sure)
    has = {pupil.person_id: pupil.eckids for pupil in (*target, *sources)}
    for meeting in sure:
        if meeting.fate is Fate.JOINS:
            one, other = has[meeting.person_id], has[meeting.other_id]
            assert one & other or not (one and other)

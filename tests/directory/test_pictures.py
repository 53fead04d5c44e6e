"""Tile pictures: no two alike in one group while there are enough (D22)."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from directory.pictures import deal

PICTURES = ("cat", "rocket", "turtle", "owl")


def test_new_children_get_the_first_free_pictures() -> None:
    assert deal({"a": None, "b": None}, taken=["cat"], pictures=PICTURES) == {"a": "rocket", "b": "turtle"}


def test_who_brings_a_free_picture_keeps_it() -> None:
    assert deal({"a": None, "b": "cat"}, taken=[], pictures=PICTURES) == {"b": "cat", "a": "rocket"}


def test_who_brings_a_picture_that_is_in_use_gets_another() -> None:
    assert deal({"a": "owl", "b": "owl"}, taken=["cat"], pictures=PICTURES) == {"a": "owl", "b": "rocket"}


def test_a_picture_that_no_longer_exists_is_replaced() -> None:
    assert deal({"a": "gorilla"}, taken=["gorilla"], pictures=PICTURES) == {"a": "cat"}


@settings(deadline=None)
@given(
    brought=st.lists(st.none() | st.sampled_from(PICTURES), max_size=12),
    taken=st.lists(st.sampled_from(PICTURES), max_size=4),
)
def test_pictures_are_shared_only_when_they_run_out_and_then_evenly(
    brought: list[str | None], taken: list[str]
) -> None:
    dealt = deal(dict(enumerate(brought)), taken=taken, pictures=PICTURES)
    assert dealt.keys() == set(range(len(brought)))
    uses = Counter([*taken, *dealt.values()])
    added = uses - Counter(taken)
    assert all(uses[picture] - 1 <= min(uses[other] for other in PICTURES) for picture in added)

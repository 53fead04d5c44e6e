"""Forms and queries are read once and strictly (C-112, C-327)."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.http.forms import MOST_FIELDS, Unreadable, read_pairs, unique

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=10))
def test_what_a_browser_writes_is_read_as_it_was(pairs: list[tuple[str, str]]) -> None:
    assert read_pairs(urlencode(pairs).encode()) == pairs


@given(raw=st.binary(max_size=80))
def test_whatever_comes_is_read_or_refused_and_never_holds_a_nul(raw: bytes) -> None:
    try:
        pairs = read_pairs(raw)
    except Unreadable:
        return
    known = dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True))
    assert {name: value for name, value in pairs if "\x00" in name + value} == {}
    assert {name for name, _ in pairs} >= {name for name in known if name}


@pytest.mark.parametrize("raw", [b"a=%ff", b"a=\xff", b"=\x80", b"%00=1", b"a=%00", b"a=%c3", b"a=%ed%a0%80"])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_pairs(raw)


def test_as_many_as_are_enough_and_not_one_more() -> None:
    assert len(read_pairs(b"&".join([b"a=1"] * MOST_FIELDS))) == MOST_FIELDS
    with pytest.raises(Unreadable):
        read_pairs(b"&".join([b"a=1"] * (MOST_FIELDS + 1)))


def test_no_name_stands_twice_unless_it_may() -> None:
    assert unique([("a", "1"), ("b", "2")]) == {"a": "1", "b": "2"}
    with pytest.raises(Unreadable, match="twice"):
        unique([("a", "1"), ("a", "1")])
    assert unique([("a", "1"), ("a", "2")], repeatable=frozenset({"a"})) == {"a": "2"}


def test_a_refusal_repeats_nothing_of_the_input() -> None:
    with pytest.raises(Unreadable) as refused:
        read_pairs(b"geheim=%ff")
    assert "geheim" not in str(refused.value)

"""Which subject a party keeps when two become one (D19). Pure."""

from datetime import UTC, datetime

from directory.lifecycle.subjects import LONG_AGO, Known, keep

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = 1, 2, 3


def known(seed: bytes, since: dict[int, datetime], aliases: dict[int, bytes] | None = None) -> Known:
    return Known(1, seed, aliases or {}, since)


def test_what_a_party_knows_stays() -> None:
    kept = keep(known(b"s", {FIRST: EARLY}), known(b"f", {SECOND: LATE}))
    assert (kept.aliases, kept.knew_both) == ({SECOND: b"f"}, ())


def test_of_two_known_subjects_the_older_wins_and_it_is_told() -> None:
    kept = keep(known(b"s", {FIRST: EARLY, SECOND: LATE}), known(b"f", {FIRST: LATE, SECOND: EARLY}))
    assert (kept.aliases, kept.knew_both) == ({SECOND: b"f"}, (FIRST, SECOND))


def test_of_two_equally_old_ones_the_survivors_wins() -> None:
    kept = keep(known(b"s", {FIRST: EARLY}), known(b"f", {FIRST: EARLY}))
    assert (kept.aliases, kept.knew_both) == ({}, (FIRST,))


def test_aliases_of_earlier_joins_go_along() -> None:
    kept = keep(known(b"s", {}, {}), known(b"f", {FIRST: LONG_AGO, SECOND: LATE}, {FIRST: b"x"}))
    assert (kept.aliases, kept.knew_both) == ({FIRST: b"x", SECOND: b"f"}, ())


def test_a_party_that_sees_the_same_either_way_knew_one() -> None:
    kept = keep(known(b"s", {FIRST: EARLY}, {FIRST: b"x"}), known(b"f", {FIRST: LATE}, {FIRST: b"x"}))
    assert (kept.aliases, kept.knew_both) == ({}, ())


def test_a_party_that_knew_nobody_gets_the_survivors_own() -> None:
    kept = keep(known(b"s", {}), known(b"f", {}))
    assert (kept.aliases, kept.knew_both) == ({}, ())
    assert known(b"s", {}).at(THIRD) == b"s"

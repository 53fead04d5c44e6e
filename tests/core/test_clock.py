"""The school year turns on 1 August in the Netherlands, not in Greenwich (R37)."""

from datetime import UTC, datetime

import pytest

from idp.core.clock import school_year, utc_now


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC), "2025-2026"),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), "2026-2027"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2026-2027"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2026-2027"),
    ],
    ids=["last second of July", "first second of August", "New Year's Eve", "New Year"],
)
def test_the_school_year_of_a_moment(moment: datetime, year: str) -> None:
    assert school_year(moment) == year


def test_now_is_aware_and_in_utc() -> None:
    assert utc_now().utcoffset() == datetime.now(UTC).utcoffset()

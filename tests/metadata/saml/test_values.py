"""Moments and booleans as XML Schema writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.saml import values

MOMENT = datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-23T09:30:15Z", "2026-11-23T09:30:15+00:00", "2026-11-23T10:30:15+01:00", "2026-11-23T09:30:15.0Z"]
)
def test_one_moment_has_several_forms(text: str) -> None:
    assert values.moment(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T09:30:15",
        "2026-11-23 09:30:15Z",
        "2026-13-23T09:30:15Z",
        "2026-02-30T09:30:15Z",
        "2026-11-23T09:30:60Z",
        "2026-11-23T09:30:15z",
        " 2026-11-23T09:30:15Z",
        "２026-11-23T09:30:15Z",
        "0001-01-01T00:00:00+14:00",
        "2026-11-23T09:30:15+99:00",
        "2026-W48-1T09:30:15Z",
    ],
)
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="not a date and time"):
        values.moment(text)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14, 14))
def test_a_moment_is_written_in_utc_to_the_second(moment: datetime, hours: int) -> None:
    """C-227."""
    if timedelta(days=1) < moment - datetime.min.replace(tzinfo=UTC) < timedelta(days=3_000_000):
        moment = moment.astimezone(timezone(timedelta(hours=hours)))
    written = values.instant(moment)
    assert written.endswith("Z")
    assert values.moment(written) == moment.astimezone(UTC).replace(microsecond=0)


def test_booleans_have_four_forms_and_no_more() -> None:
    assert [values.boolean(text) for text in ("true", "1", "false", "0")] == [True, True, False, False]
    for text in ("True", "yes", "", " true", "01"):
        with pytest.raises(ValueError, match="neither"):
            values.boolean(text)

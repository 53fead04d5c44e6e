"""When the helpdesk is there (R159)."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from idp.core.clock import AMSTERDAM
from idp.core.settings import Settings
from idp.support.opening import opening

SETTINGS = Settings(_env_file=None)


@pytest.mark.parametrize(
    ("moment", "closes", "there"),
    [
        ("2026-11-23T07:59", "12:30", False),
        ("2026-11-23T08:00", "12:30", True),
        ("2026-11-23T12:30", "12:30", False),
        ("2026-11-21T10:00", "12:30", False),
        ("2026-08-31T16:59", "17:00", True),
        ("2026-08-14T16:00", "12:30", False),
        ("2026-10-01T16:00", "17:00", True),
        ("2026-10-02T16:00", "12:30", False),
    ],
)
def test_on_working_days_and_longer_when_the_school_year_begins(moment: str, closes: str, there: bool) -> None:
    found = opening(SETTINGS, now=datetime.fromisoformat(moment).replace(tzinfo=AMSTERDAM))
    assert (f"{found.hours.closes:%H:%M}", found.open_now) == (closes, there)


def test_a_period_may_pass_the_turn_of_the_year() -> None:
    winter = SETTINGS.model_copy(update={"helpdesk_start_of_year": "12-20/01-10"})
    assert opening(winter, now=datetime(2026, 1, 5, 14, tzinfo=AMSTERDAM)).open_now
    assert not opening(winter, now=datetime(2026, 3, 5, 14, tzinfo=AMSTERDAM)).open_now


@pytest.mark.parametrize(
    "wrong",
    [
        {"helpdesk_hours": "12:30-08:00"},
        {"helpdesk_hours": "8-12"},
        {"helpdesk_start_of_year": "15-08/01-10"},
        {"helpdesk_phone": "<b>"},
    ],
)
def test_settings_that_say_nothing_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)

"""The one place where time is read. Everything below the edges gets `now` as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def school_year(moment: datetime) -> str:
    """The school year a moment lies in, `YYYY-YYYY`; it turns on 1 August, Amsterdam time (R37)."""
    local = moment.astimezone(AMSTERDAM)
    first = local.year if local.month >= 8 else local.year - 1
    return f"{first}-{first + 1}"

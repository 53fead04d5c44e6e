"""When a school's system is asked: its own minute of every night, so that no system gets all its schools at once."""

from datetime import datetime, timedelta
from typing import Final

from idp.core.clock import AMSTERDAM

_NIGHT_BEGINS: Final = timedelta(minutes=30)
_NIGHT: Final = 300
"""Minutes over which schools are spread: from half past midnight to half past five, in the Netherlands."""


def next_night(school_id: int, now: datetime) -> datetime:
    """The school's own minute of the coming night, or of this one when it is still to come."""
    local = now.astimezone(AMSTERDAM)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = _NIGHT_BEGINS + timedelta(minutes=school_id * 37 % _NIGHT)
    found = next(at for day in range(2) if (at := midnight + timedelta(days=day) + minute) > local)
    return found.astimezone(now.tzinfo)

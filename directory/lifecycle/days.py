"""Days as schools count them: in Amsterdam, in school years that end on 31 July."""

from datetime import date, datetime

from directory.lifecycle.refusals import Refused
from idp.core.clock import AMSTERDAM


def day_of(now: datetime) -> date:
    """The day that a moment lies in, in the Netherlands."""
    return now.astimezone(AMSTERDAM).date()


def latest_end(today: date) -> date:
    """The furthest day until which somebody may be entered by hand: the last of the next school year, so that somebody looks every year (R80)."""
    return date(today.year + (2 if today.month >= 8 else 1), 7, 31)


def check_end(ends_on: date, *, today: date) -> None:
    """Raises `Refused` for a last day that has passed or lies too far ahead."""
    if ends_on < today:
        raise Refused("end_has_passed", "the last day has passed already")
    if ends_on > latest_end(today):
        raise Refused("end_too_far", f"the last day is {latest_end(today)} at the latest")

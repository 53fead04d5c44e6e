"""When the helpdesk answers the telephone: on working days, longer at the start of the school year (R159)."""

from dataclasses import dataclass
from datetime import date, datetime, time

from idp.core.clock import AMSTERDAM
from idp.core.settings import Settings

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of the day until another, in Amsterdam."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Opening:
    """How it is today: `hours` hold on working days of this time of the year."""

    hours: Hours
    open_now: bool


def opening(settings: Settings, *, now: datetime) -> Opening:
    """The hours of this time of the year, and whether somebody is there now. Public holidays are not known here."""
    local = now.astimezone(AMSTERDAM)
    busy = _within(local.date(), settings.helpdesk_start_of_year)
    text = settings.helpdesk_hours_start_of_year if busy else settings.helpdesk_hours
    hours = Hours(*(time.fromisoformat(part) for part in text.split("-")))
    there = local.weekday() < SATURDAY and hours.opens <= local.time() < hours.closes
    return Opening(hours, there)


def _within(today: date, period: str) -> bool:
    """Whether a day lies in a period such as `08-15/10-01`, both ends included, each year; it may pass the turn of the year."""
    first, last = period.split("/")
    day = f"{today:%m-%d}"
    return first <= day <= last if first <= last else day >= first or day <= last

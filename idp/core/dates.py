"""Days and moments as people write them: 22 november 2026, 14:05 (in English: 22 November 2026, 14:05)."""

from datetime import date, datetime
from typing import Final

from idp.core.clock import AMSTERDAM

MONTHS: Final = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def written(on: date, lang: str) -> str:
    """A day; of a `datetime`, which is to be aware, the day and the time of it in Amsterdam."""
    if isinstance(on, datetime):
        local = on.astimezone(AMSTERDAM)
        return f"{written(local.date(), lang)}, {local:%H:%M}"
    return f"{on.day} {MONTHS[lang][on.month - 1]} {on.year}"

"""How long rows are kept, where more than one room must know it (R54, D40): the purge goes by it, and pages tell it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

_DAYS: Final = {"days": 1.0, "months": 30.44, "years": 365.25}


@dataclass(frozen=True, slots=True)
class Term:
    """So many days, months or years."""

    count: int
    unit: Literal["days", "months", "years"] = "days"

    @property
    def span(self) -> timedelta:
        """The same in days: months and years of an average length, rounded."""
        return timedelta(days=round(self.count * _DAYS[self.unit]))


UNANSWERED: Final = Term(14)
"""What waits for somebody's yes: a plan, a held import, advice."""
MAILS: Final = Term(30)
RECORDS: Final = Term(13, "months")
"""Releases, substitutes, runs and notices."""
LEDGER: Final = Term(7, "years")

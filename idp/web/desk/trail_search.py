"""What a coordinator looks for in the school's ledger: which days, which kind of act, which party; and the place where a page of it begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from idp.core.clock import AMSTERDAM
from idp.core.ledger_reading import Wanted
from idp.web.desk.trail_acts import KINDS
from idp.web.guarding import number

USUAL: Final = timedelta(days=30)
"""How far back the page looks when nobody said anything."""
LONGEST: Final = timedelta(days=366)
"""A year at a time: a school writes some hundred thousand lines in one."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Days in the Netherlands, both included; an empty `kind` and no party ask nothing."""

    since: date
    until: date
    kind: str = ""
    party_id: int | None = None

    def wanted(self, who: str | None = None) -> Wanted:
        """The same for the ledger; `who` is a ledger id."""
        return Wanted(
            since=_begin(self.since),
            until=_begin(self.until + timedelta(days=1)),
            actions=KINDS[self.kind] if self.kind else None,
            who=who,
            party_id=self.party_id,
        )

    def values(self) -> dict[str, str]:
        """The same as it stands in a form or an address."""
        party = str(self.party_id) if self.party_id is not None else ""
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "kind": self.kind, "party": party}


def usual(today: date) -> Search:
    """What happened lately."""
    return Search(since=today - USUAL, until=today)


def read(asked: Mapping[str, str], *, today: date) -> Search:
    """What was asked for; a kind that is none asks nothing. Raises `ValueError` for days that are none, turned round or too many."""
    until = _day(asked.get("until", "")) or today
    since = _day(asked.get("since", "")) or until - USUAL
    if not since <= until <= since + LONGEST:
        raise ValueError("not a year of days, one after the other")
    kind, party = asked.get("kind", ""), asked.get("party", "")
    return Search(
        since=since, until=until, kind=kind if kind in KINDS else "", party_id=number(party) if party else None
    )


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    found = date.fromisoformat(text.strip())
    if not date(2000, 1, 1) <= found <= date(2999, 12, 31):
        raise ValueError("a day of another age")
    return found


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)


def mark(place: tuple[datetime, int]) -> str:
    """Where a page ended, as it stands in an address: the moment to the microsecond and the number."""
    return f"{(place[0] - _EPOCH) // timedelta(microseconds=1)}-{place[1]}"


def place(text: str) -> tuple[datetime, int] | None:
    """The same read; None for the beginning. Raises `Problem("not_found")` for what we did not write."""
    if not text:
        return None
    at, _, id_ = text.partition("-")
    return _EPOCH + timedelta(microseconds=min(number(at), 2**52)), number(id_)

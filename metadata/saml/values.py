"""The XML Schema values that SAML uses: moments, lengths of time and booleans, strictly read and written in one form."""

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import Final

_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DURATION: Final = re.compile(
    r"P(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def moment(text: str) -> datetime:
    """An xs:dateTime with its zone, as UTC. Raises `ValueError`; a moment without a zone could mean any hour and is refused."""
    if not _MOMENT.fullmatch(text):
        raise ValueError("not a date and time with a zone")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("not a date and time that exists") from None


def duration(text: str) -> timedelta:
    """An xs:duration that is not negative; a year as 365 days, a month as 30. Raises `ValueError`."""
    found = _DURATION.fullmatch(text)
    if not found or text[-1] in "PT":
        raise ValueError("not a length of time")
    years, months, days, hours, minutes = (int(found[part] or 0) for part in range(1, 6))
    try:
        whole = timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes)
        return whole + timedelta(seconds=float(found[6] or 0))
    except OverflowError:
        raise ValueError("a length of time beyond all measure") from None


# The moment of an answer is written twice in it, those of its session in every answer that follows.
@functools.lru_cache(maxsize=1024)
def instant(moment: datetime) -> str:
    """A moment in the one form SAML knows: UTC with a `Z`, whole seconds (C-227)."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="seconds")[:-6] + "Z"


def boolean(text: str) -> bool:
    """An xs:boolean. Raises `ValueError`: a `True` or `yes` is not one."""
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise ValueError("neither true nor false") from None

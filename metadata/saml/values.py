"""The XML Schema values that SAML uses: moments and booleans, strictly read and written in one form."""

import re
from datetime import UTC, datetime
from typing import Final

_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
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


def instant(moment: datetime) -> str:
    """A moment in the one form SAML knows: UTC with a `Z`, whole seconds (C-227)."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def boolean(text: str) -> bool:
    """An xs:boolean. Raises `ValueError`: a `True` or `yes` is not one."""
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise ValueError("neither true nor false") from None

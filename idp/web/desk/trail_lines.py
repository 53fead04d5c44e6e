"""The school's ledger in words: who, what, about whom. Names are looked up now, and only this school's people have one (D40)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from directory import called
from directory.people import LEDGER_ID
from directory.roles import ROLES
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.ledger_reading import Entry
from idp.web.desk.guards import Coordinator
from idp.web.desk.trail_acts import COUNTED, KIND_OF
from metadata import parties

NOTHING: Final = "–"
UNKNOWN_ACT: Final = "other"
"""An act of a version before this one, which has no words any more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page shows it. `action` names its sentence, which `values` fill; `who` and `whom` are what people are called here."""

    at: datetime
    action: str
    values: dict[str, str]
    who: str
    whom: str | None
    request: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """What everything is called that some entries name: people by ledger id, parties and groups by number."""

    people: Mapping[str, str]
    platform: frozenset[str]
    parties: Mapping[int, str]
    groups: Mapping[int, str]


async def names_in(db: Db, school_id: int, entries: Sequence[Entry]) -> Names:
    """The names for these entries of one school."""
    people = {one for entry in entries for one in (entry.by, entry.subject) if one and len(one) == LEDGER_ID}
    told = {number for entry in entries if (number := _number(entry.detail, "party")) is not None}
    rooms = {number for entry in entries for number in _groups(entry.detail)}
    return Names(
        people=await called.here(db, school_id, people),
        platform=await called.of_the_platform(db, people),
        parties={one.id: one.name for one in await parties.known(db, told)} if told else {},
        groups=await called.groups(db, school_id, rooms),
    )


def line(coordinator: Coordinator, entry: Entry, names: Names) -> Line:
    """One entry in words."""
    known = entry.action in KIND_OF
    request = entry.detail.get("request")
    return Line(
        at=entry.at.astimezone(AMSTERDAM),
        action=entry.action if known else UNKNOWN_ACT,
        values=_values(coordinator, entry, names),
        who=_name(coordinator, entry.by, names),
        whom=_name(coordinator, entry.subject, names) if entry.subject and entry.subject != entry.by else None,
        request=request if isinstance(request, str) and request else None,
    )


def sentence(coordinator: Coordinator, told: Line) -> str:
    """What happened, as a text: for the file."""
    return coordinator.resources.pages.text(coordinator.language, f"desk.trail.act.{told.action}", **told.values)


def _name(coordinator: Coordinator, ledger_id: str, names: Names) -> str:
    def text(what: str) -> str:
        return coordinator.resources.pages.text(coordinator.language, f"desk.trail.by.{what}")

    if ledger_id in names.people:
        return names.people[ledger_id]
    if ledger_id.startswith("operator") or ledger_id in names.platform:
        return text("platform")
    if len(ledger_id) != LEDGER_ID:
        return text("unknown" if ledger_id == "unknown" else "itself")
    # Whether an account that is not of this school is anybody's still is no business of this school (D14).
    return text("outside")


def _values(coordinator: Coordinator, entry: Entry, names: Names) -> dict[str, str]:
    pages, language, detail = coordinator.resources.pages, coordinator.language, entry.detail
    party = _number(detail, "party")
    rooms = [names.groups.get(number, NOTHING) for number in _groups(detail)]
    roles = [pages.text(language, f"role.{role}") for role in _texts(detail, "role", "roles") if role in ROLES]
    day = _day(detail.get("until"))
    counts = [number for name in COUNTED if (number := _number(detail, name)) is not None]
    return {
        "party": NOTHING if party is None else names.parties.get(party, pages.text(language, "desk.trail.party_gone")),
        "role": ", ".join(roles) or NOTHING,
        "group": ", ".join(rooms) or NOTHING,
        "networks": ", ".join(_texts(detail, "networks")) or NOTHING,
        "day": f"{day.day} {pages.text(language, f'month.{day.month}')} {day.year}" if day else NOTHING,
        "count": str(counts[0]) if counts else NOTHING,
        "days": str(_number(detail, "days") or NOTHING),
        "year": ", ".join(_texts(detail, "year")) or NOTHING,
    }


def _number(detail: Mapping[str, Any], name: str) -> int | None:
    value = detail.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _groups(detail: Mapping[str, Any]) -> list[int]:
    told = detail.get("groups")
    several = told if isinstance(told, list) else []
    return [one for one in (detail.get("group"), *several) if isinstance(one, int)]


def _texts(detail: Mapping[str, Any], *names: str) -> list[str]:
    told = [detail.get(name) for name in names]
    flat = [one for value in told for one in (value if isinstance(value, list) else [value])]
    return [one for one in flat if isinstance(one, str)]


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None

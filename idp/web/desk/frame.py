"""What every page of the desk shares: the school on top, and the eight nouns."""

from typing import Any, Final

from starlette.responses import Response

from idp.web import room
from idp.web.desk.guards import Coordinator
from idp.web.room import Noun, address, back

__all__ = ["NOUNS", "PAGE_OF", "address", "back", "respond"]

NOUNS: Final[tuple[Noun, ...]] = (
    ("today", "", "today"),
    ("staff", "/staff", "staff"),
    ("substitutes", "/substitutes", "substitutes"),
    ("imports", "/imports", "imports"),
    ("school-year", "/school-year", "school-year"),
    ("parties", "/parties", "parties"),
    ("networks", "/networks", "networks"),
    ("evidence", "/trail", "evidence"),
)
"""Name, path, drawing."""

PAGE_OF: Final = 50
"""Rows on one page of a list."""


def respond(coordinator: Coordinator, template: str, *, at: str, **context: Any) -> Response:
    """A page of the desk, as `room.respond` makes it."""
    school = {"name": coordinator.school.name, "code": coordinator.school.code, "many": len(coordinator.schools) > 1}
    place = f"desk/{template}"
    return room.respond(coordinator, place, base=coordinator.base, at=at, nouns=NOUNS, school=school, **context)

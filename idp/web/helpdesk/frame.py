"""What every page of the helpdesk has around it: who works there, and its nouns."""

from typing import Any, Final

from starlette.responses import Response

from idp.web import room
from idp.web.helpdesk.guards import Attendant
from idp.web.room import address, back

__all__ = ["NOUNS", "address", "back", "respond"]

NOUNS: Final = (
    ("today", "", "today", False),
    ("schools", "/schools", "school", False),
    ("reasons", "/reasons", "search", False),
    ("accounts", "/sessions", "person", False),
    ("mails", "/mails", "mail", False),
    ("applications", "/applications", "add", True),
    ("reorganisations", "/reorganisations", "reorganisations", False),
    ("notices", "/notices", "speak", True),
)
"""Name, path, drawing, and whether only operators have it."""


def respond(attendant: Attendant, template: str, *, at: str, **context: Any) -> Response:
    """A page, as `room.respond` makes it."""
    nouns = [(noun, path, drawing) for noun, path, drawing, only in NOUNS if attendant.decides or not only]
    place = f"helpdesk/{template}"
    return room.respond(attendant, place, base=attendant.base, at=at, nouns=nouns, duty=attendant.duty, **context)

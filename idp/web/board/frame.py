"""What every page of a board shares: the board on top, and its nouns."""

from typing import Any, Final

from starlette.responses import Response

from idp.web import room
from idp.web.board.guards import Overseer
from idp.web.room import Noun, back

__all__ = ["NOUNS", "back", "respond"]

NOUNS: Final[tuple[Noun, ...]] = (
    ("schools", "", "school"),
    ("parties", "/parties", "parties"),
    ("people", "/people", "staff"),
)
"""Name, path, drawing. Who else has a role is for who acts."""


def respond(overseer: Overseer, template: str, *, at: str, **context: Any) -> Response:
    """A page, as `room.respond` makes it."""
    nouns = [noun for noun in NOUNS if overseer.acts or noun[0] != "people"]
    board = {"name": overseer.board.name, "number": overseer.board.number}
    place = f"board/{template}"
    around = {"board": board, "acts": overseer.acts, **context}
    return room.respond(overseer, place, base=overseer.base, at=at, nouns=nouns, **around)

"""What every page of the test environment has around it."""

from typing import Any, Final

from starlette.responses import Response

from idp.web import room
from idp.web.party.guards import Contact
from idp.web.room import Noun, back

__all__ = ["NOUNS", "back", "respond"]

NOUNS: Final[tuple[Noun, ...]] = (
    ("start", "", "today"),
    ("connections", "/connections", "key"),
    ("people", "/people", "person"),
    ("exchanges", "/exchanges", "reorganisations"),
    ("check", "/check", "shield"),
)
"""Name, path, drawing."""
_ALWAYS: Final = frozenset({"start", "connections"})
"""What a party has that is not under test, too."""


def respond(contact: Contact, template: str, *, at: str, **context: Any) -> Response:
    """A page, as `room.respond` makes it; `told` is here why something cannot be, as the protocol says it."""
    nouns = [noun for noun in NOUNS if contact.party.under_test or noun[0] in _ALWAYS]
    place, party_name = f"party/{template}", contact.party.name
    return room.respond(contact, place, base=contact.base, at=at, nouns=nouns, party_name=party_name, **context)

"""Where somebody begins anew whose attempt is over: a tablet that lay there for a night, the back button, a page that was done already.

The attempt's own id says where it began (`attempts.began_at`), under our seal, and only that: the address itself is ours, or the one that the party
registered.
"""

import contextlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from directory import schools
from idp.core.errors import Problem
from idp.http import visitors
from idp.http.resources import resources_of
from idp.signin import attempts
from idp.signin.attempts import Began
from metadata import parties

SHORTCUT: Final = "/login/leerlingen/snelkoppelaar"
HOME: Final = "/thuis"
OWN_PAGE: Final = "/account"
SIGNIN: Final = "/signin/"
CODES: Final = frozenset({"signin.expired", "signin.other_browser"})

_ROOMS_OF_OTHERS: Final = frozenset(
    {
        "board.not_yours",
        "board.only_looks",
        "classroom.not_for_substitutes",
        "classroom.not_yours",
        "desk.not_yours",
        "helpdesk.not_yours",
    }
)


@dataclass(frozen=True, slots=True)
class Anew:
    """Where to begin anew: an address of ours, or that of the party with this name. `by_itself`: nobody need be asked first.
    `pupil`: a child reads the page. `inside`: whoever looks back is signed in already."""

    url: str
    party: str | None = None
    by_itself: bool = False
    pupil: bool = False
    inside: bool = False


def shortcut_of(instelling_ref: str) -> str:
    """The path of a school's pupil shortcut (R114)."""
    return f"{SHORTCUT}?{urlencode({'INSTELLING_REF': instelling_ref})}"


def from_a_room(problem: Problem) -> Anew | None:
    """The own page, for who is signed in and came to a room that is not his: it leads to those that are. None for any other problem."""
    return Anew(OWN_PAGE, inside=True) if problem.code in _ROOMS_OF_OTHERS else None


async def place_of(request: Request, problem: Problem) -> Anew | None:
    """Where the attempt of this request began; None where the front door is all that is known, or nothing can be looked up now.

    A child at a shortcut or at home is there again by itself, or on its own page where it is signed in already: a shortcut would end that (D23).
    """
    floor = resources_of(request).floor
    where, number = attempts.began_at(floor.keyring, request.path_params.get("attempt", ""))
    try:
        visitor = await visitors.visitor_of(request, floor)
        kind = visitor.session.kind if visitor.session is not None else None
        over = problem.code == "signin.expired"
        inside = over and kind is not None
        child = kind == "pupil" or (kind is None and (visitor.by_card or visitor.group_id is not None))
        if where in {"school", "home"}:
            # A member of staff who is signed in here was set aside by whoever began there.
            url = OWN_PAGE if kind == "pupil" else (await _address(request, where, number))[0]
            return Anew(url, by_itself=over, pupil=True)
        with contextlib.suppress(LookupError):
            return Anew(*await _address(request, where, number), pupil=child, inside=inside)
    except (Problem, LookupError):
        return None
    # A form that was kept for who proved himself again is over too: that is another thing than looking back.
    looked_back = inside and request.scope["path"].startswith(SIGNIN)
    return Anew(OWN_PAGE, pupil=child, inside=True) if looked_back else None


async def _address(request: Request, where: Began, number: int) -> tuple[str, str | None]:
    """Raises `LookupError` for what is nowhere, or says no address."""
    if where == "home":
        return HOME, None
    async with resources_of(request).floor.database.read() as db:
        if where == "school":
            school = await schools.by_id(db, number)
            return shortcut_of(school.instelling_ref), None
        if where == "party":
            party = await parties.by_id(db, number)
            if party.url and party.enabled:
                return party.url, party.name
    raise LookupError(where)

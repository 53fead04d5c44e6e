"""A form that came when the proof was no longer fresh: kept while its sender proves himself again, then offered once more (C-318).

Only a form that one of our own pages made, for this session, is ever kept; what is kept is sealed for its sender in this attempt.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core.crypto import Keyring
from idp.core.errors import Problem
from idp.http import headers, problems, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import attempts, flow
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from idp.web import beginning

ADDRESS: Final = "/again"
LARGEST: Final = 16 * 1024
"""Bytes of a form that is kept; of a larger one the page is shown anew."""

UNKEPT: Final = re.compile(r"pass|pin\b|picked|code|secret|sealed|unkept")
"""In the names of fields whose form is never kept: no secret stands in a page a second time, and what we promise to keep nowhere (D29) is not."""


def ticket(keyring: Keyring, session: Session, path: str) -> str:
    """What the kept form carries in the place of its own ticket: it fits this session and the address it was sent to."""
    return keyring.mac("ticket", "again", session.key, path).hex()[:32]


async def ask(resources: Resources, visitor: Visitor, *, path: str, form: Mapping[str, str]) -> Response | None:
    """The way to prove oneself again, with the form kept; None when it cannot be."""
    session = visitor.session
    told = orjson.dumps({"path": path, "form": {name: text for name, text in form.items() if name != "ticket"}})
    if session is None or len(told) > LARGEST or any(UNKEPT.search(name) for name in form):
        return None
    return await beginning.ask_staff(resources, visitor, back=ADDRESS, kept=told)


async def show(request: Request) -> Response:
    """What was being done, to do it now. Only for who sent it, in the session that the new proof opened."""
    problems.speak_to(request, "staff")
    resources = resources_of(request)
    floor = resources.floor
    visitor = await visitors.visitor_of(request, floor)
    session = visitor.session
    attempt = await attempts.find(floor.store, floor.keyring, request.path_params["attempt"], visitor.browser)
    if session is None or attempt.session != session.key.hex() or attempt.kept is None:
        return RedirectResponse("/account", status_code=303)
    if not await flow.still_stands(floor, session, visitor):
        raise Problem("signin.expired", status=410, detail="the session ended meanwhile")
    kept = _opened(resources, attempt.kept, attempt.id, session.person_id)
    if kept is None:
        # Somebody else signed in at the same page: what was typed is not theirs.
        return RedirectResponse("/account", status_code=303)
    path = str(kept["path"])
    return resources.pages.respond(
        request,
        "again.html",
        headers=headers.PAGE,
        action=path,
        back="/".join(path.split("/")[:4]),
        ticket=ticket(floor.keyring, session, path),
        fields=sorted(kept["form"].items()),
        lang_switch_url=None,
    )


def _opened(resources: Resources, sealed: str, attempt_id: str, person_id: int) -> dict[str, Any] | None:
    raw = beginning.open_kept(resources.floor.keyring, sealed, attempt_id=attempt_id, person_id=person_id)
    found: dict[str, Any] | None = orjson.loads(raw) if raw is not None else None
    return found


ROUTES = [Route(ADDRESS + "/{attempt}", show)]

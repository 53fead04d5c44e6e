"""What a page of refusal said, by the reference on it: the reason and who can help; the party is left out (D37)."""

from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from directory import schools
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.signin import refusals
from idp.signin.refusals import Refusal
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, asks, view


async def ask(attendant: Attendant) -> Response:
    """Which reference?"""
    return _page(attendant)


async def explain(attendant: Attendant, form: Form) -> Response:
    """What that page said."""
    typed = form.get("reference", "")[:40]
    reference = refusals.read_reference(typed)
    if reference is None:
        return _page(attendant, error="helpdesk.reason.malformed", typed=typed)
    found = await refusals.find(attendant.floor, reference)
    failure = refusals.code_of(reference, attendant.resources.pages.problems()) if found is None else None
    async with attendant.floor.database.begin() as db:
        code = found.code if found else failure or "unknown"
        await attendant.note(db, "helpdesk.refusal_explained", code=code)
        # Of a page of failure there is nothing but what it said: neither when nor to whom.
        said = await _said(db, found.blind) if found else {"code": failure, "school": None} if failure else None
    return _page(attendant, typed=reference, said=said, unknown=said is None)


async def _said(db: Db, refusal: Refusal) -> dict[str, Any]:
    school = await schools.by_id(db, refusal.school_id) if refusal.school_id is not None else None
    return {
        "code": refusal.code,
        "register": refusal.register,
        "at": datetime.fromtimestamp(refusal.at, AMSTERDAM),
        "school": {"name": school.name, "url": f"{ADDRESS}/schools/{school.code}"} if school else None,
    }


def _page(
    attendant: Attendant,
    *,
    error: str | None = None,
    typed: str = "",
    said: dict[str, Any] | None = None,
    unknown: bool = False,
) -> Response:
    values = {"reference": typed}
    return frame.respond(
        attendant, "reasons.html", at="reasons", error=error, values=values, said=said, unknown=unknown
    )


ROUTES = [
    Route(ADDRESS + "/reasons", view(ask), methods=["GET"]),
    Route(ADDRESS + "/reasons", asks(explain), methods=["POST"]),
]

"""What a page of refusal said, by the code on it: for the coordinators of that school, who alone read which party it was (D37)."""

from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from idp.core.clock import AMSTERDAM
from idp.signin import refusals
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, asks
from metadata import parties


async def explain(coordinator: Coordinator, form: Form) -> Response:
    """What that page said; nothing where it was said at another school."""
    reference = refusals.read_reference(form.get("reference", "")[:40])
    found = await refusals.find(coordinator.floor, reference) if reference else None
    said: dict[str, Any] | None = None
    if found is not None and found.school_id == coordinator.school.id:
        async with coordinator.floor.database.read() as db:
            party = await parties.by_id(db, found.party_id) if found.party_id is not None else None
        said = {
            "code": found.code,
            "register": found.register,
            "at": datetime.fromtimestamp(found.at, AMSTERDAM),
            "party": party.name if party is not None else None,
        }
    elif found is None and reference:
        failure = refusals.code_of(reference, coordinator.resources.pages.problems())
        said = {"code": failure, "party": None} if failure else None
    return frame.respond(coordinator, "why_code.html", at="today", said=said, reference=reference)


ROUTES = [Route(ADDRESS + "/{school}/why/code", asks(explain), methods=["POST"])]

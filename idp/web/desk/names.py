"""Tiles with or without names, for the whole school (D24)."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory import showing
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens


async def ask(coordinator: Coordinator) -> Response:
    """How it stands, and what the other way would do."""
    async with coordinator.floor.database.read() as db:
        hidden = await showing.hidden(db, coordinator.school.id)
    return frame.respond(
        coordinator, "names.html", at="networks", shown=not coordinator.school.hide_names, hidden=hidden
    )


async def turn(coordinator: Coordinator, form: Form) -> Response:
    """Names, or pictures alone, as the form says; at once."""
    shown = form.get("wanted") == "shown"
    async with coordinator.floor.database.begin() as db:
        await showing.show_names(db, coordinator.school.id, shown=shown, now=coordinator.now, by=coordinator.by)
    return frame.back(coordinator, "/networks/names", done="names_shown" if shown else "names_hidden")


_HERE: Final = f"{ADDRESS}/{{school}}/networks/names"

ROUTES = [Route(_HERE, opens(ask)), Route(_HERE, act(turn), methods=["POST"])]

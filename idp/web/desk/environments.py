"""Which network provider each group goes by, where the school ticks several (D35). At home it goes the same way, unless it was told otherwise."""

from starlette.responses import Response
from starlette.routing import Route

from directory import environments
from idp.core import clock, ledger
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.guarding import number

ANY = "any"
"""The choice of a group that may go by every provider that the school ticks."""


async def choices(coordinator: Coordinator) -> Response:
    """The stamgroepen of this year, each with the providers that it can go by."""
    year = clock.school_year(coordinator.now)
    async with coordinator.floor.database.read() as db:
        ticked = await environments.ticked(db, coordinator.school.id)
        groups = await environments.groups(db, coordinator.school.id, school_year=year)
    known = {one.party_id for one in ticked}
    shown = [
        {"id": one.id, "name": one.name, "by": str(one.party_id) if one.party_id in known else ANY} for one in groups
    ]
    offered = [{"id": str(one.party_id), "name": one.name} for one in ticked]
    return frame.respond(coordinator, "environments.html", at="parties", groups=shown, offered=offered)


async def choose(coordinator: Coordinator, form: Form) -> Response:
    """For each group of the form: one of the ticked providers, or any of them."""
    school_id = coordinator.school.id
    async with coordinator.floor.database.begin() as db:
        ticked = {str(one.party_id): one.party_id for one in await environments.ticked(db, school_id)}
        changed = 0
        for field, wanted in form.items():
            if not field.startswith("group_"):
                continue
            if wanted != ANY and wanted not in ticked:
                raise Problem("request.invalid", detail="a provider that this school does not tick")
            group_id = number(field.removeprefix("group_"))
            changed += await environments.choose(db, school_id, group_id, ticked.get(wanted))
        if changed:
            detail = {"groups": changed}
            who = coordinator
            await ledger.record(db, "network.chosen", now=who.now, by=who.by, school_id=school_id, detail=detail)
    return frame.back(coordinator, "/parties/networks", done="environments")


_HERE = f"{ADDRESS}/{{school}}/parties/networks"

ROUTES = [Route(_HERE, opens(choices)), Route(_HERE, act(choose), methods=["POST"])]

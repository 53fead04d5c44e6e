"""My groups: of every school where one works, or of the one in the address, the groups that one may see (D20). Who has one is in it at once."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory.classroom import SeenGroup
from directory.schools import KnownSchool
from idp.http import headers, problems, visitors
from idp.http.resources import resources_of
from idp.web import beginning, guarding
from idp.web.classroom import guards
from idp.web.classroom.guards import ADDRESS, CLOSED


async def mine(request: Request) -> Response:
    """The groups, own ones first. Names of groups and numbers of children: no fresh proof for that."""
    return await _groups(request, None)


async def of_school(request: Request) -> Response:
    """The same of one school: where one works, or which one manages without working there. Raises `Problem("classroom.not_yours")`."""
    return await _groups(request, str(request.path_params["school"]))


async def _groups(request: Request, code: str | None) -> Response:
    problems.speak_to(request, "staff")
    resources = resources_of(request)
    floor = resources.floor
    visitor = await visitors.visitor_of(request, floor)
    session = visitor.session
    if session is None or not await guarding.stands(floor, session, visitor, closed=CLOSED):
        return await beginning.ask_staff(resources, visitor, back=request.scope["path"])
    here = (
        await guarding.workplaces(floor, session) if code is None else ((await guards.place(floor, session, code))[0],)
    )
    found = []
    for school in here:
        async with floor.database.read() as db:
            found.append(_place(school, await guards.groups(db, floor, session, school)))
    tiles = [tile for place in found for tile in place["own"] + place["others"]]
    if len(found) == len(tiles) == 1:
        return RedirectResponse(tiles[0]["url"], status_code=303)
    return resources.pages.respond(request, "classroom/mine.html", headers=headers.PAGE, places=found)


def _place(school: KnownSchool, seen: tuple[SeenGroup, ...]) -> dict[str, Any]:
    tiles = [
        {
            "name": group.name,
            "url": f"{ADDRESS}/{school.code}/{group.id}",
            "pupils": group.pupils,
            "kind": group.kind,
            "own": group.own,
        }
        for group in seen
    ]
    own = [tile for tile in tiles if tile["own"]]
    return {"name": school.name, "own": own, "others": [tile for tile in tiles if not tile["own"]]}


ROUTES = [Route(ADDRESS, mine), Route(f"{ADDRESS}/{{school}}", of_school)]

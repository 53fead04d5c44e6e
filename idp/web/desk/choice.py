"""Which school: who manages one goes straight to it, who manages more chooses, and who does so for a board finds the board here too."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import rights
from idp.core.errors import Problem
from idp.http import headers, problems, visitors
from idp.http.resources import resources_of
from idp.signin import flow
from idp.web import beginning, guarding
from idp.web.desk.guards import ADDRESS, managed_schools


async def choose(request: Request) -> Response:
    """The schools that this coordinator manages; the only one at once."""
    problems.speak_to(request, "staff")
    resources = resources_of(request)
    floor = resources.floor
    visitor = await visitors.visitor_of(request, floor)
    session = visitor.session
    if session is None or not await flow.still_stands(floor, session, visitor):
        return await beginning.ask_staff(resources, visitor, back=ADDRESS)
    managed = await managed_schools(floor, session)
    if not managed:
        raise Problem("desk.not_yours", status=403, detail="coordinator of no school")
    async with floor.database.read() as db:
        above = [one.board for one in await rights.boards(db, session.person_id) if one.coordinates]
    if len(managed) == 1 and not above:
        return RedirectResponse(f"{ADDRESS}/{managed[0].code}", status_code=303)
    shown = [{"name": school.name, "code": school.code, "url": f"{ADDRESS}/{school.code}"} for school in managed]
    boards = [{"name": board.name, "url": f"{guarding.BOARD}/{board.number}"} for board in above]
    return resources.pages.respond(request, "desk/schools.html", headers=headers.PAGE, choices=shown, boards=boards)


ROUTES = [Route(ADDRESS, choose)]

"""Which board: who has a role on one goes straight to it, who has more chooses."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import rights
from idp.core.errors import Problem
from idp.http import headers
from idp.web import guarding
from idp.web.guarding import BOARD


async def choose(request: Request) -> Response:
    """The boards on which this person has a role; the only one at once. Raises `Problem("board.not_yours")` for who has none."""
    come = await guarding.arrival(request, closed="board.not_yours")
    if come.session is None:
        return await come.prove()
    async with come.resources.floor.database.read() as db:
        found = await rights.boards(db, come.session.person_id)
    if not found:
        raise Problem("board.not_yours", status=403, detail="no role on any board")
    if len(found) == 1:
        return RedirectResponse(f"{BOARD}/{found[0].board.number}", status_code=303)
    shown = [{"name": one.board.name, "code": one.board.number, "url": f"{BOARD}/{one.board.number}"} for one in found]
    return come.resources.pages.respond(request, "board/boards.html", headers=headers.PAGE, choices=shown)


ROUTES = [Route(BOARD, choose)]

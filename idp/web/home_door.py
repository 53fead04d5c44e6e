"""The address of home, `/thuis`: it begins a sign-in at home, whoever was signed in here before (R132, R134)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core.frozen import replace
from idp.http import cookies, visitors
from idp.http.anew import HOME
from idp.http.resources import resources_of
from idp.signin import attempts, logout
from idp.web import beginning

ADDRESS: Final = HOME


async def home(request: Request) -> Response:
    """Always anew: going on, and another child, both mean signing in again, so a child's session that is found here ends."""
    floor = resources_of(request).floor
    visitor = await visitors.visitor_of(request, floor)
    binding = visitors.bind(visitor, floor.keyring)
    attempt = attempts.begin(
        floor.keyring, binding.key, now=int(floor.now.timestamp()), question=None, began=attempts.AT_HOME
    )
    attempt = replace(attempt, way="home")
    await attempts.keep_new(floor.store, floor.keyring, attempt, network=visitor.network)
    response = binding.attach(RedirectResponse(f"{beginning.ADDRESS}/{attempt.id}/home", status_code=303))
    if visitor.session is not None and visitor.session.kind == "pupil":
        await logout.set_aside(floor, visitor.session)
        response.headers.append("set-cookie", cookies.gone(cookies.SESSION))
    return response


ROUTES = [Route(ADDRESS, home)]

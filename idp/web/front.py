"""The front door, static files, and the choice of language."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.http import cookies, forms, headers
from idp.http.announced import notice_of
from idp.http.language import LANGUAGES
from idp.http.resources import resources_of


async def home(request: Request) -> Response:
    """Leerling, Medewerker, Thuis; in demo mode also who can sign in and what to click."""
    guide = getattr(request.app.state, "demo_guide", None)
    demo = guide() if guide else None
    pages = resources_of(request).pages
    notice = await notice_of(request)
    return pages.respond(request, "home.html", headers=headers.PAGE, action="/signin", notice=notice, demo=demo)


async def static(request: Request) -> Response:
    """A file under the name that carries its hash."""
    accepts = request.headers.get("accept-encoding", "")
    found = resources_of(request).pages.static.respond(request.path_params["place"], accepts=accepts)
    if found is None:
        raise Problem("not_found", status=404)
    return found


async def language(request: Request) -> Response:
    """Remembers a language and goes back to a page of ours; any other target is the front door (C-304)."""
    chosen = request.path_params["lang"]
    if chosen not in LANGUAGES:
        raise Problem("not_found", status=404)
    wanted = forms.query_of(request).get("to", "/")
    response = RedirectResponse(wanted if _is_own_path(wanted) else "/", status_code=303)
    response.headers.append("set-cookie", cookies.written(cookies.LANG, chosen, max_age=cookies.HALF_A_YEAR))
    return response


def _is_own_path(path: str) -> bool:
    plain = all(c.isalnum() or c in "/_-." for c in path)
    return plain and path.isascii() and path.startswith("/") and not path.startswith("//") and ".." not in path


ROUTES = [Route("/", home), Route("/static/{place:path}", static), Route("/language/{lang}", language)]

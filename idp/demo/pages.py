"""Pages of the demonstration's own sites: their templates, one stylesheet, one script, and headers as strict as those of the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from idp.http.headers import CSP, SecurityHeaders
from idp.http.pages import StaticFiles

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose site it is. `key` chooses its colours and its drawing, and names its cookie."""

    key: str
    name: str
    slogan: str
    address: str


class Site:
    """One site: renders its pages and serves its files. Its forms may end at `idp`, at itself and `beyond`, and nowhere else."""

    def __init__(self, brand: Brand, *, idp: str, beyond: str = "") -> None:
        self.brand = brand
        self._idp = idp
        self._headers = {"Content-Security-Policy": f"{CSP.decode()}; form-action 'self' {idp} {beyond}"}
        self._files = StaticFiles(_HERE / "static")
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(brand=brand, idp=idp, asset=self._files.url)

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A rendered template."""
        html = self._environment.get_template(template).render(context)
        return HTMLResponse(html, status_code=status, headers=self._headers)

    def framed(self) -> Response:
        """Nothing to see, in a frame of the identity provider."""
        return HTMLResponse("", headers={"Content-Security-Policy": f"default-src 'none'; frame-ancestors {self._idp}"})

    def trouble(self, why: str, *, status: int = 400) -> Response:
        """The page that says why it did not work; `why` is one of our own sentences."""
        return self.page("trouble.html", status=status, why=why)

    def app(self, routes: Sequence[BaseRoute], *more: Middleware) -> Starlette:
        """The application with these routes, files and headers."""
        return Starlette(
            routes=[*routes, Route("/static/{place:path}", self._static)],
            middleware=[Middleware(SecurityHeaders), *more],
            exception_handlers={404: self._not_found},
        )

    async def _static(self, request: Request) -> Response:
        return self._files.respond(request.path_params["place"]) or self.trouble("Dit bestand is er niet.", status=404)

    async def _not_found(self, _request: Request, _error: Exception) -> Response:
        return self.trouble("Deze pagina is er niet.", status=404)

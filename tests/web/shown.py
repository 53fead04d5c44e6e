"""A window of a real browser that is shown any page of the samples, under the product's own headers."""

import functools
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import parse_qsl

from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from idp.http.headers import BASE, LEAVING, WITH_CAMERA
from idp.http.pages import shared
from tests.directory.uwlr.standing import serving_app
from tests.e2e import chromium
from tests.web.samples import SAMPLES
from tests.web.unpainted import Unpainted

PAGES = shared()
HEADERS = {name.decode(): value.decode() for name, value in BASE}
LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63b8"
    "21350900035201856357054b0000000049454e44ae426082"
)
"""A party's picture, as our own address gives it: one pixel."""
FORWARDS = {"saml/post.html", "saml/ask.html", "signout/forward.html", "oidc/form_post.html"}
"""Pages that leave by themselves as soon as they are read."""
CARD = "signin/card_shown.html"
ALONE = FORWARDS | {CARD, "signout/elsewhere.html"}
"""Pages that want a window of their own: their policy is another one, or their script names things in it."""
WRITE = """page => {
  for (let timer = setTimeout(() => {}); timer; timer--) clearTimeout(timer);
  document.open();
  document.write(page);
  document.close();
  return new Promise(whole => addEventListener("load", whole, { once: true })).then(() => null);
}"""
"""Another page in the same window, under the same policy, with its own files and scripts; what the last one still meant to do is called off."""


@functools.cache
def html(lang: str, template: str, state: str) -> str:
    """The page in a state, as it goes out."""
    return PAGES.html(lang, template, **SAMPLES[template][state])


class Site:
    """Every page and file, from memory, as a server would send them; it keeps what was posted. What leaves by itself stays, if told so."""

    def __init__(self, *, leaving: bool = True) -> None:
        self.posted: list[list[tuple[str, str]]] = []
        self.leaving = leaving
        every = ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/static/{place:path}", self._file),
                Route("/logos/{party:path}", self._logo),
                Route("/page/{lang}/{template:path}/{state}", self._page),
                Route("/{rest:path}", self._other, methods=every),
            ]
        )

    async def _file(self, request: Request) -> Response:
        place = request.path_params["place"]
        if place.endswith("/autosubmit.js") and not self.leaving:
            return Response("", media_type="text/javascript")
        found = PAGES.static.respond(place, accepts="gzip")
        assert found is not None, place
        found.headers.update({name: value for name, value in HEADERS.items() if name not in found.headers})
        return found

    async def _logo(self, _: Request) -> Response:
        return Response(LOGO, media_type="image/png")

    async def _page(self, request: Request) -> Response:
        lang, template, state = (request.path_params[name] for name in ("lang", "template", "state"))
        policy = LEAVING if template in FORWARDS else WITH_CAMERA if template == CARD else {}
        headers = HEADERS | {name.lower(): value for name, value in policy.items()}
        return HTMLResponse(html(lang, template, state), headers=headers)

    async def _other(self, request: Request) -> Response:
        if request.method == "POST":
            self.posted.append(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            return PlainTextResponse("posted")
        return PlainTextResponse("asked again")


class Shown:
    """A browser page that gets every page and file from a site, and keeps what was complained about."""

    def __init__(self, page: Page, site: Site, origin: str, unpainted: Unpainted | None) -> None:
        self.page = page
        self.origin = origin
        self.action = f"{origin}/signin/a1b2"
        self.posted = site.posted
        self.leaving = site.leaving
        self.complaints: list[str] = []
        self._unpainted = unpainted
        self._shared = False

    async def open(self, template: str, state: str, *, lang: str = "nl") -> None:
        # A page that leaves is never there whole; one that stays is looked at when it is.
        until: Literal["commit", "load"] = "commit" if self.leaving and template in FORWARDS else "load"
        await self._whole(self.page.goto(f"{self.origin}/page/{lang}/{template}/{state}", wait_until=until))
        self._shared = template not in ALONE

    async def write(self, template: str, state: str, *, lang: str) -> None:
        """The same page in the window that is there, where it may be: what axe is made of is compiled in it, which costs more than a page."""
        if not self._shared or template in ALONE:
            await self.open(template, state, lang=lang)
        else:
            await self._whole(self.page.evaluate(WRITE, html(lang, template, state)))

    async def says(self, question: str) -> Any:
        """What a function says on the page as it stands."""
        return await (self._unpainted.says(question) if self._unpainted else self.page.evaluate(question))

    async def _whole(self, coming: Coroutine[Any, Any, object]) -> None:
        await (self._unpainted.whole(coming) if self._unpainted else coming)


@asynccontextmanager
async def shown(
    browser: Browser,
    *,
    width: int = 1024,
    height: int = 768,
    script: str = "on",
    scheme: str = "light",
    painted: bool = True,
    site: Site | None = None,
) -> AsyncIterator[Shown]:
    site = site or Site()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving_app(site.app, bound):
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                java_script_enabled=script == "on",
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            unpainted = None if painted else await Unpainted.opened(context)
            page = unpainted.page if unpainted else await context.new_page()
            seen = Shown(page, site, f"http://pages.localhost:{bound.getsockname()[1]}", unpainted)
            page.on("console", lambda message: seen.complaints.extend(chromium.complaints(message.text)))
            page.on("pageerror", lambda error: seen.complaints.append(str(error)))
            yield seen
            await context.close()

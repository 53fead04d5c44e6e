"""What a site remembers of each browser, in memory and behind a random cookie: the `request.session` that Authlib expects. Pure ASGI."""

import secrets
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 1000

Visit = dict[str, Any]


class Visits:
    """Keeps visits apart by a cookie of this site's own name: cookies know no ports, and all sites of the demonstration share a host.

    `cross_site` sets `SameSite=None`: a SAML answer comes as a form post from another site, and must find the visit that asked for it. `kept` is
    where the visits are, for a site that ends one without its browser.
    """

    def __init__(
        self, app: ASGIApp, *, cookie: str, cross_site: str = "no", kept: dict[str, Visit] | None = None
    ) -> None:
        self._app = app
        self._cookie = cookie
        self._attributes = "Path=/; HttpOnly; " + ("SameSite=None; Secure" if cross_site == "yes" else "SameSite=Lax")
        self._visits: dict[str, Visit] = {} if kept is None else kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        key = _cookies(scope).get(self._cookie, "")
        visit = scope["session"] = self._visits.get(key, {})

        async def keeping(message: Message) -> None:
            if message["type"] == "http.response.start" and (new := self._keep(key, visit)) is not None:
                cookie = f"{self._cookie}={new}; {self._attributes}"
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
            await send(message)

        await self._app(scope, receive, keeping)

    def _keep(self, key: str, visit: Visit) -> str | None:
        """Stores the visit; a new key when it has none yet or asked for another (`renew`), so that no key outlives a sign-in."""
        asked = visit.pop("renew", None) is not None
        if not visit:
            self._visits.pop(key, None)
            return None
        if key in self._visits and not asked:
            return None
        self._visits.pop(key, None)
        while len(self._visits) >= MOST:
            del self._visits[next(iter(self._visits))]
        new = secrets.token_urlsafe(24)
        self._visits[new] = visit
        return new


def end(kept: dict[str, Visit], **known: str) -> None:
    """Forgets the visits that know all of this: the identity provider said that they are over. The browser that brings this word may be on one."""
    for key, visit in list(kept.items()):
        if all(visit.get(name) == value for name, value in known.items()):
            del kept[key]
            visit.clear()


def _cookies(scope: Scope) -> dict[str, str]:
    header = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"), "")
    return {name: value for name, _, value in (part.strip().partition("=") for part in header.split(";"))}

"""Security headers on every response, errors included (C-301, C-302)."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

OPENER = (b"cross-origin-opener-policy", b"same-origin")
BASE = (
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", CSP + b"; form-action 'self'"),
    (b"cache-control", b"no-store"),
    OPENER,
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)

REDIRECT = tuple(pair for pair in BASE if pair is not OPENER)
"""Browsers count the opener policy on redirects too: a publisher's popup that goes through without a page would lose its opener."""

PAGE = {"Referrer-Policy": "same-origin"}
"""Pages with a form tell our own site where the form came from; everything else tells nobody (D25)."""

MAY_END_ELSEWHERE = {"Content-Security-Policy": CSP.decode(), "Referrer-Policy": "same-origin"}
"""Pages whose form may end at a party: browsers apply `form-action` to redirects too, so there is no limit (D25)."""

WITH_CAMERA = {
    **MAY_END_ELSEWHERE,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
"""The one page that may use the camera: it reads a child's sign-in card."""


def opening_frames(origins: Iterable[str]) -> dict[str, str]:
    """For the page that opens addresses of parties in frames, to sign a person out there.

    Browsers apply `frame-src` to redirects too: a party's address may lead on within its house, and a SAML party's answer comes back to us. What
    begins with https is named by that alone, so that no host of others stands in our policy; of other addresses there are only those of this machine.
    """
    here = {origin for origin in origins if not origin.startswith("https:")}
    sources = " ".join(sorted({"'self'", "https:", *here}))
    return {"Content-Security-Policy": f"{CSP.decode()}; form-action 'none'; frame-src {sources}"}


IN_A_FRAME_OF_OURS = {
    "Content-Security-Policy": CSP.decode().replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    "Cross-Origin-Opener-Policy": "unsafe-none",
}
"""The one page of ours that stands in a frame, of another page of ours: it posts a logout request on to a party."""

LEAVING = {"Content-Security-Policy": CSP.decode()}
"""Pages that post a code or an assertion to a party: no limit either, and the party learns no address of ours."""


Raw = list[tuple[bytes, bytes]]


def with_base(status: int, own: Iterable[tuple[bytes, bytes]]) -> Raw:
    """The headers of a response and those that it does not set itself."""
    headers = list(own)
    set_already = {name for name, _ in headers}
    wanted = REDIRECT if 300 <= status < 400 else BASE
    return headers + [pair for pair in wanted if pair[0] not in set_already]


class SecurityHeaders:
    """The same for everything that an application sends. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_base(message["status"], message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, with_headers)

"""What the pages behind mailed links share: where the token is, what the page looks like, and how it ends.

A token stands in no address for longer than one redirect: the browser brings it, gets it back as a cookie for the half hour that somebody may
need, and goes on at the bare address. So it is in no history, no Referer and no screenshot (C-302, C-314).
"""

from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.http import cookies, forms, headers
from idp.http.resources import resources_of

LENGTH: Final = 36
"""Of a token (R95)."""
KEPT_SECONDS: Final = 30 * 60

Done = Literal[
    "activated",
    "reset",
    "sent",
    "joined",
    "declined",
    "address_changed",
    "address_waits",
    "address_taken",
    "gone",
    "parent_ready",
    "parent_gone",
]


def tucked_away(request: Request) -> Response | None:
    """For a request that brings a token in its address: the way to the same page without it. None where it brought none."""
    query = forms.query_of(request)
    if "token" not in query:
        return None
    return carrying(request.scope["path"], token_in(query))


def carrying(path: str, token: str) -> Response:
    """The way to the page of a token that stands in no address."""
    response = RedirectResponse(path, status_code=303)
    response.headers.append("set-cookie", cookies.written(cookies.LINK, token, max_age=KEPT_SECONDS))
    return response


def carried(request: Request) -> str:
    """The token that this browser brought a moment ago, or nothing."""
    kept = cookies.read(request.headers.get("cookie")).get(cookies.LINK, "")
    return token_in({"token": kept})


def token_in(given: dict[str, str]) -> str:
    """The token of a form or a query, or nothing for what cannot be one."""
    token = given.get("token", "")
    whole = len(token) == LENGTH and token.isascii() and token.replace("-", "").isalnum()
    return token if whole else ""


def done(request: Request, what: Done) -> Response:
    """The last page; the token is forgotten."""
    sender = resources_of(request).floor.settings.mail_from
    response = page(
        request, "mailed/done.html", status=410 if what in {"gone", "parent_gone"} else 200, what=what, sender=sender
    )
    if cookies.LINK in cookies.read(request.headers.get("cookie")):
        response.headers.append("set-cookie", cookies.gone(cookies.LINK))
    return response


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page for somebody who came by a mail."""
    context.setdefault("error", None)
    return resources_of(request).pages.respond(
        request, template, status=status, headers=headers.PAGE, party=None, **context
    )

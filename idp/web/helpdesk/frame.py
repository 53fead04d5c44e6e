"""What every page of the helpdesk has around it: its nouns, what was just done, the ticket in its forms."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.http import forms, headers
from idp.web.helpdesk.guards import ADDRESS, Attendant

NOUNS: Final = (
    ("today", "", "today", False),
    ("schools", "/schools", "school", False),
    ("reasons", "/reasons", "search", False),
    ("accounts", "/sessions", "person", False),
    ("mails", "/mails", "mail", False),
    ("applications", "/applications", "add", True),
    ("reorganisations", "/reorganisations", "reorganisations", False),
    ("notices", "/notices", "speak", True),
)
"""Name, path, drawing, and whether only operators have it."""


def respond(
    attendant: Attendant,
    template: str,
    *,
    at: str,
    error: str | None = None,
    values: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page. `at` is its noun; `error` the key of what is wrong with the form, whose `values` stand there again."""
    pages = attendant.resources.pages
    done = f"helpdesk.done.{forms.query_of(attendant.request).get('done', '')}"
    return pages.respond(
        attendant.request,
        f"helpdesk/{template}",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        base=ADDRESS,
        duty=attendant.duty,
        nouns=[(noun, ADDRESS + path, icon) for noun, path, icon, only in NOUNS if attendant.decides or not only],
        at=at,
        ticket=attendant.ticket,
        done=done if pages.has_text(done) else None,
        error=error,
        values=values or {},
        **context,
    )


def back(path: str, *, done: str | None = None) -> Response:
    """After a form: to the page where its effect is seen. `done` is the key of what to say there."""
    query = f"?{urlencode({'done': done})}" if done else ""
    return RedirectResponse(f"{ADDRESS}{path}{query}", status_code=303)


def address(path: str, **query: str) -> str:
    """The address of a page of the helpdesk with these words after the question mark; empty ones are left out. No name and no address of a person."""
    told = {name: value for name, value in query.items() if value}
    return f"{ADDRESS}{path}" + (f"?{urlencode(told)}" if told else "")

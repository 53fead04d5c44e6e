"""What every page of a board shares: the board on top, its nouns beside it, and the ticket in its forms."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.http import forms, headers
from idp.web.board.guards import Overseer

NOUNS: Final = (("schools", "", "school"), ("parties", "/parties", "parties"), ("people", "/people", "staff"))
"""Name, path, drawing. Who else has a role is for who acts."""


def respond(
    overseer: Overseer,
    template: str,
    *,
    at: str,
    error: str | None = None,
    values: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page. `at` is its noun; `error` the key of what is wrong with the form, in which `values` stand again."""
    pages = overseer.resources.pages
    done = f"board.done.{forms.query_of(overseer.request).get('done', '')}"
    return pages.respond(
        overseer.request,
        f"board/{template}",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        board={"name": overseer.board.name, "number": overseer.board.number},
        acts=overseer.acts,
        base=overseer.base,
        nouns=[(noun, overseer.base + path, icon) for noun, path, icon in NOUNS if overseer.acts or noun != "people"],
        at=at,
        ticket=overseer.ticket,
        done=done if pages.has_text(done) else None,
        error=error,
        told=None,
        values=values or {},
        **context,
    )


def back(overseer: Overseer, path: str, *, done: str) -> Response:
    """After a form: to the page where its effect is seen. `done` is the key of what to say there."""
    return RedirectResponse(f"{overseer.base}{path}?{urlencode({'done': done})}", status_code=303)

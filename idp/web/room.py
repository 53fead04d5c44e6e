"""What the pages of every room of staff have around them: its nouns, what was just done, what is wrong with the form, the ticket in it."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.http import forms, headers
from idp.web.guarding import Sitting

Noun = tuple[str, str, str]
"""Name, path in the room, drawing."""


class Placed(Protocol):
    """Who sits in a room that has an address."""

    @property
    def base(self) -> str:
        """Where the pages of the room begin."""


def respond(
    sitting: Sitting,
    template: str,
    *,
    base: str,
    at: str,
    nouns: Iterable[Noun] = (),
    error: str | None = None,
    told: str | None = None,
    values: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page of the room that `template` is in. `at` is its noun; `error` the key of what is wrong with the form, or `told` the sentence (either
    makes it a 400); `values` stand in the form again."""
    pages = sitting.resources.pages
    done = f"{template.partition('/')[0]}.done.{forms.query_of(sitting.request).get('done', '')}"
    return pages.respond(
        sitting.request,
        template,
        status=200 if error is None and told is None else 400,
        headers=headers.PAGE,
        base=base,
        nouns=[(noun, base + path, drawing) for noun, path, drawing in nouns],
        at=at,
        ticket=sitting.ticket,
        done=done if pages.has_text(done) else None,
        error=error,
        told=told,
        values=values or {},
        **context,
    )


def back(placed: Placed, path: str, *, done: str | None = None) -> Response:
    """After a form: to the page where its effect is seen. `done` is the key of what to say there."""
    return RedirectResponse(address(placed, path, done=done or ""), status_code=303)


def address(placed: Placed, path: str, **query: str) -> str:
    """The address of a page of the room with these words after the question mark, the empty ones left out. No name and no address of a person."""
    said = {name: value for name, value in query.items() if value}
    return f"{placed.base}{path}" + (f"?{urlencode(said)}" if said else "")

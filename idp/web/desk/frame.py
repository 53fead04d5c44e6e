"""What every page of the desk shares: the school on top, the eight nouns beside it, and the ticket in its forms."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.http import forms, headers
from idp.web.desk.guards import Coordinator

NOUNS: Final = (
    ("today", ""),
    ("staff", "/staff"),
    ("substitutes", "/substitutes"),
    ("imports", "/imports"),
    ("school-year", "/school-year"),
    ("parties", "/parties"),
    ("networks", "/networks"),
    ("evidence", "/trail"),
)

PAGE_OF: Final = 50
"""Rows on one page of a list."""


def respond(
    coordinator: Coordinator,
    template: str,
    *,
    at: str,
    error: str | None = None,
    told: str | None = None,
    values: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page of the desk. `at` is its noun; `error` the key of what is wrong with the form, or `told` the sentence; `values` stand there again."""
    pages = coordinator.resources.pages
    asked = forms.query_of(coordinator.request)
    done = f"desk.done.{asked.get('done', '')}"
    return pages.respond(
        coordinator.request,
        f"desk/{template}",
        status=200 if error is None and told is None else 400,
        headers=headers.PAGE,
        school={"name": coordinator.school.name, "code": coordinator.school.code, "many": len(coordinator.schools) > 1},
        base=coordinator.base,
        nouns=[(noun, coordinator.base + path) for noun, path in NOUNS],
        at=at,
        ticket=coordinator.ticket,
        done=done if pages.has_text(done) else None,
        error=error,
        told=told,
        values=values or {},
        **context,
    )


def back(coordinator: Coordinator, path: str, *, done: str | None = None) -> Response:
    """After a form: to the page where its effect is seen. `done` is the key of what to say there."""
    query = f"?{urlencode({'done': done})}" if done else ""
    return RedirectResponse(f"{coordinator.base}{path}{query}", status_code=303)


def address(coordinator: Coordinator, path: str, **query: str) -> str:
    """The address of a page of this school with these words after the question mark; empty ones are left out."""
    told = {name: value for name, value in query.items() if value}
    return f"{coordinator.base}{path}" + (f"?{urlencode(told)}" if told else "")

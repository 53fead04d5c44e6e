"""What every page of the test environment has around it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.http import forms, headers
from idp.web.party.guards import Contact

NOUNS: Final = (
    ("start", "", "today"),
    ("connections", "/connections", "key"),
    ("people", "/people", "person"),
    ("exchanges", "/exchanges", "reorganisations"),
    ("check", "/check", "shield"),
)
"""Name, path, drawing."""
_ALWAYS: Final = frozenset({"start", "connections"})
"""What a party has that is not under test, too."""


def respond(
    contact: Contact,
    template: str,
    *,
    at: str,
    error: str | None = None,
    told: str | None = None,
    values: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page. `at` is its noun; `error` the key of what is wrong with the form, `told` why, as the protocol says it."""
    pages = contact.resources.pages
    done = f"party.done.{forms.query_of(contact.request).get('done', '')}"
    return pages.respond(
        contact.request,
        f"party/{template}",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        party_name=contact.party.name,
        base=contact.base,
        nouns=[
            (noun, contact.base + path, drawing)
            for noun, path, drawing in NOUNS
            if contact.party.under_test or noun in _ALWAYS
        ],
        at=at,
        ticket=contact.ticket,
        done=done if pages.has_text(done) else None,
        error=error,
        told=told,
        values=values or {},
        **context,
    )


def back(contact: Contact, path: str, *, done: str | None = None) -> Response:
    """After a form: to the page where its effect is seen. `done` is the key of what to say there."""
    query = f"?{urlencode({'done': done})}" if done else ""
    return RedirectResponse(f"{contact.base}{path}{query}", status_code=303)

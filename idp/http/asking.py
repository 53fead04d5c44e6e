"""What the two protocols' endpoints share: a request with what it needs, and the way to the pages when somebody must be asked."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.http import visitors
from idp.http.resources import Resources
from idp.signin import flow
from idp.signin.question import Question, Visitor


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a party's, carried by a browser: the application's resources and the visitor."""

    request: Request
    resources: Resources
    visitor: Visitor


async def later(ask: Ask, question: Question, prefix: str) -> Response:
    """Begins an attempt and sends the browser to it: to the pages, or to the protocol's own address after a cross-site POST (D25)."""
    floor = ask.resources.floor
    binding = visitors.bind(ask.visitor, floor.keyring)
    attempt = await flow.begin(floor, ask.visitor, binding.key, question)
    return binding.attach(RedirectResponse(f"{prefix}/{attempt.id}", status_code=303))

"""Logout messages of ours on the way to a party by the person's browser: by Redirect where the party takes that, else by form post."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import HTMLResponse, RedirectResponse, Response

from idp.http import headers
from idp.http.resources import Resources
from idp.signin.question import Visitor
from metadata.keys import Signer
from metadata.saml import names
from metadata.saml.party import LogoutService
from protocols.saml import logout_messages, sending
from protocols.saml.logout_messages import Ours
from protocols.saml.status import Status
from protocols.saml.wire import Kind


@dataclass(frozen=True, slots=True)
class About:
    """Which request is answered, and what goes back with it."""

    id: str
    relay_state: str | None


def answered(
    resources: Resources,
    visitor: Visitor,
    services: Sequence[LogoutService],
    to: About,
    why: Status,
    *,
    ours: tuple[Ours, Signer],
    done: str,
) -> Response:
    """The response by Redirect, else by POST; a party that takes neither has none coming, and the person stays with us at `done`."""
    us, signer = ours
    for binding in (names.HTTP_REDIRECT, names.HTTP_POST):
        service = sending.service_of(services, binding)
        if service is None:
            continue
        where = service.response_location or service.location
        sign = "outside" if binding == names.HTTP_REDIRECT else "inside"
        now = resources.floor.now
        xml = logout_messages.response(us, why, in_response_to=to.id, to=where, now=now, sign=sign)
        if binding == names.HTTP_POST:
            return posted(resources, visitor, where, "SAMLResponse", xml, to.relay_state)
        url = sending.redirect(where, xml, kind="SAMLResponse", signer=signer, relay_state=to.relay_state)
        return RedirectResponse(url, status_code=303)
    return RedirectResponse(done, status_code=303)


def posted(
    resources: Resources, visitor: Visitor, where: str, kind: Kind, xml: bytes, relay_state: str | None
) -> Response:
    """The page that posts a message on; a request stands in a frame of another page of ours."""
    carried: list[tuple[str, str]] = [(kind, base64.b64encode(xml).decode())]
    if relay_state is not None:
        carried.append(("RelayState", relay_state))
    page = resources.pages.html(
        visitor.lang, "signout/forward.html", target=where, carried=carried, party=None, lang_switch_url=None
    )
    return HTMLResponse(page, headers=headers.IN_A_FRAME_OF_OURS if kind == "SAMLRequest" else headers.LEAVING)

"""The AssertionConsumerService: a provider's Response comes in by form post, and the browser goes on where its sign-in waits.

The browser's binding cookie comes along on a cross-site post, the session cookie does not (D25): which session the browser had, the attempt knows
from its way out. One redirect to our own address leads on.
"""

import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.http import arriving, forms, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import networks
from idp.signin.question import Visitor
from metadata.saml.document import Malformed
from protocols.saml import wire
from protocols.saml.sp import assertion, response
from protocols.saml.sp.addresses import ACS, ENTITY
from protocols.saml.sp.response import Declined, Expected
from protocols.saml.wire import UnverifiedMessage

LOG = logging.getLogger("poortwachter.network")


async def acs(request: Request) -> Response:
    """A Response, which somebody asked for, or which is a hint."""
    resources = resources_of(request)
    try:
        message = await _message(request)
        issuer, in_response_to = response.claimed(message)
        visitor = await visitors.visitor_of(request, resources.floor)
        if in_response_to is None and not _answers(message):
            return await _hint(resources, visitor, issuer, message.relay_state)
        return await _answer(request, visitor, message, in_response_to)
    except Malformed as refused:
        # Whatever is wrong with it, the person reads that it was the provider's answer; which of it, the log.
        raise Problem("network.answer", status=refused.status, detail=f"{refused.code}: {refused.detail}") from None


async def _message(request: Request) -> UnverifiedMessage:
    try:
        body = await forms.body_of(request, largest=forms.LARGEST_SAML_FORM)
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    return wire.read_post(body, kind="SAMLResponse")


def _answers(message: UnverifiedMessage) -> bool:
    """Whether anything in the message names a question, so that it is no unsolicited one."""
    return any("InResponseTo" in element.attrib for element in message.root.iter())


async def _answer(
    request: Request, visitor: Visitor, message: UnverifiedMessage, in_response_to: str | None
) -> Response:
    resources = resources_of(request)
    floor = resources.floor
    # C-134, C-272: the question must wait in this browser; only then is anything of the message looked at more closely.
    attempt, network = await networks.waiting(floor, in_response_to, visitor)
    upstream = await resources.upstreams.by_id(network.upstream_id)
    if upstream is None or not upstream.enabled or upstream.saml is None:
        # C-279, CVE-2025-64717: what was switched off lets nobody in, asked or not.
        attempt = await networks.refuse(floor, attempt, "network.disabled")
        return RedirectResponse(f"/signin/{attempt.id}", status_code=303)
    base = floor.settings.base_url
    expected = Expected(
        upstream.saml, base + ENTITY, base + ACS, network.sent or "", network.sent_at, fresh=network.fresh
    )
    known = None
    openers = await resources.openers.all() if response.is_encrypted(message) else ()
    proven = response.proven(message, expected, openers, now=floor.now)
    if isinstance(proven, Declined):
        LOG.info("a provider declined", extra={"upstream": upstream.id, "status": proven.code})
        attempt = await networks.refuse(floor, attempt, "network.declined")
    else:
        asserted = assertion.read(proven, expected, now=floor.now)
        attempt, known = await networks.bring(floor, attempt, upstream, asserted.brought, answer=asserted.id)
    return await arriving.go_on(request, resources, visitor, attempt, known)


async def _hint(resources: Resources, visitor: Visitor, issuer: str | None, target: str | None) -> Response:
    """D34: nothing in an unsolicited Response is believed. It says which provider to ask, and where the person wants to end."""
    upstream = await resources.upstreams.by_name(issuer or "")
    return await arriving.go_by(resources, visitor, upstream, target=target, cross_site=True)


ROUTES = [Route(ACS, acs, methods=["POST"])]

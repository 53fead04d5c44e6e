"""On to a network provider: an attempt that goes by one becomes our question there (D34, D35)."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.http import headers, visitors
from idp.http.resources import resources_of
from idp.signin import attempts, networks
from idp.signin.networks import ROADS
from metadata.saml.names import HTTP_REDIRECT
from protocols.saml.sp import request as requests
from protocols.saml.sp.addresses import ACS, ENTITY
from protocols.saml.sp.request import Asking


async def go(request: Request) -> Response:
    """Asks the provider of this attempt; the former question of the attempt is not waited for any more."""
    resources = resources_of(request)
    floor = resources.floor
    visitor = await visitors.visitor_of(request, floor)
    attempt = await attempts.find(floor.store, floor.keyring, request.path_params["attempt"], visitor.browser)
    upstream = await networks.provider_of(resources.upstreams, attempt)
    if upstream is None or upstream.saml is None:
        await networks.refuse(floor, attempt, "network.disabled")
        return RedirectResponse(f"/signin/{attempt.id}", status_code=303)
    now, wish, service = floor.now, networks.wish(attempt, visitor), upstream.saml.service
    asking = Asking(
        id=networks.name_of(attempt),
        destination=service.location,
        us=floor.settings.base_url + ENTITY,
        acs=floor.settings.base_url + ACS,
        issued_at=now,
        fresh=wish.fresh,
        two_factors=wish.two_factors and upstream.trusted_for_mfa,
        hops=wish.hops,
        passive=wish.passive,
    )
    await networks.send(floor, attempt, visitor, sent=asking.id, fresh=wish.fresh)
    signer = (await resources.keys.latest(now=now)).active("RS256", now, kid=upstream.signing_kid)
    if service.binding == HTTP_REDIRECT:
        return RedirectResponse(requests.redirected(asking, signer), status_code=303)
    page = resources.pages.outline(visitor.lang, "saml/ask.html", sso=True, saml_request=True)
    filled = page.fill(sso=asking.destination, saml_request=requests.posted(asking, signer))
    return HTMLResponse(filled, headers=headers.LEAVING)


ROUTES = [Route(ROADS["saml"] + "/{attempt}", go, methods=["GET"])]

"""On to a network provider: an attempt that goes by one becomes our question there (D34, D35)."""

from starlette.responses import HTMLResponse, RedirectResponse, Response

from idp.http import headers
from idp.http.resources import Resources
from idp.signin import networks
from idp.signin.attempts import Attempt
from idp.signin.question import Visitor
from metadata.saml.names import HTTP_REDIRECT
from metadata.saml.provider import SamlProvider
from metadata.upstreams import KnownUpstream
from protocols.saml.sp import request as requests
from protocols.saml.sp.addresses import ACS, ENTITY
from protocols.saml.sp.request import Asking


async def ask(
    resources: Resources, visitor: Visitor, attempt: Attempt, upstream: KnownUpstream, provider: SamlProvider
) -> tuple[Attempt, Response]:
    """The attempt as it waits for the answer, to be kept, and the way to the provider. Raises `Unavailable`."""
    floor = resources.floor
    now, wish, service = floor.now, networks.wish(attempt, visitor), provider.service
    asking = Asking(
        id=networks.name_of(attempt),
        destination=service.location,
        us=floor.settings.base_url + ENTITY,
        acs=floor.settings.base_url + ACS,
        issued_at=now,
        fresh=wish.fresh,
        two_factors=wish.two_factors and upstream.trusted_for_mfa,
        hops=wish.hops,
        behind=wish.behind,
        passive=wish.passive,
    )
    waits = networks.sent(attempt, visitor, name=asking.id, now=now, fresh=wish.fresh)
    signer = (await resources.keys.latest(now=now)).active("RS256", now, kid=upstream.signing_kid)
    if service.binding == HTTP_REDIRECT:
        return waits, RedirectResponse(requests.redirected(asking, signer), status_code=303)
    page = resources.pages.outline(visitor.lang, "saml/ask.html", sso=True, saml_request=True)
    filled = page.fill(sso=asking.destination, saml_request=requests.posted(asking, signer))
    return waits, HTMLResponse(filled, headers=headers.LEAVING)

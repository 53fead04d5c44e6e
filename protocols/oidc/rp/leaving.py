"""Signing out at a network provider over OpenID Connect, when the session that it opened ends here (RP-Initiated Logout 1.0, 2).

Without an ID token as a hint, which we do not keep: the provider may ask the person first.
"""

from urllib.parse import urlencode

from idp.http.resources import Resources
from idp.signin.logout import Exit
from metadata.oidc.issuers import IssuerRefused
from metadata.upstreams import KnownUpstream
from protocols.oidc.rp.addresses import AFTER


async def exit_by(resources: Resources, upstream: KnownUpstream) -> Exit:
    """The provider's page that signs somebody out and comes back to ours; nothing where it has none, or cannot be asked."""
    ours, floor = upstream.oidc, resources.floor
    if ours is None:
        return Exit()
    try:
        ending = (await resources.issuers.discovered(ours.issuer, now=floor.now)).end_session_endpoint
    except IssuerRefused:
        return Exit()
    if ending is None:
        return Exit()
    back = floor.settings.base_url + AFTER
    query = urlencode({"client_id": ours.client_id, "post_logout_redirect_uri": back})
    return Exit(page=f"{ending}{'&' if '?' in ending else '?'}{query}")

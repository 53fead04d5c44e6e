"""Signing out at a network provider over SAML, when the session that it opened ends here: a signed request in a frame (Profiles 4.4)."""

from idp.core.floor import Floor
from idp.http import leaving
from idp.http.resources import Resources
from idp.signin.logout import Exit
from idp.signin.network_sessions import NetworkSession
from metadata.keys import Signer
from metadata.saml import canonical, names
from metadata.upstreams import KnownUpstream
from protocols.saml import logout_messages, sending
from protocols.saml.logout_messages import LogoutResponse, Writer
from protocols.saml.sp.addresses import ENTITY


async def exit_by(resources: Resources, upstream: KnownUpstream, at: NetworkSession) -> Exit:
    """The frame that signs somebody out there; nothing at a provider that takes no logout by Redirect."""
    provider = upstream.saml
    service = sending.service_of(provider.logouts, names.HTTP_REDIRECT) if provider is not None else None
    if service is None:
        return Exit()
    us, signer = await ours(resources, upstream)
    asked = canonical.new_id()
    xml = logout_messages.request(
        us,
        at.called,
        at.index,
        request_id=asked,
        to=service.location,
        now=resources.floor.now,
        sign="outside",
    )
    await leaving.ask_provider(resources.floor, upstream.id, asked)
    address = sending.redirect(service.location, xml, kind="SAMLRequest", signer=signer)
    return Exit(frame=address, asked=asked, party=upstream.party_name)


async def note(floor: Floor, upstream: KnownUpstream, said: LogoutResponse) -> None:
    """A provider's answer to a request of ours: one that could not, or only in part, stays among those that did not answer (C-077)."""
    if said.ended:
        await leaving.provider_did(floor, upstream.id, said.in_response_to)


async def ours(resources: Resources, upstream: KnownUpstream) -> tuple[Writer, Signer]:
    """We as a service provider, under the key that this provider knows; RSA, as in all that we ask providers."""
    floor = resources.floor
    signer = (await resources.keys.latest(now=floor.now)).active("RS256", floor.now, kid=upstream.signing_kid)
    return logout_messages.writer(floor.settings.base_url + ENTITY, signer), signer

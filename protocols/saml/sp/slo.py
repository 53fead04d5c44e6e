"""A network provider's single logout reaches us (Profiles 4.4): its signed request ends the session that it opened here, and all that came of it.

A request counts only by the keys of the provider's own metadata, and only for sessions that this very provider opened (V-22).
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.http import headers, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import logout, network_sessions, sessions
from idp.signin.sessions import Session
from metadata.saml.provider import SamlProvider
from metadata.upstreams import KnownUpstream
from protocols.saml import logging_out, logout_messages, status
from protocols.saml.logging_out import Asker
from protocols.saml.logout_messages import LogoutRequest
from protocols.saml.sp import leaving as leaving_there
from protocols.saml.sp.addresses import ANSWER, SLO, SLO_SOAP
from protocols.saml.status import Refused
from protocols.saml.wire import UnverifiedMessage


async def slo(request: Request) -> Response:
    """By Redirect or POST: a provider's request, or its answer to ours, which is noted for the page that waits for it."""
    resources = resources_of(request)
    message = await logging_out.message_of(request)
    upstream, provider = await _sender(resources, message)
    floor = resources.floor
    if message.kind == "SAMLResponse":
        endpoint = floor.settings.base_url + SLO
        said = logout_messages.read_response(message, party=provider, endpoint=endpoint, now=floor.now)
        await leaving_there.note(floor, upstream, said)
        return HTMLResponse("", headers=headers.IN_A_FRAME_OF_OURS)
    asked = await logging_out.read(resources, message, provider, SLO)
    visitor = await visitors.visitor_of(request, floor)
    asker = await _asker(resources, upstream, provider)
    found = await _meant(resources, upstream, asked)
    if not found:
        return logging_out.answered(resources, visitor, asker, asked, status.UNKNOWN_PRINCIPAL)
    here = next((session for session in found if logging_out.is_here(session, visitor)), found[0])
    await _end_others(resources, [session for session in found if session is not here])
    await network_sessions.forget(floor.store, floor.keyring, here.mark)
    farewell = await logout.leave(resources.means, resources.wires, here)
    return await logging_out.ended(resources, visitor, asker, asked, here, farewell)


async def slo_soap(request: Request) -> Response:
    """By SOAP: no browser is there to open a frame in; the parties are told by the worker."""
    resources = resources_of(request)
    message = await logging_out.request_in_soap(request)
    upstream, provider = await _sender(resources, message)
    us, _ = await leaving_there.ours(resources, upstream)
    asked = await logging_out.read_in_soap(request, message, provider, SLO_SOAP)
    if isinstance(asked, Refused):
        return logging_out.refused_in_soap(resources, us, message, asked)
    found = await _meant(resources, upstream, asked)
    await _end_others(resources, found)
    return logging_out.answered_in_soap(resources, us, asked, status.ENDED if found else status.UNKNOWN_PRINCIPAL)


async def _sender(resources: Resources, message: UnverifiedMessage) -> tuple[KnownUpstream, SamlProvider]:
    """The provider that a message says it is from. One that is switched off may still end what it began."""
    upstream = await resources.upstreams.by_name(logout_messages.unverified_issuer(message))
    if upstream is None or upstream.saml is None:
        raise Problem("party.unknown", status=400, detail="unknown issuer of a logout message")
    return upstream, upstream.saml


async def _asker(resources: Resources, upstream: KnownUpstream, provider: SamlProvider) -> Asker:
    return Asker(upstream.name, provider.logouts, await leaving_there.ours(resources, upstream), ANSWER)


async def _meant(resources: Resources, upstream: KnownUpstream, asked: LogoutRequest) -> list[Session]:
    """The living sessions that this provider opened for the person that it names: those with one of the indexes, all where it gives none."""
    floor = resources.floor
    now = int(floor.now.timestamp())
    found: dict[bytes, Session] = {}
    for index in asked.session_indexes or (None,):
        marks = await network_sessions.named(floor.store, floor.keyring, upstream.id, asked.name, index=index)
        for mark in marks:
            session = await sessions.marked(floor.store, mark, now=now)
            if session is not None:
                found[mark] = session
    return list(found.values())


async def _end_others(resources: Resources, others: Sequence[Session]) -> None:
    floor = resources.floor
    for session in others:
        await network_sessions.forget(floor.store, floor.keyring, session.mark)
        await logout.set_aside(floor, session)


async def answer(request: Request) -> Response:
    """After the frames: the answer to the provider that asked, once."""
    return await logging_out.after_the_frames(request, _asker_named)


async def _asker_named(resources: Resources, name: str) -> Asker | None:
    upstream = await resources.upstreams.by_name(name)
    return None if upstream is None or upstream.saml is None else await _asker(resources, upstream, upstream.saml)


ROUTES = [
    Route(SLO, slo, methods=["GET", "POST"]),
    Route(SLO_SOAP, slo_soap, methods=["POST"]),
    Route(ANSWER + "/{run}", answer, methods=["GET"]),
]

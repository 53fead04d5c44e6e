"""A network provider's single logout reaches us (Profiles 4.4): its signed request ends the session that it opened here, and all that came of it.

A request counts only by the keys of the provider's own metadata, and only for sessions that this very provider opened (V-22).
"""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from consent import participants
from idp.core.errors import Problem
from idp.http import forms, headers, leaving, visitors
from idp.http.leaving import Run
from idp.http.resources import Resources, resources_of
from idp.signin import logout, network_sessions, sessions
from idp.signin.logout import Farewell
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from metadata.saml.provider import SamlProvider
from metadata.upstreams import KnownUpstream
from protocols.saml import delivering, logout_messages, sending, status, wire
from protocols.saml.delivering import Asker
from protocols.saml.logout_messages import LogoutRequest
from protocols.saml.sp import leaving as leaving_there
from protocols.saml.sp.addresses import ANSWER, SLO, SLO_SOAP
from protocols.saml.status import Status
from protocols.saml.wire import UnverifiedMessage


async def slo(request: Request) -> Response:
    """By Redirect or POST: a provider's request, or its answer to ours, which changes nothing any more."""
    resources = resources_of(request)
    message = await _message(request)
    upstream, provider = await _sender(resources, message)
    floor = resources.floor
    if message.kind == "SAMLResponse":
        endpoint = floor.settings.base_url + SLO
        logout_messages.read_response(message, party=provider, endpoint=endpoint, now=floor.now)
        return HTMLResponse("", headers=headers.IN_A_FRAME_OF_OURS)
    asked = _read(resources, provider, message, SLO)
    visitor = await visitors.visitor_of(request, floor)
    found = await _meant(resources, upstream, asked)
    if not found:
        return await _answered(resources, visitor, upstream, provider, asked, status.UNKNOWN_PRINCIPAL, None)
    here = next((session for session in found if _is_here(session, visitor)), found[0])
    await _end_others(resources, [session for session in found if session is not here])
    farewell = await _end(resources, here)
    if farewell.frames:
        response = await _by_way_of_frames(resources, farewell, upstream, asked, here)
    else:
        response = await _answered(resources, visitor, upstream, provider, asked, _status_of(farewell), here)
    return visitors.forget_session(response) if _is_here(here, visitor) else response


async def slo_soap(request: Request) -> Response:
    """By SOAP: no browser is there to open a frame in; the parties are told by the worker."""
    resources = resources_of(request)
    try:
        body = await forms.body_of(request, largest=forms.LARGEST_SAML_FORM, wanted="text/xml")
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    message = sending.opened(body, kind="SAMLRequest")
    upstream, provider = await _sender(resources, message)
    asked = _read(resources, provider, message, SLO_SOAP)
    found = await _meant(resources, upstream, asked)
    await _end_others(resources, found)
    if asked.asynchronous:
        return Response(status_code=202)
    us, _ = await leaving_there.ours(resources, upstream)
    why = status.ENDED if found else status.UNKNOWN_PRINCIPAL
    now = resources.floor.now
    xml = logout_messages.response(us, why, in_response_to=asked.id, to="", now=now, sign="inside")
    return Response(sending.enveloped(xml), media_type="text/xml")


async def _message(request: Request) -> UnverifiedMessage:
    if request.method == "GET":
        raw: bytes = request.scope["query_string"]
        return wire.read_redirect(raw, kind=wire.kind_in(raw))
    try:
        raw = await forms.body_of(request, largest=forms.LARGEST_SAML_FORM)
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    return wire.read_post(raw, kind=wire.kind_in(raw))


async def _sender(resources: Resources, message: UnverifiedMessage) -> tuple[KnownUpstream, SamlProvider]:
    """The provider that a message says it is from. One that is switched off may still end what it began."""
    upstream = await resources.upstreams.by_name(logout_messages.unverified_issuer(message))
    if upstream is None or upstream.saml is None:
        raise Problem("party.unknown", status=400, detail="unknown issuer of a logout message")
    return upstream, upstream.saml


def _read(resources: Resources, provider: SamlProvider, message: UnverifiedMessage, path: str) -> LogoutRequest:
    floor = resources.floor
    endpoint = floor.settings.base_url + path
    return logout_messages.read_request(message, party=provider, endpoint=endpoint, now=floor.now)


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


def _is_here(session: Session, visitor: Visitor) -> bool:
    return visitor.session is not None and visitor.session.key == session.key


async def _end(resources: Resources, session: Session) -> Farewell:
    floor = resources.floor
    await network_sessions.forget(floor.store, floor.keyring, session.mark)
    return await logout.leave(resources.means, resources.wires, session)


async def _end_others(resources: Resources, others: Sequence[Session]) -> None:
    floor = resources.floor
    for session in others:
        await network_sessions.forget(floor.store, floor.keyring, session.mark)
        await logout.set_aside(floor, session)


def _status_of(farewell: Farewell) -> Status:
    return status.ENDED_IN_PART if farewell.failed or farewell.mute else status.ENDED


async def _by_way_of_frames(
    resources: Resources, farewell: Farewell, upstream: KnownUpstream, asked: LogoutRequest, session: Session
) -> Response:
    """First to the page that opens the parties, then back with the answer."""
    register = leaving.register_of(session)
    given: dict[str, Any] = {"upstream": upstream.id, "id": asked.id, "relay_state": asked.relay_state}
    run = Run(f"{ANSWER}/{farewell.name}", register, farewell.frames, given)
    if asked.asynchronous:
        run = Run(leaving.done(session), register, farewell.frames)
    await leaving.keep(resources.floor, farewell.name, run)
    return RedirectResponse(f"{leaving.ELSEWHERE}/{farewell.name}", status_code=303)


async def answer(request: Request) -> Response:
    """After the frames: the answer to the provider that asked, once."""
    resources, name = resources_of(request), request.path_params["run"]
    floor = resources.floor
    run = await leaving.take(floor, name)
    upstream = await resources.upstreams.by_id(run.answers["upstream"]) if run and run.answers else None
    if run is None or run.answers is None or upstream is None or upstream.saml is None:
        return RedirectResponse("/signout/done", status_code=303)
    async with floor.database.read() as db:
        found = await participants.of_run(db, floor.keyring, logout.run_of(floor, name))
    why = status.ENDED if all(one.state == "told" for one in found) else status.ENDED_IN_PART
    to = Asker(run.answers["id"], run.answers["relay_state"])
    visitor, done = await visitors.visitor_of(request, floor), leaving.done_for(run.register)
    ours = await leaving_there.ours(resources, upstream)
    return delivering.answered(resources, visitor, upstream.saml.logouts, to, why, ours=ours, done=done)


async def _answered(
    resources: Resources,
    visitor: Visitor,
    upstream: KnownUpstream,
    provider: SamlProvider,
    asked: LogoutRequest,
    why: Status,
    session: Session | None,
) -> Response:
    done = leaving.done(session)
    if asked.asynchronous:
        return RedirectResponse(done, status_code=303)
    to, ours = Asker(asked.id, asked.relay_state), await leaving_there.ours(resources, upstream)
    return delivering.answered(resources, visitor, provider.logouts, to, why, ours=ours, done=done)


ROUTES = [
    Route(SLO, slo, methods=["GET", "POST"]),
    Route(SLO_SOAP, slo_soap, methods=["POST"]),
    Route(ANSWER + "/{run}", answer, methods=["GET"]),
]

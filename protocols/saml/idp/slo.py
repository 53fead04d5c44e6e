"""The single logout endpoints (Profiles 4.4): a party's request by Redirect, POST or SOAP ends the person's session everywhere, whatever the wire of
the others is; a party's answer to our own request is noted (C-230).
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from consent import participants
from consent.participants import Connection
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.http import forms, headers, leaving, visitors
from idp.http.leaving import Run
from idp.http.resources import Resources, resources_of
from idp.signin import logout, sessions
from idp.signin.logout import Farewell, Wire
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from metadata.parties import Entity
from metadata.saml import names
from metadata.saml.document import Malformed
from protocols.saml import delivering, logout_messages, sending, status, wire
from protocols.saml.delivering import Asker
from protocols.saml.idp import named, telling
from protocols.saml.idp.addresses import ANSWER, FRAME, METADATA, SLO, SLO_SOAP
from protocols.saml.logout_messages import LogoutRequest
from protocols.saml.status import Status
from protocols.saml.wire import UnverifiedMessage

_TOLD: Final = frozenset({"told"})


async def slo(request: Request) -> Response:
    """By Redirect or POST: a party's request, or its answer to ours."""
    resources = resources_of(request)
    message = await _message(request)
    entity = await _sender(resources, message)
    if message.kind == "SAMLResponse":
        return await _noted(resources, entity, message)
    asked = _read(resources, entity, message, SLO)
    visitor = await visitors.visitor_of(request, resources.floor)
    meant = await _meant(resources, entity, asked, visitor)
    if meant is None:
        return await _answered(resources, visitor, entity, asked, status.UNKNOWN_PRINCIPAL)
    if not meant:
        return await _answered(resources, visitor, entity, asked, status.ENDED)
    session = next((one for one in meant if visitor.session is not None and one.key == visitor.session.key), meant[0])
    await _end_others(resources, [one for one in meant if one is not session])
    connection = Connection("saml", entity.id)
    provider = await leaving.exit_of(resources, session)
    farewell = await logout.leave(resources.means, resources.wires, session, but=connection)
    farewell = leaving.with_exit(farewell, provider)
    if farewell.frames:
        response = await _by_way_of_frames(resources, farewell, entity, asked, session)
    else:
        response = await _answered(resources, visitor, entity, asked, _status_of(farewell), session)
    # The cookie of another session, such as that of who signed in here since, is none of this party's business.
    ours = visitor.session is not None and visitor.session.key == session.key
    return visitors.forget_session(response) if ours else response


async def slo_soap(request: Request) -> Response:
    """By SOAP: the party's server asks, and no browser is there to open a frame in."""
    resources = resources_of(request)
    try:
        body = await forms.body_of(request, largest=forms.LARGEST_SAML_FORM, wanted="text/xml")
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    message = sending.opened(body, kind="SAMLRequest")
    entity = await _sender(resources, message)
    asked = _read(resources, entity, message, SLO_SOAP)
    meant = await _meant(resources, entity, asked, None)
    why = status.UNKNOWN_PRINCIPAL if meant is None else status.ENDED
    for session in meant or ():
        connection = Connection("saml", entity.id)
        farewell = await logout.leave(resources.means, lambda: _without_frames(resources), session, but=connection)
        why = status.ENDED_IN_PART if status.ENDED_IN_PART in {why, _status_of(farewell)} else status.ENDED
    if asked.asynchronous:
        return Response(status_code=202)
    issuer, _ = await telling.issuer_for(resources.floor, resources.keys, entity)
    now = resources.floor.now
    xml = logout_messages.response(issuer, why, in_response_to=asked.id, to="", now=now, sign="inside")
    return Response(sending.enveloped(xml), media_type="text/xml")


def _without_frames(resources: Resources) -> dict[str, Wire]:
    async def none(_means: object, _leaving: object) -> None:
        return None

    return {protocol: Wire(known.tell, none) for protocol, known in resources.wires().items()}


async def _message(request: Request) -> UnverifiedMessage:
    if request.method == "GET":
        raw: bytes = request.scope["query_string"]
        return wire.read_redirect(raw, kind=wire.kind_in(raw))
    try:
        raw = await forms.body_of(request, largest=forms.LARGEST_SAML_FORM)
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    return wire.read_post(raw, kind=wire.kind_in(raw))


async def _sender(resources: Resources, message: UnverifiedMessage) -> Entity:
    entity = await resources.parties.reload_entity(logout_messages.unverified_issuer(message))
    if entity is None:
        raise Problem("party.unknown", status=400, detail="unknown issuer of a logout message")
    return entity


def _read(resources: Resources, entity: Entity, message: UnverifiedMessage, path: str) -> LogoutRequest:
    floor = resources.floor
    endpoint = floor.settings.base_url + path
    return logout_messages.read_request(message, party=entity.sp, endpoint=endpoint, now=floor.now)


async def _end_others(resources: Resources, others: Sequence[Session]) -> None:
    """Sessions of the same person elsewhere, which the party named too: nobody sits there and waits."""
    for session in others:
        await logout.set_aside(resources.floor, session)


async def _meant(
    resources: Resources, entity: Entity, asked: LogoutRequest, visitor: Visitor | None
) -> list[Session] | None:
    """The living sessions that a request is about, none where they are over; None for a request about what this party does not know.

    By SessionIndex, which we sealed for this party alone; without one, by the browser. In both cases the NameID must be the one by which this party
    knows the person of that session (SDP-IDP23).
    """
    floor = resources.floor
    marks = [named.mark_of(floor.keyring, entity.sp.entity_id, index) for index in asked.session_indexes]
    now = int(floor.now.timestamp())
    found = [await sessions.marked(floor.store, mark, now=now) for mark in marks if mark is not None]
    living = [session for session in found if session is not None]
    if not asked.session_indexes and visitor is not None and visitor.session is not None:
        living = [visitor.session]
    meant = [session for session in living if await _names(resources, entity, asked, session)]
    # A session of ours that is over is what the party wants. Nothing else may be told from what it knows.
    over = bool(marks) and not living and all(mark is not None for mark in marks)
    return meant if meant or over else None


async def _names(resources: Resources, entity: Entity, asked: LogoutRequest, session: Session) -> bool:
    floor = resources.floor
    connection = Connection("saml", entity.id)
    async with floor.database.read() as db:
        known = await participants.known_to(db, floor.keyring, session.person_id, session.mark, connection)
    us, them = floor.settings.base_url + METADATA, entity.sp.entity_id
    for one in known:
        name = telling.name_of(floor, entity, one)
        if name is None or not same(name.value, asked.name_id):
            continue
        right_format = asked.name_format in {names.UNSPECIFIED, name.name_format}
        by, to = asked.qualifiers
        if right_format and by in {None, us} and to in {None, them}:
            return True
    return False


def _status_of(farewell: Farewell) -> Status:
    return status.ENDED_IN_PART if farewell.failed or farewell.mute or farewell.frames else status.ENDED


async def _by_way_of_frames(
    resources: Resources, farewell: Farewell, entity: Entity, asked: LogoutRequest, session: Session
) -> Response:
    """First to the page that opens the others, then back with the answer."""
    frames = farewell.frames
    register = leaving.register_of(session)
    if asked.asynchronous:
        run = Run(leaving.done(session), register, frames)
    else:
        answers: dict[str, Any] = {
            "entity": entity.sp.entity_id,
            "id": asked.id,
            "relay_state": asked.relay_state,
            "register": register,
        }
        run = Run(f"{ANSWER}/{farewell.name}", register, frames, answers)
    await leaving.keep(resources.floor, farewell.name, run)
    return RedirectResponse(f"{leaving.ELSEWHERE}/{farewell.name}", status_code=303)


async def answer(request: Request) -> Response:
    """After the frames: the answer to the party that asked, once."""
    resources, name = resources_of(request), request.path_params["run"]
    floor = resources.floor
    run = await leaving.take(floor, name)
    entity = await resources.parties.reload_entity(run.answers["entity"]) if run and run.answers else None
    if run is None or run.answers is None or entity is None:
        return RedirectResponse("/signout/done", status_code=303)
    async with floor.database.read() as db:
        found = await participants.of_run(db, floor.keyring, logout.run_of(floor, name))
    why = status.ENDED if all(one.state in _TOLD for one in found) else status.ENDED_IN_PART
    given = run.answers
    to = Asker(given["id"], given["relay_state"])
    visitor, done = await visitors.visitor_of(request, floor), leaving.done_for(given["register"])
    return await _delivered(resources, visitor, entity, to, why, done)


async def _answered(
    resources: Resources,
    visitor: Visitor,
    entity: Entity,
    asked: LogoutRequest,
    why: Status,
    session: Session | None = None,
) -> Response:
    if asked.asynchronous:
        # Asynchronous Single Logout 2.1: nobody waits for an answer, so the person stays with us.
        return RedirectResponse(leaving.done(session), status_code=303)
    return await _delivered(resources, visitor, entity, Asker(asked.id, asked.relay_state), why, leaving.done(session))


async def _delivered(
    resources: Resources, visitor: Visitor, entity: Entity, to: Asker, why: Status, done: str
) -> Response:
    ours = await telling.issuer_for(resources.floor, resources.keys, entity)
    return delivering.answered(resources, visitor, entity.sp.logouts, to, why, ours=ours, done=done)


async def frame(request: Request) -> Response:
    """In a frame of our page: the request for a party that takes it by POST only."""
    resources = resources_of(request)
    floor = resources.floor
    leaving_id = telling.leaving_of(floor.keyring, request.path_params["request"])
    async with floor.database.read() as db:
        one = await participants.one(db, floor.keyring, leaving_id) if leaving_id is not None else None
    entity = await telling.entity_of(resources.means, one) if one is not None and one.state == "asked" else None
    service = sending.service_of(entity.sp.logouts, names.HTTP_POST) if entity is not None else None
    if one is None or entity is None or service is None:
        raise Problem("not_found", status=404, detail="no such logout request")
    made = await telling.request(resources.means, entity, one, service.location, sign="inside")
    if made is None:
        raise Problem("not_found", status=404, detail="the person is gone")
    visitor = await visitors.visitor_of(request, floor)
    return delivering.posted(resources, visitor, service.location, "SAMLRequest", made[0], None)


async def _noted(resources: Resources, entity: Entity, message: UnverifiedMessage) -> Response:
    """A party's answer, in the frame in which we asked it."""
    floor = resources.floor
    endpoint = floor.settings.base_url + SLO
    said = logout_messages.read_response(message, party=entity.sp, endpoint=endpoint, now=floor.now)
    leaving_id = telling.leaving_of(floor.keyring, said.in_response_to)
    if leaving_id is None:
        raise Malformed("InResponseTo names no request of ours")
    async with floor.database.begin() as db:
        one = await participants.one(db, floor.keyring, leaving_id)
        if one is None or one.name != entity.sp.entity_id:
            raise Malformed("an answer to a request that another party got")
        await participants.answered(db, leaving_id, told=said.ended)
    # A page, though an empty one: a frame that got none would never say that it has loaded.
    return HTMLResponse("", headers=headers.IN_A_FRAME_OF_OURS)


ROUTES = [
    Route(SLO, slo, methods=["GET", "POST"]),
    Route(SLO_SOAP, slo_soap, methods=["POST"]),
    Route(FRAME + "/{request}", frame),
    Route(ANSWER + "/{run}", answer),
]

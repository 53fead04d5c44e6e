"""The single logout endpoints (Profiles 4.4): a party's request by Redirect, POST or SOAP ends the person's session everywhere, whatever the wire of
the others is; a party's answer to our own request is noted (C-230).
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from consent import participants
from consent.participants import Connection
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.http import headers, leaving, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import logout, sessions
from idp.signin.logout import Wire
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from metadata.parties import Entity
from metadata.saml import names
from metadata.saml.document import Malformed
from protocols.saml import delivering, logging_out, logout_messages, sending, status
from protocols.saml.idp import named, telling
from protocols.saml.idp.addresses import ANSWER, FRAME, METADATA, SLO, SLO_SOAP
from protocols.saml.logging_out import Asker
from protocols.saml.logout_messages import LogoutRequest
from protocols.saml.status import Refused
from protocols.saml.wire import UnverifiedMessage


async def slo(request: Request) -> Response:
    """By Redirect or POST: a party's request, or its answer to ours."""
    resources = resources_of(request)
    message = await logging_out.message_of(request)
    entity = await _sender(resources, message)
    if message.kind == "SAMLResponse":
        return await _noted(resources, entity, message)
    asked = await logging_out.read(resources, message, entity.sp, SLO)
    visitor = await visitors.visitor_of(request, resources.floor)
    asker = await _asker(resources, entity)
    meant = await _meant(resources, entity, asked, visitor)
    if not meant:
        why = status.UNKNOWN_PRINCIPAL if meant is None else status.ENDED
        return logging_out.answered(resources, visitor, asker, asked, why)
    session = next((one for one in meant if logging_out.is_here(one, visitor)), meant[0])
    await _end_others(resources, [one for one in meant if one is not session])
    provider = await leaving.exit_of(resources, session)
    farewell = await logout.leave(resources.means, resources.wires, session, but=Connection("saml", entity.id))
    farewell = leaving.with_exit(farewell, provider)
    return await logging_out.ended(resources, visitor, asker, asked, session, farewell)


async def slo_soap(request: Request) -> Response:
    """By SOAP: the party's server asks, and no browser is there to open a frame in."""
    resources = resources_of(request)
    message = await logging_out.request_in_soap(request)
    entity = await _sender(resources, message)
    us, _ = await telling.issuer_for(resources.floor, resources.keys, entity)
    asked = await logging_out.read_in_soap(request, message, entity.sp, SLO_SOAP)
    if isinstance(asked, Refused):
        return logging_out.refused_in_soap(resources, us, message, asked)
    meant = await _meant(resources, entity, asked, None)
    why = status.UNKNOWN_PRINCIPAL if meant is None else status.ENDED
    for session in meant or ():
        connection = Connection("saml", entity.id)
        farewell = await logout.leave(resources.means, lambda: _without_frames(resources), session, but=connection)
        in_part = status.ENDED_IN_PART in {why, logging_out.status_of(farewell)}
        why = status.ENDED_IN_PART if in_part else status.ENDED
    return logging_out.answered_in_soap(resources, us, asked, why)


def _without_frames(resources: Resources) -> dict[str, Wire]:
    async def none(_means: object, _leaving: object) -> None:
        return None

    return {protocol: Wire(known.tell, none) for protocol, known in resources.wires().items()}


async def _sender(resources: Resources, message: UnverifiedMessage) -> Entity:
    entity = await resources.parties.reload_entity(logout_messages.unverified_issuer(message))
    if entity is None:
        raise Problem("party.unknown", status=400, detail="unknown issuer of a logout message")
    return entity


async def _asker(resources: Resources, entity: Entity) -> Asker:
    """Who asked. A party that is switched off ends what it knows like any other, but no browser is led to it (C-129)."""
    ours = await telling.issuer_for(resources.floor, resources.keys, entity)
    return Asker(entity.sp.entity_id, entity.sp.logouts if entity.enabled else (), ours, ANSWER)


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


async def answer(request: Request) -> Response:
    """After the frames: the answer to the party that asked, once."""
    return await logging_out.after_the_frames(request, _asker_named)


async def _asker_named(resources: Resources, name: str) -> Asker | None:
    entity = await resources.parties.reload_entity(name)
    return None if entity is None else await _asker(resources, entity)


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

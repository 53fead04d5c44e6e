"""A logout request that somebody sends us (Profiles 4.4): how it is read, and the ways in which it ends; the same whichever side asks (C-230).

Who is asking, and whom he means, is the business of `protocols.saml.idp.slo` and `protocols.saml.sp.slo`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent import participants
from idp.core.errors import Problem, Unavailable
from idp.http import forms, leaving, problems, visitors
from idp.http.leaving import Run
from idp.http.resources import Resources, resources_of
from idp.signin import logout
from idp.signin.logout import Farewell
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from metadata.keys import Signer
from metadata.saml.document import Malformed
from metadata.saml.names import SAMLP
from metadata.saml.party import LogoutService
from protocols.saml import delivering, logout_messages, sending, status, wire
from protocols.saml.delivering import About
from protocols.saml.incoming import Sender
from protocols.saml.logout_messages import LogoutRequest, Ours
from protocols.saml.status import Refused, Status
from protocols.saml.wire import UnverifiedMessage

_TOLD: Final = frozenset({"told"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: `name` finds him again after the frames, which lead to `back`; `ours` is who we are to him, and the key that he knows."""

    name: str
    services: Sequence[LogoutService]
    ours: tuple[Ours, Signer]
    back: str


async def message_of(request: Request) -> UnverifiedMessage:
    """What came by Redirect or POST: a request, or an answer to ours. Raises `Problem`."""
    if request.method == "GET":
        raw: bytes = request.scope["query_string"]
        return wire.read_redirect(raw, kind=wire.kind_in(raw))
    raw = await _body(request)
    return wire.read_post(raw, kind=wire.kind_in(raw))


async def request_in_soap(request: Request) -> UnverifiedMessage:
    """The request in a SOAP envelope. Raises `Problem`: a fault, as nothing of SAML is there yet that could be answered (Bindings 3.2.3.3)."""
    message = sending.opened(await _body(request, wanted=sending.SOAP_KINDS), kind="SAMLRequest")
    if message.root.tag != f"{{{SAMLP}}}{logout_messages.REQUEST}":
        raise Malformed("a message in SOAP that is no LogoutRequest")
    return message


async def _body(request: Request, **wanted: tuple[str, ...]) -> bytes:
    try:
        return await forms.body_of(request, largest=forms.LARGEST_SAML_FORM, **wanted)
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error


async def read(resources: Resources, message: UnverifiedMessage, party: Sender, path: str) -> LogoutRequest:
    """The request, proven to be the party's and meant for this path of ours. Raises `Problem`."""
    floor = resources.floor
    openers = await resources.openers.all() if logout_messages.hides_its_name(message) else ()
    endpoint = floor.settings.base_url + path
    return logout_messages.read_request(message, party=party, endpoint=endpoint, now=floor.now, openers=openers)


async def read_in_soap(
    request: Request, message: UnverifiedMessage, party: Sender, path: str
) -> LogoutRequest | Refused:
    """As `read`; where the request cannot be obeyed, the status that its party gets (Bindings 3.2.3.3). Raises `Unavailable`."""
    if message.root.get("Version") != "2.0":
        return Refused(status.VERSION_MISMATCH)
    try:
        return await read(resources_of(request), message, party, path)
    except Unavailable:
        raise
    except Problem as error:
        problems.note(request, error)
        return Refused(_told(error))


def _told(error: Problem) -> Status:
    return status.unreadable(error.detail) if error.code == "saml.malformed" else status.not_obeyed(error.detail)


def is_here(session: Session, visitor: Visitor) -> bool:
    """Whether a session is that of the browser in which the request came."""
    return visitor.session is not None and visitor.session.key == session.key


def status_of(farewell: Farewell) -> Status:
    """What came of it, for who asked."""
    return status.ENDED_IN_PART if farewell.failed or farewell.mute else status.ENDED


async def ended(
    resources: Resources, visitor: Visitor, asker: Asker, asked: LogoutRequest, session: Session, farewell: Farewell
) -> Response:
    """The session is over: first to the page that opens the others where there are such, then back with the answer."""
    if farewell.frames:
        response = await _by_way_of_frames(resources, asker, asked, session, farewell)
    else:
        response = answered(resources, visitor, asker, asked, status_of(farewell), session)
    # The cookie of another session, such as that of who signed in here since, is none of the asker's business.
    return visitors.forget_session(response) if is_here(session, visitor) else response


async def _by_way_of_frames(
    resources: Resources, asker: Asker, asked: LogoutRequest, session: Session, farewell: Farewell
) -> Response:
    register = leaving.register_of(session)
    if asked.asynchronous:
        run = Run(leaving.done(session), register, farewell.frames)
    else:
        answers: dict[str, Any] = {"asker": asker.name, "id": asked.id, "relay_state": asked.relay_state}
        run = Run(f"{asker.back}/{farewell.name}", register, farewell.frames, answers)
    await leaving.keep(resources.floor, farewell.name, run)
    return RedirectResponse(f"{leaving.ELSEWHERE}/{farewell.name}", status_code=303)


def answered(
    resources: Resources,
    visitor: Visitor,
    asker: Asker,
    asked: LogoutRequest,
    why: Status,
    session: Session | None = None,
) -> Response:
    """Back to who asked."""
    done = leaving.done(session)
    if asked.asynchronous:
        # Asynchronous Single Logout 2.1: nobody waits for an answer, so the person stays with us.
        return RedirectResponse(done, status_code=303)
    about = About(asked.id, asked.relay_state)
    return delivering.answered(resources, visitor, asker.services, about, why, ours=asker.ours, done=done)


async def after_the_frames(
    request: Request, asker_named: Callable[[Resources, str], Awaitable[Asker | None]]
) -> Response:
    """The answer to who asked, once; to our own page where he is gone."""
    resources, name = resources_of(request), request.path_params["run"]
    floor = resources.floor
    run = await leaving.take(floor, name)
    asker = await asker_named(resources, run.answers["asker"]) if run and run.answers else None
    if run is None or run.answers is None or asker is None:
        return RedirectResponse("/signout/done", status_code=303)
    async with floor.database.read() as db:
        found = await participants.of_run(db, floor.keyring, logout.run_of(floor, name))
    whole = all(one.state in _TOLD for one in found) and not run.unanswered
    about = About(run.answers["id"], run.answers["relay_state"])
    visitor, done = await visitors.visitor_of(request, floor), leaving.done_for(run.register)
    why = status.ENDED if whole else status.ENDED_IN_PART
    return delivering.answered(resources, visitor, asker.services, about, why, ours=asker.ours, done=done)


def answered_in_soap(resources: Resources, ours: Ours, asked: LogoutRequest, why: Status) -> Response:
    """The answer in an envelope, or that there is none to come."""
    return Response(status_code=202) if asked.asynchronous else _in_soap(resources, ours, asked.id, why)


def refused_in_soap(resources: Resources, ours: Ours, message: UnverifiedMessage, refused: Refused) -> Response:
    """The answer to a request that was not obeyed; anybody may have sent it, and hears nothing that is about a person."""
    return _in_soap(resources, ours, logout_messages.unverified_id(message), refused.status)


def _in_soap(resources: Resources, ours: Ours, about: str, why: Status) -> Response:
    xml = logout_messages.response(ours, why, in_response_to=about, to="", now=resources.floor.now, sign="in soap")
    return Response(sending.enveloped(xml), media_type="text/xml")

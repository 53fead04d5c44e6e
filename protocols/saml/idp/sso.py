"""The single sign-on endpoint (Profiles 4.1): Redirect and POST in, POST out. It reads like the OpenID provider's authorize, on purpose."""

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from consent.release import Recipient, Released, Subject, release
from idp.core.errors import Problem
from idp.core.frozen import replace
from idp.http import forms, headers, visitors
from idp.http.asking import Ask, later
from idp.http.resources import resources_of
from idp.signin import flow, network_sessions
from idp.signin.assurance import ACR, LEVELS, Level
from idp.signin.question import Question, Ready, Refused
from idp.signin.sessions import NETWORK, Session
from metadata.parties import Entity
from protocols import subjects
from protocols.saml import status, wire
from protocols.saml.idp import answers, response, watching
from protocols.saml.idp import request as requests
from protocols.saml.idp.addresses import METADATA, SSO
from protocols.saml.idp.asked import AuthnRequest, Here, ReplyTo
from protocols.saml.idp.contexts import ContextDemand, Ladder, Rung
from protocols.saml.idp.request import Refusal
from protocols.saml.status import Status
from protocols.saml.wire import UnverifiedMessage

LADDER: Ladder = tuple(
    Rung(str(int(level)), (own, *(name for name, known in LEVELS.items() if known == level and name != own)))
    for level, own in sorted(ACR.items())
)
"""Our levels by number, with the classes that stand for them."""


async def sso(request: Request) -> Response:
    """An AuthnRequest, by either binding (C-211)."""
    resources = resources_of(request)
    message = await _message(request)
    issuer = requests.unverified_issuer(message)
    ask = Ask(request, resources, await visitors.visitor_of(request, resources.floor))
    entity = await resources.parties.entity(issuer) if ask.visitor.session is not None else None
    answer = await _answer_at_once(ask, message, entity) if entity is not None else None
    if answer is None:
        # Nobody is signed in, or what this process remembers of the party did not lead to an answer: decide with what is true now (D10).
        try:
            answer = await _begin(ask, message, await resources.parties.reload_entity(issuer))
        except Problem as problem:
            watching.stopped(ask, issuer, message, problem)
            raise
    return answer


async def _message(request: Request) -> UnverifiedMessage:
    if request.method == "GET":
        return wire.read_redirect(request.scope["query_string"], kind="SAMLRequest")
    try:
        body = await forms.body_of(request, largest=forms.LARGEST_SAML_FORM)
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    return wire.read_post(body, kind="SAMLRequest")


def _read(ask: Ask, message: UnverifiedMessage, entity: Entity) -> AuthnRequest | Refusal:
    floor = ask.resources.floor
    base_url = floor.settings.base_url
    here = Here(base_url + METADATA, LADDER, tuple(service.index for service in entity.sp.services))
    return requests.read(message, party=entity.sp, endpoint=base_url + SSO, here=here, now=floor.now)


async def _answer_at_once(ask: Ask, message: UnverifiedMessage, entity: Entity) -> Response | None:
    try:
        asked = _read(ask, message, entity)
    except Problem:
        return None
    if not entity.enabled or isinstance(asked, Refusal):
        return None
    session = flow.surely(ask.visitor, fresh=asked.force, least=Level(int(asked.context.least)))
    if session is None or _too_far(asked, session):
        return None
    released = await _release_to(ask, entity, asked, session)
    return await success(ask, entity, asked, session, released) if released is not None else None


async def _begin(ask: Ask, message: UnverifiedMessage, entity: Entity | None) -> Response:
    if entity is None:
        raise Problem("party.unknown", status=400, detail="unknown issuer of an AuthnRequest")
    if not entity.enabled:
        raise Problem("party.disabled", status=403, detail=f"entity {entity.id} is disabled")
    asked = _read(ask, message, entity)
    if isinstance(asked, Refusal):
        watching.refused(ask, entity, asked.status, session=ask.visitor.session, message=message)
        return await _refuse(ask, entity, asked.status, asked.reply_to)
    question = _question(asked, entity)
    if message.binding == "post" and not visitors.carries_session(ask.request):
        # The Lax session cookie stayed behind at a cross-site POST: stored, and asked again from our own address (D25).
        return await later(ask, question, SSO)
    ready = await flow.arrive(ask.resources.floor, question, ask.visitor)
    if isinstance(ready, Ready):
        return await _answered(ask, entity, asked, ready)
    if isinstance(ready, Refused):
        watching.refused(ask, entity, _status(ready, asked), session=ask.visitor.session, message=message)
        return await _refuse(ask, entity, _status(ready, asked), asked.reply_to)
    return await later(ask, question, SSO if question.passive else "/signin")


async def resume(request: Request) -> Response:
    """Back from the sign-in, or for the first time after a cross-site POST."""
    resources = resources_of(request)
    ask = Ask(request, resources, await visitors.visitor_of(request, resources.floor))
    attempt_id = request.path_params["attempt"]
    question, answer = await flow.resume(resources.floor, attempt_id, ask.visitor)
    asked = _from_json(question.request)
    entity = await resources.parties.reload_entity(asked.reply_to.party)
    if entity is None or not entity.enabled:
        raise Problem("party.disabled", status=403, detail="the party went during the sign-in")
    if entity.over(resources.floor.now):
        raise Problem("party.disabled", status=403, detail="the party's metadata ended during the sign-in")
    if asked.reply_to.location not in {service.location for service in entity.sp.by_post}:
        raise Problem("request.invalid", detail="the consumer service went during the sign-in")
    if isinstance(answer, Refused):
        watching.refused(ask, entity, _status(answer, asked), session=ask.visitor.session)
        return await _refuse(ask, entity, _status(answer, asked), asked.reply_to)
    if isinstance(answer, Ready):
        return await _answered(ask, entity, asked, answer)
    return RedirectResponse(f"/signin/{attempt_id}", status_code=303)


def _question(asked: AuthnRequest, entity: Entity) -> Question:
    return Question(
        protocol="saml",
        connection_id=entity.id,
        party_id=entity.party_id,
        party_name=entity.party_name,
        resume=SSO,
        request=asdict(asked),
        passive=asked.passive,
        fresh=asked.force,
        least=Level(int(asked.context.least)),
        hops=asked.hops,
        behind=asked.requesters,
        under_test=entity.tried_at is not None,
    )


def _from_json(stored: Mapping[str, Any]) -> AuthnRequest:
    parts = {
        "reply_to": ReplyTo(**stored["reply_to"]),
        "context": ContextDemand(**stored["context"]),
        "requesters": tuple(stored["requesters"]),
    }
    return AuthnRequest(**{**stored, **parts})


_STATUSES = {
    "signin.needed": status.NO_PASSIVE,
    "signin.given_up": status.AUTHN_FAILED,
    "assurance.unreachable": status.NO_AUTHN_CONTEXT,
}


def _status(refused: Refused, asked: AuthnRequest) -> Status:
    # Why a school said no is for the person's eyes, so that a page is needed where none may be shown (C-216); else the party learns that it did.
    return _STATUSES.get(refused.code, status.NO_PASSIVE if asked.passive else status.REQUEST_DENIED)


def _too_far(asked: AuthnRequest, session: Session) -> bool:
    """C-235, Core 3.4.1.2: with ProxyCount 0 nobody behind us may have proved the person."""
    return asked.hops == 0 and NETWORK in session.ways


async def _answered(ask: Ask, entity: Entity, asked: AuthnRequest, ready: Ready) -> Response:
    if _too_far(asked, ready.session):
        watching.refused(ask, entity, status.PROXY_COUNT_EXCEEDED, session=ready.session)
        return await _refuse(ask, entity, status.PROXY_COUNT_EXCEEDED, asked.reply_to)
    released = await release_to(ask, entity, asked, ready.session)
    if released is None:
        # Withdrawn between the question and the answer: nothing leaves (D9).
        watching.refused(ask, entity, status.REQUEST_DENIED, session=ready.session)
        return await _refuse(ask, entity, status.REQUEST_DENIED, asked.reply_to)
    return await success(ask, entity, asked, ready.session, released)


async def release_to(ask: Ask, entity: Entity, asked: AuthnRequest, session: Session) -> Released | None:
    """Decides and records what may leave to this party; a child must stand at its school. None: nothing.

    A refusal is looked at twice: a school may have refused another person at the very moment of the first look.
    """
    return await _release_to(ask, entity, asked, session) or await _release_to(ask, entity, asked, session)


async def _release_to(ask: Ask, entity: Entity, asked: AuthnRequest, session: Session) -> Released | None:
    floor = ask.resources.floor
    now = floor.now
    # Whom a network provider brought stands where that provider says (D35).
    stands = session.kind == "pupil" and not session.at_home and NETWORK not in session.ways
    here = ask.visitor.standing if stands else None
    return await release(
        floor.database.hot,
        ask.resources.field_sets,
        floor.keyring,
        Subject(session.person_id, session.school_id, session.epoch, standing=here, session_mark=session.mark),
        Recipient(
            "saml",
            entity.id,
            entity.version,
            entity.party_id,
            answers.fields_for(entity, asked),
            named=answers.kind_of_name(entity, asked),
        ),
        now=now,
        today=flow.today(now),
    )


async def success(ask: Ask, entity: Entity, asked: AuthnRequest, session: Session, released: Released) -> Response:
    """The page that posts a signed Response about whom was released on to the party."""
    floor = ask.resources.floor
    now = floor.now
    keys = await ask.resources.keys.at(released.keys_version)
    issuer = answers.issuer_of(
        floor.settings.base_url + METADATA,
        keys.active(entity.policy.alg, now, kid=entity.signing_kid),
        answers.signs_for(entity),
    )
    realm = subjects.realm_of(floor.settings.base_url)
    answer = answers.answer(floor.keyring, entity, asked, session, released, realm=realm)
    if NETWORK in session.ways:
        answer = replace(answer, authorities=await _authorities(ask, session))
    watching.sent(ask, entity, asked, session, answer)
    issued = response.issue(issuer, answer, to=asked.reply_to, now=now, lock=answers.lock_for(entity))
    return _posted(ask, asked.reply_to, issued)


async def _authorities(ask: Ask, session: Session) -> tuple[str, ...]:
    """Who proved the person of a session by way of a network provider (Core 2.7.2.2), as far as that is still known."""
    opened = await network_sessions.of(ask.resources.floor.store, session.mark)
    upstream = await ask.resources.upstreams.by_id(opened.upstream_id) if opened is not None else None
    return (upstream.name,) if upstream is not None else ()


async def _refuse(ask: Ask, entity: Entity, why: Status, to: ReplyTo) -> Response:
    floor = ask.resources.floor
    now = floor.now
    keys = await ask.resources.keys.latest(now=now)
    issuer = answers.issuer_of(
        floor.settings.base_url + METADATA, keys.active(entity.policy.alg, now, kid=entity.signing_kid), "response"
    )
    return _posted(ask, to, response.refuse(issuer, why, to=to, now=now))


def _posted(ask: Ask, to: ReplyTo, xml: bytes) -> Response:
    gaps = {"acs": True, "saml_response": True, "relay_state": to.relay_state is not None}
    page = ask.resources.pages.outline(ask.visitor.lang, "saml/post.html", **gaps)
    # There is nothing to escape in base64, and looking for it in all of it takes 20 µs.
    encoded = Markup(base64.b64encode(xml).decode())  # noqa: S704
    filled = page.fill(acs=to.location, saml_response=encoded, relay_state=to.relay_state or "")
    return HTMLResponse(filled, headers=headers.LEAVING)

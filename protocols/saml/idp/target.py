"""On to registered learning material by a Response that nobody asked for: to the default consumer service, the target as RelayState (D36).

Bindings 3.5, Profiles 4.1.5. Only a shortcut whose TARGET is registered leads here, and only after a sign-in of its own.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.core.errors import Problem
from idp.http import visitors
from idp.http.asking import Ask
from idp.http.resources import resources_of
from idp.signin import flow
from idp.signin.attempts import Attempt
from idp.signin.question import Refused
from metadata import targets
from metadata.parties import Entity
from protocols.saml.idp import contexts, sso
from protocols.saml.idp.asked import AuthnRequest, ReplyTo


async def resume(request: Request) -> Response:
    """Back from the sign-in of a shortcut: what may leave is decided and recorded as for every other answer."""
    resources = resources_of(request)
    ask = Ask(request, resources, await visitors.visitor_of(request, resources.floor))
    attempt_id = request.path_params["attempt"]
    question, answer = await flow.resume(resources.floor, attempt_id, ask.visitor)
    if isinstance(answer, Attempt):
        return RedirectResponse(f"/signin/{attempt_id}", status_code=303)
    if isinstance(answer, Refused):
        return RedirectResponse("/", status_code=303)
    target = question.request["target"]
    entity = await _entity(ask, target, question.connection_id)
    asked = _unasked(entity, target)
    released = await sso.release_to(ask, entity, asked, answer.session)
    if released is None:
        # Withdrawn between the question and the answer: nothing leaves (D9).
        raise Problem("consent.not_given", status=403, detail="nothing may leave any more")
    return await sso.success(ask, entity, asked, answer.session, released)


async def _entity(ask: Ask, target: str, connection_id: int) -> Entity:
    """The party as it is now. Raises `Problem` when it, or the target, went during the sign-in."""
    known = await targets.find(ask.resources.floor.database.hot, target)
    entity = await ask.resources.parties.reload_entity(known.connection) if known else None
    if entity is None or entity.id != connection_id:
        raise Problem("target.unknown", status=404, detail="the target went during the sign-in")
    if not entity.enabled:
        raise Problem("party.disabled", status=403, detail="the party went during the sign-in")
    if entity.over(ask.resources.floor.now):
        raise Problem("party.disabled", status=403, detail="the party's metadata has expired")
    return entity


def _unasked(entity: Entity, target: str) -> AuthnRequest:
    """What we answer as if it had been asked; without an id of a request there is no InResponseTo (Profiles 4.1.5)."""
    to = ReplyTo(entity.sp.entity_id, entity.sp.default_consumer.location, "", target)
    return AuthnRequest(to, signed=False, context=contexts.no_demand(sso.LADDER))

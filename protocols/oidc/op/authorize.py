"""The authorization endpoint (OIDC Core 3.1.2). A signed-in person passes without a page; everybody else comes back by `resume`."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from consent import known_as
from idp.core.errors import Problem
from idp.http import forms, headers, visitors
from idp.http.asking import Ask, later
from idp.http.resources import Resources, resources_of
from idp.signin import flow
from idp.signin.assurance import methods, named
from idp.signin.attempts import Attempt
from idp.signin.question import Question, Ready, Refused, Visitor
from metadata.oidc.clients import Client
from protocols import subjects
from protocols.oidc.op import addresses, codes, pushing, watching
from protocols.oidc.op.asked import (
    UNMET,
    Asked,
    AuthorizeError,
    Unverified,
    addressed,
    check_address,
    client_id_of,
    known,
    narrowed,
    still_narrow,
    unverified,
)
from protocols.oidc.op.codes import Code, Grant
from protocols.oidc.tokens import TokenRefused, read_hint


async def authorize(request: Request) -> Response:
    """GET or POST (C-031)."""
    resources = resources_of(request)
    try:
        raw = await forms.body_of(request) if request.method == "POST" else request.scope["query_string"]
        given = unverified(forms.read_pairs(raw))
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    ask = Ask(request, resources, await visitors.visitor_of(request, resources.floor))
    given = await _pulled(ask, given)
    client_id = client_id_of(given)
    client = await resources.parties.client(client_id) if ask.visitor.session is not None else None
    answer = await _answer_at_once(ask, given, client) if client is not None else None
    if answer is None:
        # Nobody is signed in, or what this process remembers of the client did not lead to an answer: decide with what is true now (D10).
        try:
            answer = await _begin(ask, given, await resources.parties.reload_client(client_id))
        except Problem as problem:
            watching.stopped(ask, client_id, given, problem)
            raise
    return answer


async def _pulled(ask: Ask, given: Unverified) -> Unverified:
    try:
        return await pushing.pulled(ask.resources.floor, given)
    except Problem as problem:
        watching.stopped(ask, given.values.get("client_id", ""), given, problem)
        raise


async def _answer_at_once(ask: Ask, given: Unverified, client: Client) -> Response | None:
    try:
        asked = narrowed(addressed(given, client), given, client)
    except (Problem, AuthorizeError):
        return None
    if asked.id_token_hint is not None or asked.subjects:
        return None
    ready = await flow.arrive(ask.resources.floor, _question(asked, client), ask.visitor)
    if not isinstance(ready, Ready) or ready.facts.connection_version != client.version:
        return None
    return await _with_code(ask, asked, client, ready)


async def _begin(ask: Ask, given: Unverified, client: Client | None) -> Response:
    client = known(client)
    asked = addressed(given, client)
    floor = ask.resources.floor
    try:
        asked = narrowed(asked, given, client)
        question = _question(asked, client)
        # A cross-site POST leaves the Lax session cookie behind: stored, and asked again from our own address (D25).
        if ask.request.method == "POST" and not visitors.carries_session(ask.request):
            return await later(ask, question, addresses.AUTHORIZE)
        ready = await flow.arrive(floor, question, ask.visitor)
        if isinstance(ready, Ready) and await _hint_fits(ask, asked, client, ready):
            return await _with_code(ask, asked, client, ready)
        if isinstance(ready, Refused):
            raise _refusal(ready)
        if question.passive and ready is not None:
            raise AuthorizeError("login_required", "another person is signed in")
    except AuthorizeError as error:
        watching.refused(ask, client, given, asked, error)
        return _redirect(ask, asked, {"error": error.error, "error_description": error.description})
    return await later(ask, question, addresses.AUTHORIZE if question.passive else "/signin")


async def resume(request: Request) -> Response:
    """Back from the sign-in, or for the first time after a cross-site POST."""
    resources = resources_of(request)
    ask = Ask(request, resources, await visitors.visitor_of(request, resources.floor))
    attempt_id = request.path_params["attempt"]
    question, answer = await flow.resume(resources.floor, attempt_id, ask.visitor)
    if isinstance(answer, Attempt):
        return RedirectResponse(f"/signin/{attempt_id}", status_code=303)
    return await _after(ask, Asked.from_json(question.request), answer)


async def finish(
    request: Request, resources: Resources, visitor: Visitor, question: Question, answer: Ready
) -> Response:
    """`idp.http.resources.Finish`: a redirect to the client."""
    return await _after(Ask(request, resources, visitor), Asked.from_json(question.request), answer)


async def _after(ask: Ask, asked: Asked, answer: Ready | Refused) -> Response:
    # A client, or an address of it, may have gone during the sign-in (D10).
    client = known(await _client_now(ask.resources, asked.client_id, answer))
    check_address(client, asked.redirect_uri)
    try:
        if isinstance(answer, Refused):
            raise _refusal(answer, missed=_missed(asked, ask))
        still_narrow(asked, client)
        if not await _hint_fits(ask, asked, client, answer):
            raise AuthorizeError("login_required", "another person signed in")
    except AuthorizeError as error:
        watching.refused(ask, client, None, asked, error)
        return _redirect(ask, asked, {"error": error.error, "error_description": error.description})
    return await _with_code(ask, asked, client, answer)


async def _client_now(resources: Resources, client_id: str, answer: Ready | Refused) -> Client | None:
    """The client as it is; what this process remembers of it is that, if the facts just read name the same version."""
    client = await resources.parties.client(client_id)
    if client is not None and isinstance(answer, Ready) and answer.facts.connection_version == client.version:
        return client
    return await resources.parties.reload_client(client_id)


def _question(asked: Asked, client: Client) -> Question:
    return Question(
        protocol="oidc",
        connection_id=client.id,
        party_id=client.party_id,
        party_name=client.party_name,
        resume=addresses.AUTHORIZE,
        request=asked.to_json(),
        passive="none" in asked.prompt,
        fresh=not asked.prompt.isdisjoint({"login", "select_account"}),
        max_age=asked.max_age,
        lang=asked.lang,
        hint=asked.login_hint,
        least=asked.least,
        papers=client.papers,
        logo=client.logo,
        at_once=asked.response_mode != "form_post" and asked.pushed is None,
        under_test=client.tried_at is not None,
    )


_ERRORS = {
    "assurance.unreachable": (UNMET, "an essential acr cannot be reached by this person"),
    "signin.needed": ("login_required", "nobody is signed in"),
    "signin.given_up": ("access_denied", "the person did not sign in, or may not"),
}


def _missed(asked: Asked, ask: Ask) -> bool:
    """Whether the person is proven, and not as surely as is essential to the client: it gave up because there was no way on."""
    session = ask.visitor.session
    return session is not None and session.level < asked.least


def _refusal(refused: Refused, *, missed: bool = False) -> AuthorizeError:
    if missed:
        # OIDC Core 5.5.1.1: a failed attempt.
        return AuthorizeError(*_ERRORS["assurance.unreachable"])
    # Why a school said no is for the person's eyes; the client learns that it did (OIDC Core 3.1.2.6).
    return AuthorizeError(*_ERRORS.get(refused.code, ("access_denied", "nothing may be released about this person")))


async def _hint_fits(ask: Ask, asked: Asked, client: Client, ready: Ready) -> bool:
    """OIDC Core 3.1.2.1, 5.5.1: with a hint, or a wished `sub`, about somebody else there is no answer (C-023, C-035)."""
    if asked.id_token_hint is None and not asked.subjects:
        return True
    floor = ask.resources.floor
    meant = [asked.subjects] if asked.subjects else []
    if asked.id_token_hint is not None:
        try:
            keys = await ask.resources.keys.at(ready.facts.keys_version)
            hint = read_hint(asked.id_token_hint, keys, issuer=floor.settings.base_url)
        except TokenRefused as error:
            raise AuthorizeError("invalid_request", "id_token_hint is not a token of ours") from error
        meant.append((hint.get("sub", ""),))
    async with floor.database.read() as db:
        seed = await known_as.seed(db, ready.session.person_id, ready.session.school_id, client.party_id)
    subject = subjects.pairwise(floor.keyring, sector=client.sector, seed=seed)
    return all(subject in names for names in meant)


async def _with_code(ask: Ask, asked: Asked, client: Client, ready: Ready) -> Response:
    floor, session = ask.resources.floor, ready.session
    if asked.pushed is not None:
        await pushing.spend(floor, asked.pushed)
    grant = Grant(
        id=codes.new_id(),
        client_id=asked.client_id,
        person_id=session.person_id,
        school_id=session.school_id,
        epoch=session.epoch,
        auth_time=session.proven_at,
        acr=named(session.level, asked.acr_values),
        scope=asked.scope,
        id_token=asked.wished.id_token if asked.wished is not None else (),
        userinfo=asked.wished.userinfo if asked.wished is not None else (),
        key=asked.key,
        session_mark=session.mark,
    )
    issued_at, sent_to = int(floor.now.timestamp()), codes.redirect_mark(asked.redirect_uri)
    amr = methods(session.ways, level=session.level)
    stays = session.key if "refresh_token" in client.grant_types else None
    code = Code(grant, issued_at, sent_to, asked.challenge, asked.nonce, amr, stays)
    watching.code_sent(ask, client, asked, grant, trial=ready.trial)
    return _redirect(ask, asked, {"code": codes.write_code(floor.keyring, code)}, trial=ready.trial)


def _redirect(ask: Ask, asked: Asked, answer: dict[str, str], *, trial: str | None = None) -> Response:
    if asked.state is not None:
        answer["state"] = asked.state
    # RFC 9207: on every response, errors included, so that a client never mixes us up with another provider (C-115).
    answer["iss"] = ask.resources.floor.settings.base_url
    if trial is not None:
        answer = watching.spoilt(trial, answer)
    if asked.response_mode == "form_post":
        pages = ask.resources.pages
        return pages.respond(
            ask.request,
            "oidc/form_post.html",
            headers=headers.LEAVING,
            redirect_uri=asked.redirect_uri,
            fields=answer,
            party=None,
            lang_switch_url=None,
        )
    joint = "&" if "?" in asked.redirect_uri else "?"
    # 303 after a POST, so that no credential is ever posted on (C-121).
    status = 303 if ask.request.method == "POST" else 302
    return Response(
        status_code=status,
        headers={"Location": f"{asked.redirect_uri}{joint}{urlencode(answer)}", "Cache-Control": "no-store"},
    )


ROUTES = [
    Route(addresses.AUTHORIZE, authorize, methods=["GET", "POST"]),
    Route(addresses.AUTHORIZE + "/{attempt}", resume),
]

"""What is kept of an OpenID Connect exchange of a party under test: parameters by name, and never a secret, code, token or ECK-iD.

Every function here returns at once for a client that is not under test.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from idp.core.crypto import same
from idp.core.errors import Problem
from idp.http.asking import Ask
from idp.http.resources import Resources
from idp.sandbox import seen
from idp.sandbox.seen import PROBE, Seen, Step, probe_thread
from metadata.oidc.clients import BY_KEY, BY_SECRET, Client
from protocols import watching
from protocols.oidc.op import codes
from protocols.oidc.op.answers import Form, TokenError, Work
from protocols.oidc.op.asked import CHECKS, Asked, AuthorizeError, Unverified, addressed
from protocols.oidc.op.clients import ClientRefused, Presented
from protocols.oidc.op.codes import Grant, Token
from protocols.oidc.tokens import b64, unb64

MOST_SHOWN: Final = 6
"""Of the addresses that a client registered, where it asked for another one."""
PLAIN: Final = (
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "max_age",
    "ui_locales",
    "acr_values",
    "code_challenge_method",
    "grant_type",
    "client_assertion_type",
)
MEASURED: Final = (
    "state",
    "nonce",
    "code_challenge",
    "login_hint",
    "id_token_hint",
    "request",
    "request_uri",
    "registration",
    "claims",
    "code",
    "code_verifier",
    "client_secret",
    "client_assertion",
    "refresh_token",
    "token",
    "dpop_jkt",
)


def code_sent(ask: Ask, client: Client, asked: Asked, grant: Grant, *, trial: str | None) -> None:
    """A reference person came back with a code."""
    if not watching.may_keep(client.tried_at, grant.school_id):
        return
    answered: dict[str, Any] = {"code": True, "state": asked.state is not None, "iss": True}
    answered |= {"acr": grant.acr} | ({"trial": trial} if trial else {})
    step = Step("authorize", client.client_id, _of_asked(asked), answered)
    watching.keep(ask.resources, Seen(client.party_id, grant.school_id, grant.id, step))


def refused(ask: Ask, client: Client, given: Unverified | None, asked: Asked, error: AuthorizeError) -> None:
    """The client was told an error. `given` are the parameters, where they are still there."""
    school_id = watching.school_of(ask.visitor.session)
    if not watching.may_keep(client.tried_at, school_id):
        return
    answered = {"error": error.error, "error_description": error.description}
    fault = (_failed_check(given, client) if given is not None else None) or f"authorize.{error.error}"
    step = Step("authorize", client.client_id, _of_given(given) if given else _of_asked(asked), answered, fault)
    watching.keep(ask.resources, Seen(client.party_id, school_id, None, step))


def stopped(ask: Ask, client_id: str, given: Unverified, problem: Problem) -> None:
    """Somebody got a page of ours, and the client nothing."""
    client = ask.resources.parties.remembered_client(client_id)
    school_id = watching.school_of(ask.visitor.session)
    if client is None or not watching.may_keep(client.tried_at, school_id) or problem.status >= 500:
        return
    fault = "state" if "state" in problem.detail else problem.code
    known = {"registered": list(client.redirect_uris[:MOST_SHOWN])} if fault == "request.redirect_uri" else {}
    step = Step("authorize", client_id, _of_given(given), {"page": problem.code, **known}, fault)
    watching.keep(ask.resources, Seen(client.party_id, school_id, None, step))


def at(endpoint: str, work: Work) -> Work:
    """The same work at an endpoint that a client's server calls, watched."""

    async def watched(resources: Resources, who: Presented, form: Form) -> bytes:
        try:
            body = await work(resources, who, form)
        except (TokenError, ClientRefused) as error:
            _refused_call(endpoint, resources, who, form, error)
            raise
        client = resources.parties.remembered_client(who.client_id)
        if client is not None and client.tried_at is not None:
            _answered_call(endpoint, resources, client, who, form, body)
        return body

    return watched


def told(resources: Resources, client: Client, token: Token, claims: Mapping[str, Any]) -> None:
    """UserInfo answered about a reference person."""
    if not watching.may_keep(client.tried_at, token.grant.school_id):
        return
    step = Step("userinfo", client.client_id, {}, {"claims": _without_eckid(claims)})
    watching.keep(resources, Seen(client.party_id, token.grant.school_id, token.grant.id, step))


def spoilt(trial: str, answer: Mapping[str, str]) -> dict[str, str]:
    """An answer with a mistake in it that right software refuses: another sender (RFC 9207), or another state (RFC 6749 10.12)."""
    if trial == "iss":
        return {**answer, "iss": "https://iemand-anders.example"}
    return {**answer, "state": "een-andere-state"}


def _answered_call(
    endpoint: str, resources: Resources, client: Client, who: Presented, form: Form, body: bytes
) -> None:
    grant = _grant(resources, form)
    if grant is None:
        if endpoint == "par":
            step = Step(endpoint, client.client_id, _of_call(who, form), {"request_uri": True})
            watching.keep(resources, Seen(client.party_id, None, None, step))
        return
    if not watching.may_keep(client.tried_at, grant.school_id):
        return
    step = Step(endpoint, client.client_id, _of_call(who, form), _of_tokens(orjson.loads(body)))
    watching.keep(resources, Seen(client.party_id, grant.school_id, grant.id, step))


def _refused_call(
    endpoint: str, resources: Resources, who: Presented, form: Form, error: TokenError | ClientRefused
) -> None:
    client = resources.parties.remembered_client(who.client_id)
    if client is None or client.tried_at is None:
        return
    grant = _grant(resources, form)
    if grant is not None and not watching.may_keep(client.tried_at, grant.school_id):
        return
    if isinstance(error, ClientRefused):
        answered, fault = {"error": "invalid_client"}, _client_fault(client, who)
        # Whoever did not prove to be the client learns and leaves nothing about a person.
        thread, school_id = None, None
    else:
        answered = {"error": error.error, "error_description": error.description}
        fault = _call_fault(resources, client, form, error) if endpoint == "token" else f"{endpoint}.{error.error}"
        thread, school_id = (grant.id, grant.school_id) if grant is not None else (_probed(form), None)
    if endpoint == "par" and isinstance(error, TokenError):
        values = {**form, "client_id": client.client_id}
        fault = _failed_check(Unverified(values, frozenset(), pushed=""), client) or fault
    step = Step(endpoint, client.client_id, _of_call(who, form), answered, fault)
    watching.keep(resources, Seen(client.party_id, school_id, thread, step))


def _grant(resources: Resources, form: Form) -> Grant | None:
    keyring = resources.floor.keyring
    if "code" in form and (code := codes.read_code(keyring, form["code"])) is not None:
        return code.grant
    if "refresh_token" in form and (refresh := codes.read_refresh(keyring, form["refresh_token"])) is not None:
        return refresh.grant
    return None


def _probed(form: Form) -> bytes | None:
    code = form.get("code", "")
    return probe_thread(code) if code.startswith(PROBE) else None


def _client_fault(client: Client, who: Presented) -> str:
    if client.auth_method != who.method:
        return "client.method"
    if who.method in BY_SECRET:
        return "client.secret"
    return "client.assertion" if who.method == BY_KEY else "client"


def _call_fault(resources: Resources, client: Client, form: Form, error: TokenError) -> str:
    if form.get("grant_type") != "authorization_code" or error.error != "invalid_grant":
        return f"token.{error.error}" if form.get("grant_type") else "token.grant_type"
    code = codes.read_code(resources.floor.keyring, form["code"])
    if code is None:
        return "code.probe" if form["code"].startswith(PROBE) else "code.unknown"
    verifier = form.get("code_verifier")
    wrong = (
        ("code.of_another", code.grant.client_id != client.client_id),
        ("code.late", not codes.young(code, now=resources.floor.now)),
        ("code.redirect_uri", not same(code.redirect, codes.redirect_mark(form.get("redirect_uri", "")))),
        ("code.verifier_missing", verifier is None and code.challenge != ""),
        ("code.verifier", verifier is not None and _challenge_of(verifier) != code.challenge),
        ("code.used", error.description.startswith("the code was used")),
    )
    return next((fault for fault, holds in wrong if holds), "code.key")


def _challenge_of(verifier: str) -> str:
    return b64(hashlib.sha256(verifier.encode()).digest())


def _failed_check(given: Unverified, client: Client) -> str | None:
    """The first check that this request does not pass, by its name."""
    try:
        asked = addressed(given, client)
    except Problem as problem:
        return problem.code
    for check in CHECKS:
        try:
            asked = check(asked, given, client)
        except AuthorizeError:
            return check.__name__
    return None


def _of_given(given: Unverified) -> dict[str, Any]:
    shown = seen.told(given.values, plain=PLAIN, measured=MEASURED)
    if "redirect_uri" in given.values:
        shown["redirect_uri"] = seen.address(given.values["redirect_uri"])
    if given.twice:
        shown["twice"] = [name for name in sorted(given.twice) if name in {*PLAIN, *MEASURED, "redirect_uri"}]
    return shown | {"pushed": given.pushed is not None}


def _of_asked(asked: Asked) -> dict[str, Any]:
    pkce = {"code_challenge": {"length": len(asked.challenge)}, "code_challenge_method": "S256"}
    measured = {"state": asked.state, "nonce": asked.nonce, "login_hint": asked.login_hint}
    shown: dict[str, Any] = {
        "response_type": "code",
        "response_mode": asked.response_mode,
        "redirect_uri": seen.address(asked.redirect_uri),
        "scope": " ".join(asked.scope),
        "pushed": asked.pushed is not None,
    }
    shown |= pkce if asked.challenge else {}
    shown |= {name: {"length": len(value)} for name, value in measured.items() if value is not None}
    if asked.prompt:
        shown["prompt"] = " ".join(sorted(asked.prompt))
    if asked.max_age is not None:
        shown["max_age"] = str(asked.max_age)
    if asked.acr_values:
        shown["acr_values"] = " ".join(asked.acr_values)
    return shown


def _of_call(who: Presented, form: Form) -> dict[str, Any]:
    shown = seen.told(form, plain=PLAIN, measured=MEASURED)
    if "redirect_uri" in form:
        shown["redirect_uri"] = seen.address(form["redirect_uri"])
    return shown | {"client_auth": who.method}


def _of_tokens(answer: Mapping[str, Any]) -> dict[str, Any]:
    there = [name for name in ("access_token", "refresh_token", "id_token") if name in answer]
    plain = {name: answer[name] for name in ("token_type", "expires_in", "scope") if name in answer}
    claims = _claims(answer["id_token"]) if "id_token" in answer else {}
    return {**plain, "tokens": there, "id_token": claims}


def _claims(token: str) -> dict[str, Any]:
    """What our own ID token says, without what could be used for anything."""
    header, payload, _ = token.split(".")
    claims: dict[str, Any] = orjson.loads(unb64(payload))
    lengths = {name: len(str(claims[name])) for name in ("nonce", "at_hash", "jti") if name in claims}
    measured: dict[str, Any] = {name: {"length": length} for name, length in lengths.items()}
    return {"alg": orjson.loads(unb64(header))["alg"], **_without_eckid(claims), **measured}


def _without_eckid(claims: Mapping[str, Any]) -> dict[str, Any]:
    # D40: it stands on no page, not even a made-up one.
    return {name: {"length": len(value)} if name == "eckid" else value for name, value in claims.items()}

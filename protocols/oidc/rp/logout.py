"""A network provider tells that somebody signed out there: a logout token to our address (Back-Channel Logout 1.0, 2.5 to 2.8; V-22).

It counts by a signature of the provider's own keys, for our client there, about a logout, once; what it ends are sessions that this very provider
opened. The parties that know one hear of it from the worker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from joserfc import jws
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.http import forms
from idp.http.resources import Resources, resources_of
from idp.signin import logout, network_sessions, sessions
from metadata.oidc.client_keys import KeySet
from metadata.oidc.issuers import IssuerRefused
from metadata.upstreams import KnownUpstream, OidcIssuer
from protocols.oidc.rp.addresses import LOGOUT
from protocols.oidc.tokens import LARGEST_TOKEN, UNREADABLE, unb64

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
SKEW: Final = 180
"""Seconds that a provider's clock may differ from ours (C-200)."""
LONGEST_AGE: Final = 600
LONGEST: Final = 255
_HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256", "cty"})
_TYPES: Final = frozenset({"logout+jwt", "jwt", "application/logout+jwt"})
"""The type of its own, and the one that providers of before it had a name send."""


class LogoutRefused(ValueError):
    """A token that ends nothing; the text says why and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token is held against; `now` in epoch seconds."""

    issuer: str
    client_id: str
    algs: tuple[str, ...]
    now: int


async def told(request: Request) -> Response:
    """POST of `logout_token`; 200 when the sessions are over, 400 for a token that is not believed."""
    resources = resources_of(request)
    try:
        form = forms.unique(forms.read_pairs(await forms.body_of(request)))
        await _ended(resources, form.get("logout_token", ""))
    except (forms.Unreadable, LogoutRefused, IssuerRefused) as refused:
        body = orjson.dumps({"error": "invalid_request", "error_description": str(refused)})
        return Response(body, status_code=400, media_type="application/json", headers=_NEVER_KEPT)
    return Response(status_code=200, headers=_NEVER_KEPT)


_NEVER_KEPT: Final = {"Cache-Control": "no-store"}


async def _ended(resources: Resources, token: str) -> None:
    upstream, ours = await _sender(resources, token)
    floor, issuers = resources.floor, resources.issuers
    now = floor.now
    discovered = await issuers.discovered(ours.issuer, now=now)
    keys = await issuers.keys(ours.issuer, now=now)
    kid = _header(token).get("kid")
    if kid is not None and all(key.kid != kid for key in keys.keys):
        keys = await issuers.keys(ours.issuer, now=now, lacking=True)
    expected = Expected(ours.issuer, ours.client_id, discovered.algs, int(now.timestamp()))
    claims = read(token, keys, expected)
    mark = floor.keyring.mac("token", "provider logout", str(upstream.id), claims["jti"])
    if not await floor.store.first("answered", mark, LONGEST_AGE + 2 * SKEW):
        raise LogoutRefused("a token that was used before")
    for session_mark in await _meant(resources, upstream, claims):
        session = await sessions.marked(floor.store, session_mark, now=expected.now)
        await network_sessions.forget(floor.store, floor.keyring, session_mark)
        if session is not None:
            await logout.set_aside(floor, session)


async def _sender(resources: Resources, token: str) -> tuple[KnownUpstream, OidcIssuer]:
    """The provider that a token says it is of: good for finding the keys to check it with, and for nothing else."""
    if len(token) > LARGEST_TOKEN or token.count(".") != 2:
        raise LogoutRefused("not a signed token in compact form")
    try:
        claims = orjson.loads(unb64(token.split(".")[1]))
    except ValueError:
        claims = None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    upstream = await resources.upstreams.by_name(issuer) if isinstance(issuer, str) else None
    if upstream is None or upstream.oidc is None:
        raise LogoutRefused("of an issuer that is unknown here")
    return upstream, upstream.oidc


async def _meant(resources: Resources, upstream: KnownUpstream, claims: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Back-Channel Logout 2.4: `sub` alone means every session of the person, `sid` that one."""
    floor = resources.floor
    subject, index = claims.get("sub"), claims.get("sid")
    if subject is None:
        return await network_sessions.indexed(floor.store, floor.keyring, upstream.id, str(index))
    return await network_sessions.named(floor.store, floor.keyring, upstream.id, subject, index=index)


def read(token: str, keys: KeySet, expected: Expected) -> Mapping[str, Any]:
    """The claims of a logout token. Raises `LogoutRefused`."""
    header = _header(token)
    if header.get("alg") not in expected.algs:
        raise LogoutRefused("signed by an algorithm that is not expected")
    try:
        claims = orjson.loads(jws.deserialize_compact(token, keys, algorithms=list(expected.algs)).payload)
    except UNREADABLE:
        raise LogoutRefused("the signature is not the provider's") from None
    if not isinstance(claims, dict):
        raise LogoutRefused("no claims")
    for why, holds in CHECKS:
        if not holds(claims, expected):
            raise LogoutRefused(why)
    return claims


def _header(token: str) -> Mapping[str, Any]:
    try:
        header = orjson.loads(unb64(token.partition(".")[0]))
    except ValueError:
        header = None
    if not isinstance(header, dict) or not header.keys() <= _HEADER:
        raise LogoutRefused("a header that no logout token needs")
    if str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise LogoutRefused("a token of another type")
    return header


def _issuer(claims: Mapping[str, Any], expected: Expected) -> bool:
    return bool(claims.get("iss") == expected.issuer)


def _audience(claims: Mapping[str, Any], expected: Expected) -> bool:
    told = claims.get("aud")
    return told == expected.client_id or (isinstance(told, list) and expected.client_id in told)


def _moments(claims: Mapping[str, Any], expected: Expected) -> bool:
    made, ends = claims.get("iat"), claims.get("exp", expected.now)
    if not isinstance(made, int) or not isinstance(ends, int):
        return False
    return expected.now - LONGEST_AGE - SKEW <= made <= expected.now + SKEW and ends > expected.now - SKEW


def _event(claims: Mapping[str, Any], _: Expected) -> bool:
    events = claims.get("events")
    return isinstance(events, dict) and isinstance(events.get(EVENT), dict)


def _no_nonce(claims: Mapping[str, Any], _: Expected) -> bool:
    # 2.4: so that an ID token never passes for one.
    return "nonce" not in claims


def _about_somebody(claims: Mapping[str, Any], _: Expected) -> bool:
    named = [claims[name] for name in ("sub", "sid") if name in claims]
    return bool(named) and all(isinstance(value, str) and 0 < len(value) <= LONGEST for value in named)


def _once(claims: Mapping[str, Any], _: Expected) -> bool:
    jti = claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= LONGEST


CHECKS: Final[tuple[tuple[str, Callable[[Mapping[str, Any], Expected], bool]], ...]] = (
    ("of another issuer", _issuer),
    ("for somebody else", _audience),
    ("of another time", _moments),
    ("about no logout", _event),
    ("with a nonce, as an ID token", _no_nonce),
    ("about nobody", _about_somebody),
    ("without a jti", _once),
)

ROUTES = [Route(LOGOUT, told, methods=["POST"])]

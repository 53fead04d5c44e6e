"""Client assertions (RFC 7523 2.2, 3): a client proves itself by a JWT under its own key. Read as OIDC Core 9 and FAPI 2.0 want it, and no wider."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from joserfc import jws

from metadata.oidc.clients import Client
from protocols.oidc.tokens import LARGEST_TOKEN, UNREADABLE, TokenRefused, unb64

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW: Final = 60
"""Seconds that a client's clock may differ from ours."""
LONGEST_LIFE: Final = 3600
"""Seconds. As long we would have to remember that it was used."""
LONGEST_JTI: Final = 255


@dataclass(frozen=True, slots=True)
class Mark:
    """What makes an assertion one of its kind: its `jti`, and the epoch second at which it is worth nothing any more."""

    jti: str
    ends_at: int


def sender(assertion: str) -> str:
    """The client that an assertion says it comes from; nothing is proven. Raises `TokenRefused`."""
    named = _claims(assertion).get("sub")
    if not isinstance(named, str):
        raise TokenRefused("the assertion names no client")
    return named


def mark(assertion: str) -> Mark:
    """The mark of an assertion that `proves` its client."""
    claims = _claims(assertion)
    return Mark(claims["jti"], int(claims["exp"]) + SKEW)


def proves(assertion: str, client: Client, *, issuer: str, now: int) -> bool:
    """Whether the assertion is signed by a key of the client and means us, now. That it is used once is the caller's to see to."""
    if client.keys is None or len(assertion) > LARGEST_TOKEN:
        return False
    try:
        # The algorithms and the keys are those that were registered: `none`, HS* and embedded keys never get here (C-127).
        read = jws.deserialize_compact(assertion, client.keys, algorithms=list(client.assertion_algs))
        claims = orjson.loads(read.payload)
    except UNREADABLE:
        return False
    return isinstance(claims, dict) and all(check(claims, client, issuer, now) for check in CHECKS)


def _is_about_itself(claims: dict[str, Any], client: Client, _: str, __: int) -> bool:
    """RFC 7523 3, points 1 and 2: issuer and subject are the client."""
    return claims.get("iss") == claims.get("sub") == client.client_id


def _is_for_us_alone(claims: dict[str, Any], _: Client, issuer: str, __: int) -> bool:
    """The issuer as one string: an address of ours, or a list, could be meant for somebody else as well (C-058, C-100)."""
    return bool(claims.get("aud") == issuer)


def _is_of_this_moment(claims: dict[str, Any], _: Client, __: str, now: int) -> bool:
    """RFC 7523 3, points 4 to 6."""
    ends_at = claims.get("exp")
    if ends_at is None or not _moment(ends_at) or not now - SKEW < ends_at <= now + LONGEST_LIFE + SKEW:
        return False
    return all(_moment(claims[name]) and claims[name] <= now + SKEW for name in ("nbf", "iat") if name in claims)


def _can_be_used_once(claims: dict[str, Any], _: Client, __: str, ___: int) -> bool:
    """OIDC Core 9: `jti` is required."""
    jti = claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI


CHECKS: tuple[Callable[[dict[str, Any], Client, str, int], bool], ...] = (
    _is_about_itself,
    _is_for_us_alone,
    _is_of_this_moment,
    _can_be_used_once,
)


def _moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 40


def _claims(assertion: str) -> dict[str, Any]:
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > LARGEST_TOKEN:
        raise TokenRefused("not an assertion")
    try:
        claims: dict[str, Any] = orjson.loads(unb64(parts[1]))
    except ValueError as error:
        raise TokenRefused("not an assertion") from error
    if not isinstance(claims, dict):
        raise TokenRefused("not an assertion")
    return claims

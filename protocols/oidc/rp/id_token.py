"""A provider's ID token: signed by its keys, for us, for this question, now (OIDC Core 3.1.3.7, C-127).

The algorithm is one that the provider's own document names and we take, the keys are those of its key set: `none`, shared secrets and keys that
come with the token never get as far as a signature.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from joserfc import jws

from idp.signin.assurance import LEVELS, Level
from idp.signin.recognition import Brought
from metadata.oidc.client_keys import KeySet
from protocols.attributes import incoming
from protocols.oidc.tokens import LARGEST_TOKEN, UNREADABLE, unb64

SKEW: Final = 180
"""Seconds that a provider's clock may differ from ours (C-200)."""
LONGEST_LIFE: Final = 24 * 3600
LARGEST_HEADER: Final = 8 * 1024
LONGEST: Final = 255
UNSAID: Final = 3600
"""Seconds ago that a provider proved the person when it does not say (OIDC Core 2: `auth_time` is optional): it may have been this morning, so
nothing that wants a proof of the last minutes is opened by it (C-318)."""
_HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256", "cty"})
"""What a header may say. Keys, addresses of keys and critical extensions are not among it."""


class IdTokenRefused(ValueError):
    """An ID token that brings nobody; the text says why and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token is held against. `sent_at` and `now` are epoch seconds; `fresh`: a new proof was asked for."""

    issuer: str
    client_id: str
    algs: tuple[str, ...]
    nonce: str
    sent_at: int
    fresh: bool
    now: int


def key_of(token: object) -> str | None:
    """The `kid` that a token says it is signed with, not proven; None when it names none. Raises `IdTokenRefused`."""
    kid = _header(token).get("kid")
    return kid if isinstance(kid, str) else None


def read(token: object, keys: KeySet, expected: Expected) -> Brought:
    """Whom the token brings. Raises `IdTokenRefused`."""
    header = _header(token)
    if header.get("alg") not in expected.algs:
        raise IdTokenRefused("signed by an algorithm that is not expected")
    try:
        proven = jws.deserialize_compact(str(token), keys, algorithms=list(expected.algs))
        claims = orjson.loads(proven.payload)
    except UNREADABLE:
        raise IdTokenRefused("the signature is not the provider's") from None
    if not isinstance(claims, dict):
        raise IdTokenRefused("no claims")
    for why, holds in CHECKS:
        if not holds(claims, expected):
            raise IdTokenRefused(why)
    return _brought(claims, expected)


def _header(token: object) -> Mapping[str, Any]:
    if not isinstance(token, str) or len(token) > LARGEST_TOKEN or token.count(".") != 2:
        raise IdTokenRefused("not a signed token in compact form")
    first = token.partition(".")[0]
    try:
        header = orjson.loads(unb64(first)) if len(first) <= LARGEST_HEADER else None
    except ValueError:
        header = None
    if not isinstance(header, dict) or not header.keys() <= _HEADER:
        raise IdTokenRefused("a header that no ID token needs")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        # C-126: a logout token or an access token is not an ID token.
        raise IdTokenRefused("a token of another type")
    return header


def _issuer(claims: Mapping[str, Any], expected: Expected) -> bool:
    return claims.get("iss") == expected.issuer


def _audience(claims: Mapping[str, Any], expected: Expected) -> bool:
    told = claims.get("aud")
    audiences = [told] if isinstance(told, str) else told
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        return False
    # Core 3.1.3.7, points 4 and 5: of several, the one that it was made for.
    wanted = claims.get("azp", expected.client_id if len(audiences) == 1 else None)
    return bool(wanted == expected.client_id)


def _moments(claims: Mapping[str, Any], expected: Expected) -> bool:
    ends, made = _second(claims, "exp"), _second(claims, "iat")
    if ends is None or made is None or not expected.now - SKEW < ends <= expected.now + LONGEST_LIFE + SKEW:
        return False
    begins = _second(claims, "nbf") if "nbf" in claims else made
    return (
        begins is not None and begins <= expected.now + SKEW and expected.sent_at - SKEW <= made <= expected.now + SKEW
    )


def _nonce(claims: Mapping[str, Any], expected: Expected) -> bool:
    return bool(expected.nonce) and claims.get("nonce") == expected.nonce


def _subject(claims: Mapping[str, Any], _: Expected) -> bool:
    subject = claims.get("sub")
    return isinstance(subject, str) and 0 < len(subject) <= LONGEST


def _proof(claims: Mapping[str, Any], expected: Expected) -> bool:
    proven = _second(claims, "auth_time")
    if proven is None:
        return not expected.fresh and "auth_time" not in claims
    return proven <= expected.now + SKEW and (not expected.fresh or proven >= expected.sent_at - SKEW)


def _no_event(claims: Mapping[str, Any], _: Expected) -> bool:
    return "events" not in claims


CHECKS: Final[tuple[tuple[str, Callable[[Mapping[str, Any], Expected], bool]], ...]] = (
    ("of another issuer", _issuer),
    ("for somebody else", _audience),
    ("of another time", _moments),
    ("for another question", _nonce),
    ("about nobody", _subject),
    ("an old proof, or one still to come", _proof),
    ("a logout token", _no_event),
)


def _brought(claims: Mapping[str, Any], expected: Expected) -> Brought:
    eckid = claims.get("eckid") or claims.get("eckId")
    told = {"eckid": [eckid] if isinstance(eckid, str) else []}
    sid, said, listed = claims.get("sid"), _second(claims, "auth_time"), claims.get(incoming.LISTED_CLAIM)
    named = {incoming.LISTED_CLAIM: [listed] if isinstance(listed, str) and len(listed) <= LONGEST else []}
    return Brought(
        subject=claims["sub"],
        eckid=incoming.eckid_of(told),
        two_factors=_two_factors(claims),
        proven_at=min(expected.now, said if said is not None else expected.now - UNSAID),
        called=claims["sub"],
        index=sid if isinstance(sid, str) and len(sid) <= LONGEST else None,
        listed=incoming.listed_of(named),
    )


def _two_factors(claims: Mapping[str, Any]) -> bool:
    amr, acr = claims.get("amr"), claims.get("acr")
    by_class = isinstance(acr, str) and LEVELS.get(acr, Level.NONE) >= Level.TWO_FACTORS
    return by_class or (isinstance(amr, list) and "mfa" in amr)


def _second(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 40
    return int(value) if right and value is not None else None

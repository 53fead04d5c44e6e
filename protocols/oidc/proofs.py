"""DPoP proofs (RFC 9449): whoever uses a token shows, call by call, that it holds the key that the token is bound to. Read strictly, and no wider."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from joserfc import jws

from metadata.oidc import client_keys
from protocols.oidc.tokens import LARGEST_TOKEN, UNREADABLE, TokenRefused, unb64, whole_hash

ALGS: Final = ("ES256", "PS256")
TYPE: Final = "dpop+jwt"
SKEW: Final = 60
"""Seconds that a proof may be older or newer than our clock says."""
LONGEST_JTI: Final = 255
LARGEST_HEADER: Final = 8 * 1024
_NO_ADDRESS: Final = re.compile(r"[^\x21-\x7e]")


class _WithItsKey(jws.JWSRegistry):
    """A header that holds a whole key takes more room than the library gives it. What we do not know in it we ignore (RFC 7515 4)."""

    max_header_length = LARGEST_HEADER


_REGISTRY: Final = _WithItsKey(algorithms=ALGS, strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is right for this call: the thumbprint of its key (RFC 7638), and what makes it one of its kind. That it is used once is the
    caller's to see to, for `LIFE` seconds."""

    key: str
    jti: str


LIFE: Final = 2 * SKEW + 1


@dataclass(frozen=True, slots=True)
class Call:
    """What a proof must be about: method and whole address of a call, the epoch second at which it came, and the access token beside it."""

    method: str
    address: str
    now: int
    token: str | None = None


def read(given: Sequence[str], call: Call) -> Proof:
    """The one proof among these headers, verified for this call. Raises `TokenRefused`; the text holds nothing of it."""
    if len(given) != 1 or len(given[0]) > LARGEST_TOKEN:
        raise TokenRefused("there must be one DPoP header with one proof")
    proof = given[0]
    header = _header(proof)
    if header.get("typ") != TYPE or header.get("alg") not in ALGS or "crit" in header or "b64" in header:
        raise TokenRefused(f"a DPoP proof is of type {TYPE} and signed with one of {', '.join(ALGS)}")
    try:
        # The only token whose key may come along: it proves the key, and nothing else (RFC 9449 4.3, points 6 and 7).
        (key,) = client_keys.opened(client_keys.validated({"keys": [header.get("jwk")]})).keys
        claims = orjson.loads(jws.deserialize_compact(proof, key, registry=_REGISTRY).payload)
        thumbprint = key.thumbprint()
    except UNREADABLE:
        raise TokenRefused("the DPoP proof is not signed by the public key in it") from None
    if not isinstance(claims, dict) or not all(check(claims, call) for check in CHECKS):
        raise TokenRefused("the DPoP proof is not about this call at this moment")
    return Proof(thumbprint, claims["jti"])


def _is_one_of_its_kind(claims: dict[str, Any], _: Call) -> bool:
    """RFC 9449 4.2: `jti` is required."""
    jti = claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI


def _is_for_the_method(claims: dict[str, Any], call: Call) -> bool:
    """RFC 9449 4.3, point 8."""
    return bool(claims.get("htm") == call.method)


def _is_for_the_address(claims: dict[str, Any], call: Call) -> bool:
    """RFC 9449 4.3, point 9: query and fragment aside, after the normalisation of RFC 3986 6.2.2 and 6.2.3."""
    htu = claims.get("htu")
    return isinstance(htu, str) and (place := _place(htu)) is not None and place == _place(call.address)


def _is_of_this_moment(claims: dict[str, Any], call: Call) -> bool:
    """RFC 9449 4.3, point 11; 11.1: an old one may have been stolen, one of the future may have been made in advance."""
    issued_at = claims.get("iat")
    return isinstance(issued_at, int) and not isinstance(issued_at, bool) and abs(call.now - issued_at) <= SKEW


def _is_for_the_token(claims: dict[str, Any], call: Call) -> bool:
    """RFC 9449 4.3, point 12."""
    return call.token is None or claims.get("ath") == whole_hash(call.token)


CHECKS: tuple[Callable[[dict[str, Any], Call], bool], ...] = (
    _is_one_of_its_kind,
    _is_for_the_method,
    _is_for_the_address,
    _is_of_this_moment,
    _is_for_the_token,
)


def _place(address: str) -> tuple[str, str, int | None, str] | None:
    if _NO_ADDRESS.search(address):
        # RFC 3986 2: the reader below would leave out some of these, and find the address that is wanted.
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return None
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, default if port is None else port, parts.path


def _header(proof: str) -> dict[str, Any]:
    parts = proof.split(".")
    if len(parts) != 3 or len(parts[0]) > LARGEST_HEADER:
        raise TokenRefused("the DPoP proof is no signed token")
    try:
        header = orjson.loads(unb64(parts[0]))
    except ValueError:
        raise TokenRefused("the DPoP proof is no signed token") from None
    if not isinstance(header, dict):
        raise TokenRefused("the DPoP proof is no signed token")
    return header

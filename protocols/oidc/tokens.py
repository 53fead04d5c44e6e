"""ID tokens: signed by ourselves (a fifth of the cost of a general library, ADR 0004), verified by joserfc."""

import base64
import hashlib
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from metadata.keys import ALGS, Signer, SigningKeys

LARGEST_TOKEN = 16 * 1024

UNREADABLE: Final = (JoseError, ValueError, KeyError, TypeError, RecursionError)
"""What reading somebody's token raises when it is none. The library reads a header by recursion, as deep as its brackets stand."""


class TokenRefused(ValueError):
    """A token that is not one of ours; the text holds nothing of it."""


def b64(raw: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes behind base64url without padding. Raises `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def signed(signer: Signer, claims: dict[str, Any], *, typ: str | None = "JWT") -> str:
    """A JWS in compact form over the claims. Only ID tokens say `JWT`: nothing else that we sign passes for one (RFC 8725 3.11; C-126)."""
    kind = {"typ": typ} if typ is not None else {}
    header = b64(orjson.dumps({"alg": signer.alg, "kid": signer.kid, **kind}))
    message = f"{header}.{b64(orjson.dumps(claims))}"
    return f"{message}.{b64(signer.sign(message.encode()))}"


def left_half(value: str) -> str:
    """`at_hash`: the left half of SHA-256 (OIDC Core 3.1.3.6)."""
    return b64(hashlib.sha256(value.encode()).digest()[:16])


def whole_hash(value: str) -> str:
    """`ath`: SHA-256 of an access token (RFC 9449 4.2)."""
    return b64(hashlib.sha256(value.encode()).digest())


def read_hint(token: str, keys: SigningKeys, *, issuer: str) -> dict[str, Any]:
    """The claims of an ID token of ours, its age aside: an `id_token_hint` may have lapsed (RP-Initiated Logout, 2).

    Raises `TokenRefused` for everything that we did not sign as an ID token.
    """
    if len(token) > LARGEST_TOKEN:
        raise TokenRefused("the hint is too large")
    try:
        # The algorithms are ours and the keys are ours: `none`, HS* and embedded keys never get here (C-127).
        known = KeySet.import_key_set({"keys": [dict(signer.jwk) for signer in keys.believed]})
        read = jws.deserialize_compact(token, known, algorithms=list(ALGS))
        claims: dict[str, Any] = orjson.loads(read.payload)
    except UNREADABLE as error:
        raise TokenRefused("the hint is not an ID token of ours") from error
    # What else we sign says another type, or none (C-126).
    right = read.protected.get("typ") == "JWT" and isinstance(claims, dict) and claims.get("iss") == issuer
    if not right or not isinstance(claims.get("aud"), str):
        raise TokenRefused("the hint is not an ID token of ours")
    return claims

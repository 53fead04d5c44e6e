"""Tokens that others sign. `assertion`, `proof`, `id_token`, `logout_token`, `hint`; then `raw`: a token, or `signed`: a line each for header and
claims."""

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from metadata.keys import Signer, SigningKeys
from metadata.oidc import client_keys
from protocols.oidc import assertions, proofs, tokens
from protocols.oidc.rp import id_token, logout
from protocols.oidc.rp.id_token import IdTokenRefused
from protocols.oidc.rp.logout import LogoutRefused
from protocols.oidc.tokens import TokenRefused, b64
from tests.fuzz import inputs, signing
from tests.fuzz.inputs import Input
from tests.protocols.oidc.test_redirect_uris import client
from tests.protocols.saml.keys import ec_pair

NOW: Final = 1_795_426_200
US: Final = "https://idp.example"
KEY = ec_pair("fuzzed client")
_NUMBERS = signing.public(KEY).public_numbers()
JWK: Final = {"kty": "EC", "crv": "P-256", "x": b64(_NUMBERS.x.to_bytes(32)), "y": b64(_NUMBERS.y.to_bytes(32))}
KEYS = client_keys.opened(client_keys.validated({"keys": [{**JWK, "kid": "k"}]}))
CLIENT = replace(client(native=False), auth_method="private_key_jwt", keys=KEYS, assertion_algs=("ES256",))
_AT = datetime.fromtimestamp(0, UTC)
OURS = SigningKeys(1, (Signer("k", "ES256", KEY.certificate, {**JWK, "kid": "k"}, _AT, _AT, None, None),))
PLACE = b'"JWK"'
"""Stands in the corpus where the public key of this run goes."""

Claims = dict[str, Any]


def one_input(data: bytes) -> bool:
    """Refused by the one name of its kind, or believed: then the key says so too, and issuer, addressee and time are in the claims that it signed."""
    given = inputs.read(data)
    token = _token(given)
    kind = next((word for word in given.how[:1] if word in KINDS), "assertion")
    if not KINDS[kind](token):
        return False
    assert token.count(".") == 2
    assert signing.compact_holds(token, KEY)
    claims = _read_again(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    _about_us(kind, claims)
    return True


def _read_again(payload: bytes) -> Claims:
    """By the standard library, which counts brackets within brackets as calls within calls, and gives up before our own reader does."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual + 2_000)
    try:
        claims: Claims = json.loads(payload)
    finally:
        sys.setrecursionlimit(usual)
    return claims


def _token(given: Input) -> str:
    if given.how[1:2] != ("signed",):
        return given.body.decode("utf-8", "replace")
    header, _, claims = given.body.replace(PLACE, json.dumps(JWK).encode()).partition(b"\n")
    message = f"{b64(header)}.{b64(claims)}"
    return f"{message}.{b64(signing.signer(given.how, KEY).sign(message.encode()))}"


def _assertion(token: str) -> bool:
    try:
        named = assertions.sender(token)
    except TokenRefused:
        return False
    if not assertions.proves(token, CLIENT, issuer=US, now=NOW):
        return False
    mark = assertions.mark(token)
    assert named == CLIENT.client_id
    assert 0 < len(mark.jti) <= assertions.LONGEST_JTI
    # As long as it could come again, it is remembered (C-100).
    assert NOW < mark.ends_at <= NOW + assertions.LONGEST_LIFE + 2 * assertions.SKEW
    return True


def _proof(token: str) -> bool:
    try:
        proof = proofs.read([token], proofs.Call("POST", f"{US}/oidc/token", NOW))
    except TokenRefused:
        return False
    (key,) = client_keys.opened({"keys": [JWK]}).keys
    assert proof.key == key.thumbprint()
    return True


def _id_token(token: str) -> bool:
    expected = id_token.Expected("https://moo.example", "us", ("ES256",), "n", NOW - 60, fresh=True, now=NOW)
    try:
        id_token.key_of(token)
        brought = id_token.read(token, KEYS, expected)
    except IdTokenRefused:
        return False
    assert brought.subject
    assert brought.proven_at <= NOW
    return True


def _logout_token(token: str) -> bool:
    try:
        claims = logout.read(token, KEYS, logout.Expected("https://moo.example", "us", ("ES256",), NOW))
    except LogoutRefused:
        return False
    assert claims.get("sub") or claims.get("sid")
    return True


def _hint(token: str) -> bool:
    try:
        tokens.read_hint(token, OURS, issuer=US)
    except TokenRefused:
        return False
    return True


KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "assertion": _assertion,
    "proof": _proof,
    "id_token": _id_token,
    "logout_token": _logout_token,
    "hint": _hint,
}


def _about_us(kind: str, claims: Claims) -> None:
    match kind:
        case "assertion":
            assert claims["iss"] == claims["sub"] == CLIENT.client_id
            assert claims["aud"] == US
        case "proof":
            assert (claims["htm"], abs(claims["iat"] - NOW) <= proofs.SKEW) == ("POST", True)
        case "hint":
            assert claims["iss"] == US
        case _:
            assert claims["iss"] == "https://moo.example"
            assert "us" in claims["aud"]
            assert ("nonce" in claims) == (kind == "id_token")

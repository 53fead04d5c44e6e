"""A network provider that speaks OpenID Connect, in memory: what it answers when we fetch, and codes that it gives. None of the product's code."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from idp.core.fetching import Fetched, FetchRefused
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair

ISSUER = "https://zulu.example"
CLIENT_ID, SECRET = "poortwachter", "een geheim van zulu: 100%"
BASIC = f"Basic {base64.b64encode(b'poortwachter:een%20geheim%20van%20zulu%3A%20100%25').decode()}"
"""RFC 6749 2.3.1: both halves are form-encoded first."""


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk(pair: Pair, **more: str) -> dict[str, str]:
    public = pair.private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        key = {"kty": "RSA", "n": b64(numbers.n.to_bytes(256)), "e": b64(numbers.e.to_bytes(3))}
    else:
        point = public.public_numbers()
        key = {"kty": "EC", "crv": "P-256", "x": b64(point.x.to_bytes(32)), "y": b64(point.y.to_bytes(32))}
    return {**key, "kid": pair.kid, "use": "sig", **more}


def token(claims: Mapping[str, Any], pair: Pair, **header: Any) -> str:
    head = {"alg": pair.alg, "kid": pair.kid, "typ": "JWT", **header}
    signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(pair.sign(signed.encode()))}"


@dataclass
class Provider:
    """One issuer. `given` are its codes with what the token endpoint answers for them; `asked` what we fetched."""

    issuer: str = ISSUER
    key: Pair = field(default_factory=lambda: rsa_pair("zulu"))
    promises_iss: bool = True
    shown: list[dict[str, str]] | None = None
    document: dict[str, Any] = field(default_factory=dict)
    given: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    @property
    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": self.promises_iss,
            **self.document,
        }

    async def get(self, address: str, **_: Any) -> Fetched:
        self.asked.append(address)
        if self.away:
            raise FetchRefused("unreachable")
        keys = self.shown if self.shown is not None else [jwk(self.key)]
        answers = {"/.well-known/openid-configuration": self.discovery, "/jwks": {"keys": keys}}
        found = answers.get(urlsplit(address).path)
        return Fetched(200 if found else 404, {}, json.dumps(found).encode(), address)

    async def post_form(
        self, address: str, form: Mapping[str, str], *, headers: Mapping[str, str], **_: Any
    ) -> Fetched:
        self.asked.append(address)
        query, answer = self.given.pop(form["code"], ({}, {}))
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        right = (
            address == f"{self.issuer}/token"
            and query.get("code_challenge") == challenge
            and query.get("redirect_uri") == form["redirect_uri"]
            and headers["Authorization"] == BASIC
        )
        return Fetched(
            200 if right else 400, {}, json.dumps(answer if right else {"error": "invalid_grant"}).encode(), address
        )

    def claims(self, query: Mapping[str, str], *, now: int, **changes: Any) -> dict[str, Any]:
        """What an honest ID token says; a change to None leaves a claim out."""
        told = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "leerling-1",
            "nonce": query["nonce"],
            "iat": now,
            "exp": now + 300,
            "sid": "zitting-1",
            **changes,
        }
        return {name: value for name, value in told.items() if value is not None}

    def gives(self, query: Mapping[str, str], id_token: object, *, code: str = "code-1") -> str:
        """A code for this request; the token endpoint will answer it with that ID token."""
        self.given[code] = (dict(query), {"access_token": "x", "token_type": "Bearer", "id_token": id_token})
        return code


def asked(location: str) -> dict[str, str]:
    """The parameters of the authorization request that a redirect carries."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


STRANGER = rsa_pair("stranger")
ELLIPTIC = ec_pair("zulu-ec")

"""The network provider's OpenID Connect side: discovery, keys, codes that are good once, and an ID token with who was chosen."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.demo.network_saml import KEY
from idp.http import forms

AUTHORIZE: Final = "/authorize"
TOKEN: Final = "/token"  # noqa: S105 - an address
JWKS: Final = "/jwks"
DISCOVERY: Final = "/.well-known/openid-configuration"
CLIENT_ID: Final = "poortwachter"
GOOD_FOR: Final = 60
MOST_CODES: Final = 1000


@dataclass(slots=True)
class OidcSide:
    """`folder` holds the key, `issuer` is the provider's site. Codes are kept in memory."""

    folder: Path
    issuer: str
    redirect_uri: str
    client_secret: str = field(repr=False)
    _codes: dict[str, tuple[dict[str, str], str, float]] = field(default_factory=dict, repr=False)

    async def discovery(self, _request: Request) -> Response:
        """What the provider says of itself."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + AUTHORIZE,
                "token_endpoint": self.issuer + TOKEN,
                "jwks_uri": self.issuer + JWKS,
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, _request: Request) -> Response:
        """The key that signs."""
        return JSONResponse({"keys": [self._key().as_dict(private=False, use="sig", alg="RS256")]})

    def allowed(self, query: dict[str, str]) -> bool:
        """Whether the gate asks, and wants the answer where it is registered."""
        return (query.get("client_id"), query.get("redirect_uri")) == (CLIENT_ID, self.redirect_uri)

    def back(self, query: dict[str, str], subject: str) -> str:
        """The address back to the gate, with a code for this person."""
        while len(self._codes) >= MOST_CODES:
            del self._codes[next(iter(self._codes))]
        code = secrets.token_urlsafe(32)
        self._codes[code] = (query, subject, time.time() + GOOD_FOR)
        told = {"code": code, "state": query.get("state", ""), "iss": self.issuer}
        return f"{self.redirect_uri}?{urlencode(told)}"

    async def token(self, request: Request) -> Response:
        """A code becomes an ID token: once, for the gate only, with the verifier that belongs to it."""
        try:
            form = forms.unique(forms.read_pairs(await forms.body_of(request)))
        except forms.Unreadable:
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        if request.headers.get("authorization") != self._basic():
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        query, subject, until = self._codes.pop(form.get("code", ""), ({}, "", 0.0))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if time.time() > until or not secrets.compare_digest(challenge, query.get("code_challenge", "")):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        id_token = self._id_token(query, subject)
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": id_token}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _id_token(self, query: dict[str, str], subject: str) -> str:
        now, key = int(time.time()), self._key()
        claims: dict[str, Any] = {"iss": self.issuer, "aud": CLIENT_ID, "sub": subject, "iat": now, "exp": now + 300}
        claims |= {"nonce": query.get("nonce", ""), "auth_time": now}
        return jwt.encode({"alg": "RS256", "kid": key.thumbprint()}, claims, key, algorithms=["RS256"])

    def _basic(self) -> str:
        return f"Basic {base64.b64encode(f'{CLIENT_ID}:{self.client_secret}'.encode()).decode()}"

    def _key(self) -> RSAKey:
        plain = RSAKey.import_key((self.folder / KEY).read_bytes())
        return RSAKey.import_key(plain.as_dict(private=True, kid=plain.thumbprint()))

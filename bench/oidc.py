"""A relying party: one operation is authorize, token (the ID token verified), UserInfo (its `sub` compared)."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from bench.client import Answer, Browser, Headers
from bench.load import WrongAnswerError

REDIRECT_URI = "http://127.0.0.1:9/callback"  # never contacted: the browser stops at the redirect
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """A client that is registered at the provider under test, and what the provider says of itself."""

    client_id: str
    client_secret: str
    provider: Mapping[str, Any]
    keys: KeySet
    scope: str = "openid profile email"
    alg: str = "RS256"

    @property
    def basic(self) -> Headers:
        pair = f"{quote(self.client_id)}:{quote(self.client_secret)}"
        return [("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())]


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization request and the secrets behind it."""

    url: str
    verifier: str
    state: str
    nonce: str


async def register(origin: str, client_id: str, client_secret: str, *, scope: str, alg: str = "RS256") -> RelyingParty:
    """Reads the provider's discovery document and keys."""
    browser = Browser(origin)
    try:
        provider = json.loads((await browser.get(origin + DISCOVERY)).body)
        keys = KeySet.import_key_set(json.loads((await browser.get(provider["jwks_uri"])).body))
    finally:
        browser.close()
    return RelyingParty(client_id, client_secret, provider, keys, scope, alg)


def request(rp: RelyingParty) -> Request:
    verifier, state, nonce = (secrets.token_urlsafe(n) for n in (48, 16, 16))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": rp.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": rp.scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return Request(f"{rp.provider['authorization_endpoint']}?{urlencode(query)}", verifier, state, nonce)


class Tokens:
    """What every browser's person brought us, used again and again: by refreshing, by looking up."""

    def __init__(self, rp: RelyingParty) -> None:
        self._rp = rp
        self._of: dict[Browser, dict[str, Any]] = {}

    async def fetch(self, browser: Browser) -> None:
        """A whole sign-on, whose tokens are kept."""
        asked = request(self._rp)
        redirect = await browser.follow(await browser.get(asked.url), until=REDIRECT_URI)
        self._of[browser] = await redeem(self._rp, browser, asked, redirect)

    async def refresh(self, browser: Browser) -> None:
        """The next of the chain; the new ID token is there."""
        form = {"grant_type": "refresh_token", "refresh_token": self._of[browser]["refresh_token"]}
        answer = await browser.post(self._rp.provider["token_endpoint"], form, self._rp.basic, cookies=False)
        tokens = json.loads(answer.body)
        if answer.status != 200 or tokens["refresh_token"] == form["refresh_token"] or not tokens["id_token"]:
            raise WrongAnswerError("refresh", answer)
        self._of[browser] = tokens

    async def introspect(self, browser: Browser) -> None:
        """The access token is active."""
        form = {"token": self._of[browser]["access_token"]}
        answer = await browser.post(self._rp.provider["introspection_endpoint"], form, self._rp.basic, cookies=False)
        if answer.status != 200 or json.loads(answer.body)["active"] is not True:
            raise WrongAnswerError("introspection", answer)


async def for_itself(rp: RelyingParty, browser: Browser) -> None:
    """A token by client credentials, for data about schools: nobody is in it."""
    answer = await browser.post(
        rp.provider["token_endpoint"], {"grant_type": "client_credentials"}, rp.basic, cookies=False
    )
    if answer.status != 200 or set(json.loads(answer.body)) != {"access_token", "token_type", "expires_in", "scope"}:
        raise WrongAnswerError("client credentials", answer)


async def sso(rp: RelyingParty, browser: Browser) -> None:
    """The whole operation for a browser with a session: straight back with a code, then tokens, then claims."""
    asked = request(rp)
    await redeem(rp, browser, asked, await browser.follow(await browser.get(asked.url), until=REDIRECT_URI))


async def redeem(rp: RelyingParty, browser: Browser, asked: Request, redirect: Answer) -> dict[str, Any]:
    """The second half: the provider's redirect to us is turned into tokens and claims, each checked; returns the tokens."""
    location = redirect.header("location")
    answer = parse_qs(urlsplit(location).query)
    if not location.startswith(REDIRECT_URI) or "code" not in answer or answer.get("state") != [asked.state]:
        raise WrongAnswerError("authorize", redirect)
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": asked.verifier,
    }
    token = await browser.post(rp.provider["token_endpoint"], form, rp.basic, cookies=False)
    if token.status != 200:
        raise WrongAnswerError("token", token)
    tokens: dict[str, Any] = json.loads(token.body)
    claims = jwt.decode(tokens["id_token"], rp.keys, algorithms=[rp.alg]).claims
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if (claims["nonce"], claims["iss"], audience) != (asked.nonce, rp.provider["issuer"], [rp.client_id]):
        raise WrongAnswerError("id token", token)
    bearer = [("Authorization", f"Bearer {tokens['access_token']}")]
    userinfo = await browser.get(rp.provider["userinfo_endpoint"], bearer, cookies=False)
    if userinfo.status != 200 or json.loads(userinfo.body)["sub"] != claims["sub"]:
        raise WrongAnswerError("userinfo", userinfo)
    return tokens

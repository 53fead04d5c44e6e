"""Authlib's OAuth client as a publisher would use it: discovery, PKCE, state, nonce, iss, keys, UserInfo, logout."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conformance.relying_party import SECRET, arrives, register
from tests.house import BASE, CALLBACK, House

SCOPE = "openid profile eckid groups"


@asynccontextmanager
async def software(house: House, client_id: str, secret: str | None, method: str) -> AsyncIterator[AsyncOAuth2Client]:
    """A publisher's server, elsewhere on the internet."""
    client = AsyncOAuth2Client(
        client_id=client_id,
        client_secret=secret,
        token_endpoint_auth_method=method,
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        transport=httpx.ASGITransport(app=house.app, client=("198.51.100.200", 443)),
        base_url=BASE,
    )
    async with client:
        yield client


async def document(client: AsyncOAuth2Client) -> dict[str, Any]:
    response = await client.request("GET", f"{BASE}/.well-known/openid-configuration", withhold_token=True)
    found: dict[str, Any] = response.json()
    assert found["issuer"] == BASE
    return found


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_c001_the_whole_flow_with_software_that_we_did_not_write(house: House, method: str) -> None:
    await register(house, "lettergreep", token_endpoint_auth_method=method)
    async with software(house, "lettergreep", None if method == "none" else SECRET, method) as client:
        told = await document(client)
        assert method in told["token_endpoint_auth_methods_supported"]
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, state = client.create_authorization_url(
            told["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        browser = (await arrives(house)).browser
        page = await browser.request("GET", url)
        answer = page.location or ""
        assert parse_qs(urlsplit(answer).query)["iss"] == [told["issuer"]]
        token = await client.fetch_token(
            told["token_endpoint"], authorization_response=answer, state=state, code_verifier=verifier
        )
        keys = (await client.request("GET", told["jwks_uri"], withhold_token=True)).json()
        read = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"])
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={"iss": {"value": told["issuer"]}, "aud": {"value": "lettergreep"}},
            params={"nonce": nonce, "client_id": "lettergreep", "access_token": token["access_token"]},
        )
        claims.validate(now=int(house.clock.now.timestamp()))
        about = (await client.get(told["userinfo_endpoint"])).json()
        assert about["sub"] == claims["sub"]
        assert about["given_name"] == "Noor"
        page = await browser.request("GET", f"{told['end_session_endpoint']}?id_token_hint={token['id_token']}")
        assert (page.status, page.location) == (303, f"{BASE}/signout/done?as=pupil")


async def test_c092_the_same_software_is_refused_with_another_verifier_or_secret(house: House) -> None:
    await register(house, "lettergreep")
    browser = (await arrives(house)).browser
    for secret, verifier, error in (
        (SECRET, "b" * 43, "invalid_grant"),
        ("geraden", "a" * 43, "invalid_client"),
    ):
        async with software(house, "lettergreep", secret, "client_secret_basic") as client:
            told = await document(client)
            url, state = client.create_authorization_url(told["authorization_endpoint"], code_verifier="a" * 43)
            answer = (await browser.request("GET", url)).location
            with pytest.raises(OAuthError) as refused:
                await client.fetch_token(
                    told["token_endpoint"], authorization_response=answer, state=state, code_verifier=verifier
                )
            assert refused.value.error == error

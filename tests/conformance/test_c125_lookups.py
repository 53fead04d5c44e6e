"""C-125: a client revokes and looks up its own tokens, after it proved itself; another's are nothing to it."""

from typing import Any

import httpx2 as httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client

from tests.browser import Browser
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    basic,
    change_metadata,
    claims_at_userinfo,
    exclude,
    post_token,
    register,
    token_form,
    tokens_of,
    userinfo,
    withdraw,
)
from tests.house import BASE, House

GRANTS = ["authorization_code", "refresh_token"]
INACTIVE = {"active": False}


async def post(browser: Browser, path: str, token: str | None, headers: dict[str, str] | None) -> httpx.Response:
    data = {} if token is None else {"token": token, "token_type_hint": "anything"}
    return await browser.client.post(path, data=data, headers=headers)


async def looked_up(house: House, browser: Browser, token: str) -> dict[str, Any]:
    response = await post(browser, "/oidc/introspect", token, basic("rekenrijk", house.client_secret))
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    found: dict[str, Any] = response.json()
    return found


async def arrival_of(house: House) -> tuple[Arrival, dict[str, Any]]:
    await change_metadata(house, grant_types=GRANTS)
    arrival = await arrives(house)
    return arrival, await tokens_of(house, arrival)


async def test_c125_introspection_tells_what_a_token_opens(house: House) -> None:
    arrival, tokens = await arrival_of(house)
    browser, now = arrival.browser, int(house.clock.now.timestamp())
    about = await claims_at_userinfo(browser, tokens["access_token"])
    told = {
        "active": True,
        "iss": BASE,
        "client_id": "rekenrijk",
        "sub": about["sub"],
        "scope": tokens["scope"],
        "iat": now,
    }
    assert await looked_up(house, browser, tokens["access_token"]) == told | {"token_type": "Bearer", "exp": now + 600}
    assert await looked_up(house, browser, tokens["refresh_token"]) == told
    for nothing in (tokens["id_token"], arrival.code, browser.cookies["__Host-session"][0], "x"):
        assert await looked_up(house, browser, nothing) == INACTIVE
    house.clock.move(seconds=601)
    assert await looked_up(house, browser, tokens["access_token"]) == INACTIVE
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    await post_token(browser, form, headers=basic("rekenrijk", house.client_secret))
    assert await looked_up(house, browser, tokens["refresh_token"]) == INACTIVE


async def test_c125_c131_what_the_school_or_the_person_ended_is_not_active(house: House) -> None:
    arrival, tokens = await arrival_of(house)
    await exclude(house, "Noor")
    for each in (tokens["access_token"], tokens["refresh_token"]):
        assert await looked_up(house, arrival.browser, each) == INACTIVE
    await withdraw(house)
    assert await looked_up(house, arrival.browser, tokens["access_token"]) == INACTIVE


async def test_c125_v19_nobody_learns_anything_of_another_clients_token(house: House) -> None:
    arrival, tokens = await arrival_of(house)
    browser = arrival.browser
    await register(house, "lettergreep", party_id=house.party_id, grant_types=GRANTS)
    other = basic("lettergreep", SECRET)
    for each in (tokens["access_token"], tokens["refresh_token"]):
        response = await post(browser, "/oidc/introspect", each, other)
        assert (response.status_code, response.json()) == (200, INACTIVE)
        assert (await post(browser, "/oidc/revoke", each, other)).status_code == 200
    assert (await looked_up(house, browser, tokens["refresh_token"]))["active"] is True
    assert (await userinfo(browser, tokens["access_token"])).status_code == 200


async def test_c125_c114_both_want_a_proven_client(house: House) -> None:
    arrival, tokens = await arrival_of(house)
    browser = arrival.browser
    await register(house, "tablet", token_endpoint_auth_method="none", grant_types=GRANTS)
    for path in ("/oidc/introspect", "/oidc/revoke"):
        for headers in (None, basic("rekenrijk", "mis"), basic("niemand", "x"), {"Authorization": "Bearer x"}):
            response = await post(browser, path, tokens["access_token"], headers)
            assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), path
        response = await post(browser, path, None, basic("rekenrijk", house.client_secret))
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        assert (await browser.client.get(path)).status_code == 405
    public = await arrives(house, browser, client_id="tablet")
    own = (await post_token(browser, token_form(public, client_id="tablet"))).json()
    body = {"token": own["access_token"], "client_id": "tablet"}
    # Its name proves nothing; giving up what it holds, it may (RFC 7009 2.1).
    assert (await browser.client.post("/oidc/introspect", data=body)).status_code == 401
    assert (await browser.client.post("/oidc/revoke", data=body)).status_code == 200
    assert (await userinfo(browser, own["access_token"])).status_code == 401


async def test_c125_revoking_one_ends_all_that_the_sign_in_brought(house: House) -> None:
    """By software that we did not write. An unknown token is no error (RFC 7009 2.2)."""
    await change_metadata(house, grant_types=GRANTS)
    browser = (await arrives(house)).browser
    transport = httpx.ASGITransport(app=house.app, client=("198.51.100.200", 443))
    async with AsyncOAuth2Client(
        client_id="rekenrijk", client_secret=house.client_secret, transport=transport, base_url=BASE
    ) as client:
        for kind in ("access_token", "refresh_token"):
            tokens = await tokens_of(house, await arrives(house, browser))
            response = await client.revoke_token(f"{BASE}/oidc/revoke", token=tokens[kind], token_type_hint=kind)
            assert response.status_code == 200
            assert (await userinfo(browser, tokens["access_token"])).status_code == 401
            form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            response = await post_token(browser, form, headers=basic("rekenrijk", house.client_secret))
            assert response.json()["error"] == "invalid_grant"
            assert await looked_up(house, browser, tokens["refresh_token"]) == INACTIVE
        assert (await client.revoke_token(f"{BASE}/oidc/revoke", token="onbekend")).status_code == 200

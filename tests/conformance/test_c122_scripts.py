"""C-122: which scripts in a browser may read what the endpoints answer; never with credentials, and nobody else's."""

from typing import Any

import httpx2 as httpx
import pytest

from tests.conformance.relying_party import Arrival, arrives, basic, change_client, register, token_form
from tests.house import CALLBACK, House

APP, OTHER, SERVER = "https://app.example", "https://ander.example:8443", "https://rekenrijk.example"
BACK = f"{APP}/terug"
ENDPOINTS = ("/oidc/token", "/oidc/revoke", "/oidc/par", "/oidc/userinfo")
OPEN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oidc/jwks")
ATTACKS = {
    "foreign": "https://boos.example",
    "null": "null",
    "suffix": f"{APP}.boos.example",
    "prefix": "https://boosapp.example",
    "below": "https://x.app.example",
    "scheme": "http://app.example",
    "port": f"{APP}:8443",
    "user-info": "https://app.example@boos.example",
    "case": "https://APP.example",
    "path": f"{APP}/",
    "two": f"{APP} https://boos.example",
    "wildcard": "*",
    "empty": "",
    "a party's server": SERVER,
}
ALLOWED = "access-control-allow-origin"


@pytest.fixture
async def known(house: House) -> House:
    """A public client in a browser, another party's, and the seeded one, which has a secret."""
    grants = ["authorization_code", "refresh_token"]
    public: dict[str, Any] = {"token_endpoint_auth_method": "none", "grant_types": grants}
    await register(house, "app", redirect_uris=[BACK, "nl.voorbeeld.app:/cb"], application_type="native", **public)
    await register(house, "ander", redirect_uris=[f"{OTHER}/terug"], **public)
    return house


async def asks(
    house: House, method: str, path: str, origin: str | None, data: Any = None, **headers: str
) -> httpx.Response:
    sent = headers if origin is None else {**headers, "Origin": origin}
    response = await house.browser().client.request(method, path, data=data, headers=sent)
    assert "access-control-allow-credentials" not in response.headers
    return response


async def preflight(house: House, path: str, origin: str) -> httpx.Response:
    wants = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,dpop"}
    return await asks(house, "OPTIONS", path, origin, **wants)


async def in_the_app(house: House) -> Arrival:
    return await arrives(house, None, client_id="app", redirect_uri=BACK)


async def test_c122_a_script_of_a_public_client_gets_all_that_it_needs(known: House) -> None:
    for path in ENDPOINTS:
        before = await preflight(known, path, APP)
        assert (before.status_code, before.text, before.headers[ALLOWED]) == (204, "", APP)
        assert before.headers["access-control-allow-headers"] == "authorization, content-type, dpop"
        assert before.headers["access-control-allow-methods"] == "GET, POST"
        assert (before.headers["access-control-max-age"], before.headers["vary"]) == ("600", "Origin")
    form = token_form(await in_the_app(known), client_id="app", redirect_uri=BACK)
    redeemed = await asks(known, "POST", "/oidc/token", APP, form)
    assert (redeemed.status_code, redeemed.headers[ALLOWED], redeemed.headers["vary"]) == (200, APP, "Origin")
    tokens = redeemed.json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = await asks(known, "GET", "/oidc/userinfo", APP, **bearer)
    assert (told.status_code, told.headers[ALLOWED]) == (200, APP)
    turned = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "app"}
    renewed = await asks(known, "POST", "/oidc/token", APP, turned)
    assert (renewed.status_code, renewed.headers[ALLOWED]) == (200, APP)
    ended = await asks(known, "POST", "/oidc/revoke", APP, {"token": tokens["access_token"], "client_id": "app"})
    assert (ended.status_code, ended.headers[ALLOWED]) == (200, APP)
    # What is refused is told too: whoever cannot read it could only guess.
    for path, data, headers, status in (
        ("/oidc/token", form, {}, 400),
        ("/oidc/token", {"client_id": "onbekend"}, {}, 401),
        ("/oidc/token", {}, {"Content-Type": "text/plain"}, 400),
        ("/oidc/par", {"client_id": "app"}, {}, 400),
        ("/oidc/userinfo", None, bearer, 401),
    ):
        refused = await asks(known, "POST", path, APP, data, **headers)
        assert (refused.status_code, refused.headers[ALLOWED]) == (status, APP), path
    assert refused.headers["access-control-expose-headers"] == "WWW-Authenticate, Retry-After"


async def test_c122_nobody_elses_script_reads_anything(known: House) -> None:
    """Each attack by its name, at each endpoint: before it, refused by it, and answered by it."""
    form = token_form(await in_the_app(known), client_id="app", redirect_uri=BACK)
    bearer = {
        "Authorization": f"Bearer {(await asks(known, 'POST', '/oidc/token', None, form)).json()['access_token']}"
    }
    for name, origin in ATTACKS.items():
        for path in ENDPOINTS:
            before = await preflight(known, path, origin)
            assert not [header for header in before.headers if header.startswith("access-control")], (name, path)
            assert before.headers["vary"] == "Origin"
            refused = await asks(known, "POST", path, origin, {"client_id": "app"})
            assert ALLOWED not in refused.headers, (name, path)
        answered = await asks(known, "GET", "/oidc/userinfo", origin, **bearer)
        assert (answered.status_code, ALLOWED in answered.headers) == (200, False), name
    # Another party's script, truly one of a public client: what is about this client is not for it.
    assert (await preflight(known, "/oidc/token", OTHER)).headers[ALLOWED] == OTHER
    for path, data, headers in (
        ("/oidc/userinfo", None, bearer),
        ("/oidc/revoke", {"token": "x", "client_id": "app"}, {}),
        ("/oidc/token", form, {}),
    ):
        assert ALLOWED not in (await asks(known, "POST", path, OTHER, data, **headers)).headers, path


async def test_c122_what_is_for_servers_is_for_no_browser(known: House) -> None:
    """A client with a secret gets no header, not even at its own origin; nor does anybody at the introspection endpoint."""
    form = token_form(await arrives(known))
    proven = basic("rekenrijk", known.client_secret)
    redeemed = await asks(known, "POST", "/oidc/token", SERVER, form, **proven)
    assert (redeemed.status_code, ALLOWED in redeemed.headers) == (200, False)
    bearer = {"Authorization": f"Bearer {redeemed.json()['access_token']}"}
    assert CALLBACK.startswith(SERVER)
    assert ALLOWED not in (await asks(known, "GET", "/oidc/userinfo", SERVER, **bearer)).headers
    looked_up = await asks(known, "POST", "/oidc/introspect", SERVER, {"token": "x"}, **proven)
    assert (looked_up.status_code, ALLOWED in looked_up.headers) == (200, False)
    assert (await preflight(known, "/oidc/introspect", APP)).status_code == 405
    for page in ("/oidc/authorize", "/oidc/logout", "/account"):
        assert ALLOWED not in (await asks(known, "GET", page, APP)).headers


async def test_c122_a_client_that_is_switched_off_reads_nothing_any_more(known: House) -> None:
    assert (await preflight(known, "/oidc/token", APP)).headers[ALLOWED] == APP
    await change_client(known, "app", enabled=False)
    known.clock.move(seconds=30)
    assert ALLOWED not in (await preflight(known, "/oidc/token", APP)).headers
    refused = await asks(known, "POST", "/oidc/token", APP, {"grant_type": "authorization_code", "client_id": "app"})
    assert (refused.status_code, ALLOWED in refused.headers) == (400, False)


async def test_c122_what_is_public_is_for_everybody(known: House) -> None:
    for path in OPEN:
        for origin in (APP, ATTACKS["foreign"], "null", None):
            assert (await asks(known, "GET", path, origin)).headers[ALLOWED] == "*"
        before = await preflight(known, path, ATTACKS["foreign"])
        assert (before.status_code, before.headers[ALLOWED]) == (204, "*")


async def test_c122_who_is_no_script_gets_no_header(known: House) -> None:
    for path in ENDPOINTS:
        response = await asks(known, "POST", path, None, {"client_id": "app"})
        assert not [name for name in response.headers if name.startswith("access-control") or name == "vary"], path

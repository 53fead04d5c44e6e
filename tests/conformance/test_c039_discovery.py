"""C-039, C-054, C-060 and C-115: what we tell about ourselves is true."""

import re
from typing import Any

from authlib.oidc.discovery import OpenIDProviderMetadata

from tests.conformance.relying_party import arrives, claims_at_userinfo, keys_of, tokens_of, verified
from tests.house import BASE, House, authorize_url


async def document(house: House) -> dict[str, Any]:
    response = await house.browser().client.get("/.well-known/openid-configuration")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


async def test_c039_the_document_is_what_openid_discovery_asks_for(house: House) -> None:
    told = await document(house)
    assert told["issuer"] == BASE
    OpenIDProviderMetadata(told).validate()
    endpoints = [value for name, value in told.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) == 8
    assert all(endpoint.startswith(BASE + "/") for endpoint in endpoints)
    assert "RS256" in told["id_token_signing_alg_values_supported"]
    assert "none" not in told["id_token_signing_alg_values_supported"]
    assert "none" not in told["token_endpoint_auth_signing_alg_values_supported"]
    assert told["subject_types_supported"] == ["pairwise"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "sub" in told["claims_supported"]
    # RFC 6749 3.3, BCP 47.
    assert all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", scope) for scope in told["scopes_supported"])
    assert all(re.fullmatch(r"[a-z]{2}", locale) for locale in told["ui_locales_supported"])


async def test_c039_every_advertised_endpoint_is_there(house: House) -> None:
    told, client = await document(house), house.browser().client
    for name in ("jwks_uri", "authorization_endpoint", "end_session_endpoint"):
        assert (await client.get(told[name])).status_code != 404
    for name in (
        "token_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
    ):
        assert (await client.post(told[name])).status_code == 400
        assert (await client.get(told[name])).status_code == 405
    assert (await client.get(told["userinfo_endpoint"])).status_code == 401


async def test_c039_every_advertised_choice_works(house: House) -> None:
    """Each scope, response mode and prompt that stands in the document is accepted by the endpoint."""
    told, browser = await document(house), (await arrives(house)).browser
    for scope in told["scopes_supported"]:
        page = await browser.request("GET", authorize_url(scope=f"openid {scope}").url)
        assert "code" in page.query
    for mode in told["response_modes_supported"]:
        page = await browser.request("GET", authorize_url(response_mode=mode).url)
        assert "code" in page.query or page.offers("code") or 'name="code"' in page.text
    for prompt in told["prompt_values_supported"]:
        page = await browser.request("GET", authorize_url(prompt=prompt).url)
        assert "error" not in page.query
    for kind in told["response_types_supported"]:
        assert "code" in (await browser.request("GET", authorize_url(response_type=kind).url)).query


async def test_c039_every_released_claim_is_advertised(house: House) -> None:
    told, arrival = await document(house), await arrives(house)
    tokens = await tokens_of(house, arrival)
    seen = set(await claims_at_userinfo(arrival.browser, tokens["access_token"]))
    seen |= set(await verified(house, arrival.browser, tokens))
    assert seen <= set(told["claims_supported"])


async def test_c060_c115_logout_and_iss_are_advertised_and_nothing_that_fails(house: House) -> None:
    told = await document(house)
    assert told["end_session_endpoint"] == BASE + "/oidc/logout"
    assert told["authorization_response_iss_parameter_supported"] is True
    # RFC 8414 3: the same under the name that OAuth software looks for.
    other = await house.browser().client.get("/.well-known/oauth-authorization-server")
    assert other.json() == told
    # OIDC Discovery 3: request_uri counts as supported unless told otherwise.
    assert told["request_uri_parameter_supported"] is False
    assert told["request_parameter_supported"] is False
    assert told["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert told["claims_parameter_supported"] is True
    assert told["dpop_signing_alg_values_supported"] == ["ES256", "PS256"]
    assert told["response_types_supported"] == ["code"]


async def test_c039_documents_may_be_read_from_anywhere_and_kept_for_a_while(house: House) -> None:
    """C-122: without credentials, so `*` gives nothing away."""
    client = house.browser().client
    for path in ("/.well-known/openid-configuration", "/oidc/jwks"):
        response = await client.get(path, headers={"Origin": "https://rekenrijk.example"})
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert response.headers["cache-control"] == "public, max-age=300"


async def test_c303_the_host_header_does_not_change_the_issuer(house: House) -> None:
    response = await house.browser().client.get(
        "/.well-known/openid-configuration",
        headers={"Host": "boos.example", "X-Forwarded-Host": "boos.example", "Forwarded": "host=boos.example"},
    )
    assert response.json()["issuer"] == BASE
    assert "boos.example" not in response.text


async def test_c039_the_keys_are_those_that_sign(house: House) -> None:
    told = await document(house)
    algs = {key["alg"] for key in await keys_of(house.browser())}
    assert algs == set(told["id_token_signing_alg_values_supported"])

"""C-039: whatever value stands in the discovery document is done by somebody somewhere: methods, algorithms, grants, claims, levels, languages."""

from typing import Any

import httpx2 as httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import update

from directory.models import School
from tests.browser import Browser
from tests.conformance.prover import KEY, RSA, proof
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    basic,
    change_metadata,
    claims_at_userinfo,
    keys_of,
    post_token,
    register,
    token_form,
    tokens_of,
    userinfo,
    verified,
)
from tests.conformance.test_c039_discovery import document
from tests.conformance.test_c100_client_assertions import JWKS, TYPE, assertion
from tests.conformance.test_c100_client_assertions import RSA as RSA_OF_CLIENT
from tests.house import House, authorize_url, signed_in

GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


class Software:
    """A client that proves itself in each way that there is, anew for each call."""

    def __init__(self, house: House, method: str, alg: str = "ES256") -> None:
        self.house, self.method, self.alg = house, method, alg
        self.name = "sleutel" if method == "private_key_jwt" else f"met-{method}"

    async def registered(self, party_id: int) -> None:
        keys: dict[str, Any] = {"jwks": JWKS} if self.method == "private_key_jwt" else {}
        grants = GRANTS[:2] if self.method == "none" else GRANTS
        scope = "openid profile" + (" data.schools data.groups" if GRANTS[2] in grants else "")
        more = {"token_endpoint_auth_method": self.method, "grant_types": grants, "scope": scope, **keys}
        await register(self.house, self.name, party_id=party_id, **more)

    def proven(self, form: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """Body and headers of a call."""
        match self.method:
            case "client_secret_basic":
                return form, basic(self.name, SECRET)
            case "client_secret_post":
                return {**form, "client_id": self.name, "client_secret": SECRET}, {}
            case "private_key_jwt":
                key = {} if self.alg == "ES256" else {"key": RSA_OF_CLIENT}
                given = assertion(self.house, alg=self.alg, **key)
                return {**form, "client_assertion": given, "client_assertion_type": TYPE}, {}
            case _:
                return {**form, "client_id": self.name}, {}

    async def posts(self, browser: Browser, path: str, form: dict[str, str]) -> httpx.Response:
        body, headers = self.proven(form)
        return await browser.client.post(path, data=body, headers=headers)


async def test_c039_every_method_and_algorithm_opens_every_endpoint_that_names_it(house: House) -> None:
    told, browser = await document(house), (await arrives(house)).browser
    endpoints = ("token", "revocation", "introspection")
    methods = {method for one in endpoints for method in told[f"{one}_endpoint_auth_methods_supported"]}
    algs = told["token_endpoint_auth_signing_alg_values_supported"]
    assert all(told[f"{one}_endpoint_auth_signing_alg_values_supported"] == algs for one in endpoints)
    clients = [Software(house, method) for method in methods - {"private_key_jwt"}]
    clients += [Software(house, "private_key_jwt", alg) for alg in algs]
    for client in {client.name: client for client in clients}.values():
        await client.registered(house.party_id)
    for client in clients:
        why = (client.method, client.alg)
        asked = authorize_url(client_id=client.name)
        form = dict(httpx.URL(asked.url).params)
        pushed = await client.posts(browser, "/oidc/par", form)
        assert pushed.status_code == 201, why
        params = {"client_id": client.name, "request_uri": pushed.json()["request_uri"]}
        page = await browser.request("GET", f"/oidc/authorize?{httpx.QueryParams(params)}")
        response = await client.posts(browser, "/oidc/token", token_form(Arrival(browser, page, asked)))
        assert response.status_code == 200, why
        tokens = response.json()
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        tokens = (await client.posts(browser, "/oidc/token", refresh)).json()
        looked = await client.posts(browser, "/oidc/introspect", {"token": tokens["access_token"]})
        if client.method in told["introspection_endpoint_auth_methods_supported"]:
            assert looked.json()["active"] is True, why
            data = await client.posts(browser, "/oidc/token", {"grant_type": "client_credentials"})
            assert data.status_code == 200, why
        else:
            assert looked.status_code == 401, why
        assert client.method in told["revocation_endpoint_auth_methods_supported"]
        assert (await client.posts(browser, "/oidc/revoke", {"token": tokens["refresh_token"]})).status_code == 200
        assert (await userinfo(browser, tokens["access_token"])).status_code == 401, why
    assert set(told["grant_types_supported"]) == set(GRANTS)


async def test_c039_every_answer_is_signed_as_it_says_it_can(house: House) -> None:
    told, browser = await document(house), (await arrives(house)).browser
    algs = told["id_token_signing_alg_values_supported"]
    assert told["userinfo_signing_alg_values_supported"] == algs
    for alg in algs:
        await change_metadata(house, id_token_signed_response_alg=alg, userinfo_signed_response_alg=alg)
        tokens = await tokens_of(house, await arrives(house, browser))
        claims = await verified(house, browser, tokens, alg=alg)
        known = KeySet.import_key_set({"keys": [dict(key) for key in await keys_of(browser)]})
        read = jwt.decode((await userinfo(browser, tokens["access_token"])).text, known, algorithms=[alg])
        assert read.claims["sub"] == claims["sub"]
    made: dict[str, ECKey | RSAKey] = {"ES256": KEY, "PS256": RSA}
    assert set(told["dpop_signing_alg_values_supported"]) == set(made)
    for key in made.values():
        form, known_as = token_form(await arrives(house, browser)), basic("rekenrijk", house.client_secret)
        response = await post_token(browser, form, headers={**known_as, "DPoP": proof(house, key=key)})
        assert response.json()["token_type"] == "DPoP"


async def test_c039_every_claim_level_prompt_and_language_is_somebodys(house: House) -> None:
    told = await document(house)
    child, teacher = (await arrives(house)).browser, await signed_in(house, "juf")
    coordinator = await signed_in(house, "ict", two_steps=True)
    async with house.floor.database.begin() as db:
        await db.execute(update(School).where(School.id == house.school.id).values(location="01"))
    everything = " ".join(["openid", *told["scopes_supported"]])
    seen, levels = set[str](), set[str]()
    for browser in (child, teacher, coordinator):
        tokens = await tokens_of(house, await arrives(house, browser, scope=everything))
        claims = await verified(house, browser, tokens)
        seen |= claims.keys() | (await claims_at_userinfo(browser, tokens["access_token"])).keys()
        levels.add(claims["acr"])
    assert seen == set(told["claims_supported"])
    assert levels < set(told["acr_values_supported"])
    # Levels are names in order; whoever reached one reached what is below it, and may be told so.
    for acr in told["acr_values_supported"]:
        arrival = await arrives(house, coordinator, acr_values=acr)
        assert (await verified(house, coordinator, await tokens_of(house, arrival)))["acr"] == acr
    assert (await child.get(authorize_url(prompt="select_account").url)).offers("who")
    assert "consent" not in told["prompt_values_supported"], (
        "whether a party gets anything the school says, and nobody else is asked"
    )
    assert "code" in (await child.request("GET", authorize_url(prompt="consent").url)).query
    for language in told["ui_locales_supported"]:
        page = await house.browser(language="de").get(authorize_url(ui_locales=language).url)
        assert f'<html lang="{language}"' in page.text

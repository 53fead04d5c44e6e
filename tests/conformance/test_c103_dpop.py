"""C-103 to C-105, C-118: tokens that are good in the hands of one key (RFC 9449); proofs made by joserfc."""

import hashlib
import hmac
import json
from typing import Any

import httpx2 as httpx

from idp.main import create_app
from tests.browser import Browser
from tests.conformance.prover import KEY, OTHER, RSA, proof, shown, thumbprint
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    b64,
    basic,
    change_metadata,
    post_token,
    register,
    token_form,
    unb64,
    userinfo,
    verified,
)
from tests.conformance.test_c080_pushed_requests import address, parameters, push
from tests.house import BASE, House, authorize_url, beside

GRANTS = ["authorization_code", "refresh_token"]


async def redeems_with(house: House, arrival: Arrival, *proofs: str, client_id: str = "rekenrijk") -> httpx.Response:
    """A code redeemed with these DPoP headers."""
    secret = house.client_secret if client_id == "rekenrijk" else SECRET
    headers = [*basic(client_id, secret).items(), *(("DPoP", one) for one in proofs)]
    return await arrival.browser.client.post("/oidc/token", data=token_form(arrival), headers=headers)


async def bound_tokens(house: House, arrival: Arrival, *, client_id: str = "rekenrijk") -> dict[str, Any]:
    response = await redeems_with(house, arrival, proof(house), client_id=client_id)
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    assert tokens["token_type"] == "DPoP"
    return tokens


async def asks(browser: Browser, token: str, *proofs: str, scheme: str = "DPoP", method: str = "GET") -> httpx.Response:
    headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", one) for one in proofs)]
    return await browser.client.request(method, "/oidc/userinfo", headers=headers)


def at_userinfo(house: House, token: str, **changes: Any) -> str:
    return proof(house, "/oidc/userinfo", "GET", token=token, **changes)


async def test_c103_a_bound_token_is_good_with_a_proof_for_each_call(house: House) -> None:
    arrival = await arrives(house)
    browser, tokens = arrival.browser, await bound_tokens(house, arrival)
    token = tokens["access_token"]
    await verified(house, browser, tokens)
    for scheme in ("DPoP", "dpop", "DPOP"):
        assert (await asks(browser, token, at_userinfo(house, token), scheme=scheme)).status_code == 200
    posted = proof(house, "/oidc/userinfo", "POST", token=token)
    assert (await asks(browser, token, posted, method="POST")).status_code == 200
    # C-103: what may differ.
    now = int(house.clock.now.timestamp())
    host = BASE.removeprefix("https://")
    for changes in (
        {"htu": f"https://{host.upper()}:443/oidc/userinfo"},
        {"htu": f"HTTPS://{host}/oidc/userinfo?a=b#c"},
        {"iat": now - 10},
        {"iat": now + 10},
        {"extra": "claims", "exp": now - 1, "nonce": "x"},
        {"key": KEY, "header": {"kid": "mijn", "extra": 1}},
    ):
        response = await asks(browser, token, at_userinfo(house, token, **changes))
        assert response.status_code == 200, changes
    # PS256 too, and each grant its own key.
    other = await arrives(house, browser)
    response = await redeems_with(house, other, proof(house, key=RSA))
    assert response.status_code == 200, response.text
    token = response.json()["access_token"]
    assert (await asks(browser, token, at_userinfo(house, token, key=RSA))).status_code == 200
    assert (await asks(browser, token, at_userinfo(house, token))).status_code == 401


def negatives(house: House, token: str | None) -> dict[str, tuple[str, ...]]:
    """Proofs that prove nothing, by what is wrong; for UserInfo with a token, for the token endpoint without."""
    path, method = ("/oidc/userinfo", "GET") if token is not None else ("/oidc/token", "POST")

    def made(**changes: Any) -> str:
        return proof(house, path, method, token=token, **changes)

    def resigned(**members: Any) -> str:
        head, payload, signature = made().split(".")
        return f"{b64(json.dumps({**json.loads(unb64(head)), **members}).encode())}.{payload}.{signature}"

    now = int(house.clock.now.timestamp())
    public = KEY.as_dict(private=False)
    head = b64(json.dumps({"typ": "dpop+jwt", "alg": "HS256", "jwk": public}).encode())
    message = f"{head}.{made().split('.')[1]}"
    by_secret = f"{message}.{b64(hmac.digest(str(public['x']).encode(), message.encode(), hashlib.sha256))}"
    good, long = made(), resigned(pad="x" * 9000)
    wrong: dict[str, tuple[str, ...]] = {
        "two headers": (good, made()),
        "one header with two": (f"{good}, {made()}",),
        "not a JWT": ("x",),
        "no header": (".a.b",),
        "a header of another type": (f"{b64(b'[]')}.a.b",),
        "an unsigned one": (good.rpartition(".")[0] + ".",),
        "JSON serialisation": (json.dumps({"payload": good.split(".")[1], "signatures": []}),),
        "alg none": (resigned(alg="none").rpartition(".")[0] + ".",),
        "HS256 with the public key": (by_secret,),
        "RS256": (made(key=RSA, header={"alg": "RS256"}),),
        "a bad signature": (good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB"),),
        "a private key in it": (made(header={"jwk": KEY.as_dict(private=True)}),),
        "another key in it": (made(header={"jwk": OTHER.as_dict(private=False)}),),
        "a secret as key": (made(header={"jwk": {"kty": "oct", "k": "c2xldXRlbA"}}),),
        "a short key": (made(header={"jwk": {"kty": "RSA", "n": "z" * 170, "e": "AQAB"}}),),
        "crit": (resigned(crit=["x"], x=1),),
        "b64": (resigned(b64=False),),
        "a header of more than 8 KiB": (long,),
    }
    for name in ("typ", "alg", "jwk"):
        wrong[f"no {name}"] = (resigned(**{name: None}),)
    for value in ("JWT", "dpop+JWT ", ["dpop+jwt"]):
        wrong[f"typ {value}"] = (resigned(typ=value),)
    changed: list[dict[str, Any]] = [
        *({name: None} for name in ("jti", "htm", "htu", "iat")),
        *({"jti": value} for value in ("", "x" * 256, 7)),
        *({"htm": value} for value in ("PUT", method.lower(), [method])),
        *({"htu": BASE + other} for other in ("/", path + "/", "/oidc/par", "/oidc/../" + path)),
        *({"htu": BASE + path + other} for other in ("\n", "\t", " ", "\x7f")),
        *({"htu": other} for other in (path, f"http://inloggen.example{path}", f"https://x@inloggen.example{path}", 1)),
        *({"htu": f"https://inloggen.example:{port}{path}"} for port in ("8443", "x")),
        *({"iat": value} for value in (now - 3600, now + 3600, now - 61, now + 61, str(now), True)),
    ]
    if token is not None:
        changed += [{"ath": value} for value in (None, "", b64(hashlib.sha256(b"x").digest()), token)]
    return wrong | {str(changes): (made(**changes),) for changes in changed}


async def test_c103_what_proves_nothing_opens_nothing(house: House) -> None:
    arrival = await arrives(house)
    browser, token = arrival.browser, (await bound_tokens(house, arrival))["access_token"]
    for why, proofs in {
        **negatives(house, token),
        "none": (),
        "another key": (at_userinfo(house, token, key=OTHER),),
    }.items():
        response = await asks(browser, token, *proofs)
        assert response.status_code == 401, why
        assert response.headers["www-authenticate"].startswith("DPoP "), why
        assert 'algs="ES256 PS256"' in response.headers["www-authenticate"]
        assert token not in response.text
    waiting = await arrives(house, browser)
    for why, proofs in negatives(house, None).items():
        response = await redeems_with(house, waiting, *proofs)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof"), why
    # Nobody's tries cost the client its code.
    assert (await redeems_with(house, waiting, proof(house))).status_code == 200


async def test_c103_a_proof_is_good_once_on_every_node(house: House) -> None:
    arrival = await arrives(house)
    browser, once = arrival.browser, proof(house)
    token = (await redeems_with(house, arrival, once)).json()["access_token"]
    again = await arrives(house, browser)
    assert (await redeems_with(house, again, once)).json()["error"] == "invalid_dpop_proof"
    used = at_userinfo(house, token)
    assert (await asks(browser, token, used)).status_code == 200
    other = create_app(house.floor.settings, clock=house.clock, seconds=house.clock.seconds)
    async with other.router.lifespan_context(other):
        elsewhere = beside(house, other)
        doors = [browser, elsewhere.browser()] if house.floor.settings.redis_url else [browser]
        for door in doors:
            response = await asks(door, token, used)
            assert (response.status_code, response.json()["error"]) == (401, "invalid_dpop_proof")
        await elsewhere.close()


async def test_c105_a_bound_token_is_no_bearer_token_and_no_other_is_bound(house: House) -> None:
    arrival = await arrives(house)
    browser, token = arrival.browser, (await bound_tokens(house, arrival))["access_token"]
    plain = (await redeems_with(house, await arrives(house, browser))).json()
    assert plain["token_type"] == "Bearer"
    assert (await userinfo(browser, token)).status_code == 401
    assert (await browser.client.post("/oidc/userinfo", data={"access_token": token})).status_code == 401
    assert (await asks(browser, token, at_userinfo(house, token), scheme="Bearer")).status_code == 401
    assert (await userinfo(browser, plain["access_token"])).status_code == 200
    other = plain["access_token"]
    assert (await asks(browser, other, at_userinfo(house, other))).status_code == 401
    looked = await browser.client.post(
        "/oidc/introspect", data={"token": token}, headers=basic("rekenrijk", house.client_secret)
    )
    assert (looked.json()["token_type"], looked.json()["cnf"]) == ("DPoP", {"jkt": thumbprint()})


async def test_c104_a_code_is_good_for_the_key_that_was_named(house: House) -> None:
    """By `dpop_jkt` in the request, or by a proof where it is pushed (RFC 9449 10, 10.1)."""
    browser = (await arrives(house)).browser
    for proofs, status in (((proof(house, key=OTHER),), 400), ((), 400), ((proof(house),), 200)):
        arrival = await arrives(house, browser, dpop_jkt=thumbprint())
        response = await redeems_with(house, arrival, *proofs)
        assert response.status_code == status
        assert status == 200 or response.json()["error"] == "invalid_grant"
    page = await browser.request("GET", authorize_url(dpop_jkt="kort").url)
    assert page.query["error"] == "invalid_request"
    headers = basic("rekenrijk", house.client_secret)
    for changes, given, error in (
        ({}, proof(house, "/oidc/token"), "invalid_dpop_proof"),
        ({"dpop_jkt": thumbprint(OTHER)}, proof(house, "/oidc/par"), "invalid_dpop_proof"),
        ({"dpop_jkt": "kort"}, None, "invalid_request"),
    ):
        more = shown(given) if given else {}
        response = await push(house, browser, parameters(authorize_url(**changes)), headers={**headers, **more})
        assert (response.status_code, response.json()["error"]) == (400, error), changes
    for key, status in ((OTHER, 400), (KEY, 200)):
        asked = authorize_url()
        pushed_ = await push(house, browser, parameters(asked), headers={**headers, **shown(proof(house, "/oidc/par"))})
        page = await browser.request("GET", address(pushed_.json()["request_uri"]))
        response = await redeems_with(house, Arrival(browser, page, asked), proof(house, key=key))
        assert response.status_code == status


async def test_c118_a_chain_that_began_bound_stays_so(house: House) -> None:
    """A public client's with the same key; one that proves itself may take another, never none (RFC 9449 5)."""
    await change_metadata(house, grant_types=GRANTS)
    await register(house, "tablet", token_endpoint_auth_method="none", grant_types=GRANTS, party_id=house.party_id)
    browser = (await arrives(house)).browser

    async def refreshes(client_id: str, refresh: str, *proofs: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": client_id}
        known = basic(client_id, house.client_secret) if client_id == "rekenrijk" else {}
        headers = [*known.items(), *(("DPoP", one) for one in proofs)]
        return await browser.client.post("/oidc/token", data=form, headers=headers)

    for client_id, other_key in (("tablet", 400), ("rekenrijk", 200)):
        arrival = await arrives(house, browser, client_id=client_id)
        known = basic(client_id, house.client_secret) if client_id == "rekenrijk" else {}
        form = token_form(arrival, client_id=client_id)
        tokens = (await post_token(browser, form, headers={**known, **shown(proof(house))})).json()
        chain = tokens["refresh_token"]
        assert (await refreshes(client_id, chain)).json()["error"] == "invalid_grant"
        response = await refreshes(client_id, chain, proof(house, key=OTHER))
        assert response.status_code == other_key
        chain = response.json().get("refresh_token", chain)
        response = await refreshes(client_id, chain, proof(house))
        assert (response.status_code, response.json()["token_type"]) == (200, "DPoP")
        token = response.json()["access_token"]
        assert (await asks(browser, token, at_userinfo(house, token))).status_code == 200
        assert (await userinfo(browser, token)).status_code == 401


async def test_c103_a_client_may_bind_itself_to_keys(house: House) -> None:
    await change_metadata(house, dpop_bound_access_tokens=True)
    arrival = await arrives(house)
    assert (await redeems_with(house, arrival)).json()["error"] == "invalid_request"
    assert (await redeems_with(house, arrival, proof(house))).status_code == 200

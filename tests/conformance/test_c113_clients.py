"""C-032, C-113 to C-117: who asks for a token proves who it is, in one way, and holds the verifier (RFC 9700 2.1.1, 2.5)."""

import base64
from urllib.parse import quote_plus

from metadata.parties import secret_hash
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    b64,
    basic,
    change_client,
    post_token,
    redeems,
    register,
    token_form,
    verified,
)
from tests.house import BASE, House, authorize_url


async def test_c113_pkce_cannot_be_talked_away(house: House) -> None:
    """No challenge, no code; a challenge and no verifier, no token. A verifier without a challenge never gets that far."""
    browser = (await arrives(house)).browser
    page = await browser.request("GET", authorize_url(code_challenge=None, code_challenge_method=None).url)
    assert page.query["error"] == "invalid_request"
    arrival = await arrives(house, browser)
    response = await redeems(house, arrival, code_verifier=None)
    assert response.json()["error"] == "invalid_grant"


async def public_arrival(house: House) -> Arrival:
    await register(house, "tablet", token_endpoint_auth_method="none")
    return await arrives(house, client_id="tablet")


async def test_c114_a_public_client_proves_itself_by_pkce_alone(house: House) -> None:
    arrival = await public_arrival(house)
    response = await post_token(arrival.browser, token_form(arrival, client_id="tablet"))
    assert response.status_code == 200
    await verified(house, arrival.browser, response.json(), client_id="tablet")


async def test_c114_v19_a_public_client_with_a_secret_is_nobody(house: House) -> None:
    """An empty secret, any secret, its own client_id as secret, by either method."""
    arrival = await public_arrival(house)
    for secret in ("", "x", "tablet", SECRET, "None"):
        response = await post_token(arrival.browser, token_form(arrival), headers=basic("tablet", secret))
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), secret
        response = await post_token(arrival.browser, token_form(arrival, client_id="tablet", client_secret=secret))
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), secret
    # Nobody's tries cost the client its code.
    assert (await post_token(arrival.browser, token_form(arrival, client_id="tablet"))).status_code == 200


async def test_c032_c114_a_client_proves_itself_by_its_registered_method_and_one_only(house: House) -> None:
    await register(house, "inhetlijf", token_endpoint_auth_method="client_secret_post")
    arrival = await arrives(house)
    own, form = house.client_secret, token_form(arrival)
    posted = {"client_id": "rekenrijk", "client_secret": own}
    for body, headers in (
        ({**form, **posted}, None),  # the other method
        ({**form, **posted}, basic("rekenrijk", own)),  # both
        ({**form, "client_secret": own}, basic("rekenrijk", own)),
        ({**form, "client_id": "rekenrijk"}, None),  # none
        (form, None),
        (form, basic("rekenrijk", "mis")),
        (form, basic("rekenrijk", "")),
        (form, basic("", own)),
        ({**form, "client_id": "inhetlijf"}, basic("rekenrijk", own)),  # two names
        (form, {"Authorization": "Basic !!!"}),
        (form, {"Authorization": "Basic " + b64(b"rekenrijk")}),
        (form, {"Authorization": "Bearer " + own}),
        (form, {"Authorization": "Basic"}),
        (form, {"Authorization": "Basic " + base64.b64encode("rekenrijk:\0é".encode()).decode()}),
    ):
        response = await post_token(arrival.browser, body, headers=headers)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), headers
        assert own not in response.text
    refused = await post_token(arrival.browser, form, headers=basic("rekenrijk", "mis"))
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert (await post_token(arrival.browser, form, headers=basic("rekenrijk", own))).status_code == 200
    other = await arrives(house, arrival.browser, client_id="inhetlijf")
    posted = {"client_id": "inhetlijf", "client_secret": SECRET}
    assert (await post_token(other.browser, token_form(other, **posted))).status_code == 200


async def test_c032_secrets_with_every_character_encoded_or_not(house: House) -> None:
    """RFC 6749 2.3.1 wants the halves of Basic form-encoded; much software sends them plain. Neither opens for a wrong one."""
    secret = "a+b%2Fc d&e=f~%"
    await change_client(house, secret_hash=_hash(house, secret))
    browser = house.browser()
    for sent in (secret, quote_plus(secret)):
        arrival = await arrives(house, browser)
        response = await post_token(browser, token_form(arrival), headers=basic("rekenrijk", sent))
        assert response.status_code == 200
    arrival = await arrives(house, browser)
    for sent in (quote_plus(quote_plus(secret)), secret.replace("+", " "), secret[:-1]):
        response = await post_token(browser, token_form(arrival), headers=basic("rekenrijk", sent))
        assert response.status_code == 401


def _hash(house: House, secret: str) -> bytes:
    return secret_hash(house.floor.keyring, "rekenrijk", secret)


async def test_c115_iss_stands_in_every_answer(house: House) -> None:
    arrival = await arrives(house)
    assert arrival.page.query["iss"] == BASE
    for changes in (
        {"prompt": "none", "max_age": "0"},
        {"scope": "profile"},
        {"response_type": "token"},
        {"request": "x"},
    ):
        house.clock.move(seconds=1)
        page = await arrival.browser.request("GET", authorize_url(**changes).url)
        assert page.query["iss"] == BASE
        assert page.query["error"]


async def test_c117_other_grants_do_not_exist(house: House) -> None:
    browser = house.browser()
    known = {
        "username": "juf@regenboog.example",
        "password": "Regenboog-fiets-7",
        "refresh_token": "x",
        "scope": "openid",
    }
    for grant in (
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "authorization_code ",
    ):
        body = {"grant_type": grant, **known}
        response = await post_token(browser, body, headers=basic("rekenrijk", house.client_secret))
        assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type"), grant
    # Those that we have, and that this client did not register.
    response = await post_token(
        browser, {"grant_type": "client_credentials"}, headers=basic("rekenrijk", house.client_secret)
    )
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
    response = await post_token(
        browser, {"grant_type": "refresh_token", **known}, headers=basic("rekenrijk", house.client_secret)
    )
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
    for body in ({}, {"grant_type": ""}, {"grant_type": "authorization_code"}):
        response = await post_token(browser, body, headers=basic("rekenrijk", house.client_secret))
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), body


async def test_c117_the_token_endpoint_wants_a_form_by_post(house: House) -> None:
    arrival = await arrives(house)
    client, form = arrival.browser.client, token_form(arrival)
    known = basic("rekenrijk", house.client_secret)
    assert (await client.get("/oidc/token", params=form, headers=known)).status_code == 405
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        response = await client.post("/oidc/token", content=b"{}", headers={**known, "Content-Type": kind})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), kind
    # Parameters in the address are no parameters (RFC 6749 3.2; C-302).
    response = await client.post("/oidc/token", params=form, headers=known, data={"grant_type": "authorization_code"})
    assert response.json()["error"] == "invalid_request"
    form_type = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert (await client.post("/oidc/token", data=form, headers={**known, **form_type})).status_code == 200

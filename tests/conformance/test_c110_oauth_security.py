"""C-110 to C-117 and C-121 to C-135: OAuth 2.0 Security Best Current Practice (RFC 9700) and its neighbours."""

import base64
import re
from urllib.parse import quote_plus

from metadata.parties import secret_hash
from tests.browser import Page
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    b64,
    basic,
    change_client,
    claims_at_userinfo,
    disable_party,
    exclude,
    post_token,
    redeems,
    register,
    staff_arrives,
    token_form,
    tokens_of,
    userinfo,
    verified,
    withdraw,
)
from tests.house import AT_SCHOOL, BASE, CALLBACK, House, authorize_url

# Everything that is nearly the registered https://rekenrijk.example/callback.
NEARLY = (
    CALLBACK + "/",
    CALLBACK + "?",
    CALLBACK + "?meer=1",
    CALLBACK + "#",
    CALLBACK + "#stuk",
    CALLBACK + "/../callback",
    CALLBACK + "/..",
    CALLBACK + "%2f",
    CALLBACK + "x",
    CALLBACK + " ",
    CALLBACK[:-1],
    CALLBACK.upper(),
    CALLBACK.replace("callback", "Callback"),
    CALLBACK.replace("callback", "%63allback"),
    CALLBACK.replace("/callback", "/./callback"),
    CALLBACK.replace("/callback", "//callback"),
    CALLBACK.replace("/callback", "/%2e/callback"),
    CALLBACK.replace("https://", "http://"),
    CALLBACK.replace("https://", "HTTPS://"),
    CALLBACK.replace("https://", "https:/"),
    CALLBACK.replace("https://", "//"),
    CALLBACK.replace("rekenrijk.example", "REKENRIJK.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example."),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example:443"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example:8443"),
    CALLBACK.replace("rekenrijk.example", "www.rekenrijk.example"),
    CALLBACK.replace("rekenrijk.example", "boos.example/rekenrijk.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example.boos.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example@boos.example"),
    CALLBACK.replace("rekenrijk.example", "noor@rekenrijk.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example\\@boos.example"),
    CALLBACK.replace("rekenrijk", "rеkenrijk"),  # a Cyrillic е
    CALLBACK.replace("rekenrijk", "ｒekenrijk"),  # a full-width r
    "https://boos.example/?x=" + CALLBACK,
    "javascript:alert(1)//" + CALLBACK,
    "data:text/html,<script>alert(1)</script>",
    "JAVASCRIPT:alert(1)",
    "https://127.0.0.1/callback",
    "http://localhost/callback",
    "callback",
    "/callback",
    CALLBACK + "\n",
    CALLBACK + "\t",
    CALLBACK + "," + CALLBACK,
    CALLBACK + " " + CALLBACK,
)


async def test_c110_c111_a_redirect_uri_is_the_registered_string_or_there_is_no_redirect(house: House) -> None:
    browser = (await arrives(house)).browser
    for uri in NEARLY:
        page = await browser.request("GET", authorize_url(redirect_uri=uri).url)
        assert (page.status, page.location) == (400, None), uri
        assert "boos.example" not in page.text
    page = await browser.request("GET", authorize_url(redirect_uri=None).url)
    assert (page.status, page.location) == (400, None)


async def test_c110_two_registered_addresses_and_each_gets_its_own(house: House) -> None:
    uris = [CALLBACK + "?app=1", CALLBACK + "?app=2"]
    await register(house, "tweemond", redirect_uris=uris)
    browser = house.browser()
    for uri in uris:
        arrival = await arrives(house, browser, client_id="tweemond", redirect_uri=uri)
        assert (arrival.page.location or "").startswith(f"{uri}&code=")
        response = await redeems(house, arrival, client_id="tweemond", redirect_uri=uri)
        assert response.status_code == 200
    page = await browser.request("GET", authorize_url(client_id="tweemond", redirect_uri=CALLBACK + "?app=3").url)
    assert (page.status, page.location) == (400, None)


NATIVE = "http://127.0.0.1/na/inloggen"


async def test_c110_only_a_native_apps_loopback_port_may_vary(house: House) -> None:
    """RFC 8252 7.3: the port of 127.0.0.1 and [::1], nothing else of it."""
    six = "http://[::1]:4000/na/inloggen"
    await register(house, "tablet", redirect_uris=[NATIVE, six], application_type="native")
    browser = house.browser()
    for uri in (NATIVE, NATIVE.replace("127.0.0.1", "127.0.0.1:51234"), six.replace("4000", "61234")):
        arrival = await arrives(house, browser, client_id="tablet", redirect_uri=uri)
        assert (arrival.page.location or "").startswith(f"{uri}?code=")
    for uri in (
        NATIVE.replace("127.0.0.1", "127.0.0.2:1"),
        NATIVE.replace("127.0.0.1", "localhost:1"),
        NATIVE.replace("127.0.0.1", "127.0.0.1.boos.example:1"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:1@boos.example"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:123456"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:１２３"),  # full-width digits
        NATIVE.replace("http:", "https:"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:1") + "/meer",
        NATIVE.replace("127.0.0.1", "127.0.0.1:1") + "?meer=1",
        NATIVE.replace("127.0.0.1", "127.0.0.1:1") + "#stuk",
        NATIVE.replace("127.0.0.1", "[::1]:1").replace("inloggen", "elders"),
    ):
        page = await browser.request("GET", authorize_url(client_id="tablet", redirect_uri=uri).url)
        assert (page.status, page.location) == (400, None), uri


async def test_c110_a_web_client_gets_no_such_freedom(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(redirect_uri="http://127.0.0.1:1/callback").url)
    assert (page.status, page.location) == (400, None)


async def test_c111_c129_an_unknown_client_is_a_page_that_tells_nothing(house: House) -> None:
    browser = (await arrives(house)).browser
    for client_id in ("onbekend", "", None, "REKENRIJK", "rekenrijk ", "rekenrijk' OR '1'='1", "x" * 5000):
        page = await browser.request("GET", authorize_url(client_id=client_id).url)
        assert (page.status, page.location) == (400, None), client_id
        assert "OR" not in page.text


async def test_c112_a_parameter_twice_is_refused_and_never_decides_where_to_go(house: House) -> None:
    browser = (await arrives(house)).browser
    url = authorize_url().url
    for extra in ("client_id=rekenrijk", "redirect_uri=" + CALLBACK, "client_id=", "client_id=boos"):
        page = await browser.request("GET", f"{url}&{extra}")
        assert (page.status, page.location) == (400, None), extra
    for extra in (
        "scope=openid",
        "nonce=2",
        "response_type=code",
        "state=2",
        "code_challenge=x",
        "onbekend=1&onbekend=2",
    ):
        page = await browser.request("GET", f"{url}&{extra}")
        assert page.query["error"] == "invalid_request", extra
        assert "code" not in page.query


async def test_c112_at_the_token_endpoint_too(house: House) -> None:
    browser = house.browser()
    for name in ("code", "grant_type", "redirect_uri", "code_verifier", "client_id", "onbekend"):
        arrival = await arrives(house, browser)
        form = "&".join(f"{key}={value}" for key, value in token_form(arrival).items())
        body = f"{form}&{name}=1&{name}=1".encode()
        response = await post_token(browser, body, headers=basic("rekenrijk", house.client_secret))
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), name


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
        "client_credentials",
        "refresh_token",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "authorization_code ",
    ):
        body = {"grant_type": grant, **known}
        response = await post_token(browser, body, headers=basic("rekenrijk", house.client_secret))
        assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type"), grant
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


async def test_c121_after_a_secret_comes_a_303(house: House) -> None:
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    form = page.form("pin")
    page = await browser.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    assert page.status == 303
    page = await browser.request("GET", page.location or "")
    assert (page.status, "code" in page.query) == (302, True)


async def test_c122_pages_are_not_framed_and_not_shared_with_other_origins(house: House) -> None:
    arrival, boos = await arrives(house), "https://boos.example"
    origin = {"Origin": boos}
    pages = [
        await house.browser().request("GET", authorize_url().url, Origin=boos),
        await house.browser().request("GET", authorize_url(client_id="onbekend").url, Origin=boos),
        await arrival.browser.request("GET", authorize_url(response_mode="form_post").url, Origin=boos),
        await arrival.browser.request("GET", "/account", Origin=boos),
    ]
    for page in pages:
        assert "frame-ancestors 'none'" in page.response.headers["content-security-policy"]
        assert "access-control-allow-origin" not in page.response.headers
    response = await post_token(arrival.browser, {}, headers=origin)
    assert "access-control-allow-origin" not in response.headers
    response = await arrival.browser.client.get("/oidc/userinfo", headers=origin)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


async def test_c123_an_answer_leaves_without_a_referrer(house: House) -> None:
    arrival = await arrives(house)
    assert arrival.page.response.headers["referrer-policy"] == "no-referrer"


async def test_c123_no_page_of_the_sign_in_loads_anything_of_somebody_else(house: House) -> None:
    browser = house.browser()
    groups = await browser.get(authorize_url().url)
    for page in (groups, await browser.choose(groups, "group", str(house.groups["Groep 6"]))):
        for address in re.findall(r'(?:href|src)="([^"]+)"', page.text):
            assert address.startswith(("/", "#")), address


async def test_c124_a_token_in_the_query_is_nobodys(house: House) -> None:
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    response = await arrival.browser.client.get("/oidc/userinfo", params={"access_token": token})
    assert response.status_code == 401
    assert token not in response.text
    assert response.headers["www-authenticate"] == 'Bearer realm="userinfo"'


async def test_c124_a_token_sent_in_two_ways_is_refused(house: House) -> None:
    """RFC 6750 2."""
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    response = await arrival.browser.client.post(
        "/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}, data={"access_token": token}
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_c124_errors_never_repeat_what_they_were_given(house: House) -> None:
    browser, secret = house.browser(), "dit-is-heel-geheim-12345"
    responses = [
        await userinfo(browser, secret),
        await post_token(
            browser, {"grant_type": secret, "code": secret}, headers=basic("rekenrijk", house.client_secret)
        ),
        await post_token(browser, {"client_id": secret, "client_secret": secret}),
        (await browser.request("GET", f"/oidc/logout?id_token_hint={secret}")).response,
        (await browser.request("GET", f"/oidc/authorize?client_id={secret}&state={secret}")).response,
    ]
    for response in responses:
        assert response.status_code >= 400
        assert secret not in response.text
        assert not any(secret in value for value in response.headers.values())


async def test_c126_no_secret_is_good_for_another_secrets_place(house: House) -> None:
    """A key space of its own for each (V-20): code, access token, ID token, session, browser binding."""
    arrival = await arrives(house)
    browser = arrival.browser
    unspent = (await arrives(house, browser)).code
    tokens = await tokens_of(house, arrival)
    session, binding = (browser.cookies[name][0] for name in ("__Host-session", "__Host-browser"))
    everything = {unspent, arrival.code, tokens["access_token"], tokens["id_token"], session, binding}
    for secret in everything - {tokens["access_token"]}:
        assert (await userinfo(browser, secret)).status_code == 401
    for secret in everything - {unspent}:
        response = await redeems(house, arrival, code=secret)
        assert response.json()["error"] == "invalid_grant"
    for secret in everything - {session}:
        stranger = house.browser(AT_SCHOOL)
        stranger.cookies["__Host-session"] = (secret, "Lax")
        page = await stranger.request("GET", authorize_url(prompt="none").url)
        assert page.query["error"] == "login_required"
    for secret in everything - {tokens["id_token"]}:
        page = await browser.request("GET", authorize_url(prompt="none", id_token_hint=secret).url)
        assert page.query["error"] == "invalid_request"


async def test_c126_an_access_token_is_for_its_own_clients_claims(house: House) -> None:
    """What it opens depends on the grant behind it, not on who shows it."""
    await register(house, "lettergreep", scope="openid groups")
    arrival = await arrives(house, client_id="lettergreep")
    tokens = await tokens_of(house, arrival, client_id="lettergreep")
    assert tokens["scope"] == "openid groups"
    told = await claims_at_userinfo(arrival.browser, tokens["access_token"])
    assert set(told) == {"sub", "groups", "year_group"}


async def nothing_leaves(house: House, arrival: Arrival, token: str | None) -> None:
    """Neither by the code nor by the token."""
    response = await redeems(house, arrival)
    assert response.status_code in {400, 401}
    assert response.json()["error"] in {"invalid_grant", "invalid_client"}
    if token is not None:
        response = await userinfo(arrival.browser, token)
        assert response.status_code == 401
        assert set(response.json()) == {"error"}


async def test_c129_an_unticked_party_gets_a_page_and_no_pseudonym(house: House) -> None:
    await register(house, "ongevraagd", ticked=False)
    arrival = await arrives(house, client_id="ongevraagd")
    assert (arrival.page.status, arrival.page.location) == (200, None)
    page = await arrival.browser.request("GET", authorize_url(client_id="ongevraagd", prompt="none").url)
    assert page.query["error"] == "access_denied"
    assert set(page.query) == {"error", "error_description", "state", "iss"}


async def test_c129_a_disabled_client_or_party_gets_a_page(house: House) -> None:
    arrival = await arrives(house)
    await change_client(house, enabled=False)
    page = await arrival.browser.request("GET", authorize_url().url)
    assert (page.status, page.location) == (403, None)
    await change_client(house, enabled=True)
    assert "code" in (await arrival.browser.request("GET", authorize_url().url)).query
    await disable_party(house)
    page = await arrival.browser.request("GET", authorize_url().url)
    assert (page.status, page.location) == (403, None)


async def test_c129_disabled_between_authorize_and_token(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    arrival = await arrives(house, browser)
    await disable_party(house)
    await nothing_leaves(house, arrival, token)


async def test_c130_two_sectors_differ_and_one_sector_is_the_same(house: House) -> None:
    party = await register(house, "lettergreep", sector="letters.example")
    await register(house, "letterapp", party_id=party)
    browser = house.browser()
    subjects = {}
    for client_id in ("rekenrijk", "lettergreep", "letterapp"):
        arrival = await arrives(house, browser, client_id=client_id)
        tokens = await tokens_of(house, arrival, client_id=client_id)
        subjects[client_id] = (await verified(house, browser, tokens, client_id=client_id))["sub"]
    assert subjects["lettergreep"] == subjects["letterapp"] != subjects["rekenrijk"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", subject) for subject in subjects.values())


async def test_c131_withdrawn_between_authorize_and_token(house: House) -> None:
    arrival = await arrives(house)
    await withdraw(house)
    await nothing_leaves(house, arrival, None)


async def test_c131_withdrawn_between_token_and_userinfo(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    assert (await userinfo(browser, token)).status_code == 200
    arrival = await arrives(house, browser)
    await withdraw(house)
    await nothing_leaves(house, arrival, token)


async def test_c131_an_excluded_person_is_excluded_at_once(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    arrival = await arrives(house, browser)
    await exclude(house, "Noor")
    await nothing_leaves(house, arrival, token)
    page = await browser.request("GET", authorize_url(prompt="none").url)
    assert page.query["error"] == "access_denied"


async def test_c132_what_is_given_is_never_markup(house: House) -> None:
    """Error pages and error descriptions are our own sentences."""
    browser, evil = house.browser(), "<script>alert(1)</script>\r\nSet-Cookie: a=b"
    for changes in ({"client_id": evil}, {"redirect_uri": evil}):
        page = await browser.request("GET", authorize_url(**changes).url)
        assert page.status == 400
        assert "<script>alert" not in page.text
        assert "a" not in browser.cookies
    for changes in (
        {"scope": evil},
        {"prompt": evil},
        {"max_age": evil},
        {"response_type": evil},
        {"response_mode": evil},
    ):
        page = await browser.request("GET", authorize_url(**changes).url)
        # RFC 6749 4.1.2.1: %x20-21 / %x23-5B / %x5D-7E
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", page.query["error_description"])
        assert "script" not in page.query["error_description"]


async def test_c134_a_sign_in_that_another_browser_began_ends_nowhere_else(house: House) -> None:
    """The attacker signs in and sends his victim the last address: it opens nothing there."""
    attacker = house.browser()
    page = await attacker.get(authorize_url().url)
    page = await attacker.choose(page, "group", str(house.groups["Groep 6"]))
    page = await attacker.choose(page, "child", str(house.people["Noor"]))
    form = page.form("pin")
    page = await attacker.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    resume = page.location or ""
    assert resume.startswith(f"{BASE}/oidc/authorize/")
    victim = (await staff_arrives(house)).browser
    for browser in (house.browser(), victim):
        page = await browser.request("GET", resume)
        assert (page.status, page.location) == (403, None)
    page = await attacker.request("GET", resume)
    assert "code" in page.query
    page = await attacker.request("GET", resume)
    assert (page.status, page.location) == (410, None)


async def test_c135_the_session_changes_with_every_proof_and_the_old_one_is_dead(house: House) -> None:
    first = await arrives(house)
    old = first.browser.cookies["__Host-session"]
    page: Page = await first.browser.get(authorize_url(prompt="login").url)
    page = await first.browser.choose(page, "who", "same")
    page = await first.browser.choose(page, "pin", "4711")
    assert "code" in page.query
    assert first.browser.cookies["__Host-session"] != old
    thief = house.browser()
    thief.cookies["__Host-session"] = old
    page = await thief.request("GET", authorize_url(prompt="none").url)
    assert page.query["error"] == "login_required"

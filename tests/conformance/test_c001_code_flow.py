"""C-001 to C-008, C-014 to C-016, C-022, C-024 to C-031, C-038: the code flow of the Basic OP plan."""

from urllib.parse import parse_qs, urlsplit

from idp.credentials import passwords
from tests.conformance.relying_party import (
    arrives,
    claims_at_userinfo,
    keys_of,
    redeems,
    register,
    staff_arrives,
    tokens_of,
    unb64,
    unverified,
    userinfo,
    verified,
)
from tests.house import BASE, CALLBACK, ELSEWHERE, PASSWORD, House, authorize_url, signed_in
from tests.journeys.stories import at_our_door

ID_TOKEN_CLAIMS = {"iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "at_hash", "jti", "nonce", "sid"}


async def test_c001_the_whole_flow_stands_before_independent_judges(house: House) -> None:
    """State and iss come back as they were, the token answer is as RFC 6749 wants it, the ID token holds only what was asked."""
    arrival = await arrives(house)
    assert parse_qs(urlsplit(arrival.page.location or "").query) == {
        "code": [arrival.code],
        "state": ["toestand-1"],
        "iss": [BASE],
    }
    response = await redeems(house, arrival)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    assert "refresh_token" not in tokens
    claims = await verified(house, arrival.browser, tokens)
    assert set(claims) == ID_TOKEN_CLAIMS
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert claims["auth_time"] == claims["iat"] == int(house.clock.now.timestamp())
    assert claims["acr"] == "urn:poortwachter:acr:leerlinggeheim"
    assert claims["amr"] == ["pin"]


async def test_c001_codes_and_tokens_cannot_be_guessed_and_are_never_the_same(house: House) -> None:
    browser = house.browser()
    seen = set()
    for _ in range(8):
        arrival = await arrives(house, browser)
        tokens = await tokens_of(house, arrival)
        seen |= {arrival.code, tokens["access_token"]}
        # Sealed under a key of 256 bits around an id of 128 random ones: nothing to guess.
        assert min(len(unb64(arrival.code)), len(unb64(tokens["access_token"]))) >= 128
    assert len(seen) == 16


async def test_c001_the_published_keys_are_public_distinct_and_named(house: House) -> None:
    keys = await keys_of(house.browser())
    assert len({key["kid"] for key in keys}) == len(keys) == 3
    for key in keys:
        assert key["use"] == "sig"
        # RFC 7518, 6.2.2 and 6.3.2: every member that would tell a private key.
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


async def test_c002_without_response_type_the_client_hears_it(house: House) -> None:
    for kind in (None, ""):
        page = await house.browser().request("GET", authorize_url(response_type=kind).url)
        assert (page.location or "").startswith(CALLBACK + "?")
        assert page.query["error"] in {"invalid_request", "unsupported_response_type"}
        assert page.query["iss"] == BASE


OTHER_FLOWS = (
    "token",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
    "none",
    "CODE",
    "code code",
)


async def test_c002_c095_c096_only_the_code_flow_exists(house: House) -> None:
    browser = (await arrives(house)).browser
    for kind in OTHER_FLOWS:
        page = await browser.request("GET", authorize_url(response_type=kind).url)
        assert set(page.query) == {"error", "error_description", "state", "iss"}, kind
        assert page.query["error"] == "unsupported_response_type"
        assert "#" not in (page.location or "")


async def test_c003_c041_rs256_unless_the_client_registered_another(house: House) -> None:
    browser = house.browser()
    party = house.party_id
    for alg in ("ES256", "PS256"):
        await register(house, alg, party_id=party, id_token_signed_response_alg=alg)
    for client_id, alg in (("rekenrijk", "RS256"), ("ES256", "ES256"), ("PS256", "PS256")):
        arrival = await arrives(house, browser, client_id=client_id)
        tokens = await tokens_of(house, arrival, client_id=client_id)
        header, _ = unverified(tokens["id_token"])
        kid = next(key["kid"] for key in await keys_of(browser) if key["alg"] == alg)
        assert header == {"alg": alg, "kid": kid, "typ": "JWT"}
        await verified(house, browser, tokens, client_id=client_id, alg=alg)
        page = await browser.request(
            "GET", authorize_url(client_id=client_id, prompt="none", id_token_hint=tokens["id_token"]).url
        )
        assert "code" in page.query
    # XML signatures know no PSS that everybody reads: that key is not in the SAML metadata.
    (pss,) = (
        signer for signer in (await house.resources.keys.latest(now=house.clock.now)).signers if signer.alg == "PS256"
    )
    assert pss.certificate not in (await browser.client.get("/saml/metadata")).text


async def test_c005_c006_c007_userinfo_by_get_by_post_with_header_and_with_body(house: House) -> None:
    arrival = await arrives(house)
    tokens = await tokens_of(house, arrival)
    client, token = arrival.browser.client, tokens["access_token"]
    by_get = await client.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
    by_header = await client.post("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
    by_body = await client.post("/oidc/userinfo", data={"access_token": token})
    assert by_get.json() == by_header.json() == by_body.json()
    assert by_get.json()["sub"] == (await verified(house, arrival.browser, tokens))["sub"]
    assert by_get.headers["content-type"] == "application/json"
    assert by_get.headers["cache-control"] == "no-store"


async def test_c008_without_a_nonce_none_comes_back(house: House) -> None:
    arrival = await arrives(house, nonce=None)
    await verified(house, arrival.browser, await tokens_of(house, arrival), nonce=None)


ASKED = {
    "openid": set(),
    "openid profile": {"given_name", "surname_prefix", "family_name", "name"},
    "openid email": set(),
    "openid address phone": set(),
    "openid eckid": {"eckid"},
}


async def test_c009_to_c013_scopes_ask_and_what_is_absent_is_left_out(house: House) -> None:
    """A pupil has no e-mail address: the scope yields nothing and succeeds all the same."""
    browser = house.browser()
    for scope, claims in ASKED.items():
        tokens = await tokens_of(house, await arrives(house, browser, scope=scope))
        told = await claims_at_userinfo(browser, tokens["access_token"])
        assert set(told) == {"sub"} | claims, scope
        assert all(told.values())


async def test_c010_staff_have_an_address(house: House) -> None:
    arrival = await staff_arrives(house, scope="openid profile email roles eckid")
    tokens = await tokens_of(house, arrival)
    told = await claims_at_userinfo(arrival.browser, tokens["access_token"])
    assert told["email"] == "juf@regenboog.example"
    assert told["roles"] == ["teacher"]
    # No surname prefix and no ECK-iD: not there, rather than empty.
    assert {"surname_prefix", "eckid"}.isdisjoint(told)
    assert all(told.values())


async def test_c014_the_order_of_scopes_and_parameters_does_not_matter(house: House) -> None:
    asked = authorize_url(scope="eckid roles openid")
    path, _, query = asked.url.partition("?")
    turned = f"{path}?{'&'.join(reversed(query.split('&')))}"
    browser = (await arrives(house)).browser
    page = await browser.request("GET", turned)
    assert "code" in page.query
    assert page.query["state"] == "toestand-1"


HARMLESS: tuple[dict[str, str | None], ...] = (
    {"display": "page"},
    {"display": "popup"},
    {"extra": "foobar"},
    {"login_hint": "noor@example.com"},
    {"login_hint": "x" * 5000},
    {"ui_locales": "nl"},
    {"ui_locales": "xx-Zzzz en"},
    {"claims_locales": "nl"},
    {"acr_values": "urn:poortwachter:acr:leerlinggeheim"},
    {"acr_values": "urn:does:not:exist"},
    {"claims": '{"userinfo":{"name":{"essential":true}}}'},
    {"audience": "https://elders.example"},
    {"prompt": "consent"},
)


async def test_c015_c016_c022_c024_to_c027_what_we_do_not_know_or_need_is_no_error(house: House) -> None:
    browser = house.browser()
    for changes in HARMLESS:
        arrival = await arrives(house, browser, **changes)
        assert "code" in arrival.page.query, changes
        assert (await redeems(house, arrival)).status_code == 200


async def test_c025_ui_locales_choose_the_language_and_unknown_ones_fall_back(house: House) -> None:
    """A wish stands before the browser's language and behind what the person chose; it holds for every page of this sign-in and no other."""
    for locales, language, shown in (
        ("xx", "nl", "nl"),
        ("fr en-GB nl", "nl", "en"),
        ("nl", "en", "nl"),
        ("", "en", "en"),
    ):
        browser = house.browser(language=language)
        page = await browser.get(authorize_url(ui_locales=locales).url)
        assert f'<html lang="{shown}"' in page.text, locales
        page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
        assert f'<html lang="{shown}"' in page.text, locales
        assert f'<html lang="{language}"' in (await browser.get("/help")).text
    browser = house.browser(language="nl")
    browser.cookies["__Host-lang"] = ("nl", "Lax")
    assert '<html lang="nl"' in (await browser.get(authorize_url(ui_locales="en").url)).text


async def test_c024_login_hint_is_typed_already_and_forgotten_on_request(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    page = await browser.get(authorize_url(login_hint='juf@regenboog.example"><b>').url)
    page = await browser.choose(page, "way", "staff")
    assert 'value="juf@regenboog.example&#34;&gt;&lt;b&gt;"' in page.text
    form = page.form("password")
    page = await browser.post(form.action, {**form.hidden, "forget_name": "1"})
    assert "juf@regenboog.example" not in page.text


async def test_c027_acr_is_the_first_of_those_asked_that_was_reached(house: House) -> None:
    password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    unspecified, mfa = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified", "https://refeds.org/profile/mfa"
    browser = await signed_in(house, "juf")
    for wished, told in (
        (f"urn:does:not:exist {mfa} {password}", password),  # what was not reached is never told
        (unspecified, unspecified),
        (mfa, password),
        (None, password),
    ):
        arrival = await arrives(house, browser, acr_values=wished)
        claims = await verified(house, browser, await tokens_of(house, arrival))
        assert claims["acr"] == told, wished


async def test_c310_a_short_password_that_stands_alone_is_told_by_a_lower_acr(house: House) -> None:
    """D1: 15 characters make the difference; nobody is refused for it."""
    told = []
    for password in (PASSWORD, "Fiets-bel-12"):
        phc = await house.resources.hasher.hash(password)
        async with house.floor.database.begin() as db:
            await passwords.set_password(db, house.people["juf"], phc, now=house.clock.now)
        browser = house.browser()
        page = await browser.choose(await at_our_door(browser), "email", "juf@regenboog.example", password=password)
        assert page.heading == "Dag Juf"
        claims = await verified(house, browser, await tokens_of(house, await arrives(house, browser)))
        told.append((claims["acr"], claims["amr"]))
    lower = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    assert told == [("urn:poortwachter:acr:wachtzin", ["pwd"]), (lower, ["pwd"])]


async def test_c028_c094_a_code_is_good_once(house: House) -> None:
    """At once, and a second later."""
    arrival = await arrives(house)
    await tokens_of(house, arrival)
    for seconds in (0, 1):
        house.clock.move(seconds=seconds)
        again = await redeems(house, arrival)
        assert again.status_code == 400
        assert again.headers["content-type"] == "application/json"
        assert again.headers["cache-control"] == "no-store"
        assert again.json()["error"] == "invalid_grant"


async def test_c029_a_code_that_comes_back_ends_what_it_brought(house: House) -> None:
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    assert (await userinfo(arrival.browser, token)).status_code == 200
    house.clock.move(seconds=30)
    assert (await redeems(house, arrival)).json()["error"] == "invalid_grant"
    assert (await userinfo(arrival.browser, token)).status_code == 401


async def test_c029_another_client_cannot_end_it(house: House) -> None:
    """Whoever found a used code does not switch off the token of the client that it belonged to."""
    await register(house, "nieuwsgierig")
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    assert (await redeems(house, arrival, client_id="nieuwsgierig")).json()["error"] == "invalid_grant"
    assert (await userinfo(arrival.browser, token)).status_code == 200


async def test_c030_an_unregistered_redirect_uri_is_a_page_and_never_a_redirect(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(redirect_uri="https://rekenrijk.example/anders").url)
    assert page.status == 400
    assert page.location is None
    assert "rekenrijk.example/anders" not in page.text


async def test_c031_the_authorization_endpoint_takes_a_post(house: House) -> None:
    browser = (await arrives(house)).browser
    asked = authorize_url()
    form = {name: values[0] for name, values in parse_qs(urlsplit(asked.url).query).items()}
    page = await browser.request("POST", "/oidc/authorize", data=form)
    assert page.status == 303  # C-121: never a redirect that repeats the post
    assert "code" in page.query


async def test_c031_a_cross_site_post_finds_the_session_after_one_redirect_to_ourselves(house: House) -> None:
    """The Lax cookie stays behind at a cross-site POST (D25)."""
    browser = (await arrives(house)).browser
    form = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url().url).query).items()}
    page = await browser.request("POST", "/oidc/authorize", data=form, cross_site=True)
    assert page.status == 303
    assert (page.location or "").startswith(f"{BASE}/oidc/authorize/")
    assert "state" not in page.query
    page = await browser.request("GET", page.location or "")
    assert "code" in page.query
    assert page.query["state"] == "toestand-1"


async def test_c033_c034_c036_c056_c057_request_objects_are_refused_never_ignored(house: House) -> None:
    browser = (await arrives(house)).browser
    for name, given in (
        ("request", "eyJhbGciOiJub25lIn0.e30."),
        ("request_uri", "https://rekenrijk.example/request.jwt"),
        ("request_uri", "http://127.0.0.1:9/request.jwt#x"),
        ("registration", "{}"),
    ):
        page = await browser.request("GET", authorize_url(**{name: given}).url)
        assert page.query["error"] == f"{name}_not_supported"
        assert "code" not in page.query


async def test_c038_pkce_holds_code_and_verifier_together(house: House) -> None:
    arrival = await arrives(house)
    assert (await redeems(house, arrival, code_verifier="a" * 43)).json()["error"] == "invalid_grant"
    # The try cost the code: of a code and a wrong verifier one is stolen.
    assert (await redeems(house, arrival)).json()["error"] == "invalid_grant"


async def test_c029_c038_a_wrong_verifier_after_the_right_one_ends_what_the_code_brought(house: House) -> None:
    """A thief who comes late with the code alone: nobody can tell which of the two was the thief."""
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    assert (await redeems(house, arrival, code_verifier="a" * 43)).json()["error"] == "invalid_grant"
    assert (await userinfo(arrival.browser, token)).status_code == 401

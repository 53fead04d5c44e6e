"""C-087 to C-102, as far as they hold without the optional FAPI profile: PKCE, nonce, state, lifetimes, cancelling, schemes."""

import hashlib

import pytest

from tests.browser import forms_of
from tests.conformance.relying_party import (
    arrives,
    b64,
    basic,
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
from tests.house import BASE, CALLBACK, ELSEWHERE, House, authorize_url

WRONG_CHALLENGES: tuple[dict[str, str | None], ...] = (
    {"code_challenge": None, "code_challenge_method": None},  # C-088
    {"code_challenge": None},
    {"code_challenge_method": "plain"},  # C-089
    {"code_challenge_method": None},  # RFC 7636 4.3: left out means plain
    {"code_challenge_method": "s256"},
    {"code_challenge": "short"},
    {"code_challenge": "a" * 44},
    {"code_challenge": "é" * 43},
    {"code_challenge": "a" * 42 + "="},
)


async def test_c088_c089_without_a_good_challenge_there_is_no_code(house: House) -> None:
    browser = (await arrives(house)).browser
    for changes in WRONG_CHALLENGES:
        page = await browser.request("GET", authorize_url(**changes).url)
        assert page.query["error"] == "invalid_request", changes
        assert "code" not in page.query


async def test_c090_c091_without_the_right_verifier_there_is_no_token(house: House) -> None:
    browser = house.browser()
    for verifier in (None, "", "a" * 43, "a" * 42, "a" * 129, "é" * 43):
        arrival = await arrives(house, browser)
        response = await redeems(house, arrival, code_verifier=verifier)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), verifier


async def test_c091_a_verifier_that_is_too_short_or_strange_fits_no_challenge_of_its_own(house: House) -> None:
    """RFC 7636 4.1: 43 to 128 characters, or it could be guessed."""
    browser = house.browser()
    for verifier, status in (
        ("a" * 42, 400),
        ("a" * 129, 400),
        ("a" * 42 + "+", 400),
        ("a" * 43, 200),
        ("~" * 128, 200),
    ):
        arrival = await arrives(house, browser, code_challenge=b64(hashlib.sha256(verifier.encode()).digest()))
        assert (await redeems(house, arrival, code_verifier=verifier)).status_code == status, verifier


async def test_c092_a_code_belongs_to_its_client(house: House) -> None:
    await register(house, "lettergreep")
    arrival = await arrives(house)
    response = await redeems(house, arrival, client_id="lettergreep")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert "access_token" not in response.json()


async def test_c092_a_code_belongs_to_its_redirect_uri(house: House) -> None:
    """RFC 6749 4.1.3: the same string again; another one of the client's own is not enough."""
    other = "https://rekenrijk.example/tweede"
    await register(house, "tweemond", redirect_uris=[CALLBACK, other])
    for wrong in (other, None, "", CALLBACK + "/"):
        arrival = await arrives(house, client_id="tweemond")
        response = await redeems(house, arrival, client_id="tweemond", redirect_uri=wrong)
        assert response.json()["error"] == "invalid_grant", wrong


async def test_c093_a_code_lives_sixty_seconds(house: House) -> None:
    browser = house.browser()
    for seconds, status in ((60, 200), (61, 400)):
        arrival = await arrives(house, browser)
        house.clock.move(seconds=seconds)
        assert (await redeems(house, arrival)).status_code == status


async def test_c093_a_code_of_tomorrow_is_no_code(house: House) -> None:
    """A node whose clock runs a moment ahead is believed, one that is far off is not (C-325)."""
    browser = house.browser()
    house.clock.move(minutes=5)
    for seconds, status in ((60, 200), (61, 400)):
        arrival = await arrives(house, browser)
        house.clock.move(seconds=-seconds)
        assert (await redeems(house, arrival)).status_code == status
        house.clock.move(seconds=seconds)


async def test_c097_a_nonce_is_kept_or_refused_never_cut(house: House) -> None:
    browser = house.browser()
    for nonce in ("n" * 64, "n" * 384, "n" * 512, "ünïcode ☂ nonce", "😀" * 512, '"' * 512, "\x01" * 512):
        arrival = await arrives(house, browser, nonce=nonce)
        claims = await verified(house, browser, await tokens_of(house, arrival), nonce=nonce)
        assert claims["nonce"] == nonce
    page = await browser.request("GET", authorize_url(nonce="n" * 513).url)
    assert page.query["error"] == "invalid_request"
    assert page.query["state"] == "toestand-1"


async def test_c098_a_state_is_kept_or_refused_cleanly_never_cut(house: House) -> None:
    browser = (await arrives(house)).browser
    for length in (128, 1000, 4096):
        page = await browser.request("GET", authorize_url(state="s" * length).url)
        assert page.query["state"] == "s" * length
    page = await browser.request("GET", authorize_url(state="s" * 4097).url)
    assert (page.status, page.location) == (400, None)


async def test_c098_a_long_state_survives_the_whole_sign_in(house: House) -> None:
    state = "lang en breed " * 200
    arrival = await arrives(house, state=state)
    assert arrival.page.query["state"] == state


async def test_c099_without_a_state_none_comes_back(house: House) -> None:
    arrival = await arrives(house, state=None)
    assert set(arrival.page.query) == {"code", "iss"}
    assert "state" not in (arrival.page.location or "")
    page = await arrival.browser.request("GET", authorize_url(state=None, response_type="token").url)
    assert set(page.query) == {"error", "error_description", "iss"}


async def test_c101_who_gives_up_is_access_denied_at_the_client(house: House) -> None:
    """The school withdrew its yes: the person reads why, presses back, and the client hears no more than that."""
    await withdraw(house)
    arrival = await arrives(house)
    assert (arrival.page.status, arrival.page.location) == (200, None)
    form = forms_of(arrival.page.text)[0]
    page = await arrival.browser.post(form.action, form.hidden)
    assert (page.location or "").startswith(CALLBACK + "?")
    assert page.query["error"] == "access_denied"
    assert page.query["state"] == "toestand-1"
    assert page.query["iss"] == BASE
    assert "school" not in page.query["error_description"]


@pytest.mark.parametrize("mode", ["query", "form_post"])
async def test_c101_who_presses_back_before_anything_is_proven_is_access_denied(house: House, mode: str) -> None:
    """From the doors and from the password; nobody is signed in, and nobody comes back into it."""
    for door in (None, "staff"):
        browser = house.browser(ELSEWHERE)
        page = await browser.get(authorize_url(response_mode=mode).url)
        page = page if door is None else await browser.choose(page, "way", door)
        page = await browser.choose(page, "back", "party")
        told = page.query if mode == "query" else forms_of(page.text)[0].hidden
        assert (told["error"], told["state"], told["iss"]) == ("access_denied", "toestand-1", BASE)
        assert "__Host-session" not in browser.cookies
        assert "code" not in told
    # At our own door nobody asked, so that there is nobody to go back to.
    browser = house.browser(ELSEWHERE)
    page = await browser.choose(await browser.get("/"), "way", "staff")
    assert 'value="party"' not in page.text


async def test_c102_the_bearer_scheme_is_case_insensitive(house: House) -> None:
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        response = await arrival.browser.client.get("/oidc/userinfo", headers={"Authorization": f"{scheme} {token}"})
        assert response.status_code == 200
    response = await arrival.browser.client.get("/oidc/userinfo", headers={"Authorization": f"Basic {token}"})
    assert response.status_code == 401


async def test_c102_the_basic_scheme_is_case_insensitive_too(house: House) -> None:
    arrival = await arrives(house)
    header = basic("rekenrijk", house.client_secret)["Authorization"].replace("Basic", "basic")
    response = await post_token(arrival.browser, token_form(arrival), headers={"Authorization": header})
    assert response.status_code == 200


async def test_c119_an_access_token_lives_ten_minutes(house: House) -> None:
    arrival = await staff_arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    house.clock.move(seconds=600)
    assert (await userinfo(arrival.browser, token)).status_code == 200
    house.clock.move(seconds=1)
    assert (await userinfo(arrival.browser, token)).status_code == 401

"""C-126 to C-131, C-134 and C-135: what a token opens, for whom, and for how long the school allows it."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import make_url

from idp.main import create_app
from metadata.oidc.clients import MetadataRefused
from tests.browser import Page
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    change_client,
    change_metadata,
    claims_at_userinfo,
    disable_party,
    exclude,
    keys_of,
    redeems,
    register,
    staff_arrives,
    tokens_of,
    userinfo,
    verified,
    withdraw,
)
from tests.house import AT_SCHOOL, BASE, House, authorize_url, beside


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


async def test_c042_c126_signed_userinfo_is_for_its_client_and_no_id_token(house: House) -> None:
    browser = house.browser()
    for alg in ("RS256", "ES256", "PS256"):
        await change_metadata(house, userinfo_signed_response_alg=alg)
        tokens = await tokens_of(house, await arrives(house, browser))
        response = await userinfo(browser, tokens["access_token"])
        assert response.headers["content-type"] == "application/jwt"
        read = jwt.decode(
            response.text,
            KeySet.import_key_set({"keys": [dict(key) for key in await keys_of(browser)]}),
            algorithms=[alg],
        )
        assert (read.claims["iss"], read.claims["aud"]) == (BASE, "rekenrijk")
        assert read.claims["sub"] == (await verified(house, browser, tokens))["sub"]
        assert read.claims["given_name"] == "Noor"
        page = await browser.request("GET", authorize_url(prompt="none", id_token_hint=response.text).url)
        assert page.query["error"] == "invalid_request"
    with pytest.raises(MetadataRefused):
        await register(house, "slordig", userinfo_signed_response_alg="none")


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


async def test_c130_after_a_restore_a_child_is_who_it_was(house: House, tmp_path: Path) -> None:
    """The database by `.backup`, as operations.md says, under the same key and without the store."""
    here = house.floor.settings
    if not here.database_url.startswith("sqlite"):
        pytest.skip("a copy of a running database is a file on SQLite only")
    subjects, copy = [], tmp_path / "copy.sqlite"
    at = make_url(here.database_url).database or ""
    with contextlib.closing(sqlite3.connect(at)) as running, contextlib.closing(sqlite3.connect(copy)) as kept:
        running.backup(kept)
    moved = here.model_copy(update={"database_url": f"sqlite+aiosqlite:///{copy}"})
    other = create_app(moved, clock=house.clock, seconds=house.clock.seconds)
    async with other.router.lifespan_context(other):
        elsewhere = beside(house, other)
        for one in (house, elsewhere):
            arrival = await arrives(one)
            subjects.append((await verified(one, arrival.browser, await tokens_of(one, arrival)))["sub"])
        await elsewhere.close()
    assert subjects[0] == subjects[1]


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


async def test_c134_a_sign_in_that_another_browser_began_ends_nowhere_else(house: House) -> None:
    """The attacker signs in and sends his victim the last address: it opens nothing there."""
    attacker = house.browser()
    page = await attacker.get(authorize_url(response_mode="form_post").url)
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
    assert 'name="code"' in page.text
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

"""C-060 to C-070: RP-initiated logout. It never redirects to an address that is not registered, and never without our own signature."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from directory.models import SubjectAlias
from tests.attacks.forged_tokens import FORGERIES, Forger
from tests.browser import Browser, Page
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    change_client,
    change_metadata,
    disable_party,
    register,
    tokens_of,
    userinfo,
)
from tests.house import BASE, House, authorize_url, pupil_signs_in

AFTER = "https://rekenrijk.example/klaar"


def logout_url(**parameters: str) -> str:
    return f"/oidc/logout?{urlencode(parameters)}" if parameters else "/oidc/logout"


async def signed_in(browser: Browser, client_id: str = "rekenrijk") -> bool:
    page = await browser.request("GET", authorize_url(client_id=client_id, prompt="none").url)
    assert ("code" in page.query) != (page.query.get("error") == "login_required")
    return "code" in page.query


async def child_with_token(house: House) -> tuple[Browser, str]:
    arrival = await arrives(house)
    return arrival.browser, (await tokens_of(house, arrival))["id_token"]


async def confirms(browser: Browser, page: Page) -> Page:
    """Presses yes on the page that asks."""
    assert page.status == 200
    return await browser.choose(page, "answer", "yes")


async def test_c061_goes_to_the_registered_address_with_state_and_ends_the_session(house: House) -> None:
    browser, token = await child_with_token(house)
    cookies = dict(browser.cookies)
    url = logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER, state="tot-ziens")
    page = await browser.request("GET", url)
    assert page.status == 303
    assert page.location == f"{AFTER}?state=tot-ziens"
    assert not await signed_in(browser)
    browser.cookies = cookies  # C-320: what was kept of the session opens nothing
    assert not await signed_in(browser)


async def test_c320_the_back_button_shows_nothing_of_who_was_here(house: House) -> None:
    browser, token = await child_with_token(house)
    before = await browser.get("/account")
    assert before.status == 200
    assert before.response.headers["cache-control"] == "no-store"
    await browser.request("GET", logout_url(id_token_hint=token))
    after = await browser.request("GET", before.url)
    assert (after.status, after.location) == (303, f"{BASE}/")


async def test_c061_by_a_cross_site_post_too(house: House) -> None:
    browser, token = await child_with_token(house)
    form = {"id_token_hint": token, "post_logout_redirect_uri": AFTER, "state": "s", "junk": "x" * 5000}
    page = await browser.request("POST", "/oidc/logout", data=form, cross_site=True)
    assert page.status == 303
    assert (page.location or "").startswith(f"{BASE}/oidc/logout?")
    there = page.location or ""
    assert "junk" not in there
    assert token.split(".")[1] not in there, (
        "D40: what a client posted may hold an ECK-iD, and stands in no address of ours"
    )
    page = await browser.request("GET", there)
    assert page.location == f"{AFTER}?state=s"
    assert not await signed_in(browser)
    assert (await browser.request("GET", there)).status == 410, "kept for one time"


async def test_c061_c023_a_merger_or_a_seat_does_not_make_a_hint_somebody_elses(house: House) -> None:
    """D4, D19: the name that the party knows is the one that counts, whatever it is made of."""
    async with house.floor.database.begin() as db:
        known = {
            "person_id": house.people["Noor"],
            "party_id": house.party_id,
            "seed": b"a seed of before the merger: 32.",
        }
        await db.execute(insert(SubjectAlias).values(**known))
    browser, token = await child_with_token(house)
    page = await browser.request("GET", authorize_url(prompt="none", id_token_hint=token).url)
    assert "code" in page.query
    page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
    assert (page.location, await signed_in(browser)) == (AFTER, False)


async def test_c061_a_hint_that_lapsed_is_still_a_hint(house: House) -> None:
    browser, token = await child_with_token(house)
    house.clock.move(minutes=30)
    page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
    assert page.location == AFTER
    assert not await signed_in(browser)


STRANGE = (
    AFTER + "?meer=1",  # C-063
    AFTER + "/",
    AFTER + "#x",
    AFTER.replace("klaar", "anders"),
    AFTER.replace("https", "http"),
    AFTER.replace("rekenrijk", "REKENRIJK"),
    "https://boos.example/klaar",
    "//boos.example",
    "javascript:alert(1)",
    "/signout/done",
)


async def test_c062_c063_an_unregistered_address_is_never_followed(house: House) -> None:
    browser, token = await child_with_token(house)
    for address in STRANGE:
        page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=address))
        assert (page.status, page.location) == (400, None), address
        assert "boos.example" not in page.text
    assert await signed_in(browser)


async def test_c063_the_registered_query_stays_and_state_joins_it(house: House) -> None:
    await change_metadata(house, post_logout_redirect_uris=[AFTER + "?meer=1"])
    browser, token = await child_with_token(house)
    url = logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER + "?meer=1", state="a b&c")
    page = await browser.request("GET", url)
    assert page.location == f"{AFTER}?meer=1&state=a+b%26c"


async def test_c064_without_a_hint_the_person_confirms_and_stays_with_us(house: House) -> None:
    browser, _ = await child_with_token(house)
    for url in (
        logout_url(post_logout_redirect_uri=AFTER, state="s"),
        logout_url(post_logout_redirect_uri=AFTER, client_id="rekenrijk", state="s"),
    ):
        page = await browser.request("GET", url)
        assert page.location == f"{BASE}/signout"
    assert await signed_in(browser)
    page = await confirms(browser, await browser.get(url))
    assert (page.status, page.location) == (200, None)
    assert not await signed_in(browser)


async def test_c065_c066_a_hint_that_we_did_not_sign_changes_nothing(house: House) -> None:
    """A stranger's signature, alg none, HS256 with our public key, an embedded key, ... (C-127)."""
    browser, token = await child_with_token(house)
    forger = await Forger.at(browser, token)
    for kind in FORGERIES:
        url = logout_url(id_token_hint=forger.make(kind), post_logout_redirect_uri=AFTER)
        page = await browser.request("GET", url)
        assert (page.status, page.location) == (400, None), kind
    assert await signed_in(browser)


@pytest.mark.parametrize("parameters", [{}, {"state": "tot-ziens"}, {"ui_locales": "nl"}])  # C-067, C-069
async def test_c067_c069_without_a_hint_the_person_is_asked_and_then_signed_out(
    house: House, parameters: dict[str, str]
) -> None:
    browser, _ = await child_with_token(house)
    page = await confirms(browser, await browser.get(logout_url(**parameters)))
    assert (page.status, page.location) == (200, None)
    assert "tot-ziens" not in page.text
    assert not await signed_in(browser)


async def test_c068_with_a_hint_and_no_address_the_person_is_signed_out_and_told_so(house: House) -> None:
    browser, token = await child_with_token(house)
    page = await browser.get(logout_url(id_token_hint=token))
    assert (page.status, page.location) == (200, None)
    assert not await signed_in(browser)


async def test_c064_with_nobody_signed_in_no_address_is_followed_either(house: House) -> None:
    """Else the endpoint would send anybody anywhere (C-304)."""
    for address in (AFTER, "https://boos.example/"):
        for parameters in ({}, {"client_id": "rekenrijk"}):
            page = await house.browser().request("GET", logout_url(post_logout_redirect_uri=address, **parameters))
            assert page.location == f"{BASE}/signout/done"


async def test_c061_with_nobody_signed_in_a_hint_leads_back(house: House) -> None:
    """Signed out already, in another tab: the publisher's own address is as good as before."""
    _, token = await child_with_token(house)
    url = logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER, state="s")
    page = await house.browser().request("GET", url)
    assert page.location == f"{AFTER}?state=s"


async def test_c070_without_state_none_comes_back(house: House) -> None:
    browser, token = await child_with_token(house)
    page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
    assert page.location == AFTER


async def test_c061_a_hint_about_somebody_else_asks_first(house: House) -> None:
    """On a shared device the publisher may still hold the token of the child before (D23)."""
    _, finns = await finn(house)
    browser, _ = await child_with_token(house)
    page = await browser.request("GET", logout_url(id_token_hint=finns, post_logout_redirect_uri=AFTER))
    assert page.location == f"{BASE}/signout"
    assert await signed_in(browser)


async def finn(house: House) -> tuple[Browser, str]:
    browser, asked = house.browser(), authorize_url()
    page = await pupil_signs_in(browser, await browser.get(asked.url), house, "Finn", "Groep 6", "0042")
    return browser, (await tokens_of(house, Arrival(browser, page, asked)))["id_token"]


async def test_c061_another_clients_hint_does_not_open_this_clients_address(house: House) -> None:
    own = "https://lettergreep.example/klaar"
    await register(house, "lettergreep", post_logout_redirect_uris=[own])
    arrival = await arrives(house, client_id="lettergreep")
    token = (await tokens_of(house, arrival, client_id="lettergreep"))["id_token"]
    for address, parameters in ((AFTER, {}), (AFTER, {"client_id": "rekenrijk"}), (own, {"client_id": "rekenrijk"})):
        url = logout_url(id_token_hint=token, post_logout_redirect_uri=address, **parameters)
        page = await arrival.browser.request("GET", url)
        assert (page.status, page.location) == (400, None)
    assert await signed_in(arrival.browser, "lettergreep")


async def test_c061_an_address_that_was_taken_away_is_not_followed_any_more(house: House) -> None:
    """Read anew, not from what this process remembers (D10)."""
    browser, token = await child_with_token(house)
    await change_metadata(house, post_logout_redirect_uris=[])
    page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
    assert (page.status, page.location) == (400, None)


async def test_c129_c061_an_address_of_who_is_switched_off_is_not_followed(house: House) -> None:
    """Perhaps because it is in other hands by now."""
    browser, token = await child_with_token(house)
    await change_client(house, enabled=False)
    page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
    assert (page.status, page.location) == (400, None)
    await change_client(house, enabled=True)
    await disable_party(house)
    page = await browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
    assert (page.status, page.location) == (400, None)
    page = await browser.follow(await browser.request("GET", logout_url(id_token_hint=token)))
    assert page.status == 200, "and whoever asks for no address is signed out"


async def test_c112_a_parameter_twice_is_refused(house: House) -> None:
    browser, token = await child_with_token(house)
    url = logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER) + "&post_logout_redirect_uri=" + AFTER
    page = await browser.request("GET", url)
    assert (page.status, page.location) == (400, None)
    assert await signed_in(browser)


async def test_c133_the_confirmation_needs_our_own_form(house: House) -> None:
    browser, _ = await child_with_token(house)
    for data in ({"answer": "yes"}, {"answer": "yes", "ticket": "0" * 32}):
        page = await browser.request("POST", "/signout", data=data)
        assert page.status == 403
    assert await signed_in(browser)


async def test_c061_what_had_been_fetched_stays_fetched_but_lapses(house: House) -> None:
    """Logout ends the session; an access token of it lives at most its ten minutes (RFC 6749 has no tie between them)."""
    arrival = await arrives(house)
    tokens = await tokens_of(house, arrival)
    await arrival.browser.request("GET", logout_url(id_token_hint=tokens["id_token"]))
    assert tokens["expires_in"] == 600
    assert (await userinfo(arrival.browser, tokens["access_token"])).status_code == 200

"""C-017 to C-021 and C-023: when to ask again, when not, and about whom."""

import json

from tests.attacks.forged_tokens import FORGERIES, Forger
from tests.browser import Browser
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    register,
    tokens_of,
    unverified,
    verified,
)
from tests.house import BASE, CALLBACK, ELSEWHERE, House, authorize_url, pupil_signs_in


async def claims(house: House, arrival: Arrival, client_id: str = "rekenrijk") -> dict[str, object]:
    tokens = await tokens_of(house, arrival, client_id=client_id)
    return await verified(house, arrival.browser, tokens, client_id=client_id)


async def asks_again(house: House, browser: Browser, **changes: str | None) -> Arrival:
    """The question that a signed-in child gets: is it still you? Then the PIN."""
    asked = authorize_url(**changes)
    page = await browser.get(asked.url)
    assert page.status == 200
    page = await browser.choose(page, "who", "same")
    return Arrival(browser, await browser.choose(page, "pin", "4711"), asked)


async def test_c017_prompt_login_asks_again_and_tells_so(house: House) -> None:
    first = await arrives(house)
    before = await claims(house, first)
    house.clock.move(seconds=5)
    after = await claims(house, await asks_again(house, first.browser, prompt="login"))
    assert after["sub"] == before["sub"]
    assert after["auth_time"] == int(house.clock.now.timestamp())
    assert after["auth_time"] != before["auth_time"]


async def test_c017_a_fresh_proof_is_not_owed_twice(house: House) -> None:
    """After the answer to `prompt=login` an ordinary question passes again, with the new auth_time."""
    first = await arrives(house)
    house.clock.move(seconds=5)
    again = await claims(house, await asks_again(house, first.browser, prompt="login"))
    house.clock.move(seconds=5)
    assert (await claims(house, await arrives(house, first.browser)))["auth_time"] == again["auth_time"]


async def test_c018_prompt_none_with_nobody_signed_in_is_login_required_without_a_page(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(prompt="none").url)
    assert page.status == 302
    assert (page.location or "").startswith(CALLBACK + "?")
    assert page.query["error"] == "login_required"
    assert page.query["state"] == "toestand-1"
    assert page.query["iss"] == BASE
    assert "code" not in page.query


async def test_c018_prompt_none_stands_alone(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(prompt="none login").url)
    assert page.query["error"] == "invalid_request"


async def test_c019_prompt_none_passes_who_is_signed_in(house: House) -> None:
    first = await arrives(house)
    before = await claims(house, first)
    house.clock.move(minutes=10)
    page = await first.browser.request("GET", (asked := authorize_url(prompt="none")).url)
    assert page.status == 302
    after = await claims(house, Arrival(first.browser, page, asked))
    assert (after["sub"], after["auth_time"]) == (before["sub"], before["auth_time"])


async def test_c020_max_age_1_asks_again_after_a_second(house: House) -> None:
    first = await arrives(house)
    before = await claims(house, first)
    house.clock.move(seconds=1)
    after = await claims(house, await asks_again(house, first.browser, max_age="1"))
    assert after["auth_time"] == int(house.clock.now.timestamp())
    assert after["auth_time"] != before["auth_time"]


async def test_c020_max_age_0_always_asks_and_asks_once(house: House) -> None:
    """OIDC Core 3.1.2.1: the same as `prompt=login`."""
    first = await arrives(house, max_age="0")
    assert "code" in first.page.query
    again = await asks_again(house, first.browser, max_age="0")
    assert "code" in again.page.query
    page = await first.browser.request("GET", authorize_url(max_age="0", prompt="none").url)
    assert page.query["error"] == "login_required"


async def test_c020_a_passive_question_with_max_age_cannot_ask(house: House) -> None:
    first = await arrives(house)
    house.clock.move(seconds=2)
    page = await first.browser.request("GET", authorize_url(max_age="1", prompt="none").url)
    assert page.query["error"] == "login_required"


async def test_c021_max_age_10000_asks_nothing(house: House) -> None:
    first = await arrives(house, max_age="15000")
    before = await claims(house, first)
    house.clock.move(seconds=3000)
    page = await first.browser.request("GET", (asked := authorize_url(max_age="10000")).url)
    assert page.status == 302
    after = await claims(house, Arrival(first.browser, page, asked))
    assert after["auth_time"] == before["auth_time"]


async def test_c020_max_age_is_a_number_of_seconds(house: House) -> None:
    for max_age in ("-1", "1.5", "ten", "1e3", "99999999999", "١٠"):
        page = await house.browser().request("GET", authorize_url(max_age=max_age).url)
        assert page.query["error"] == "invalid_request", max_age


async def test_c023_a_hint_about_who_is_signed_in_passes_silently(house: House) -> None:
    first = await arrives(house)
    tokens = await tokens_of(house, first)
    house.clock.move(minutes=20)  # long after the token lapsed
    for prompt in ("none", None):
        page = await first.browser.request("GET", authorize_url(prompt=prompt, id_token_hint=tokens["id_token"]).url)
        assert page.status == 302
        assert "code" in page.query


async def test_c023_a_hint_about_somebody_else_is_login_required(house: House) -> None:
    tokens = await tokens_of(house, await arrives(house))
    browser, asked = house.browser(), authorize_url()
    await pupil_signs_in(browser, await browser.get(asked.url), house, "Finn", "Groep 6", "0042")
    for prompt in ("none", None):
        page = await browser.get(authorize_url(prompt=prompt, id_token_hint=tokens["id_token"]).url)
        assert page.query["error"] == "login_required"
        assert "code" not in page.query


async def test_c023_c035_who_signs_in_by_the_request_is_the_person_that_it_names_or_nobody(house: House) -> None:
    """OIDC Core 3.1.2.1 and 5.5.1: also where nobody was signed in before, and another child takes the tile."""
    tokens = await tokens_of(house, await arrives(house))
    subject = unverified(tokens["id_token"])[1]["sub"]
    for named in (
        {"id_token_hint": tokens["id_token"]},
        {"claims": json.dumps({"id_token": {"sub": {"value": subject}}})},
    ):
        browser, asked = house.browser(), authorize_url(**named)
        page = await pupil_signs_in(browser, await browser.get(asked.url), house, "Finn", "Groep 6", "0042")
        assert (page.query["error"], "code" in page.query) == ("login_required", False)
        browser, asked = house.browser(), authorize_url(**named)
        page = await pupil_signs_in(browser, await browser.get(asked.url), house, "Noor", "Groep 6", "4711")
        assert "code" in page.query


async def test_c023_a_hint_that_another_client_got_names_nobody_here(house: House) -> None:
    """Its subject is another one: two clients cannot find out that they know the same child (C-130)."""
    await register(house, "lettergreep")
    first = await arrives(house, client_id="lettergreep")
    tokens = await tokens_of(house, first, client_id="lettergreep")
    page = await first.browser.get(authorize_url(prompt="none", id_token_hint=tokens["id_token"]).url)
    assert page.query["error"] == "login_required"


async def test_c023_c127_a_hint_that_is_no_token_of_ours_is_an_error_for_the_client(house: House) -> None:
    first = await arrives(house)
    forger = await Forger.at(first.browser, (await tokens_of(house, first))["id_token"])
    for kind in FORGERIES:
        page = await first.browser.request("GET", authorize_url(prompt="none", id_token_hint=forger.make(kind)).url)
        assert page.query["error"] == "invalid_request", kind
        assert "code" not in page.query
    page = await first.browser.request("GET", authorize_url(id_token_hint=forger.make("alg none")).url)
    assert page.query["error"] == "invalid_request"


async def test_c018_a_child_that_left_the_schools_network_is_nobody(house: House) -> None:
    """The session lives, but elsewhere it proves nothing (D23)."""
    first = await arrives(house)
    away = house.browser(ELSEWHERE)
    away.cookies = first.browser.cookies
    page = await away.request("GET", authorize_url(prompt="none").url)
    assert page.query["error"] == "login_required"
    page = await away.get(authorize_url().url)
    assert page.status == 200
    assert not page.offers("pin")
    page = await first.browser.request("GET", authorize_url(prompt="none").url)
    assert "code" in page.query

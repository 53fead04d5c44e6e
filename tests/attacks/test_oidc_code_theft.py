"""Somebody has a code that is not his, or wants one more token than he was given: at once, late, elsewhere, changed."""

import asyncio
import base64
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import func, select

from consent.models import Release
from idp.core.settings import Settings
from idp.http.anew import SHORTCUT
from idp.main import create_app
from tests.browser import Browser
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    basic,
    post_token,
    redeems,
    register,
    token_form,
    tokens_of,
    unb64,
    userinfo,
)
from tests.house import House, authorize_url, beside


async def records(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Release))).scalar_one()


async def test_of_many_redemptions_of_one_code_at_once_one_wins(house: House) -> None:
    """C-028, on both storages: one answer, one record; and the token is dead, because the code came back (C-029)."""
    browser = house.browser()
    for round_ in range(1, 4):
        arrival = await arrives(house, browser)
        answers = await asyncio.gather(*(redeems(house, arrival) for _ in range(8)))
        won = [answer for answer in answers if answer.status_code == 200]
        assert len(won) == 1
        assert {answer.json()["error"] for answer in answers if answer not in won} == {"invalid_grant"}
        assert await records(house) == round_
        assert (await userinfo(browser, won[0].json()["access_token"])).status_code == 401


async def test_two_processes_let_one_redemption_through(house: House, settings: Settings) -> None:
    other = create_app(settings, clock=house.clock, seconds=house.clock.seconds)
    async with other.router.lifespan_context(other):
        elsewhere = beside(house, other)
        browser, there = house.browser(), elsewhere.browser()
        for _ in range(3):
            arrival = await arrives(house, browser)
            same = Arrival(there, arrival.page, arrival.asked)
            answers = await asyncio.gather(*(redeems(house, each) for each in (arrival, same, arrival, same)))
            assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
        await elsewhere.close()


async def test_a_changed_code_or_token_is_nothing(house: House) -> None:
    """Every byte of it is authenticated; cutting, growing, and mixing two do not help."""
    browser = house.browser()
    arrival, other = await arrives(house, browser), await arrives(house, browser)
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    for genuine, use in ((arrival.code, _redeems(house, arrival)), (token, _asks(browser))):
        raw = unb64(genuine)
        for place in (0, 3, 4, 15, 16, 40, len(raw) - 17, len(raw) - 16, len(raw) - 1):
            changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            assert await use(_written(changed)) in {400, 401}
        half = len(genuine) // 2
        for text in (genuine[:-4], genuine + "AAAA", genuine[:half] + other.code[half:], genuine + "é"):
            assert await use(text) in {400, 401}
        for text in ("", "A", "=", "AAAA", "." * 400, "A" * 10_000, " " + genuine[1:]):
            assert await use(text) in {400, 401}
        assert await use(genuine) == 200


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


Use = Callable[[str], Awaitable[int]]


def _redeems(house: House, arrival: Arrival) -> Use:
    async def use(code: str) -> int:
        return (await redeems(house, arrival, code=code)).status_code

    return use


def _asks(browser: Browser) -> Use:
    async def use(token: str) -> int:
        header = {b"Authorization": f"Bearer {token}".encode()}
        return (await browser.client.get("/oidc/userinfo", headers=header)).status_code

    return use


async def test_a_code_shows_nothing_of_whom_it_is_about(house: House) -> None:
    """It passes through the browser, its history and the publisher's logs: two about one child have nothing in common."""
    browser = house.browser()
    first, second = unb64((await arrives(house, browser)).code), unb64((await arrives(house, browser)).code)
    assert first[:4] == second[:4]  # which key sealed it
    assert sum(a == b for a, b in zip(first[4:], second[4:], strict=False)) < len(first) // 8
    for secret in (b"rekenrijk", str(house.people["Noor"]).encode() + b",", b"Noor"):
        assert secret not in first


async def test_a_code_of_one_client_is_nothing_to_another_and_stays_good(house: House) -> None:
    """C-092: a thief with credentials of his own neither gets the code nor spends it; nor with the public client beside him."""
    await register(house, "nieuwsgierig")
    await register(house, "tablet", token_endpoint_auth_method="none")
    arrival = await arrives(house)
    for _ in range(3):
        assert (await redeems(house, arrival, client_id="nieuwsgierig")).json()["error"] == "invalid_grant"
    response = await post_token(arrival.browser, token_form(arrival, client_id="tablet"))
    assert response.json()["error"] == "invalid_grant"
    assert (await redeems(house, arrival)).status_code == 200


async def test_injected_into_a_session_of_the_thief_a_code_fails_at_his_verifier(house: House) -> None:
    """Code injection (RFC 9700 4.5): same client, same redirect URI, another browser's PKCE."""
    victim, thief = await arrives(house), await arrives(house)
    mixed = Arrival(thief.browser, victim.page, thief.asked)
    response = await redeems(house, mixed)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


async def test_who_holds_code_and_verifier_but_no_secret_gets_nothing_and_spends_nothing(house: House) -> None:
    arrival = await arrives(house)
    for headers in (None, basic("rekenrijk", "geraden"), basic("rekenrijk", "")):
        response = await post_token(arrival.browser, token_form(arrival), headers=headers)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert (await redeems(house, arrival)).status_code == 200


async def test_a_code_of_another_house_is_nothing_here(house: House) -> None:
    """Sealed under the keys of this installation: a form that looks the same opens nothing."""
    arrival = await arrives(house)
    response = await redeems(house, arrival, code=_written(bytes(4) + bytes(range(200))))
    assert response.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("way", ["signs_out", "makes_room"])
async def test_a_code_kept_back_until_after_the_logout_brings_nothing(house: House, way: str) -> None:
    """C-078: a party that redeems seconds after somebody left would hold a session of which no notice ever tells it. Its code is refused instead."""
    await register(house, "taalpaleis")
    redeemed = await arrives(house)
    browser = redeemed.browser
    hint = (await tokens_of(house, redeemed))["id_token"]
    asked = authorize_url(client_id="taalpaleis", prompt="none")
    kept_back = Arrival(browser, await browser.request("GET", asked.url), asked)
    assert "code" in kept_back.page.query
    before = await records(house)
    if way == "signs_out":
        assert (await browser.request("GET", f"/oidc/logout?id_token_hint={hint}")).status in (200, 303)
    else:
        await browser.get(f"{SHORTCUT}?INSTELLING_REF={house.school.instelling_ref}")
    house.clock.move(seconds=5)
    assert (await redeems(house, kept_back, client_id="taalpaleis")).json() == {
        "error": "invalid_grant",
        "error_description": "the code was used, or nothing may be released about this person any more",
    }
    assert await records(house) == before, "so every release of that session was in its notices"
    assert (await tokens_of(house, await arrives(house, house.browser())))["id_token"], (
        "a session of afterwards is another one"
    )

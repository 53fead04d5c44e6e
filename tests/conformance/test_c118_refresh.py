"""C-037, C-118 to C-120 and C-131: refresh tokens turn, end with what they stand on, and never ask for more."""

import asyncio
import json
import re
from typing import Any

import httpx2 as httpx
from sqlalchemy import Executable, delete, func, select, update

from consent import ticks
from consent.models import Exclusion, Release
from directory.models import Enrolment, Person
from idp.main import create_app
from protocols.attributes import catalogue
from tests.browser import Browser
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    basic,
    change_metadata,
    claims_at_userinfo,
    disable_party,
    exclude,
    post_token,
    redeems,
    register,
    staff_arrives,
    token_form,
    tokens_of,
    unverified,
    userinfo,
    verified,
    withdraw,
)
from tests.house import BASE, House, authorize_url, beside

GRANTS = ["authorization_code", "refresh_token"]


async def arrival_of(house: House, **changes: str | None) -> Arrival:
    """Noor at the seeded publisher, which may refresh."""
    await change_metadata(house, grant_types=GRANTS)
    return await arrives(house, **changes)


async def refresh(house: House, browser: Browser, token: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
    return await post_token(browser, form, headers=basic("rekenrijk", house.client_secret))


async def turned(house: House, browser: Browser, tokens: dict[str, Any], **changes: str) -> dict[str, Any]:
    """The answer to a refresh that must succeed."""
    response = await refresh(house, browser, tokens["refresh_token"], **changes)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def is_over(house: House, browser: Browser, token: str) -> None:
    response = await refresh(house, browser, token)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert token not in response.text


PLACES = ((Enrolment, Enrolment.person_id), (Person, Person.id))
EXCLUDES, WITHDRAWS = "excludes", "withdraws"


async def perform(house: House, change: Executable) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(change)


async def releases(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Release))).scalar_one()


async def test_c037_a_refreshed_id_token_is_about_the_same_sign_in(house: House) -> None:
    arrival = await arrival_of(house)
    browser, first = arrival.browser, await tokens_of(house, arrival)
    assert re.fullmatch(r"[A-Za-z0-9_-]{100,}", first["refresh_token"])
    before = await verified(house, browser, first)
    house.clock.move(minutes=20)
    assert (await userinfo(browser, first["access_token"])).status_code == 401
    second = await turned(house, browser, first)
    after = await verified(house, browser, second, nonce=None)
    assert {name: after[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "amr")} == {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "amr")
    }
    assert after["iat"] == before["iat"] + 1200
    assert (await claims_at_userinfo(browser, second["access_token"]))["given_name"] == "Noor"
    assert second["refresh_token"] != first["refresh_token"]


async def test_c037_only_who_registered_the_grant_gets_one_and_it_is_his_alone(house: House) -> None:
    browser = (await arrives(house)).browser
    assert "refresh_token" not in await tokens_of(house, await arrives(house, browser))
    arrival = await arrival_of(house)
    browser, tokens = arrival.browser, await tokens_of(house, arrival)
    await register(house, "lettergreep", grant_types=GRANTS)
    other = basic("lettergreep", "geheim-van-een-andere-partij-0123456789")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    response = await post_token(browser, form, headers=other)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    response = await post_token(browser, {"grant_type": "refresh_token"}, headers=other)
    assert response.json()["error"] == "invalid_request"
    # The stranger's try cost the owner nothing.
    tokens = await turned(house, browser, tokens)
    await change_metadata(house, grant_types=["authorization_code"])
    response = await refresh(house, browser, tokens["refresh_token"])
    assert response.json()["error"] in {"unauthorized_client", "invalid_grant"}


async def test_c118_every_use_is_recorded_and_turns_the_token(house: House) -> None:
    """D11: decided and recorded again at each refresh, in the statement that says whose turn it is."""
    arrival = await arrival_of(house)
    browser, tokens = arrival.browser, await tokens_of(house, arrival)
    seen, before = {tokens["refresh_token"]}, await releases(house)
    for _ in range(3):
        house.clock.move(minutes=5)
        tokens = await turned(house, browser, tokens)
        seen.add(tokens["refresh_token"])
    assert len(seen) == 4
    assert await releases(house) == before + 3


async def test_c118_two_at_once_get_the_same_successor_on_every_node(house: House) -> None:
    arrival = await arrival_of(house)
    browser, first = arrival.browser, await tokens_of(house, arrival)
    other = create_app(house.floor.settings, clock=house.clock, seconds=house.clock.seconds)
    async with other.router.lifespan_context(other):
        elsewhere = beside(house, other)
        asked = [refresh(house, browser, first["refresh_token"]) for _ in range(3)]
        if house.floor.settings.redis_url:
            asked.append(refresh(house, elsewhere.browser(), first["refresh_token"]))
        answers = await asyncio.gather(*asked)
        await elsewhere.close()
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len({answer.json()["access_token"] for answer in answers}) == len(answers)
    house.clock.move(seconds=9)
    again = await turned(house, browser, first)
    assert again["refresh_token"] == answers[0].json()["refresh_token"]
    await turned(house, browser, again)


async def test_c118_c131_the_grace_lets_nothing_leave_that_was_not_recorded(house: House) -> None:
    """D11: a client asks for little, and once more, within the grace, for all that the school allowed meanwhile."""
    at = house.school.id, house.party_id
    async with house.floor.database.begin() as db:
        await ticks.give(db, *at, {"subject", "given_name"}, now=house.clock.now, by="test")
    wish = json.dumps({"id_token": {"given_name": None, "family_name": None}})
    arrival = await arrival_of(house, claims=wish)
    browser, tokens = arrival.browser, await tokens_of(house, arrival)
    async with house.floor.database.begin() as db:
        await ticks.give(db, *at, catalogue.NAMES, now=house.clock.now, by="test")
    little = await turned(house, browser, tokens, scope="openid")
    once, before = unverified(little["id_token"])[1], await releases(house)
    assert once["family_name"] == "van Beek", "asked claim by claim, and recorded"
    much = await turned(house, browser, tokens)
    assert unverified(much["id_token"])[1].keys() == once.keys()
    assert await releases(house) == before
    told = await claims_at_userinfo(browser, much["access_token"])
    assert "eckid" in told
    assert await releases(house) == before + 1, "what is more has a record of its own"


async def test_c118_an_old_one_ends_the_whole_family(house: House) -> None:
    """Beyond the grace, or when its successor was used: two hold it, so nobody keeps anything (RFC 9700 4.14.2)."""
    for seconds, turns in ((11, 1), (1, 2)):
        arrival = await arrival_of(house)
        browser, first = arrival.browser, await tokens_of(house, arrival)
        last = first
        for _ in range(turns):
            last = await turned(house, browser, last)
        house.clock.move(seconds=seconds)
        await is_over(house, browser, first["refresh_token"])
        await is_over(house, browser, last["refresh_token"])
        for tokens in (first, last):
            assert (await userinfo(browser, tokens["access_token"])).status_code == 401
        # The sign-in itself goes on: the person is not the thief.
        assert "code" in (await browser.request("GET", authorize_url(prompt="none").url)).query


async def test_c118_a_public_clients_token_turns_too_and_an_old_one_ends_them_all(house: House) -> None:
    """RFC 9700 2.2.2: whoever holds the token is the client, so that turning is all that tells a thief."""
    await register(house, "app", token_endpoint_auth_method="none", grant_types=GRANTS)
    arrival = await arrives(house, client_id="app")
    form = token_form(arrival, client_id="app")
    first: str = (await post_token(arrival.browser, form)).json()["refresh_token"]

    async def turns(token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "app"}
        return await post_token(arrival.browser, form)

    second, at_once = [(await turns(first)).json()["refresh_token"] for _ in range(2)]
    assert first != second == at_once, "within the grace the same successor"
    house.clock.move(seconds=11)
    for over in (first, second):
        assert (await turns(over)).json()["error"] == "invalid_grant"


async def test_c029_a_code_that_comes_back_ends_its_refresh_tokens(house: House) -> None:
    arrival = await arrival_of(house)
    tokens = await tokens_of(house, arrival)
    tokens = await turned(house, arrival.browser, tokens)
    assert (await redeems(house, arrival)).json()["error"] == "invalid_grant"
    await is_over(house, arrival.browser, tokens["refresh_token"])


async def test_c119_the_chain_ends_with_its_session_and_never_keeps_it_alive(house: House) -> None:
    if house.floor.settings.redis_url is None:  # a server's own clock cannot be moved
        arrival = await arrival_of(house)
        browser, tokens = arrival.browser, await tokens_of(house, arrival)
        for _ in range(2):
            house.clock.move(minutes=29)
            tokens = await turned(house, browser, tokens)
        house.clock.move(minutes=3)
        await is_over(house, browser, tokens["refresh_token"])  # an hour without the person
    arrival = await arrival_of(house)
    browser, tokens = arrival.browser, await tokens_of(house, arrival)
    for _ in range(9):
        house.clock.move(minutes=50)
        await browser.request("GET", authorize_url(prompt="none").url)
        tokens = await turned(house, browser, tokens)
    house.clock.move(minutes=40)
    await is_over(house, browser, tokens["refresh_token"])  # eight hours, however busy


async def test_c119_it_dies_with_the_session(house: House) -> None:
    arrival = await arrival_of(house)
    tokens = await tokens_of(house, arrival)
    page = await arrival.browser.request("GET", f"/oidc/logout?id_token_hint={tokens['id_token']}")
    assert page.location == f"{BASE}/signout/done?as=pupil"
    await is_over(house, arrival.browser, tokens["refresh_token"])


async def test_c119_it_dies_with_another_password(house: House) -> None:
    """Of every session but the one that changed it; that one goes on (C-135)."""
    await change_metadata(house, grant_types=GRANTS)
    there, here = [await staff_arrives(house) for _ in range(2)]
    elsewhere, own = [await tokens_of(house, arrival) for arrival in (there, here)]
    page = await here.browser.get("/account/password")
    page = await here.browser.choose(page, "password", "Herfst-bladeren-19-waaien")
    assert page.url.endswith("?done=changed")
    await is_over(house, there.browser, elsewhere["refresh_token"])
    await is_over(house, here.browser, own["refresh_token"])
    assert "refresh_token" in await tokens_of(house, await arrives(house, here.browser)), "who changed it is still in"


async def test_c119_c131_it_dies_with_person_school_and_party(house: House) -> None:
    """A change and its undoing, one after the other; each chain had been good until then."""
    browser, noor = (await arrival_of(house)).browser, house.people["Noor"]
    left, gone = (update(table).where(column == noor) for table, column in PLACES)
    excluded = delete(Exclusion).where(Exclusion.person_id == noor)
    changes: list[tuple[Any, Any]] = [
        (left.values(active=False), left.values(active=True)),
        (gone.values(disabled=True), gone.values(disabled=False)),
        (gone.values(epoch=2), gone.values(epoch=1)),
        (EXCLUDES, excluded),
        (WITHDRAWS, None),
    ]
    chains = [await tokens_of(house, await arrives(house, browser)) for _ in changes]
    for (change, undoing), tokens in zip(changes, chains, strict=True):
        tokens = await turned(house, browser, tokens)
        if change is EXCLUDES:
            await exclude(house, "Noor")
        elif change is WITHDRAWS:
            await withdraw(house)
        else:
            await perform(house, change)
        await is_over(house, browser, tokens["refresh_token"])
        if undoing is not None:
            await perform(house, undoing)


async def test_c129_a_party_that_is_switched_off_gets_nothing_more(house: House) -> None:
    arrival = await arrival_of(house)
    tokens = await tokens_of(house, arrival)
    await disable_party(house)
    response = await refresh(house, arrival.browser, tokens["refresh_token"])
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_c120_the_scope_shrinks_and_never_grows(house: House) -> None:
    arrival = await arrival_of(house, scope="openid profile groups")
    browser, tokens = arrival.browser, await tokens_of(house, arrival)
    for wider in ("openid profile email", "openid offline_access", "profile", "openid profile groups eckid"):
        response = await refresh(house, browser, tokens["refresh_token"], scope=wider)
        assert response.json()["error"] == "invalid_scope"
    less = await turned(house, browser, tokens, scope="openid groups")
    assert less["scope"] == "openid groups"
    assert set(await claims_at_userinfo(browser, less["access_token"])) == {"sub", "groups", "year_group"}
    whole = await turned(house, browser, less)
    assert whole["scope"] == "openid profile groups"


async def test_c126_a_refresh_token_is_nothing_but_that(house: House) -> None:
    arrival = await arrival_of(house)
    browser, waiting = arrival.browser, (await arrives(house, arrival.browser)).code
    tokens = await tokens_of(house, arrival)
    good = tokens["refresh_token"]
    assert (await userinfo(browser, good)).status_code == 401
    assert (await redeems(house, arrival, code=good)).json()["error"] == "invalid_grant"
    session = browser.cookies["__Host-session"][0]
    changed = good[:40] + ("A" if good[40] != "A" else "B") + good[41:]
    for text in (tokens["access_token"], tokens["id_token"], waiting, session, changed, good + "A", "é", "x" * 9000):
        await is_over(house, browser, text)
    assert unverified(tokens["id_token"])[1]["aud"] == "rekenrijk"
    await turned(house, browser, tokens)

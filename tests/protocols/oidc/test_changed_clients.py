"""What changes at a client or a person while this process knows them as they were: seen at once (D10, D26)."""

from datetime import timedelta

from sqlalchemy import update

from consent.models import Agreement
from directory import people
from directory.models import Enrolment, Person
from metadata import connections
from metadata.models import Party
from metadata.parties import secret_hash
from tests.conformance.relying_party import (
    SECRET,
    arrives,
    basic,
    change_client,
    change_metadata,
    claims_at_userinfo,
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
from tests.house import CALLBACK, House, authorize_url, pupil_signs_in

NEW = "https://rekenrijk.example/nieuw"


async def test_a_redirect_uri_that_was_taken_away_gets_nothing_more(house: House) -> None:
    """Though this process had read the client with it, and the person is signed in."""
    browser = (await arrives(house)).browser
    await change_metadata(house, redirect_uris=[NEW])
    page = await browser.request("GET", authorize_url(redirect_uri=CALLBACK).url)
    assert (page.status, page.location) == (400, None)


async def test_a_redirect_uri_that_was_added_works_at_once(house: House) -> None:
    browser = (await arrives(house)).browser
    assert (await browser.request("GET", authorize_url(redirect_uri=NEW).url)).status == 400
    await change_metadata(house, redirect_uris=[CALLBACK, NEW])
    page = await browser.request("GET", authorize_url(redirect_uri=NEW).url)
    assert (page.location or "").startswith(f"{NEW}?code=")


async def test_an_address_that_was_taken_away_during_the_sign_in_gets_no_code(house: House) -> None:
    browser = house.browser()
    groups = await browser.get(authorize_url().url)
    await change_metadata(house, redirect_uris=[NEW])
    page = await pupil_signs_in(browser, groups, house, "Noor", "Groep 6", "4711")
    assert (page.status, page.location) == (400, None)


async def test_a_client_that_was_switched_off_during_the_sign_in_gets_no_code(house: House) -> None:
    browser = house.browser()
    groups = await browser.get(authorize_url().url)
    await change_client(house, enabled=False)
    page = await pupil_signs_in(browser, groups, house, "Noor", "Groep 6", "4711")
    assert page.location is None
    page = await browser.request("GET", authorize_url().url)
    assert (page.status, page.location) == (403, None)


async def test_a_tick_is_for_all_clients_of_a_party_and_so_is_its_withdrawal(house: House) -> None:
    """D12: a second connection needs no yes of its own, and keeps none."""
    await register(house, "rekenapp", party_id=house.party_id, ticked=False)
    browser = house.browser()
    arrivals = {client: await arrives(house, browser, client_id=client) for client in ("rekenrijk", "rekenapp")}
    token = (await tokens_of(house, arrivals["rekenapp"], client_id="rekenapp"))["access_token"]
    assert (await userinfo(browser, token)).status_code == 200
    await withdraw(house)
    assert (await userinfo(browser, token)).status_code == 401
    assert (await redeems(house, arrivals["rekenrijk"])).json()["error"] == "invalid_grant"
    for client in arrivals:
        page = await browser.request("GET", authorize_url(client_id=client, prompt="none").url)
        assert page.query["error"] == "access_denied"


async def test_a_rotated_secret_counts_from_its_commit(house: House) -> None:
    """Also where the code was good and this process had already believed the old secret."""
    browser = house.browser()
    await tokens_of(house, await arrives(house, browser))
    arrivals = [await arrives(house, browser) for _ in range(2)]
    await change_client(house, secret_hash=secret_hash(house.floor.keyring, "rekenrijk", SECRET))
    response = await redeems(house, arrivals[0], secret=house.client_secret)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert (await redeems(house, arrivals[1], secret=SECRET)).status_code == 200


async def test_another_method_counts_from_its_commit(house: House) -> None:
    arrival = await arrives(house)
    await change_metadata(house, token_endpoint_auth_method="client_secret_post")
    response = await redeems(house, arrival)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    other = await arrives(house, arrival.browser)
    form = token_form(other, client_id="rekenrijk", client_secret=house.client_secret)
    assert (await post_token(other.browser, form)).status_code == 200


async def test_a_narrowed_scope_narrows_what_is_on_its_way(house: House) -> None:
    """Between the code and the token, and between the token and UserInfo."""
    browser = house.browser()
    tokens = await tokens_of(house, await arrives(house, browser))
    assert "eckid" in await claims_at_userinfo(browser, tokens["access_token"])
    arrival = await arrives(house, browser)
    await change_metadata(house, scope="openid groups")
    assert set(await claims_at_userinfo(browser, tokens["access_token"])) == {"sub", "groups", "year_group"}
    later = await tokens_of(house, arrival)
    assert later["scope"] == "openid groups"
    assert set(await claims_at_userinfo(browser, later["access_token"])) == {"sub", "groups", "year_group"}


async def test_a_party_that_may_ask_for_less_gets_less_at_once(house: House) -> None:
    browser = house.browser()
    tokens = await tokens_of(house, await arrives(house, browser))
    async with house.floor.database.begin() as db:
        await connections.widen(db, house.party_id, {"subject", "groups"})
    assert set(await claims_at_userinfo(browser, tokens["access_token"])) == {"sub", "groups"}


async def test_another_signing_algorithm_is_used_at_once(house: House) -> None:
    browser = house.browser()
    await tokens_of(house, await arrives(house, browser))
    arrival = await arrives(house, browser)
    await change_metadata(house, id_token_signed_response_alg="ES256")
    await verified(house, browser, await tokens_of(house, arrival), alg="ES256")


async def test_a_raised_epoch_ends_session_code_and_token(house: House) -> None:
    """D26: the one place where sessions end on every node."""
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    arrival = await arrives(house, browser)
    async with house.floor.database.begin() as db:
        await people.end_sessions(db, house.people["Noor"])
    assert (await redeems(house, arrival)).json()["error"] == "invalid_grant"
    assert (await userinfo(browser, token)).status_code == 401
    page = await browser.request("GET", authorize_url(prompt="none").url)
    assert page.query["error"] == "login_required"


async def test_a_disabled_person_is_gone_everywhere_at_once(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await staff_arrives(house, browser)))["access_token"]
    arrival = await arrives(house, browser)
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["juf"]).values(disabled=True))
    assert (await redeems(house, arrival)).json()["error"] == "invalid_grant"
    assert (await userinfo(browser, token)).status_code == 401
    page = await browser.request("GET", authorize_url(prompt="none").url)
    assert page.query["error"] == "login_required"


async def test_a_child_that_left_the_school_is_not_released_any_more(house: House) -> None:
    """By the switch or by the day it leaves; the last day still counts (D14)."""
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    for values, status in (
        ({"ends_on": house.clock.now.date()}, 200),
        ({"ends_on": house.clock.now.date() - timedelta(days=1)}, 401),
        ({"ends_on": None}, 200),
        ({"active": False}, 401),
    ):
        async with house.floor.database.begin() as db:
            here = update(Enrolment).where(Enrolment.person_id == house.people["Noor"])
            await db.execute(here.values(**values))
        assert (await userinfo(browser, token)).status_code == status, values


async def test_an_agreement_that_ended_stops_every_release(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    today = house.clock.now.date()
    arrivals = [await arrives(house, browser) for _ in range(3)]
    for ends_on, status in ((today, 200), (today - timedelta(days=1), 401), (None, 200)):
        async with house.floor.database.begin() as db:
            await db.execute(update(Agreement).values(ends_on=ends_on))
        assert (await userinfo(browser, token)).status_code == status
        assert (await redeems(house, arrivals.pop())).status_code == (200 if status == 200 else 400)
    async with house.floor.database.begin() as db:
        await db.execute(update(Agreement).values(signed_on=today + timedelta(days=1)))
    assert (await userinfo(browser, token)).status_code == 401


async def test_a_disabled_party_is_refused_though_its_client_row_did_not_change(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser)))["access_token"]
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).where(Party.id == house.party_id).values(enabled=False))
    assert (await userinfo(browser, token)).status_code == 401


async def test_a_wrong_secret_stays_wrong_in_a_process_that_knows_the_right_one(house: House) -> None:
    browser = house.browser()
    await tokens_of(house, await arrives(house, browser))
    response = await post_token(browser, {"grant_type": "authorization_code"}, headers=basic("rekenrijk", SECRET))
    assert response.status_code == 401

"""A client is held to more while a request of it is under way, in a process that knows it as it was: it holds at once (D10)."""

from sqlalchemy import func, select

from consent.models import Release
from metadata.parties import secret_hash
from tests.conformance.prover import proof
from tests.conformance.relying_party import (
    SECRET,
    arrives,
    basic,
    change_client,
    change_metadata,
    redeems,
    tokens_of,
)
from tests.conformance.test_c080_pushed_requests import parameters, push, pushed
from tests.conformance.test_c103_dpop import redeems_with
from tests.conformance.test_c113_without_pkce import WITHOUT, except_
from tests.conformance.test_c118_refresh import GRANTS, refresh
from tests.house import House, authorize_url, pupil_signs_in


async def test_a_secret_that_was_replaced_pushes_nothing(house: House) -> None:
    browser = house.browser()
    await pushed(house, browser)
    await change_client(house, secret_hash=secret_hash(house.floor.keyring, "rekenrijk", SECRET))
    response = await push(house, browser, parameters(authorize_url()))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    response = await push(house, browser, parameters(authorize_url()), headers=basic("rekenrijk", SECRET))
    assert response.status_code == 201


async def test_a_client_that_binds_itself_to_keys_gets_no_bearer_token_from_then_on(house: House) -> None:
    await change_metadata(house, grant_types=GRANTS)
    browser = (await arrives(house)).browser
    tokens, waiting = await tokens_of(house, await arrives(house, browser)), await arrives(house, browser)
    await change_metadata(house, dpop_bound_access_tokens=True)
    assert (await redeems(house, waiting)).json()["error"] == "invalid_request"
    await change_metadata(house, dpop_bound_access_tokens=False)
    waiting = await arrives(house, browser)
    await tokens_of(house, waiting)
    await change_metadata(house, dpop_bound_access_tokens=True)
    assert (await refresh(house, browser, tokens["refresh_token"])).json()["error"] == "invalid_request"


async def test_a_client_that_does_so_no_more_needs_no_proof(house: House) -> None:
    browser = (await arrives(house)).browser
    await change_metadata(house, dpop_bound_access_tokens=True)
    arrivals = [await arrives(house, browser) for _ in range(2)]
    assert (await redeems_with(house, arrivals[0], proof(house))).status_code == 200
    await change_metadata(house, dpop_bound_access_tokens=False)
    assert (await redeems(house, arrivals[1])).status_code == 200


async def test_an_exception_that_was_withdrawn_during_the_sign_in_brings_no_code(house: House) -> None:
    await except_(house, "rekenrijk")
    browser = house.browser()
    groups = await browser.get(authorize_url(**WITHOUT).url)
    await except_(house, "rekenrijk", excepted=False)
    page = await pupil_signs_in(browser, groups, house, "Noor", "Groep 6", "4711")
    assert page.query["error"] == "invalid_request"


async def test_an_exception_that_was_withdrawn_after_it_makes_the_code_worthless(house: House) -> None:
    await except_(house, "rekenrijk")
    arrival = await arrives(house, **WITHOUT)
    await except_(house, "rekenrijk", excepted=False)
    assert (await redeems(house, arrival, code_verifier=None)).json()["error"] == "invalid_grant"
    async with house.floor.database.read() as db:
        assert (await db.execute(select(func.count()).select_from(Release))).scalar_one() == 0


async def test_a_client_that_pushes_only_gets_no_code_for_what_it_did_not_push(house: House) -> None:
    browser = house.browser()
    groups = await browser.get(authorize_url().url)
    await change_metadata(house, require_pushed_authorization_requests=True)
    page = await pupil_signs_in(browser, groups, house, "Noor", "Groep 6", "4711")
    assert page.query["error"] == "invalid_request"

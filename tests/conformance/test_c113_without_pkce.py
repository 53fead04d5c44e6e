"""C-113, C-114: the one way without PKCE is a recorded exception, for clients that prove themselves, and then a nonce takes its place."""

import pytest

from metadata import connections
from metadata.connections import Unexceptional
from tests.conformance.relying_party import (
    SECRET,
    arrives,
    change_client,
    post_token,
    redeems,
    register,
    token_form,
    tokens_of,
    verified,
)
from tests.house import House, authorize_url

WITHOUT: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


async def except_(house: House, client_id: str, *, excepted: bool = True) -> None:
    async with house.floor.database.begin() as db:
        await connections.except_from_pkce(db, client_id, excepted=excepted)


async def test_c113_only_the_client_with_the_exception_and_only_with_a_nonce(house: House) -> None:
    browser = (await arrives(house)).browser
    await register(house, "lettergreep", party_id=house.party_id, ticked=False)
    await except_(house, "rekenrijk")
    for changes, error in (
        ({"nonce": None}, "invalid_request"),
        ({"client_id": "lettergreep"}, "invalid_request"),
        ({"code_challenge": "kort"}, "invalid_request"),
        ({"code_challenge": "a" * 43, "code_challenge_method": "plain"}, "invalid_request"),
    ):
        page = await browser.request("GET", authorize_url(**{**WITHOUT, **changes}).url)
        assert page.query["error"] == error, changes
    arrival = await arrives(house, browser, **WITHOUT)
    response = await redeems(house, arrival, code_verifier=None)
    assert response.status_code == 200
    await verified(house, browser, response.json())
    # What it can, it is held to: the challenge was taken away, or the verifier is.
    arrival = await arrives(house, browser, **WITHOUT)
    assert (await redeems(house, arrival)).json()["error"] == "invalid_grant"
    arrival = await arrives(house, browser)
    assert (await redeems(house, arrival, code_verifier=None)).json()["error"] == "invalid_grant"
    await tokens_of(house, await arrives(house, browser))
    await except_(house, "rekenrijk", excepted=False)
    page = await browser.request("GET", authorize_url(**WITHOUT).url)
    assert page.query["error"] == "invalid_request", "at once, though this process knew of the exception"


async def test_c114_a_public_client_gets_no_exception_and_uses_none(house: House) -> None:
    await register(house, "tablet", token_endpoint_auth_method="none", party_id=house.party_id, ticked=False)
    with pytest.raises(Unexceptional, match="public"):
        await except_(house, "tablet")
    with pytest.raises(LookupError):
        await except_(house, "niemand")
    # Whatever stands in its row.
    await change_client(house, "tablet", without_pkce=True)
    browser = (await arrives(house)).browser
    page = await browser.request("GET", authorize_url(client_id="tablet", **WITHOUT).url)
    assert page.query["error"] == "invalid_request"
    arrival = await arrives(house, browser, client_id="tablet")
    response = await post_token(browser, token_form(arrival, client_id="tablet", code_verifier=None))
    assert response.json()["error"] == "invalid_grant"
    response = await post_token(browser, token_form(arrival, client_id="tablet", client_secret=SECRET))
    assert response.json()["error"] == "invalid_client"

"""Attack: fill the store with requests in the name of a client that proves nothing (RFC 9126 2.3)."""

import pytest

from protocols.oidc.op import pushing
from tests.conformance.relying_party import register
from tests.conformance.test_c080_pushed_requests import parameters, push
from tests.house import ELSEWHERE, House, authorize_url
from tests.inside import stored


async def test_a_client_that_proves_nothing_does_not_fill_the_store(house: House) -> None:
    await register(house, "app", token_endpoint_auth_method="none")
    floor, asked = house.floor, parameters(authorize_url(client_id="app"))
    kind, key, life = pushing.unproven(floor.keyring, f"{ELSEWHERE}/32")
    await floor.store.add(kind, key, pushing.MOST_UNPROVEN - 1, life)
    told = [await push(house, house.browser(ELSEWHERE), asked, headers={}) for _ in range(2)]
    assert [one.status_code for one in told] == [201, 429]
    assert told[1].json()["error"] == "temporarily_unavailable"
    assert await stored(house, "pushed") == 1
    assert (await push(house, house.browser(), asked, headers={})).status_code == 201, "other networks notice nothing"
    proven = parameters(authorize_url(client_id=None))
    assert (await push(house, house.browser(ELSEWHERE), proven)).status_code == 201, "nor does who proves itself"


@pytest.mark.parametrize("name", ["scope", "login_hint"])
async def test_a_request_is_no_place_to_keep_things(house: House, name: str) -> None:
    asked = {**parameters(authorize_url()), name: "openid " + "x" * pushing.LARGEST}
    response = await push(house, house.browser(), asked)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert await stored(house, "pushed") == 0

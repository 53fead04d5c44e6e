"""C-035: the `claims` parameter (OIDC Core 5.5): one claim at a time, where it was asked for, and never more than school and registration allow."""

import json
from typing import Any

import pytest

from consent import ticks
from tests.browser import Browser, Page, forms_of
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    basic,
    change_metadata,
    claims_at_userinfo,
    post_token,
    register,
    staff_arrives,
    token_form,
    tokens_of,
    verified,
)
from tests.conformance.test_c001_code_flow import ID_TOKEN_CLAIMS
from tests.house import House, authorize_url

MFA = "https://refeds.org/profile/mfa"
CHILD = "urn:poortwachter:acr:leerlinggeheim"
UNMET = "unmet_authentication_requirements"


def asking(**members: Any) -> str:
    """The parameter with these members."""
    return json.dumps(members)


async def told(house: House, browser: Browser, **changes: str | None) -> tuple[set[str], dict[str, Any]]:
    """What the ID token holds beside what every one does, and all that UserInfo says."""
    arrival = await arrives(house, browser, **changes)
    tokens = await tokens_of(house, arrival)
    claims = await verified(house, browser, tokens)
    return set(claims) - ID_TOKEN_CLAIMS, await claims_at_userinfo(browser, tokens["access_token"])


async def test_c035_each_claim_comes_where_it_was_asked_for(house: House) -> None:
    browser = house.browser()
    name = asking(userinfo={"name": {"essential": True}, "nickname": {"essential": True}, "auth_time": None})
    extra, about = await told(house, browser, scope="openid", claims=name)
    assert (extra, about["name"], set(about)) == (set(), "Noor van Beek", {"sub", "name"})
    both = asking(id_token={"eckid": None, "school_brin": {"essential": True}, "sub": None}, userinfo={"groups": None})
    extra, about = await told(house, browser, scope="openid", claims=both)
    assert extra == {"eckid", "school_brin"}
    assert set(about) == {"sub", "groups"}
    # A value that is wished of other claims than sub and acr changes nothing; scopes go on as ever.
    value = asking(id_token={"school_brin": {"value": "00AA"}}, userinfo=None, elsewhere={"x": {}})
    extra, about = await told(house, browser, scope="openid groups", claims=value)
    assert (extra, set(about)) == ({"school_brin"}, {"sub", "groups", "year_group"})


async def test_c035_c120_a_refreshed_id_token_holds_them_again(house: House) -> None:
    await change_metadata(house, grant_types=["authorization_code", "refresh_token"])
    arrival = await arrives(house, scope="openid", claims=asking(id_token={"eckid": None}))
    tokens = await tokens_of(house, arrival)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    response = await post_token(arrival.browser, form, headers=basic("rekenrijk", house.client_secret))
    claims = await verified(house, arrival.browser, response.json(), nonce=None)
    assert claims["eckid"] == (await verified(house, arrival.browser, tokens))["eckid"]


async def test_c035_policy_wins_over_what_is_essential(house: House) -> None:
    """Beyond its registration a client gets nothing, and nobody gets what the school did not tick; both succeed without it."""
    browser = house.browser()
    all_of_it = asking(
        id_token={"name": {"essential": True}, "groups": None}, userinfo={"eckid": {"essential": True}, "groups": None}
    )
    await register(house, "klein", scope="groups")
    arrival = await arrives(house, browser, client_id="klein", scope="openid", claims=all_of_it)
    response = await post_token(browser, token_form(arrival), headers=basic("klein", SECRET))
    tokens = response.json()
    extra = set(await verified(house, browser, tokens, client_id="klein")) - ID_TOKEN_CLAIMS
    assert (extra, set(await claims_at_userinfo(browser, tokens["access_token"]))) == ({"groups"}, {"sub", "groups"})
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, {"subject", "eckid"}, now=house.clock.now, by="test")
    extra, about = await told(house, browser, scope="openid", claims=all_of_it)
    assert (extra, set(about)) == (set(), {"sub", "eckid"})


async def test_c035_an_essential_acr_is_reached_or_refused(house: House) -> None:
    """OIDC Core 5.5.1.1; what is only wished is no reason to refuse."""
    browser = (await arrives(house)).browser

    async def asks(browser: Browser, acr: dict[str, Any], **changes: str | None) -> Page:
        return await browser.request("GET", authorize_url(claims=asking(id_token={"acr": acr}), **changes).url)

    for wished in ({"value": MFA}, {"essential": True}, {"essential": True, "values": [MFA, CHILD]}):
        asked = authorize_url(claims=asking(id_token={"acr": wished}))
        page = await browser.request("GET", asked.url)
        claims = await verified(house, browser, await tokens_of(house, Arrival(browser, page, asked)))
        assert claims["acr"] == CHILD, wished
    for wished in ({"essential": True, "value": MFA}, {"essential": True, "values": ["urn:onbekend"]}):
        page = await asks(browser, wished, prompt="none")
        assert (page.query["error"], page.query["iss"]) == (UNMET, "https://inloggen.example")
    # A child reads why, goes back, and the client hears the same.
    page = await asks(browser, {"essential": True, "value": MFA})
    page = await browser.follow(page)
    form = forms_of(page.text)[0]
    page = await browser.post(form.action, form.hidden)
    assert page.query["error"] == UNMET
    teacher = (await staff_arrives(house)).browser
    assert (await asks(teacher, {"essential": True, "value": MFA}, prompt="none")).query["error"] == "login_required"
    page = await asks(teacher, {"essential": True, "value": MFA})
    page = await teacher.follow(page)
    assert (page.status, page.location) == (200, None), "a second factor can still be given"


async def test_c035_c023_a_wished_subject_is_that_person_or_nobody(house: House) -> None:
    arrival = await arrives(house)
    browser = arrival.browser
    subject = (await verified(house, browser, await tokens_of(house, arrival)))["sub"]
    for member in ("id_token", "userinfo"):
        page = await browser.request("GET", authorize_url(claims=asking(**{member: {"sub": {"value": subject}}})).url)
        assert "code" in page.query
        for prompt in ("none", None):
            other = asking(**{member: {"sub": {"value": "0" * 64}}})
            page = await browser.request("GET", authorize_url(claims=other, prompt=prompt).url)
            page = await browser.follow(page)
            assert page.query["error"] == "login_required"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "1",
        '"a"',
        '{"id_token":[]}',
        '{"userinfo":{"name":true}}',
        '{"id_token":1}',
        '{"id_token":{"sub":{"value":5}}}',
        '{"userinfo":{"sub":{"values":["x",["y"]]}}}',
        '{"id_token":{"acr":{"essential":true,"values":{"x":1}}}}',
        '{"x":"%s"}' % ("y" * 4096),
    ],
    ids=range(11),
)
async def test_c035_c132_what_is_no_claims_parameter_is_refused(house: House, text: str) -> None:
    page = await house.browser().request("GET", authorize_url(claims=text).url)
    assert page.query["error"] == "invalid_request"
    assert "yyy" not in page.query["error_description"]

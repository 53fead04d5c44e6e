"""C-121 to C-124 and C-132: how answers leave, and what errors never say."""

import re

from tests.conformance.relying_party import (
    arrives,
    basic,
    post_token,
    token_form,
    tokens_of,
    userinfo,
)
from tests.house import CALLBACK, House, authorize_url


async def test_c121_after_a_secret_comes_a_303(house: House) -> None:
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    form = page.form("pin")
    page = await browser.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    assert (page.status, (page.location or "").startswith(CALLBACK + "?code=")) == (303, True)


async def test_c122_pages_are_not_framed_and_not_shared_with_other_origins(house: House) -> None:
    arrival, boos = await arrives(house), "https://boos.example"
    origin = {"Origin": boos}
    pages = [
        await house.browser().request("GET", authorize_url().url, Origin=boos),
        await house.browser().request("GET", authorize_url(client_id="onbekend").url, Origin=boos),
        await arrival.browser.request("GET", authorize_url(response_mode="form_post").url, Origin=boos),
        await arrival.browser.request("GET", "/account", Origin=boos),
    ]
    for page in pages:
        assert "frame-ancestors 'none'" in page.response.headers["content-security-policy"]
        assert "access-control-allow-origin" not in page.response.headers
    response = await post_token(arrival.browser, {}, headers=origin)
    assert "access-control-allow-origin" not in response.headers
    response = await arrival.browser.client.get("/oidc/userinfo", headers=origin)
    assert "access-control-allow-origin" not in response.headers


async def test_c123_an_answer_leaves_without_a_referrer(house: House) -> None:
    arrival = await arrives(house)
    assert arrival.page.response.headers["referrer-policy"] == "no-referrer"


async def test_c123_no_page_of_the_sign_in_loads_anything_of_somebody_else(house: House) -> None:
    browser = house.browser()
    groups = await browser.get(authorize_url().url)
    for page in (groups, await browser.choose(groups, "group", str(house.groups["Groep 6"]))):
        for address in re.findall(r'(?:href|src)="([^"]+)"', page.text):
            assert address.startswith(("/", "#")), address


async def test_c124_a_token_in_the_query_is_nobodys(house: House) -> None:
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    response = await arrival.browser.client.get("/oidc/userinfo", params={"access_token": token})
    assert response.status_code == 401
    assert token not in response.text
    assert response.headers["www-authenticate"] == 'Bearer realm="userinfo"'


async def test_c124_a_token_sent_in_two_ways_is_refused(house: House) -> None:
    """RFC 6750 2."""
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    response = await arrival.browser.client.post(
        "/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}, data={"access_token": token}
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    # Nor in two headers of one name: whoever stands before us may have looked at the other.
    two = [("Authorization", f"Bearer {one}") for one in (token, "x")]
    for headers in (two, two[::-1]):
        response = await arrival.browser.client.get("/oidc/userinfo", headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_c112_c114_a_client_that_says_twice_who_it_is_is_nobody(house: House) -> None:
    arrival = await arrives(house)
    right, wrong = basic("rekenrijk", house.client_secret), basic("lettergreep", "x")
    for headers in ([*right.items(), *wrong.items()], [*wrong.items(), *right.items()], [*right.items()] * 2):
        for path in ("/oidc/token", "/oidc/par", "/oidc/revoke", "/oidc/introspect"):
            response = await arrival.browser.client.post(path, data=token_form(arrival), headers=headers)
            assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), path
    assert (await post_token(arrival.browser, token_form(arrival), headers=right)).status_code == 200


async def test_c124_errors_never_repeat_what_they_were_given(house: House) -> None:
    browser, secret = house.browser(), "dit-is-heel-geheim-12345"
    responses = [
        await userinfo(browser, secret),
        await post_token(
            browser, {"grant_type": secret, "code": secret}, headers=basic("rekenrijk", house.client_secret)
        ),
        await post_token(browser, {"client_id": secret, "client_secret": secret}),
        (await browser.request("GET", f"/oidc/logout?id_token_hint={secret}")).response,
        (await browser.request("GET", f"/oidc/authorize?client_id={secret}&state={secret}")).response,
    ]
    for response in responses:
        assert response.status_code >= 400
        assert secret not in response.text
        assert not any(secret in value for value in response.headers.values())


async def test_c132_what_is_given_is_never_markup(house: House) -> None:
    """Error pages and error descriptions are our own sentences."""
    browser, evil = house.browser(), "<script>alert(1)</script>\r\nSet-Cookie: a=b"
    for changes in ({"client_id": evil}, {"redirect_uri": evil}):
        page = await browser.request("GET", authorize_url(**changes).url)
        assert page.status == 400
        assert "<script>alert" not in page.text
        assert "a" not in browser.cookies
    for changes in (
        {"scope": evil},
        {"prompt": evil},
        {"max_age": evil},
        {"response_type": evil},
        {"response_mode": evil},
    ):
        page = await browser.request("GET", authorize_url(**changes).url)
        # RFC 6749 4.1.2.1: %x20-21 / %x23-5B / %x5D-7E
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", page.query["error_description"])
        assert "script" not in page.query["error_description"]

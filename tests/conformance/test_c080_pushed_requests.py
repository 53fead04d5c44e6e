"""C-080 to C-089: authorization requests that the client's server hands over (RFC 9126)."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2 as httpx

from tests.browser import Browser, Page
from tests.conformance.relying_party import (
    SECRET,
    Arrival,
    arrives,
    basic,
    change_metadata,
    redeems,
    register,
    tokens_of,
    verified,
)
from tests.house import CALLBACK, Asked, House, authorize_url, pupil_signs_in

PREFIX = "urn:ietf:params:oauth:request_uri:"


def parameters(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.url).query))


async def push(
    house: House, browser: Browser, form: dict[str, str], *, headers: dict[str, str] | None = None
) -> httpx.Response:
    headers = headers if headers is not None else basic("rekenrijk", house.client_secret)
    return await browser.client.post("/oidc/par", data=form, headers=headers)


async def pushed(house: House, browser: Browser, **changes: str | None) -> tuple[Asked, str]:
    """A request that is taken, and where its browser goes."""
    asked = authorize_url(**changes)
    response = await push(house, browser, parameters(asked))
    assert response.status_code == 201, response.text
    told: dict[str, Any] = response.json()
    assert set(told) == {"request_uri", "expires_in"}
    assert told["request_uri"].startswith(PREFIX)
    assert 0 < told["expires_in"] < 600
    assert response.headers["cache-control"] == "no-store"
    return asked, address(told["request_uri"])


def address(uri: str, **more: str) -> str:
    return "/oidc/authorize?" + urlencode({"client_id": "rekenrijk", "request_uri": uri, **more})


async def refused(browser: Browser, url: str) -> Page:
    """A page of ours and no redirect."""
    page = await browser.request("GET", url)
    assert (page.status, page.location) == (400, None)
    return page


async def test_c080_c087_only_a_name_goes_through_the_browser(house: House) -> None:
    browser = house.browser()
    asked, url = await pushed(house, browser, client_id=None)  # Basic names the client
    page = await pupil_signs_in(browser, await browser.get(url), house, "Noor", "Groep 6", "4711")
    arrival = Arrival(browser, page, asked)
    assert page.query["state"] == "toestand-1"
    await verified(house, browser, await tokens_of(house, arrival))


async def test_c087_what_stands_beside_the_name_counts_for_nothing(house: House) -> None:
    browser = (await arrives(house)).browser
    asked, url = await pushed(house, browser)
    beside = {"redirect_uri": "https://boos.example/", "state": "anders", "code_challenge": "x" * 43, "scope": "x"}
    page = await browser.request("GET", f"{url}&{urlencode(beside)}")
    assert page.location is not None
    assert page.location.startswith(CALLBACK + "?")
    assert page.query["state"] == "toestand-1"
    assert (await redeems(house, Arrival(browser, page, asked))).status_code == 200


async def test_c082_c083_good_until_it_led_to_a_code_and_then_no_more(house: House) -> None:
    browser = house.browser()
    asked, url = await pushed(house, browser)
    first = await browser.get(url)
    again = await browser.get(url)  # before the sign-in is finished
    assert first.status == again.status == 200
    house.clock.move(minutes=5)  # how long the person takes is another matter
    page = await pupil_signs_in(browser, again, house, "Noor", "Groep 6", "4711")
    assert (await redeems(house, Arrival(browser, page, asked))).status_code == 200
    await refused(browser, url)
    # The other tab, opened in time, gets no second code.
    other = await browser.request("GET", urlsplit(first.url).path)
    while other.status == 303:
        other = await browser.request("GET", other.location or "")
    assert "code" not in other.query


async def test_c084_c085_unknown_old_or_of_another_client(house: House) -> None:
    browser = (await arrives(house)).browser
    await register(house, "lettergreep")
    _, url = await pushed(house, browser)
    await refused(browser, url.replace("client_id=rekenrijk", "client_id=lettergreep"))
    await refused(browser, address(PREFIX + "onbekend"))
    await refused(browser, url + "&" + url.partition("?")[2])
    assert "code" in (await browser.request("GET", url)).query
    if house.floor.settings.redis_url is None:  # a server's own clock cannot be moved
        _, url = await pushed(house, browser)
        house.clock.move(seconds=91)
        await refused(browser, url)


async def test_c081_c086_c088_c089_what_would_be_refused_later_is_refused_now(house: House) -> None:
    browser = house.browser()
    assert (await browser.client.get("/oidc/par")).status_code == 405
    good = parameters(authorize_url())
    for changes, error in (
        ({"request_uri": PREFIX + "x"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": "https://boos.example/"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
    ):
        response = await push(house, browser, {**good, **changes})
        assert (response.status_code, response.json()["error"]) == (400, error), changes
    twice = urlencode([*good.items(), ("state", "x")]).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    known = basic("rekenrijk", house.client_secret)
    response = await browser.client.post("/oidc/par", content=twice, headers={**kind, **known})
    assert response.json()["error"] == "invalid_request"
    for headers in (basic("rekenrijk", "mis"), {}, basic("lettergreep", SECRET)):
        response = await push(house, browser, good, headers=headers)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_c080_a_client_may_bind_itself_to_push(house: House) -> None:
    await change_metadata(house, require_pushed_authorization_requests=True)
    browser = house.browser()
    page = await browser.request("GET", authorize_url().url)
    assert page.query["error"] == "invalid_request"
    _, url = await pushed(house, browser)
    page = await pupil_signs_in(browser, await browser.get(url), house, "Noor", "Groep 6", "4711")
    assert "code" in page.query

"""A child clicks on a publisher's software at school, and arrives there."""

import base64
import json
from typing import Any

from tests.browser import Browser
from tests.house import CALLBACK, ECKID, House, authorize_url, pupil_signs_in, redeem


def claims_of(token: str) -> dict[str, Any]:
    """What an ID token says, unverified: verification has tests of its own."""
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return found


async def userinfo(browser: Browser, access_token: str) -> dict[str, Any]:
    response = await browser.client.get("/oidc/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


async def test_noor_picks_her_group_her_tile_her_pin_and_arrives_with_her_eckid(house: House) -> None:
    browser, asked = house.browser(), authorize_url()
    page = await browser.get(asked.url)
    assert page.heading == "In welke groep zit je?"
    page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    assert (page.location or "").startswith(CALLBACK)
    assert page.query["state"] == "toestand-1"
    tokens = (await redeem(house, browser, page, asked)).json()
    about = claims_of(tokens["id_token"])
    assert about["nonce"] == "eenmalig-1"
    assert "eckid" not in about
    told = await userinfo(browser, tokens["access_token"])
    assert told["sub"] == about["sub"]
    assert told["eckid"] == ECKID
    assert told["groups"] == ["Groep 6"]


async def test_sam_cannot_read_and_taps_three_pictures_without_a_script(house: House) -> None:
    browser, asked = house.browser(), authorize_url()
    page = await browser.get(asked.url)
    page = await browser.choose(page, "group", str(house.groups["Groep 2"]))
    page = await browser.choose(page, "child", str(house.people["Sam"]))
    for picture in ("tree", "boat"):
        page = await browser.choose(page, "pick", picture)
        assert page.status == 200
    page = await browser.choose(page, "pick", "apple")
    assert "code" in page.query


async def test_a_child_without_an_eckid_arrives_all_the_same(house: House) -> None:
    browser, asked = house.browser(), authorize_url()
    page = await pupil_signs_in(browser, await browser.get(asked.url), house, "Finn", "Groep 6", "0042")
    tokens = (await redeem(house, browser, page, asked)).json()
    assert "eckid" not in await userinfo(browser, tokens["access_token"])


async def test_signed_in_once_the_next_publisher_sees_no_page(house: House) -> None:
    browser, asked = house.browser(), authorize_url()
    await pupil_signs_in(browser, await browser.get(asked.url), house, "Noor", "Groep 6", "4711")
    page = await browser.request("GET", authorize_url().url)
    assert page.status == 302
    assert "code" in page.query

"""Host, Forwarded and X-Forwarded-* from anybody but our own proxies change nothing: no link, no issuer, no counter, no network (C-303)."""

import ipaddress
import re
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from idp.core.settings import Network, Settings
from idp.http.client import NOWHERE, address_of
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.house import AT_SCHOOL, BASE, ELSEWHERE, House, authorize_url, open_house
from tests.journeys.stories import at_our_door, attempt_of, shortcut, step_of

PROXY = "203.0.113.200"
TRUSTED: tuple[Network, ...] = (ipaddress.ip_network("203.0.113.192/28"), ipaddress.ip_network("fd00::/8"))
LIES = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": f"for={AT_SCHOOL};host=evil.example;proto=http",
    "X-Forwarded-For": AT_SCHOOL,
    "X-Real-IP": AT_SCHOOL,
    "True-Client-IP": AT_SCHOOL,
    "CF-Connecting-IP": AT_SCHOOL,
}


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 40000) if peer is not None else None})


def seen(peer: str | None, *forwarded: str, trusted: tuple[Network, ...] = TRUSTED) -> str:
    return str(address_of(request(peer, *forwarded), trusted))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (ELSEWHERE, (AT_SCHOOL,), ELSEWHERE),
        (PROXY, (AT_SCHOOL,), AT_SCHOOL),
        (PROXY, (), PROXY),
        (PROXY, (f"{AT_SCHOOL}, {ELSEWHERE}",), ELSEWHERE),
        (PROXY, (AT_SCHOOL, ELSEWHERE), ELSEWHERE),
        (PROXY, (f"{AT_SCHOOL}, {ELSEWHERE}, {PROXY}",), ELSEWHERE),
        (PROXY, (f"{PROXY}, 203.0.113.201",), PROXY),
        (f"::ffff:{PROXY}", (f"::ffff:{AT_SCHOOL}",), AT_SCHOOL),
        ("fd00::1", ("2001:db8:5::7",), "2001:db8:5::7"),
        (PROXY, ("not an address",), str(NOWHERE)),
        (PROXY, (f"{AT_SCHOOL}, unknown",), str(NOWHERE)),
        (PROXY, ("",), str(NOWHERE)),
        (None, (AT_SCHOOL,), str(NOWHERE)),
    ],
    ids=[
        "a stranger says",
        "our proxy says",
        "our proxy says nothing",
        "the last before our proxy counts",
        "two header lines are one list",
        "a proxy before a proxy",
        "only proxies",
        "in IPv6 clothing",
        "an IPv6 proxy",
        "nonsense",
        "nonsense last",
        "empty",
        "no peer",
    ],
)
def test_the_address_is_the_last_hop_that_is_not_ours(
    peer: str | None, forwarded: tuple[str, ...], address: str
) -> None:
    assert seen(peer, *forwarded) == address


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert seen(PROXY, AT_SCHOOL, trusted=()) == PROXY


@given(lies=st.lists(st.ip_addresses().map(str), max_size=5), true=st.ip_addresses())
def test_whatever_is_put_in_front_the_proxys_own_word_counts(
    lies: list[str], true: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    if not any(true in network for network in TRUSTED):
        plain = getattr(true, "ipv4_mapped", None) or true
        assert seen(PROXY, ", ".join([*lies, str(true)])) == str(plain)


async def say(
    browser: Browser, url: str, lies: dict[str, str], *, method: str = "GET", data: dict[str, str] | None = None
) -> Page:
    """A request with headers that are not true."""
    return await browser.request(method, url, data=data, cross_site=False, **lies)


async def test_a_child_elsewhere_does_not_come_to_school_by_a_header(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    page = await browser.follow(await say(browser, shortcut(house.school), {"X-Forwarded-For": AT_SCHOOL}))
    assert step_of(page) == "not_here"
    page = await say(browser, page.url, LIES)
    assert page.status == 200
    assert step_of(page) == "not_here"


async def test_no_link_and_no_redirect_takes_the_host_from_the_request(house: House) -> None:
    browser = house.browser()
    for url in (
        "/",
        "/account",
        "/account/",
        "/signin/x/",
        f"{BASE}//evil.example",
        "/signout",
        shortcut(house.school),
    ):
        page = await say(browser, url, LIES)
        assert "evil.example" not in page.response.headers.get("location", "")
        assert page.status != 307
        assert "evil.example" not in re.sub(r"to=[^\"]*", "", page.text)
    discovery = await say(browser, "/.well-known/openid-configuration", LIES)
    assert "evil.example" not in discovery.text
    page = await say(browser, authorize_url(prompt="none").url, LIES)
    assert page.query["iss"] == browser.base


async def test_a_form_is_never_posted_on_by_a_307(house: House) -> None:
    browser = house.browser()
    form = (await at_our_door(browser)).form("email")
    given = {**form.hidden, "email": "x", "password": "y"}
    page = await say(browser, form.action + "/", LIES, method="POST", data=given)
    assert page.status == 404
    assert "location" not in page.response.headers


async def test_a_new_address_in_a_header_gives_no_fresh_tries(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    form = (await at_our_door(browser)).form("email")
    for host in range(6):
        given = {**form.hidden, "email": "juf@regenboog.example", "password": "Verkeerd-1"}
        lie = {"X-Forwarded-For": f"203.0.113.{host}"}
        page = await say(browser, form.action, lie, method="POST", data=given)
    assert "data-wait" in (await browser.follow(page)).text


@pytest.fixture
async def behind_proxy(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """The house behind a proxy of its own."""
    async with open_house(settings.model_copy(update={"trusted_proxies": TRUSTED}), clock) as opened:
        yield opened


async def test_behind_our_own_proxy_the_school_is_recognised(behind_proxy: House) -> None:
    browser = behind_proxy.browser(PROXY)
    said = {"X-Forwarded-For": AT_SCHOOL}
    page = await say(browser, shortcut(behind_proxy.school), said)
    assert step_of(page) == "group"
    spoofed = {"X-Forwarded-For": f"{AT_SCHOOL}, {ELSEWHERE}"}
    assert step_of(await say(browser, f"/signin/{attempt_of(page)}", spoofed)) == "not_here"

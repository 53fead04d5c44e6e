"""Where a browser is sent next is one of our own pages or an address that a party registered (C-304, ASVS 3.7.2)."""

from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.front import _is_own_path
from tests.house import BASE, House, authorize_url
from tests.journeys.stories import step_of

OWN = ["/", "/account", "/signin/abc_DEF-123", "/signout/done"]
FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/account?next=https://evil.example",
    "/account#https://evil.example",
    "/..//evil.example",
    "/@evil.example",
    "/account\r\nSet-Cookie: x=1",
    "evil.example",
    "",
    " /account",
    "/\u202eevil",
]


@pytest.mark.parametrize("to", OWN)
async def test_the_choice_of_language_comes_back_to_our_own_page(house: House, to: str) -> None:
    page = await house.browser().request("GET", f"/language/en?{urlencode({'to': to})}")
    assert (page.status, page.location) == (303, BASE + to)


@pytest.mark.parametrize("to", FOREIGN)
async def test_any_other_target_is_the_front_door(house: House, to: str) -> None:
    page = await house.browser().request("GET", f"/language/en?{urlencode({'to': to})}")
    assert page.status in {303, 400}
    assert page.location in {BASE + "/", None}


async def test_two_targets_are_none(house: House) -> None:
    page = await house.browser().request("GET", "/language/nl?to=/account&to=//evil.example")
    assert (page.status, page.location) == (400, None)


async def test_an_unknown_language_is_no_page(house: House) -> None:
    for language in ("de", "%2e%2e", "nl%0d%0aX", "NL"):
        page = await house.browser().request("GET", f"/language/{language}?to=/")
        assert page.status == 404
        assert "set-cookie" not in page.response.headers


@given(path=st.text(max_size=30) | st.from_regex(r"/[/\\\\.@:%a-z]{0,12}", fullmatch=True))
def test_a_path_that_passes_stays_on_our_origin(path: str) -> None:
    if _is_own_path(path):
        there = urlsplit(urljoin(BASE + "/signin/x", path))
        assert (there.scheme, there.netloc) == ("https", "inloggen.example")


@pytest.mark.parametrize("name", ["next", "return", "goto", "RelayState", "redirect", "target_link_uri", "url"])
async def test_no_other_parameter_sends_anybody_anywhere(house: House, name: str) -> None:
    browser = house.browser()
    evil = urlencode({name: "https://evil.example/"})
    for url in (f"/?{evil}", f"/account?{evil}", f"/signout?{evil}", f"/signout/done?{evil}"):
        page = await browser.get(url)
        assert "evil.example" not in (page.location or "")
        assert "evil.example" not in page.text
    page = await browser.get(authorize_url(**{name: "https://evil.example/"}).url)
    assert step_of(page) == "group"
    assert "evil.example" not in page.text

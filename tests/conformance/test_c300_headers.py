"""C-300 to C-302: cookies and headers on every route there is, errors included."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from idp.http.pages import Pages
from idp.main import every_route
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance.relying_party import arrives, staff_arrives
from tests.house import BASE, ELSEWHERE, House, authorize_url, open_house, pupil_signs_in, settings_on, staff_signs_in

MAY_BE_KEPT = ("/static/", "/.well-known/", "/oidc/jwks", "/saml/metadata", "/network/saml/metadata", "/logos/")


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


ASKED_BY_SCRIPTS = {("OPTIONS", route.path) for route in every_route() if "OPTIONS" in (route.methods or ())}
"""Where a browser asks whether a script may."""


def is_a_fault(page: Page) -> bool:
    """Whether this is a refusal in SOAP, whose status is 500 whatever was wrong (SOAP 1.1, 6.2)."""
    return page.url.endswith("/soap") and "Fault>" in page.text


def addresses(methods: tuple[str, ...] = METHODS) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, for every method that HTTP has."""
    for route in every_route():
        path = re.sub(r"\{\w+(:path)?\}", "x", route.path)
        for method in methods:
            yield method, path


def check_headers(page: Page, told: str) -> None:
    """What ASVS 3.4 wants of every response."""
    headers, html = page.response.headers, page.response.headers.get("content-type", "").startswith("text/html")
    age = re.fullmatch(r"max-age=(\d+); includeSubDomains", headers["strict-transport-security"])
    assert age, told
    assert int(age.group(1)) >= 365 * 24 * 3600
    assert headers["x-content-type-options"] == "nosniff", told
    assert headers["referrer-policy"] in {"no-referrer", "same-origin"}, told
    policy = headers["content-security-policy"]
    for directive in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy, told
    assert "unsafe" not in policy
    assert "*" not in policy
    if html:
        assert headers["cross-origin-opener-policy"] == "same-origin", told
    if page.location:  # a popup that only passes by keeps its opener
        assert "cross-origin-opener-policy" not in headers, told
    if page.status >= 400 or not page.url.removeprefix(BASE).startswith(MAY_BE_KEPT):
        assert headers["cache-control"] == "no-store", told
    for name in ("server", "x-powered-by", "via"):
        assert name not in headers, told
    check_cookies(page, told)


LIFETIMES = {"__Host-session": None, "__Host-browser": None}
SAME_SITE = {"__Host-browser": "None", "__Host-device": "Strict"}


def check_cookies(page: Page, told: str) -> None:
    """C-300; a session ends with the browser (D23)."""
    for cookie in page.response.headers.get_list("set-cookie"):
        name, attributes = cookie.partition("=")[0], cookie.split("; ")[1:]
        assert name.startswith("__Host-"), told
        assert {"Path=/", "Secure", "HttpOnly"} <= set(attributes), told
        assert not any(attribute.startswith("Domain") for attribute in attributes)
        assert f"SameSite={SAME_SITE.get(name, 'Lax')}" in attributes, told
        assert len(cookie) <= 4096
        gone = "Max-Age=0" in attributes
        if name in LIFETIMES and not gone:
            assert not any(attribute.startswith(("Max-Age", "Expires")) for attribute in attributes), told


@pytest.fixture
async def on_sqlite(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    """A house whose storage is the same in each run: thousands of answers are looked at, and what they carry in their heads knows no storage."""
    async with open_house(settings_on(f"sqlite+aiosqlite:///{tmp_path}/house.sqlite", None), clock) as opened:
        yield opened


async def test_c301_c302_every_route_and_every_method_answers_with_every_header(on_sqlite: House) -> None:
    """Errors included; and nothing crashes on an empty request."""
    browser = on_sqlite.browser()
    seen = 0
    for method, path in addresses():
        page = await browser.request(method, path, data={} if method == "POST" else None)
        told = f"{method} {path}: {page.status}"
        check_headers(page, told)
        assert page.status < 500 or is_a_fault(page), told
        if (method, path) in ASKED_BY_SCRIPTS:
            assert page.status == 204
        elif method in {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}:
            assert page.status in {404, 405}, told
        seen += 1
    assert seen > 100


async def test_c301_pages_of_the_signed_in_too(on_sqlite: House) -> None:
    """With what a route takes; what none takes is refused before anybody is known."""
    for browser in ((await arrives(on_sqlite)).browser, (await staff_arrives(on_sqlite)).browser):
        for method, path in addresses(("GET", "POST")):
            if path != "/signout" or method != "POST":
                page = await browser.request(method, path, data={} if method == "POST" else None)
                check_headers(page, f"{method} {path}: {page.status}")
                assert page.status < 500 or is_a_fault(page)


async def test_c301_what_does_not_exist_has_them(house: House) -> None:
    for path in ("/nergens", "/oidc/nergens", "/signin", "/static/x/y", "/%00", "/é", "/" + "x" * 8000):
        page = await house.browser().request("GET", path)
        check_headers(page, path)
        assert page.status in {404, 405}


@pytest.fixture
async def crashing(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """A house with a room in which something breaks that nobody foresaw."""

    async def crash(_: Request) -> Response:
        raise RuntimeError("a secret in a message")

    async with open_house(settings, clock) as opened:
        opened.app.router.routes.append(Route("/oidc/crash", crash))
        yield opened


async def test_c301_c302_a_crash_has_them_and_shows_nothing_of_itself(crashing: House) -> None:
    browser = crashing.browser()
    page = await browser.request("GET", "/oidc/crash")
    assert page.status == 500
    check_headers(page, "crash")
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page.text)
    response = await browser.client.get("/oidc/crash", headers={"Accept": "application/json"})
    assert response.json() == {"error": "internal", "reference": response.json()["reference"]}
    for text in (page.text, response.text):
        assert "secret in a message" not in text
        assert "Traceback" not in text
        assert "RuntimeError" not in text


async def test_c301_where_no_page_can_be_made_a_bare_one_has_them_too(crashing: House) -> None:
    """A door, a broken rule at one, a page that is not there, a room, and a program: the templates are gone for all of them."""
    crashing.app.state.resources = replace(crashing.resources, pages=cast(Pages, "nothing of a secret"))
    browser = crashing.browser()
    for path in ("/", f"/signin/{'A' * 22}", "/nergens", "/oidc/crash"):
        page = await browser.request("GET", path)
        assert page.status == 500, path
        check_headers(page, path)
        assert page.heading == "Er ging bij ons iets mis"
        assert re.search(r"<p>[2-9A-Z]{4}-[2-9A-Z]{4}</p>", page.text)
        for text in ("secret", "Traceback", "Error", "str"):
            assert text not in page.text
    assert (await browser.client.get("/oidc/crash", headers={"Accept": "application/json"})).json()[
        "error"
    ] == "internal"


async def test_c300_the_cookies_of_every_journey(house: House) -> None:
    """A child, a member of staff, one with a second factor: every Set-Cookie on the way."""
    for name in ("Noor", "juf", "ict"):
        browser = Watched(house.browser().client, BASE)
        page = await browser.get(authorize_url().url)
        if name == "Noor":
            page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
        else:
            page = await staff_signs_in(browser, page, name)
        if name == "ict":
            page = await browser.choose(page, "code", house.code())
        assert "code" in page.query
        await browser.get("/account")
        await browser.get("/language/en?to=/")
        expected = {"__Host-session", "__Host-browser", "__Host-lang"} | (
            {"__Host-device"} if name != "Noor" else set()
        )
        assert expected <= set(browser.cookies)


class Watched(Browser):
    """A browser that minds every response."""

    async def request(
        self, method: str, url: str, *, data: dict[str, str] | None = None, cross_site: bool = False, **more: str
    ) -> Page:
        page = await super().request(method, url, data=data, cross_site=cross_site, **more)
        check_headers(page, f"{method} {page.url}")
        return page


async def test_c302_nothing_personal_stands_in_an_address(house: House) -> None:
    """No name, person, PIN or password in any address of a sign-in; the attempt's id proves nothing by itself."""
    browser = Recording(house.browser().client, BASE)
    page = await browser.get(authorize_url().url)
    await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    other = Recording(house.browser(ELSEWHERE).client, BASE)
    await staff_signs_in(other, await other.get(authorize_url().url), "ict")
    assert min(len(browser.seen), len(other.seen)) >= 6
    for url in browser.seen + other.seen:
        for secret in ("Noor", "Beek", "4711", "ict", "regenboog", "Regenboog"):
            assert secret not in url


class Recording(Browser):
    """A browser that remembers where it was."""

    @property
    def seen(self) -> list[str]:
        found: list[str] = self.__dict__.setdefault("_seen", [])
        return found

    async def request(
        self, method: str, url: str, *, data: dict[str, str] | None = None, cross_site: bool = False, **more: str
    ) -> Page:
        page = await super().request(method, url, data=data, cross_site=cross_site, **more)
        self.seen.append(page.url)
        if page.location and page.location.startswith(BASE):
            self.seen.append(page.location)
        return page

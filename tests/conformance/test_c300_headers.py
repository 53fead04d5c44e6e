"""C-300 to C-304: cookies, headers, hosts and redirects, on every route there is."""

import re
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.settings import Settings
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance.relying_party import arrives, staff_arrives
from tests.house import AT_SCHOOL, BASE, ELSEWHERE, House, authorize_url, open_house, pupil_signs_in, staff_signs_in

MAY_BE_KEPT = ("/static/", "/.well-known/", "/oidc/jwks", "/saml/metadata")


def addresses(house: House) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, for every method that HTTP has."""
    for route in house.app.routes:
        assert isinstance(route, Route), route
        path = re.sub(r"\{\w+(:path)?\}", "x", route.path)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
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
    assert headers["cross-origin-opener-policy"] == "same-origin" or not html, told
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


async def test_c301_c302_every_route_and_every_method_answers_with_every_header(house: House) -> None:
    """Errors included; and nothing crashes on an empty request."""
    browser = house.browser()
    seen = 0
    for method, path in addresses(house):
        page = await browser.request(method, path, data={} if method == "POST" else None)
        told = f"{method} {path}: {page.status}"
        check_headers(page, told)
        assert page.status < 500, told
        if method in {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}:
            assert page.status in {404, 405}, told
        seen += 1
    assert seen > 100


async def test_c301_pages_of_the_signed_in_too(house: House) -> None:
    for browser in ((await arrives(house)).browser, (await staff_arrives(house)).browser):
        for method, path in addresses(house):
            if path != "/signout" or method != "POST":
                page = await browser.request(method, path, data={} if method == "POST" else None)
                check_headers(page, f"{method} {path}: {page.status}")
                assert page.status < 500


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
    await staff_signs_in(other, await other.get(authorize_url().url), "juf")
    assert min(len(browser.seen), len(other.seen)) > 6
    for url in browser.seen + other.seen:
        for secret in ("Noor", "Beek", "4711", "juf", "regenboog.example", "Regenboog"):
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


FOREIGN = {
    "Host": "boos.example",
    "X-Forwarded-Host": "boos.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-For": AT_SCHOOL,
    "X-Real-IP": AT_SCHOOL,
    "True-Client-IP": AT_SCHOOL,
    "CF-Connecting-IP": AT_SCHOOL,
    "Forwarded": f"for={AT_SCHOOL};host=boos.example;proto=http",
}


async def test_c303_headers_of_strangers_change_neither_links_nor_place(house: House) -> None:
    """A child elsewhere stays elsewhere, whatever its browser claims; no link and no redirect leads to another host."""
    browser = house.browser(ELSEWHERE)
    response = await browser.client.get(authorize_url().url, headers={"Accept": "text/html", **FOREIGN})
    assert response.status_code == 303
    assert response.headers["location"].startswith("/signin/")
    browser.cookies["__Host-browser"] = (response.headers["set-cookie"].partition("=")[2].partition(";")[0], "None")
    cookie = {"Cookie": f"__Host-browser={browser.cookies['__Host-browser'][0]}"}
    page = await browser.client.get(response.headers["location"], headers={"Accept": "text/html", **FOREIGN, **cookie})
    assert page.status_code == 200
    assert 'name="way"' in page.text
    assert 'name="group"' not in page.text
    for path in ("/", "/nergens", "/oidc/logout", "/.well-known/openid-configuration", "/saml/metadata"):
        response = await browser.client.get(path, headers=FOREIGN)
        assert "boos.example" not in response.text
        assert "boos.example" not in response.headers.get("location", "")


async def test_c303_only_a_trusted_proxy_says_where_a_child_is(settings: Settings, clock: Clock) -> None:
    """And of what it passes on, only the last hop that is not a proxy of ours counts."""
    behind = settings.model_copy(update={"trusted_proxies": (ip_network("10.0.0.0/8"),)})
    async with open_house(behind, clock) as house:
        for peer, forwarded, at_school in (
            ("10.0.0.1", AT_SCHOOL, True),
            ("10.0.0.1", f"{ELSEWHERE}, {AT_SCHOOL}, 10.9.9.9", True),
            ("10.0.0.1", f"{AT_SCHOOL}, {ELSEWHERE}", False),
            ("10.0.0.1", "onzin", False),
            ("10.0.0.1", f"{AT_SCHOOL}, onzin", False),
            (ELSEWHERE, AT_SCHOOL, False),
        ):
            browser = Forwarded(house.browser(peer).client, BASE, forwarded=forwarded)
            page = await browser.get(authorize_url().url)
            assert bool(page.offers("group")) is at_school, forwarded


class Forwarded(Browser):
    """A browser behind somebody who says where it is."""

    def __init__(self, client: object, base: str, *, forwarded: str) -> None:
        super().__init__(client, base)  # type: ignore[arg-type]
        self.forwarded = forwarded

    async def request(
        self, method: str, url: str, *, data: dict[str, str] | None = None, cross_site: bool = False, **more: str
    ) -> Page:
        more["X-Forwarded-For"] = self.forwarded
        return await super().request(method, url, data=data, cross_site=cross_site, **more)


ELSEWHERES = (
    "https://boos.example/",
    "//boos.example",
    "/\\boos.example",
    "\\\\boos.example",
    "/%2f/boos.example",
    "http:boos.example",
    "javascript:alert(1)",
    "/\t/boos.example",
    "/signin/../../boos",
    "boos.example",
    "/ /boos.example",
    "/account?next=https://boos.example",
    "/account#https://boos.example",
    "",
)


async def test_c304_the_choice_of_language_leads_nowhere_else(house: House) -> None:
    browser = house.browser()
    for target in ELSEWHERES:
        response = await browser.client.get("/language/en", params={"to": target})
        assert (response.status_code, response.headers["location"]) == (303, "/"), target
    response = await browser.client.get("/language/en", params={"to": "/account"})
    assert response.headers["location"] == "/account"


async def test_c304_no_parameter_of_any_page_becomes_a_redirect(house: House) -> None:
    """Every route, every usual name for "and then go there"."""
    names = [
        "next",
        "return",
        "returnUrl",
        "return_to",
        "goto",
        "RelayState",
        "redirect",
        "redirect_uri",
        "url",
        "to",
        "TARGET",
        "wctx",
    ]
    query = "&".join(f"{name}=https://boos.example/" for name in names)
    browser = (await arrives(house)).browser
    for _, path in {address for address in addresses(house) if address[0] == "GET"}:
        page = await browser.request("GET", f"{path}?{query}")
        assert "boos.example" not in (page.location or ""), path

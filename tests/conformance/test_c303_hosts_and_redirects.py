"""C-303 and C-304: neither a header nor a parameter of a stranger decides where anybody is or goes."""

from ipaddress import ip_network

from idp.core.settings import Settings
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance.relying_party import arrives
from tests.conformance.test_c300_headers import addresses
from tests.house import AT_SCHOOL, BASE, ELSEWHERE, House, authorize_url, open_house

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
    assert page.text.count('class="door"') == 3
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
    for browser in (house.browser(), (await arrives(house)).browser):
        for _, path in {address for address in addresses() if address[0] == "GET"}:
            page = await browser.request("GET", f"{path}?{query}")
            assert "boos.example" not in (page.location or ""), path

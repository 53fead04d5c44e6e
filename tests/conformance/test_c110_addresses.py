"""C-110 to C-112: an answer goes to an address that was registered, letter for letter, or nowhere (RFC 9700 2.1)."""

from tests.conformance.relying_party import (
    arrives,
    basic,
    post_token,
    redeems,
    register,
    token_form,
)
from tests.house import CALLBACK, House, authorize_url

# Everything that is nearly the registered https://rekenrijk.example/callback.
NEARLY = (
    CALLBACK + "/",
    CALLBACK + "?",
    CALLBACK + "?meer=1",
    CALLBACK + "#",
    CALLBACK + "#stuk",
    CALLBACK + "/../callback",
    CALLBACK + "/..",
    CALLBACK + "%2f",
    CALLBACK + "x",
    CALLBACK + " ",
    CALLBACK[:-1],
    CALLBACK.upper(),
    CALLBACK.replace("callback", "Callback"),
    CALLBACK.replace("callback", "%63allback"),
    CALLBACK.replace("/callback", "/./callback"),
    CALLBACK.replace("/callback", "//callback"),
    CALLBACK.replace("/callback", "/%2e/callback"),
    CALLBACK.replace("https://", "http://"),
    CALLBACK.replace("https://", "HTTPS://"),
    CALLBACK.replace("https://", "https:/"),
    CALLBACK.replace("https://", "//"),
    CALLBACK.replace("rekenrijk.example", "REKENRIJK.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example."),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example:443"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example:8443"),
    CALLBACK.replace("rekenrijk.example", "www.rekenrijk.example"),
    CALLBACK.replace("rekenrijk.example", "boos.example/rekenrijk.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example.boos.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example@boos.example"),
    CALLBACK.replace("rekenrijk.example", "noor@rekenrijk.example"),
    CALLBACK.replace("rekenrijk.example", "rekenrijk.example\\@boos.example"),
    CALLBACK.replace("rekenrijk", "rеkenrijk"),  # a Cyrillic е
    CALLBACK.replace("rekenrijk", "ｒekenrijk"),  # a full-width r
    "https://boos.example/?x=" + CALLBACK,
    "javascript:alert(1)//" + CALLBACK,
    "data:text/html,<script>alert(1)</script>",
    "JAVASCRIPT:alert(1)",
    "https://127.0.0.1/callback",
    "http://localhost/callback",
    "callback",
    "/callback",
    CALLBACK + "\n",
    CALLBACK + "\t",
    CALLBACK + "," + CALLBACK,
    CALLBACK + " " + CALLBACK,
)


async def test_c110_c111_a_redirect_uri_is_the_registered_string_or_there_is_no_redirect(house: House) -> None:
    browser = (await arrives(house)).browser
    for uri in NEARLY:
        page = await browser.request("GET", authorize_url(redirect_uri=uri).url)
        assert (page.status, page.location) == (400, None), uri
        assert "boos.example" not in page.text
    page = await browser.request("GET", authorize_url(redirect_uri=None).url)
    assert (page.status, page.location) == (400, None)


async def test_c043_c044_c045_c046_c110_two_registered_addresses_and_each_gets_its_own(house: House) -> None:
    """With their queries, letter for letter; with none sent, another one or one added there is no redirect."""
    uris = [CALLBACK + "?app=1", CALLBACK + "?app=2"]
    await register(house, "tweemond", redirect_uris=uris)
    browser = house.browser()
    for uri in uris:
        arrival = await arrives(house, browser, client_id="tweemond", redirect_uri=uri)
        assert (arrival.page.location or "").startswith(f"{uri}&code=")
        response = await redeems(house, arrival, client_id="tweemond", redirect_uri=uri)
        assert response.status_code == 200
    for wrong in (None, CALLBACK, CALLBACK + "?app=3", uris[0] + "&app=2", uris[0] + "&meer=1", uris[0] + "&"):
        page = await browser.request("GET", authorize_url(client_id="tweemond", redirect_uri=wrong).url)
        assert (page.status, page.location) == (400, None), wrong


NATIVE = "http://127.0.0.1/na/inloggen"


async def test_c110_only_a_native_apps_loopback_port_may_vary(house: House) -> None:
    """RFC 8252 7.3: the port of 127.0.0.1 and [::1], nothing else of it."""
    six = "http://[::1]:4000/na/inloggen"
    await register(house, "tablet", redirect_uris=[NATIVE, six], application_type="native")
    browser = house.browser()
    for uri in (NATIVE, NATIVE.replace("127.0.0.1", "127.0.0.1:51234"), six.replace("4000", "61234")):
        arrival = await arrives(house, browser, client_id="tablet", redirect_uri=uri)
        assert (arrival.page.location or "").startswith(f"{uri}?code=")
    for uri in (
        NATIVE.replace("127.0.0.1", "127.0.0.2:1"),
        NATIVE.replace("127.0.0.1", "localhost:1"),
        NATIVE.replace("127.0.0.1", "127.0.0.1.boos.example:1"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:1@boos.example"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:123456"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:１２３"),  # full-width digits
        NATIVE.replace("http:", "https:"),
        NATIVE.replace("127.0.0.1", "127.0.0.1:1") + "/meer",
        NATIVE.replace("127.0.0.1", "127.0.0.1:1") + "?meer=1",
        NATIVE.replace("127.0.0.1", "127.0.0.1:1") + "#stuk",
        NATIVE.replace("127.0.0.1", "[::1]:1").replace("inloggen", "elders"),
    ):
        page = await browser.request("GET", authorize_url(client_id="tablet", redirect_uri=uri).url)
        assert (page.status, page.location) == (400, None), uri


async def test_c110_a_web_client_gets_no_such_freedom(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(redirect_uri="http://127.0.0.1:1/callback").url)
    assert (page.status, page.location) == (400, None)


async def test_c111_c129_an_unknown_client_is_a_page_that_tells_nothing(house: House) -> None:
    browser = (await arrives(house)).browser
    for client_id in ("onbekend", "", None, "REKENRIJK", "rekenrijk ", "rekenrijk' OR '1'='1", "x" * 5000):
        page = await browser.request("GET", authorize_url(client_id=client_id).url)
        assert (page.status, page.location) == (400, None), client_id
        assert "OR" not in page.text


async def test_c112_a_parameter_twice_is_refused_and_never_decides_where_to_go(house: House) -> None:
    browser = (await arrives(house)).browser
    url = authorize_url().url
    for extra in ("client_id=rekenrijk", "redirect_uri=" + CALLBACK, "client_id=", "client_id=boos"):
        page = await browser.request("GET", f"{url}&{extra}")
        assert (page.status, page.location) == (400, None), extra
    for extra in (
        "scope=openid",
        "nonce=2",
        "response_type=code",
        "state=2",
        "code_challenge=x",
        "onbekend=1&onbekend=2",
    ):
        page = await browser.request("GET", f"{url}&{extra}")
        assert page.query["error"] == "invalid_request", extra
        assert "code" not in page.query


async def test_c112_at_the_token_endpoint_too(house: House) -> None:
    browser = house.browser()
    for name in ("code", "grant_type", "redirect_uri", "code_verifier", "client_id", "onbekend"):
        arrival = await arrives(house, browser)
        form = "&".join(f"{key}={value}" for key, value in token_form(arrival).items())
        body = f"{form}&{name}=1&{name}=1".encode()
        response = await post_token(browser, body, headers=basic("rekenrijk", house.client_secret))
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), name

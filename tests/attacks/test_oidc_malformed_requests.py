"""Bytes that are no text, names that stand twice, bodies that never end: a clear answer of ours and nothing else (C-112, C-327)."""

import re
from collections.abc import AsyncIterator

import httpx2 as httpx

from tests.conformance.relying_party import arrives, basic, redeems, token_form, tokens_of
from tests.house import House, authorize_url

FORM = "application/x-www-form-urlencoded"
NO_TEXT = (b"%ff", b"\xff", b"%c3%28", b"%ed%a0%80", b"%f8%a1%a1%a1%a1", b"%c0%af", b"%00", b"a%00b")


def is_ours(response: httpx.Response) -> bool:
    """A refusal in our own words: JSON with an error, or a page with a reference; no trace, no echo."""
    if response.headers["content-type"].startswith("application/json"):
        return set(response.json()) in ({"error", "error_description"}, {"error", "reference"}, {"error"})
    return re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", response.text) is not None and "Traceback" not in response.text


async def test_bytes_that_are_no_utf8_are_refused_everywhere(house: House) -> None:
    arrival = await arrives(house)
    client, known = arrival.browser.client, basic("rekenrijk", house.client_secret)
    good = authorize_url().url.partition("?")[2].encode()
    for raw in NO_TEXT:
        for path, query in (
            ("/oidc/authorize", good + b"&extra=" + raw),
            ("/oidc/authorize", good.replace(b"toestand-1", raw)),
            ("/oidc/authorize", good + b"&" + raw + b"=1"),
            ("/oidc/logout", b"state=" + raw),
            ("/language/en", b"to=" + raw),
        ):
            # As bytes: what the server gets, whatever a client would have made of it.
            response = await client.send(_get(path, query))
            assert response.status_code == 400, (path, raw)
            assert "location" not in response.headers
            assert is_ours(response)
        body = b"grant_type=authorization_code&code=" + raw
        response = await client.post("/oidc/token", content=body, headers={**known, "Content-Type": FORM})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        response = await client.post("/oidc/userinfo", content=b"access_token=" + raw, headers={"Content-Type": FORM})
        assert response.status_code == 401


def _get(path: str, query: bytes) -> httpx.Request:
    request = httpx.Request("GET", f"https://inloggen.example{path}")
    request.url = _Raw(request.url, query)
    return request


class _Raw(httpx.URL):
    """An address whose query is sent as the bytes that were given."""

    def __init__(self, url: httpx.URL, query: bytes) -> None:
        super().__init__(url)
        self._query = query

    @property
    def query(self) -> bytes:
        return self._query

    @property
    def raw_path(self) -> bytes:
        return self.path.encode() + b"?" + self._query


async def test_a_client_name_with_nul_or_other_scripts_is_nobody(house: House) -> None:
    """The database never sees it: PostgreSQL would refuse NUL with an error of its own."""
    arrival = await arrives(house)
    for name in ("rekenrijk%00", "%00", "%e9", "r%C3%A9kenrijk", "\x00rekenrijk", "rekenrijk\r\n", "x" * 100_000):
        response = await arrival.browser.client.post(
            "/oidc/token", data=token_form(arrival), headers=basic(name, house.client_secret)
        )
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), name[:20]


async def test_a_hundred_parameters_are_enough(house: House) -> None:
    browser = (await arrives(house)).browser
    url = authorize_url().url
    had = url.count("&") + 1
    page = await browser.request("GET", url + "".join(f"&p{n}=x" for n in range(100 - had)))
    assert "code" in page.query
    page = await browser.request("GET", url + "".join(f"&p{n}=x" for n in range(101 - had)))
    assert (page.status, page.location) == (400, None)
    page = await browser.request("GET", url + "&" * 200)
    assert (page.status, page.location) == (400, None)


async def test_a_megabyte_is_refused_before_it_is_read(house: House) -> None:
    arrival = await arrives(house)
    client, known = arrival.browser.client, basic("rekenrijk", house.client_secret)
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(16):
            taken += 64 * 1024
            yield b"x" * 64 * 1024

    for path in (
        "/oidc/token",
        "/oidc/authorize",
        "/oidc/logout",
        "/oidc/userinfo",
        "/signin",
        "/signin/x",
        "/signout",
    ):
        response = await client.post(path, content=b"a=" + b"x" * 1024 * 1024, headers={**known, "Content-Type": FORM})
        assert response.status_code in {400, 401, 413}, path
        assert is_ours(response)
    response = await client.post("/oidc/token", content=endless(), headers={**known, "Content-Type": FORM})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    # And the next one is served as ever.
    assert (await redeems(house, arrival)).status_code == 200


async def test_another_content_type_is_refused(house: House) -> None:
    """No JSON, no multipart (V-31), no body that a browser would send without asking."""
    arrival = await arrives(house)
    client, known = arrival.browser.client, basic("rekenrijk", house.client_secret)
    body = "&".join(f"{name}={value}" for name, value in token_form(arrival).items())
    for kind in (
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencodedx",
    ):
        response = await client.post("/oidc/token", content=body, headers={**known, "Content-Type": kind})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), kind
        for path in ("/oidc/authorize", "/oidc/logout", "/signin"):
            response = await client.post(path, content=body, headers={"Content-Type": kind})
            assert response.status_code == 400
            assert is_ours(response)


async def test_what_is_nearly_a_form_means_what_it_says(house: House) -> None:
    """Empty names, empty parts, a plus and an equals sign in a value: read once, the same way everywhere."""
    browser = (await arrives(house)).browser
    for extra in ("&", "&&", "&=", "&=x", "&x", "&x="):
        page = await browser.request("GET", authorize_url().url + extra)
        assert "code" in page.query, extra
    page = await browser.request("GET", authorize_url(state="").url)
    assert "state" not in page.query
    page = await browser.request("GET", authorize_url(state=None).url + "&state=a+b%2Bc=d")
    assert page.query["state"] == "a b+c=d"
    # A semicolon separates nothing (WHATWG): what follows it is value, not a parameter.
    page = await browser.request("GET", authorize_url(state=None).url + "&state=a;redirect_uri=https://boos.example")
    assert page.query["state"] == "a;redirect_uri=https://boos.example"


async def test_a_header_that_is_no_text_is_nobody(house: House) -> None:
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"].encode()
    client = arrival.browser.client
    for value in (b"Bearer \xff\xfe", b"Bearer", b"Bearer  ", b"\xff", b"Bearer a b", b"Token " + token, token):
        response = await client.get("/oidc/userinfo", headers={b"Authorization": value})
        assert response.status_code == 401, value
        assert is_ours(response)
    for value in (b"Basic \xff\xfe", b"Basic =", b"Basic", b"\xff", b"Basic OjpA", b"Negotiate abc"):
        response = await client.post("/oidc/token", data=token_form(arrival), headers={b"Authorization": value})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), value


async def test_cookies_that_are_no_cookies_are_nobody(house: House) -> None:
    for cookie in (
        "__Host-session=",
        "__Host-session=" + "x" * 5000,
        "__Host-session=%00; __Host-browser=%ff",
        "=; ;;; __Host-session",
        "__Host-browser=x; __Host-session=y; __Host-session=z",
    ):
        response = await house.browser().client.get(authorize_url(prompt="none").url, headers={"Cookie": cookie})
        assert response.status_code == 302
        assert "error=login_required" in response.headers["location"]

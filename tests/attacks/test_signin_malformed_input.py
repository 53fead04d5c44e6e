"""Bytes that are no text, names that stand twice, too much of everything: a clear no with a reference, never a crash (C-112, C-327, V-31)."""

import re

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.http import cookies
from tests.browser import Browser, Page
from tests.house import House, authorize_url
from tests.inside import stored
from tests.journeys.stories import at_our_door, shortcut, to_the_secret

URLENCODED = "application/x-www-form-urlencoded"
BODIES = {
    "no UTF-8": (b"way=%ff", URLENCODED),
    "no UTF-8 raw": (b"way=\xc3\x28", URLENCODED),
    "overlong UTF-8": (b"way=%c0%af", URLENCODED),
    "half a character": (b"way=%ed%a0%80", URLENCODED),
    "NUL": (b"way=staff%00", URLENCODED),
    "twice": (b"way=staff&way=pupil", URLENCODED),
    "twice, written otherwise": (b"way=staff&%77ay=pupil", URLENCODED),
    "too many": (b"&".join(b"f%d=1" % n for n in range(2000)), URLENCODED),
    "too large": (b"way=" + b"x" * 70_000, URLENCODED),
    "json": (b'{"way": "staff"}', "application/json"),
    "multipart": (
        b'--x\r\nContent-Disposition: form-data; name="way"\r\n\r\nstaff\r\n--x--',
        "multipart/form-data; boundary=x",
    ),
    "text": (b"way=staff", "text/plain"),
    "no type": (b"way=staff", ""),
}


def clear(page: Page | httpx.Response) -> None:
    """A refusal that a person can read and report."""
    status = page.status if isinstance(page, Page) else page.status_code
    assert 400 <= status < 500, status
    assert re.search(r'class="reference">.*<code>[2-9A-Z]{4}-[2-9A-Z]{4}</code>', page.text)
    assert "Traceback" not in page.text


async def post(browser: Browser, url: str, body: bytes, kind: str) -> httpx.Response:
    headers = {"Accept": "text/html", **({"Content-Type": kind} if kind else {})}
    sent = {name: value for name, (value, _) in browser.cookies.items()}
    if sent:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in sent.items())
    return await browser.client.post(url, content=body, headers=headers)


@pytest.mark.parametrize("case", BODIES)
async def test_a_body_that_is_not_one_clear_form_is_refused(house: House, case: str) -> None:
    body, kind = BODIES[case]
    browser = house.browser()
    form = (await at_our_door(browser)).form("email")
    for url in ("/signin", form.action, "/signout"):
        clear(await post(browser, url, body, kind))
    assert await stored(house, "session") == 0


@pytest.mark.parametrize(
    "query", ["INSTELLING_REF=%ff", "INSTELLING_REF=a&INSTELLING_REF=b", "x=%00", "&".join(["a=1"] * 2)]
)
async def test_a_query_that_is_not_clear_is_refused(house: House, query: str) -> None:
    clear(await house.browser().request("GET", f"/login/leerlingen/snelkoppelaar?{query}"))
    clear(await house.browser().request("GET", f"/language/nl?{query}"))


@pytest.mark.parametrize(
    "path",
    [
        "/signin/%ff",
        "/signin/%00",
        "/signin/" + "A" * 5000,
        "/signin/..%2f..%2fetc%2fpasswd",
        "/signin/%F0%9F%90%A2",
        "/signin/<script>alert(1)</script>",
        "/static/..%2f..%2fidp%2fmain.py",
        "/static/%2e%2e/%2e%2e/main.py",
        "/oidc/authorize/%ff",
        "/saml/sso/%00",
        "/%ff",
    ],
)
async def test_an_address_that_is_none_is_refused(house: House, path: str) -> None:
    browser = house.browser()
    await at_our_door(browser)
    page = await browser.request("GET", path)
    clear(page)
    assert "<script>alert" not in page.text


ODD = ["", "x", "é", "\x7f", '"', "a=b=c", "x" * 4000, "../..", "%00", "null", "';--"]


@pytest.mark.parametrize("name", [cookies.SESSION, cookies.BROWSER, cookies.DEVICE, cookies.EMAIL, cookies.LANG])
@pytest.mark.parametrize("value", ODD)
async def test_a_cookie_that_is_none_of_ours_is_no_cookie(house: House, name: str, value: str) -> None:
    browser = house.browser()
    browser.cookies[name] = value.encode("latin-1").decode("ascii", "ignore"), "None"
    for url in ("/", "/account", authorize_url().url, shortcut(house.school)):
        page = await browser.get(url)
        assert page.status == 200
    assert await stored(house, "session") == 0


@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["way", "step", "ticket", "back", "group", "child", "pin", "pick", "picked", "undo", "email", "code", "who"]
        ),
        st.text(max_size=20),
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_form_whatever_breaks_the_journey(house: House, fields: dict[str, str]) -> None:
    browser = house.browser()
    page = await to_the_secret(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6")
    form = page.form("pin")
    for given_ in (fields, {**form.hidden, **fields}, {**fields, **form.hidden}):
        answer = await browser.post(form.action, given_)
        assert answer.status in {200, 400, 403}
    assert await stored(house, "session") == 0
    assert (await browser.get(page.url)).status == 200

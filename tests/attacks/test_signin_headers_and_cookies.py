"""What stands on every response, whatever happened: cookies, headers, and nothing that tells how we work inside (C-300 to C-302)."""

import re
from dataclasses import replace

from idp.core.valkey import RedisStore
from idp.http import cookies
from tests.browser import Page
from tests.cards import card_of, shows
from tests.house import House, authorize_url, pupil_signs_in, staff_signs_in
from tests.journeys.stories import at_our_door, shortcut, teacher_signs_in, to_the_secret
from tests.listening import NOWHERE

SAME_SITE = {
    cookies.SESSION: "Lax",
    cookies.BROWSER: "None",
    cookies.DEVICE: "Strict",
    cookies.EMAIL: "Lax",
    cookies.LANG: "Lax",
    cookies.GROUP: "Lax",
    cookies.BY_CARD: "Lax",
}
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


PUBLIC = re.compile(r"/static/|/\.well-known/openid-configuration$|/oidc/jwks$|/saml/metadata$")
"""What is the same for everybody may be kept by caches."""


def check(page: Page) -> None:
    """The headers that no response is without."""
    headers = page.response.headers
    for name, value in EVERYWHERE.items():
        assert headers.get_list(name) == [value], (name, page.url)
    # A redirect is no page: with it, a publisher's popup that only passes by would lose its opener.
    opener = [] if page.location else ["same-origin"]
    assert headers.get_list("cross-origin-opener-policy") == opener, page.url
    assert headers["referrer-policy"] in {"no-referrer", "same-origin"}
    lifetime = re.fullmatch(r"max-age=(\d+); includeSubDomains", headers["strict-transport-security"])
    assert lifetime is not None
    assert int(lifetime.group(1)) >= 365 * 24 * 3600
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert "*" not in headers["content-security-policy"]
    if page.status != 200 or not PUBLIC.search(page.url):
        assert headers["cache-control"] == "no-store", page.url
    for leaky in ("server", "x-powered-by", "access-control-allow-credentials"):
        assert leaky not in headers
    assert "Traceback" not in page.text
    assert ".py" not in page.text


async def test_every_kind_of_answer_has_them(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', (await browser.get("/")).text)
    assert stylesheet is not None
    asked = [
        ("GET", "/"),
        ("GET", "/account"),
        ("GET", "/signout"),
        ("GET", "/signout/done"),
        ("GET", stylesheet.group(1)),
        ("GET", "/static/none/none.css"),
        ("GET", "/no-such-page"),
        ("GET", "/signin/unknown"),
        ("POST", "/account"),
        ("PUT", "/"),
        ("TRACE", "/"),
        ("OPTIONS", "/account"),
        ("GET", "/signin"),
        ("GET", "/login/leerlingen/snelkoppelaar"),
        ("GET", shortcut(house.school)),
        ("GET", "/oidc/authorize"),
        ("GET", authorize_url().url),
        ("GET", authorize_url(client_id="nobody").url),
        ("GET", "/oidc/userinfo"),
        ("GET", "/.well-known/openid-configuration"),
        ("GET", "/language/nl?to=/"),
        ("GET", "/language/xx"),
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/saml/sso"),
        ("POST", "/signin/unknown"),
    ]
    for method, url in asked:
        page = await browser.request(method, url, data={} if method in {"POST", "PUT"} else None)
        check(page)
        if method == "TRACE":
            assert page.status == 405


async def test_the_pages_of_a_sign_in_have_them(house: House) -> None:
    browser = house.browser()
    page = await to_the_secret(browser, await browser.get(authorize_url().url), house, "Noor", "Groep 6")
    check(page)
    assert "form-action" not in page.response.headers["content-security-policy"], "the form may end at the party (D25)"
    assert page.response.headers["referrer-policy"] == "same-origin"
    check(await browser.choose(page, "pin", "1111"))


async def test_a_crash_has_them_too_and_a_reference_but_no_trace(house: House) -> None:
    browser = house.browser()
    page = await at_our_door(browser)
    house.app.state.resources = replace(house.resources, hasher=None)  # type: ignore[arg-type]
    page = await browser.choose(page, "email", "juf@regenboog.example", password="x")
    assert page.status == 500
    check(page)
    assert "AttributeError" not in page.text
    assert re.search(r'class="reference">.*<code>[2-9A-Z]{4}-[2-9A-Z]{4}</code>', page.text)


async def test_a_store_that_is_away_has_them_too(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    store = RedisStore(f"redis://{NOWHERE}/0")
    house.app.state.resources = replace(house.resources, floor=replace(house.floor, store=store))
    page = await browser.get("/account")
    assert page.status == 503
    check(page)
    await store.close()


async def test_every_cookie_is_ours_alone(house: House) -> None:
    browser, set_cookies = house.browser(), []

    async def keep(response: object) -> None:
        set_cookies.extend(response.headers.get_list("set-cookie"))  # type: ignore[attr-defined]

    browser.client.event_hooks["response"].append(keep)
    await browser.get("/language/en?to=/")
    await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    page = await at_our_door(browser)
    await browser.choose(page, "email", "juf@regenboog.example", password="Regenboog-fiets-7", remember="1")
    await browser.post("/signout", {**(await browser.get("/signout")).form("answer").hidden, "answer": "yes"})
    await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    await browser.post("/signout", {**(await browser.get("/account")).form("not_me").hidden})
    await shows(house, browser, await card_of(house, "Noor"))
    assert {cookie.partition("=")[0] for cookie in set_cookies} == set(SAME_SITE)
    for cookie in set_cookies:
        pair, *attributes = cookie.split("; ")
        name = pair.partition("=")[0]
        assert {"Path=/", "Secure", "HttpOnly", f"SameSite={SAME_SITE[name]}"} <= set(attributes), name
        assert not any(attribute.lower().startswith("domain") for attribute in attributes)
        assert len(cookie) <= 4096


async def test_session_values_are_256_random_bits_that_the_store_does_not_know(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    value = browser.cookies[cookies.SESSION][0]
    assert re.fullmatch(r"[\w-]{43}", value)
    for kind in ("session", "attempt"):
        assert await house.floor.store.get(kind, value.encode()) is None


async def test_no_secret_ever_stands_in_an_address(house: House) -> None:
    browser, addresses = house.browser(), []

    async def keep(response: object) -> None:
        addresses.append(str(response.url))  # type: ignore[attr-defined]
        addresses.append(response.headers.get("location", ""))  # type: ignore[attr-defined]

    browser.client.event_hooks["response"].append(keep)
    page = await to_the_secret(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6")
    ticket = page.form("pin").hidden["ticket"]
    await browser.choose(page, "pin", "4711")
    await teacher_signs_in(browser)
    browser.drop(cookies.GROUP)  # the number of a group, which stands in addresses of teachers too
    secrets = [ticket, "4711", "juf@", "Regenboog-fiets-7", *(value for value, _ in browser.cookies.values())]
    for address in addresses:
        # The school's own reference is made of chance, and may hold the digits of any PIN.
        told = address.replace(house.school.instelling_ref, "")
        assert not [secret for secret in secrets if secret in told]

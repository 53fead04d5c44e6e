"""C-040: the answer as a form that the browser sends on."""

import re

from tests.browser import Page, forms_of
from tests.conformance.relying_party import Arrival, arrives, redeems
from tests.house import BASE, CALLBACK, House, authorize_url


def answer_of(page: Page) -> dict[str, str]:
    """What the form would post, once it is seen to be the right kind of form."""
    (form,) = forms_of(page.text)
    assert form.action == CALLBACK
    assert re.search(r'<form method="post"', page.text)
    assert "enctype" not in page.text  # the default is application/x-www-form-urlencoded
    return form.hidden


async def test_c040_the_code_comes_in_a_form_and_nowhere_else(house: House) -> None:
    browser = (await arrives(house)).browser
    asked = authorize_url(response_mode="form_post")
    page = await browser.request("GET", asked.url)
    assert page.status == 200
    assert page.location is None
    answer = answer_of(page)
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("toestand-1", BASE)
    assert page.text.count(answer["code"]) == 1
    response = await redeems(house, Arrival(browser, page, asked), code=answer["code"])
    assert response.status_code == 200


async def test_c040_works_with_the_pages_own_policy(house: House) -> None:
    """The script that sends it is ours, the form may end at the party, nobody keeps or frames the page (C-123, C-302)."""
    browser = (await arrives(house)).browser
    page = await browser.request("GET", authorize_url(response_mode="form_post").url)
    headers = page.response.headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "form-action" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    (script,) = re.findall(r'<script src="([^"]+)"', page.text)
    assert (await browser.request("GET", script)).status == 200
    for address in re.findall(r'(?:href|src)="([^"]+)"', page.text):
        assert address.startswith(("/", "#"))
    # A second look at this page in the other language would need a second code.
    assert "/language/" not in page.text


async def test_c040_errors_come_in_a_form_too(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(response_mode="form_post", prompt="none").url)
    answer = answer_of(page)
    assert answer["error"] == "login_required"
    assert answer["iss"] == BASE


STATES = ['"><script>alert(1)</script>', "a&b=c", "' onfocus=x", "{{7*7}}", "ünïcode ☂", "a\r\nSet-Cookie: b=c"]


async def test_c040_c132_a_state_stays_a_state(house: House) -> None:
    """Whatever it holds: it comes back as it was, as data, in the form and in the address."""
    browser = (await arrives(house)).browser
    for state in STATES:
        page = await browser.request("GET", authorize_url(response_mode="form_post", state=state).url)
        assert answer_of(page)["state"] == state
        assert "<script>alert" not in page.text
        page = await browser.request("GET", authorize_url(state=state).url)
        assert page.query["state"] == state
        assert set(page.query) == {"code", "state", "iss"}


async def test_c040_other_modes_are_refused(house: House) -> None:
    for mode in ("fragment", "jwt", "query.jwt", "web_message"):
        page = await house.browser().request("GET", authorize_url(response_mode=mode).url)
        assert page.query["error"] == "invalid_request"

"""Every route that changes something asks for a ticket of ours or for a client's proof (C-133)."""

import pytest
from starlette.routing import Route

from idp.main import ROUTES
from tests.house import House

# What may be posted to without a ticket, and why.
OPEN = {
    "/signin": "begins a sign-in of the visitor's own; nothing is given away by beginning one",
    "/oidc/authorize": "the protocol's own endpoint: a request is checked against the client's registration",
    "/oidc/token": "client authentication and PKCE",
    "/oidc/userinfo": "an access token",
    "/oidc/logout": "a hint that we signed, or a page that asks",
    "/saml/sso": "the protocol's own endpoint: a request is checked against the party's metadata",
}
POSTS = sorted({route.path for route in ROUTES if isinstance(route, Route) and "POST" in (route.methods or ())})


@pytest.mark.parametrize("path", [path for path in POSTS if path not in OPEN])
async def test_a_post_without_a_ticket_has_no_effect(house: House, path: str) -> None:
    browser = house.browser()
    page = await browser.request("POST", path.replace("{attempt}", "AAAAAAAAAAAAAAAAAAAAAA"), data={"step": "way"})
    assert page.status in {303, 403, 410}
    assert "__Host-session" not in browser.cookies


def test_the_list_of_open_doors_is_not_longer_than_it_must_be() -> None:
    assert set(OPEN) <= set(POSTS)

"""Every route that changes something is guarded, and the guard works (C-133; architecture, section 6)."""

import pytest
from starlette.routing import Route

from idp.main import every_route
from idp.web.board import rooms as board
from idp.web.classroom import rooms as classroom
from idp.web.desk import rooms as desk
from idp.web.helpdesk import rooms as helpdesk
from idp.web.party import rooms as party
from tests.house import House, authorize_url
from tests.journeys.stories import teacher_signs_in

ROUTES = every_route()
TICKETS = {
    "/signin/{attempt}": "a ticket of attempt, browser and step",
    "/signin/{attempt}/{door}": "a ticket of attempt, browser and step",
    "/signout": "a ticket of the session",
    "/account/password": "a ticket of the session, proven freshly",
    "/account/sessions": "a ticket of the session",
    "/account/school": "a ticket of the session; a school of one's own only",
    "/account/two-steps": "a ticket of the session, proven freshly",
    "/account/two-steps/off": "a ticket of the session, proven freshly",
    "/account/two-steps/app": "a ticket of the session, proven freshly",
    "/device": "a ticket of the browser; the token of a link, good until it is withdrawn",
    "/nieuwe-school/nederland": "a ticket of the browser; mails a link to the address that was typed, in our own words, a few times an hour",
    "/nieuwe-school/buitenland": "a ticket of the browser; mails a link to the address that was typed, in our own words, a few times an hour",
    "/help/outage": "a ticket of the browser; mails the helpdesk what was typed, a few times an hour for a network",
    "/account/invitation": "a ticket of the session, or the token of a mail where the account cannot sign in",
}
MAILED = {
    "/activate": "the token of a mail, good once",
    "/password/reset": "the token of a mail, good once",
    "/thuis/wachtwoord": "the token of a mail, good once",
    "/account/address": "the token of a mail, good once",
    "/nieuwe-school/aanvraag/brief": "the link of an application, good until it is replaced; shows its letter",
    "/nieuwe-school/aanvraag/ondertekend": "the link of an application, good until it is replaced; takes a letter until somebody said yes",
    "/board/invitation": "the token of a mail, good once; and a ticket of the very person's session where the account can sign in",
}
DESK = {route.path for route in desk.ROUTES if "POST" in (route.methods or ())}
"""A ticket of session and school, and before it the right to sit there: see tests/desk/test_who_may_sit_there.py and tests/tenancy."""
CLASSROOM = {route.path for route in classroom.ROUTES if "POST" in (route.methods or ())}
"""A ticket of session and group, and before it the right to be there: see tests/classroom/test_who_may_be_there.py."""
BOARD = {route.path for route in board.ROUTES if "POST" in (route.methods or ()) and "{board}" in route.path}
"""A ticket of session and board, and before it a role on that board: see tests/board and tests/tenancy."""
PARTY = {route.path for route in party.ROUTES if "POST" in (route.methods or ())}
"""A ticket of session and party, and before it a contact of that party: see tests/sandbox/test_contacts.py."""
HELPDESK = {route.path for route in helpdesk.ROUTES if "POST" in (route.methods or ())}
"""A ticket of the session, and before it the platform's own people: see tests/helpdesk/test_who_works_there.py."""
CLIENTS = {
    "/oidc/token": "client authentication, or a code with its PKCE verifier for public clients",
    "/oidc/par": "client authentication; what is kept does nothing until a browser brings its name",
    "/oidc/revoke": "client authentication, or the token itself for public clients",
    "/oidc/introspect": "client authentication",
}
BEARERS = {"/oidc/userinfo": "an access token in the Authorization header"}
OPEN = {
    "/signin": "begins a sign-in for whoever asks and changes nothing for anybody who is signed in",
    "/password/forgotten": "mails a link to nobody but the address itself, a few times an hour; the password stays what it was",
    "/oidc/authorize": "OIDC Core 3.1.2.1: GET and POST are alike; the answer goes to a registered address",
    "/oidc/logout": "RP-Initiated Logout 1.0, 2: ends a session only by a hint that we signed about that very person, else it asks",
    "/network/saml/acs": "Bindings 3.5: an answer counts by its signature, for a question that waits in this browser; else it is a hint",
    "/network/oidc/start": "OIDC Core 4: begins a sign-in at a provider for whoever asks, as a link would",
    "/network/saml/slo": "Profiles 4.4: ends a session only by a signed request of the provider that opened that very session",
    "/network/saml/slo/soap": "Profiles 4.4: as by a browser; there is no cookie to ride on",
    "/network/oidc/logout": "Back-Channel Logout 2.6: ends a session only by a token that the provider of that very session signed",
    "/saml/slo": "Profiles 4.4: ends a session only by a signed request of a party that knows that very session",
    "/saml/slo/soap": "Profiles 4.4: as by a browser; there is no cookie to ride on",
    "/saml/sso": "Bindings 3.5: the request is as trusted as its signature; the answer goes to an address of the metadata",
}


WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


def posted() -> set[str]:
    return {route.path for route in ROUTES if "POST" in (route.methods or ())}


def test_every_post_is_guarded_or_open_for_a_reason() -> None:
    groups = [set(TICKETS), set(MAILED), DESK, CLASSROOM, BOARD, PARTY, HELPDESK, set(CLIENTS), set(BEARERS), set(OPEN)]
    assert posted() == set().union(*groups)
    assert sum(map(len, groups)) == len(posted()), "each in one group"


def test_nothing_else_changes_anything() -> None:
    methods = {(method, route.path) for route in ROUTES for method in route.methods or ()}
    others = {(method, path) for method, path in methods if method not in {"GET", "HEAD", "POST"}}
    told = ("/oidc/userinfo", "/oidc/token", "/oidc/par", "/oidc/revoke", "/oidc/jwks", *WELL_KNOWN)
    assert others == {("OPTIONS", path) for path in told}, "a preflight, which only tells"


def test_no_path_leads_to_two_places() -> None:
    seen = [(method, route.path) for route in ROUTES for method in route.methods or ()]
    assert len(seen) == len(set(seen))


def test_a_documented_address_is_one_of_ours() -> None:
    assert all(isinstance(route, Route) and route.endpoint.__doc__ for route in ROUTES)


@pytest.mark.parametrize("path", sorted(TICKETS))
async def test_without_a_ticket_nothing_happens(house: House, path: str) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    started = await browser.request("POST", "/signin", data={"way": "staff"})
    address = (started.location or "") if "{attempt}" in path else path
    for data in ({}, {"step": "password"}, {"step": "way", "way": "pupil", "ticket": "x" * 32}, {"answer": "yes"}):
        page = await browser.request("POST", address, data=data)
        assert page.status == 403
    assert (await browser.get("/account")).heading == "Dag Juf"


@pytest.mark.parametrize("path", sorted(MAILED))
async def test_without_a_mail_nothing_happens(house: House, path: str) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    for data in ({}, {"token": "x" * 36, "password": "een-lang-wachtwoord-7"}, {"answer": "yes"}):
        assert (await browser.request("POST", path, data=data)).status == 410


@pytest.mark.parametrize("path", sorted([*CLIENTS, *BEARERS]))
async def test_without_a_client_or_a_token_there_is_no_answer(house: House, path: str) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    for data in ({}, {"grant_type": "authorization_code", "code": "x", "client_id": "rekenrijk"}):
        page = await browser.request("POST", path, data=data, Accept="application/json")
        assert page.status in {400, 401}
        assert "access_token" not in page.text
        assert "sub" not in page.response.json()


async def test_what_is_open_ends_nobodys_session(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    for path in sorted(OPEN):
        for data in ({}, {"way": "pupil"}, {"id_token_hint": "x"}, {"SAMLRequest": "x"}):
            await browser.request("POST", path, data=data)
    await browser.request("POST", authorize_url(prompt="login").url, data={})
    assert (await browser.get("/account")).heading == "Dag Juf"

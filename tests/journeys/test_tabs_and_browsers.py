"""Two tabs, the back button, five publishers at once, somebody else's browser: everybody ends at their own (C-133 to C-135, C-236, C-320, D25)."""

import asyncio
import base64
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from consent import ticks
from idp.http import cookies
from idp.signin import attempts
from metadata import parties
from metadata.oidc import clients
from protocols.attributes import catalogue
from tests.browser import Browser, Page
from tests.house import (
    CALLBACK,
    ELSEWHERE,
    PASSWORD,
    Asked,
    House,
    authorize_url,
    pupil_signs_in,
    redeem,
    staff_signs_in,
)
from tests.inside import lapse, stored
from tests.journeys.stories import (
    at_our_door,
    attempt_of,
    step_of,
    teacher_signs_in,
    to_the_password,
    to_the_secret,
)

NOOR = ("Noor", "Groep 6", "4711")
FETCHED = authorize_url(response_mode="form_post")
"""The answer to this question is a page, that is fetched when everything is asked."""


def auth_time(tokens: dict[str, str]) -> int:
    found: int = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))["auth_time"]
    return found


async def add_clients(house: House, how_many: int) -> list[tuple[str, str]]:
    """(client_id, redirect_uri) of further publishers under the seeded party."""
    made = []
    async with house.floor.database.begin() as db:
        for number in range(how_many):
            where = f"https://uitgever{number}.example/terug"
            given = {"redirect_uris": [where], "token_endpoint_auth_method": "none"}
            valid = clients.validated(given, scopes=catalogue.SCOPES, loopback_allowed=False)
            named = {**valid, "client_id": f"uitgever{number}"}
            await parties.add_client(db, house.floor.keyring, house.party_id, named, now=house.clock.now)
            made.append((f"uitgever{number}", where))
    return made


async def open_tabs(house: House, browser: Browser) -> list[tuple[Page, str]]:
    """Five publishers, each in a tab of its own: the first page of each, and where it must end."""
    tabs = []
    for client_id, where in await add_clients(house, 5):
        page = await browser.get(authorize_url(client_id=client_id, redirect_uri=where, state=client_id).url)
        tabs.append((page, where))
    return tabs


async def test_five_publishers_in_five_tabs_each_get_their_own_answer(house: House) -> None:
    browser = house.browser()
    for page, where in await open_tabs(house, browser):
        page = await pupil_signs_in(browser, page, house, *NOOR)
        assert (page.location or "").startswith(where + "?code=")
        assert page.query["state"] == urlsplit(where).hostname.removesuffix(".example")  # type: ignore[union-attr]
    assert await stored(house, "session") == 1
    await lapse(house, seconds=attempts.ANSWERED)
    assert await stored(house, "attempt") == 0


async def test_the_other_tabs_go_on_by_themselves_after_one_sign_in(house: House) -> None:
    browser = house.browser()
    tabs = await open_tabs(house, browser)
    page, where = tabs.pop(2)
    page = await pupil_signs_in(browser, page, house, *NOOR)
    assert (page.location or "").startswith(where)
    for page, where in tabs:
        page = await browser.get(page.url)
        assert (page.location or "").startswith(where + "?code=")


async def test_all_at_once_in_any_order(house: House) -> None:
    browser = house.browser()
    tabs = await open_tabs(house, browser)
    secrets = [await to_the_secret(browser, page, house, "Noor", "Groep 6") for page, _ in tabs]
    forms = [page.form("pin") for page in secrets]
    posted = (browser.request("POST", form.action, data={**form.hidden, "pin": "4711"}) for form in forms)
    answers = await asyncio.gather(*posted)
    for answer, (page, where) in zip(answers, tabs, strict=True):
        here = await browser.follow(answer)
        if step_of(here) is not None:
            # Another tab's session took this one's place in the browser: asked once more, and then it is there.
            here = await browser.get(page.url)
        assert (here.location or "").startswith(where + "?code="), here.heading


async def test_a_child_at_work_in_one_tab_does_not_go_on_as_the_teacher_who_signs_in_in_another(house: House) -> None:
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    await teacher_signs_in(browser)
    page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    assert step_of(page) == "child"
    page = await browser.get(page.url)
    assert step_of(page) == "child"
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    page = await browser.choose(page, "pin", "4711")
    assert "code" in page.query
    assert (await browser.get("/account")).heading == "Hoi Noor!"


async def test_an_attempt_of_another_browser_shows_nothing_and_takes_nothing(house: House) -> None:
    attacker, victim = house.browser(), house.browser()
    page = await to_the_password(attacker, await attacker.get(authorize_url().url))
    form = page.form("email")
    for browser in (victim, house.browser()):
        shown = await browser.get(page.url)
        assert (shown.status, shown.heading) == (403, "Deze inlogpoging hoort bij een andere browser")
        given = {**form.hidden, "email": "juf@regenboog.example", "password": PASSWORD}
        assert (await browser.post(form.action, given)).status == 403
        resume = f"/oidc/authorize/{attempt_of(page)}"
        assert (await browser.get(resume)).status == 403
    assert await stored(house, "session") == 0


async def test_an_attempt_that_the_attacker_finished_signs_nobody_else_in(house: House) -> None:
    """Login CSRF (C-134): the victim's browser is sent to the end of a journey that the attacker made."""
    attacker, victim = house.browser(), house.browser()
    await victim.get(FETCHED.url)
    page = await to_the_password(attacker, await attacker.get(FETCHED.url))
    form = page.form("email")
    given = {**form.hidden, "email": "juf@regenboog.example", "password": PASSWORD}
    answer = await attacker.request("POST", form.action, data=given)
    page = await victim.get(answer.location or "")
    assert page.status == 403
    assert cookies.SESSION not in victim.cookies


@pytest.mark.parametrize("ticket", ["", "0" * 32, "x", None], ids=["empty", "made up", "short", "missing"])
async def test_a_form_without_our_ticket_has_no_effect(house: House, ticket: str | None) -> None:
    browser = house.browser()
    page = await at_our_door(browser)
    form = page.form("email")
    given = {**form.hidden, "email": "juf@regenboog.example", "password": PASSWORD}
    if ticket is None:
        del given["ticket"]
    else:
        given["ticket"] = ticket
    answer = await browser.post(form.action, given)
    assert (answer.status, answer.heading) == (403, "Deze pagina was niet meer geldig")
    assert await stored(house, "session") == 0


async def test_a_ticket_fits_one_step_of_one_attempt(house: House) -> None:
    browser = house.browser()
    first, second = await at_our_door(browser), await at_our_door(browser)
    given = {"email": "juf@regenboog.example", "password": PASSWORD}
    crossed = {**first.form("email").hidden, **given}
    assert (await browser.post(second.form("email").action, crossed)).status == 403
    for step in ("way", "group", "secret", "second_factor", "refused"):
        assert (await browser.post(first.form("email").action, {**crossed, "step": step, "way": "pupil"})).status == 403
    assert (await browser.post(first.form("email").action, crossed)).heading == "Dag Juf"


async def test_prompt_login_wants_a_fresh_proof_and_tells_when(house: House) -> None:
    browser, asked = house.browser(), authorize_url()
    page = await staff_signs_in(browser, await browser.get(asked.url), "juf")
    first = auth_time((await redeem(house, browser, page, asked)).json())
    await lapse(house, minutes=2)
    asked = authorize_url(prompt="login")
    page = await browser.get(asked.url)
    assert step_of(page) == "password"
    resume = f"/oidc/authorize/{attempt_of(page)}"
    assert step_of(await browser.get(resume)) == "password", "the session that is there does not answer it"
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert auth_time((await redeem(house, browser, page, asked)).json()) == first + 120


async def test_prompt_login_asks_a_child_whether_it_is_still_her(house: House) -> None:
    browser = house.browser()
    await pupil_signs_in(browser, await browser.get(authorize_url().url), house, *NOOR)
    page = await browser.get(authorize_url(prompt="login").url)
    assert page.heading == "Ben jij Noor?"
    page = await browser.choose(page, "who", "same")
    assert "code" in (await browser.choose(page, "pin", "4711")).query


@pytest.mark.parametrize(("age", "asks"), [(59, False), (60, True), (61, True)])
async def test_max_age_is_counted_in_seconds_since_the_proof(house: House, age: int, asks: bool) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    await lapse(house, seconds=age)
    page = await browser.get(authorize_url(max_age="60").url)
    assert ("code" in page.query) is not asks
    assert (step_of(page) == "password") is asks


async def test_a_cross_site_post_is_answered_by_one_step_to_our_own_address(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    before = await stored(house, "attempt")
    data = dict(parse_qsl(urlsplit(authorize_url().url).query))
    page = await browser.request("POST", "/oidc/authorize", data=data, cross_site=True)
    assert page.status == 303
    assert (page.location or "").startswith(f"{browser.base}/oidc/authorize/")
    page = await browser.request("GET", page.location or "")
    assert page.status in {302, 303}
    assert (page.location or "").startswith(CALLBACK + "?code=")
    assert await stored(house, "attempt") == before


async def test_the_same_post_from_our_own_site_needs_no_step_at_all(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    data = dict(parse_qsl(urlsplit(authorize_url().url).query))
    page = await browser.request("POST", "/oidc/authorize", data=data)
    assert page.status == 303
    assert (page.location or "").startswith(CALLBACK + "?code=")


async def test_a_cross_site_post_of_a_stranger_leads_to_the_pages(house: House) -> None:
    browser = house.browser()
    data = dict(parse_qsl(urlsplit(authorize_url().url).query))
    page = await browser.post("/oidc/authorize", data, cross_site=True)
    assert step_of(page) == "group"
    page = await pupil_signs_in(browser, page, house, *NOOR)
    assert "code" in page.query


async def test_signed_out_in_another_tab_the_waiting_one_asks_again(house: House) -> None:
    """A refused page stays open; meanwhile somebody signs out, and the school says yes. No circle of redirects."""
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    browser = house.browser()
    refused = await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    form = (await browser.get("/signout")).form("answer")
    await browser.post("/signout", {**form.hidden, "answer": "yes"})
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, catalogue.NAMES, now=house.clock.now, by="test")
    page = await browser.get(refused.url)
    page = await staff_signs_in(browser, page, "juf")
    assert "code" in page.query


async def test_a_group_and_a_child_are_in_the_address(house: House) -> None:
    """The back button leads from the secret to the tiles and from these to the groups; whichever tile is tapped then, counts. A wrong secret
    does not change that."""
    browser = house.browser()
    groups = await browser.get(authorize_url().url)
    tiles = await browser.choose(groups, "group", str(house.groups["Groep 2"]))
    assert step_of(tiles) == "child"
    assert step_of(await browser.get(groups.url)) == "group"
    tiles = await browser.choose(groups, "group", str(house.groups["Groep 6"]))
    secret = await browser.choose(tiles, "child", str(house.people["Finn"]))
    assert (step_of(secret), secret.url) == ("secret", f"{tiles.url}-child-{house.people['Finn']}")
    missed = await browser.choose(secret, "pin", "1111")
    assert (step_of(missed), missed.url) == ("secret", secret.url)
    assert "Dat was een andere pincode" in missed.text
    tiles = await browser.get(tiles.url)
    assert step_of(tiles) == "child"
    assert step_of(await browser.get(groups.url)) == "group"
    secret = await browser.choose(tiles, "child", str(house.people["Noor"]))
    assert "Dat was een andere pincode" not in secret.text
    assert "code" in (await browser.choose(secret, "pin", "4711")).query
    elsewhere = house.browser(ELSEWHERE)
    doors = await elsewhere.get(authorize_url().url)
    assert step_of(await elsewhere.get(f"{doors.url}/group-{house.groups['Groep 6']}")) == "not_here"
    for door in ("group-", "group-x", "group-\u0661", f"group-{'9' * 30}"):
        assert (await elsewhere.get(f"{doors.url}/{door}")).status == 404


async def test_the_door_is_in_the_address_until_an_answer_comes_from_behind_it(house: House) -> None:
    """The back button leads to the doors again; a wrong door costs nothing, and after an answer the attempt knows its way."""
    browser = house.browser(ELSEWHERE)
    doors = await browser.get(authorize_url().url)
    password = await browser.choose(doors, "way", "staff")
    assert (step_of(password), password.url.rpartition("/")[2]) == ("password", "staff")
    assert step_of(await browser.get(doors.url)) == "way"
    assert step_of(await browser.choose(doors, "way", "pupil")) == "not_here"
    english = re.search(r'href="(/language/en[^"]*)"', password.text)
    assert english is not None
    assert (await browser.get(english.group(1))).url == password.url
    await browser.choose(password, "email", "juf@regenboog.example", password="verkeerd")
    assert step_of(await browser.get(doors.url)) == "password"
    assert (await browser.get(f"{doors.url}/window")).status == 404


@pytest.mark.parametrize("asked", [authorize_url(), FETCHED], ids=["at once", "fetched"])
async def test_an_answered_attempt_is_over(house: House, asked: Asked) -> None:
    browser = house.browser()
    page = await to_the_password(browser, await browser.get(asked.url))
    where = page.url
    await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert (await browser.get(where)).status == 410
    resume = f"/oidc/authorize/{attempt_of(page)}"
    assert (await browser.get(resume)).status == 410

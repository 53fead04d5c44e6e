"""What a contact reads about the own software: whole exchanges, and each refusal by its clause."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from directory.reference import people as reference_people
from idp.sandbox import exchanges
from idp.sandbox.exchanges import MOST, MOST_OF_NOBODY, MOST_STEPS
from idp.sandbox.seen import Seen, Step
from tests.browser import Browser
from tests.conformance.relying_party import basic, post_token, userinfo
from tests.house import CALLBACK, House, authorize_url
from tests.inside import lapse
from tests.sandbox.trying import contact_comes, kept, plays, put_under_test, told

AUTHORIZE: dict[str, dict[str, str | None]] = {
    "request.redirect_uri": {"redirect_uri": "https://rekenrijk.example/callback/"},
    "challenge_s256": {"code_challenge": None},
    "response_type_code": {"response_type": "token"},
    "scope_has_openid": {"scope": "profile"},
    "response_mode_known": {"response_mode": "fragment"},
    "no_request_objects": {"request": "e30.e30."},
    "prompt_makes_sense": {"prompt": "none login"},
    "max_age_is_a_number": {"max_age": "soon"},
    "nonce_fits": {"nonce": "n" * 600},
    "state": {"state": "s" * 5000},
}
TOKEN: dict[str, dict[str, str | None]] = {
    "code.verifier": {"code_verifier": "v" * 43},
    "code.verifier_missing": {"code_verifier": None},
    "code.redirect_uri": {"redirect_uri": "https://rekenrijk.example/elders"},
    "code.unknown": {"code": "geen-code-van-ons"},
    "token.grant_type": {"grant_type": None},
    "token.unsupported_grant_type": {"grant_type": "password"},
}


async def redeems(house: House, browser: Browser, of: str, verifier: str, /, **changes: str | None) -> Any:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": of,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
        **changes,
    }
    sent = {name: value for name, value in form.items() if value is not None}
    return await post_token(browser, sent, headers=basic("rekenrijk", house.client_secret))


async def test_a_whole_exchange_is_told_step_by_step(house: House) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    page, verifier = await plays(browser, people["Zoë"])
    assert page.query["state"] == "toestand-1"
    response = await redeems(house, browser, page.query["code"], verifier)
    assert response.status_code == 200, response.text
    claims = (await userinfo(browser, response.json()["access_token"])).json()
    assert claims["family_name"] == "van der Referentie"
    [exchange] = await kept(house)
    assert [one.step.endpoint for one in exchange.steps] == ["authorize", "token", "userinfo"]
    assert told(exchange) == ["good.whole"]
    page = await browser.get(f"/party/{house.party_id}/exchanges/{exchange.name}")
    assert (page.status, page.heading) == (200, "Uitwisseling")
    for shown in ("code_challenge_method", "S256", "id_token.aud", "claims.given_name", "Zoë", "U bent gekoppeld"):
        assert shown in page.text, shown
    page = await browser.get(f"/party/{house.party_id}")
    assert "Alles klopt" in page.text
    page = await browser.get(f"/party/{house.party_id}/check")
    assert page.text.count("In orde") >= 7


async def test_each_refused_request_is_explained(house: House) -> None:
    """Also those that were refused before anybody signed in: nobody is in this browser."""
    await put_under_test(house)
    browser = house.browser()
    for fault, changes in AUTHORIZE.items():
        await browser.request("GET", authorize_url(**changes).url)
        newest = (await kept(house))[0]
        assert newest.faults == (fault,), (fault, newest.faults)
        assert told(newest) == [fault]
        await lapse(house, seconds=2)


async def test_a_pushed_request_is_watched_from_its_first_step(house: House) -> None:
    """RFC 9126: pushed, refused when pushed, and a name that is over."""
    await put_under_test(house)
    browser, headers = house.browser(), basic("rekenrijk", house.client_secret)
    form = dict(parse_qsl(urlsplit(authorize_url().url).query))
    pushed = await browser.client.post("/oidc/par", data=form, headers=headers)
    assert pushed.status_code == 201
    assert [one.step.endpoint for one in (await kept(house))[0].steps] == ["par"]
    await lapse(house, seconds=2)
    await browser.client.post("/oidc/par", data={**form, "code_challenge_method": "plain"}, headers=headers)
    assert (await kept(house))[0].faults == ("challenge_s256",)
    await lapse(house, seconds=2)
    gone = urlencode({"client_id": "rekenrijk", "request_uri": "urn:ietf:params:oauth:request_uri:voorbij"})
    assert (await browser.get(f"/oidc/authorize?{gone}")).status == 400
    assert (await kept(house))[0].faults == ("request.invalid",)


async def test_each_refused_redemption_is_explained(house: House) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    for fault, changes in TOKEN.items():
        await lapse(house, seconds=2)
        page, verifier = await plays(browser, people["Sem"])
        assert (await redeems(house, browser, page.query["code"], verifier, **changes)).status_code == 400
        found = {one: exchange for exchange in await kept(house) for one in exchange.faults}
        assert fault in found, (fault, sorted(found))
        assert fault in told(found[fault])
    page, verifier = await plays(browser, people["Sem"])
    await lapse(house, seconds=1)
    wrong = await post_token(browser, {"grant_type": "x"}, headers=basic("rekenrijk", "een-ander-geheim"))
    assert wrong.status_code == 401
    assert (await kept(house))[0].faults == ("client.secret",)
    await lapse(house, seconds=121)
    assert (await redeems(house, browser, page.query["code"], verifier)).status_code == 400
    assert any(one.faults == ("code.late",) for one in await kept(house))


async def test_a_code_that_comes_twice_is_told_of(house: House) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    page, verifier = await plays(browser, people["Robin"])
    for status in (200, 400):
        assert (await redeems(house, browser, page.query["code"], verifier)).status_code == status
    [exchange] = await kept(house)
    assert exchange.faults == ("code.used",)


@pytest.mark.parametrize("trial", ["iss", "state"])
async def test_a_wrong_answer_on_purpose_shows_whether_software_refuses_it(house: House, trial: str) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    page, verifier = await plays(browser, people["Zoë"], trial=trial)
    wrong = {"iss": ("iss", "https://iemand-anders.example"), "state": ("state", "een-andere-state")}[trial]
    assert page.query[wrong[0]] == wrong[1]
    assert told((await kept(house))[0]) == ["good.trial"]
    await redeems(house, browser, page.query["code"], verifier)
    assert f"trial.{trial}" in told((await kept(house))[0])


async def test_ten_are_kept_and_for_two_weeks(house: House) -> None:
    await put_under_test(house)
    async with house.floor.database.read() as db:
        school = await reference_people.school_of(db, house.party_id)
    assert school is not None
    for number in range(MOST + 3):
        seen = Seen(house.party_id, school.id, bytes([number]) * 16, Step("authorize", "rekenrijk", {"n": number}, {}))
        assert await exchanges.keep(house.floor, seen, at=house.clock.now)
    assert [one.steps[0].step.asked["n"] for one in await kept(house)] == list(range(MOST + 2, 2, -1))
    again = Seen(house.party_id, school.id, b"x" * 16, Step("userinfo", "rekenrijk", {}, {}))
    done = [await exchanges.keep(house.floor, again, at=house.clock.now) for _ in range(MOST_STEPS + 1)]
    assert done == [True] * MOST_STEPS + [False]
    house.clock.move(days=15)
    async with house.floor.database.begin() as db:
        assert await exchanges.purge(db, now=house.clock.now) == MOST - 1 + MOST_STEPS
    assert await kept(house) == []


async def test_strangers_push_out_nothing_that_a_contact_tried(house: House) -> None:
    """Anybody can ask for a client whose name is public: at most one a second, and five of the ten."""
    people = await put_under_test(house)
    browser = await contact_comes(house)
    for _ in range(6):
        await plays(browser, people["Kim"])
    stranger = house.browser()
    for number in range(9):
        await stranger.request("GET", authorize_url(redirect_uri=f"https://elders.example/{number}").url)
        await stranger.request("GET", authorize_url(scope="x").url)
        seen = await kept(house)
        await lapse(house, seconds=2)
    assert sum(bool(one.faults) for one in seen) == MOST_OF_NOBODY
    assert sum(not one.faults for one in seen) == MOST - MOST_OF_NOBODY


async def test_what_is_not_there_is_not_found(house: House) -> None:
    await put_under_test(house)
    browser = await contact_comes(house)
    assert (await browser.get(f"/party/{house.party_id}/exchanges/{'0' * 16}")).status == 404
    assert "Nog geen uitwisselingen" in (await browser.get(f"/party/{house.party_id}/exchanges")).text

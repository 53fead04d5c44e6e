"""C-071 to C-074, C-077, C-078: clients hear of the end of a session, by logout token or by frame, whatever ended it; none holds up the person."""

import re
import time
from ssl import CERT_REQUIRED, TLSVersion
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select, update

from consent import participants
from consent.models import Logout
from directory import people
from directory.lifecycle import staff
from directory.models import Employment, Person
from idp.core import outgoing
from idp.core.models import Ending
from idp.core.settings import Settings
from idp.jobs import logouts
from idp.jobs.shift import Shift
from idp.signin import sessions
from mfa import resets, totp
from protocols.oidc.op import telling
from tests.browser import Browser
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    change_metadata,
    keys_of,
    register,
    staff_arrives,
    tokens_of,
    unverified,
    withdraw,
)
from tests.conformance.test_c060_logout import AFTER, logout_url, signed_in
from tests.house import House
from tests.listening import Heard, listening, nobody_listens

HERE = "http://localhost:8000"


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    """An installation on this machine, which may ask parties on this machine."""
    return settings.model_copy(update={"base_url": HERE})


async def told_at(house: House, address: str, client_id: str = "rekenrijk", **more: Any) -> None:
    await change_metadata(house, client_id, backchannel_logout_uri=f"{address}/logout", **more)


async def token_of(house: House, heard: Heard, *, client_id: str = "rekenrijk", alg: str = "RS256") -> dict[str, Any]:
    """The claims of the logout token that was heard, after joserfc checked its signature with the keys that we publish."""
    assert (heard.method, heard.path) == ("POST", "/logout")
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    text = heard.form["logout_token"]
    keys = KeySet.import_key_set({"keys": [dict(key) for key in await keys_of(house.browser())]})
    token = jwt.decode(text, keys, algorithms=[alg])
    assert token.header["typ"] == "logout+jwt"
    claims = dict(token.claims)
    assert claims["iss"] == HERE
    assert claims["aud"] == client_id
    assert claims["exp"] - claims["iat"] <= 120
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims
    return claims


async def with_tokens(house: House, **changes: str) -> tuple[Arrival, dict[str, Any], dict[str, Any]]:
    """Noor at a client: how she came, the tokens, and what the ID token says."""
    arrival = await arrives(house, **changes)
    tokens = await tokens_of(house, arrival, client_id=changes.get("client_id", "rekenrijk"))
    return arrival, tokens, unverified(tokens["id_token"])[1]


async def work(house: House) -> int:
    """What the worker does in one turn."""
    return await logouts.turn(Shift(house.floor, ()))


async def states(house: House) -> list[str]:
    async with house.floor.database.read() as db:
        return list((await db.execute(select(Logout.state).order_by(Logout.id))).scalars())


async def test_c071_c073_discovery_says_what_holds(house: House) -> None:
    said = (await house.browser().client.get("/.well-known/openid-configuration")).json()
    for member in ("backchannel", "frontchannel"):
        assert said[f"{member}_logout_supported"] is True
        assert said[f"{member}_logout_session_supported"] is True
    assert "sid" in said["claims_supported"]


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_c072_a_logout_token_goes_to_the_client_with_the_names_of_its_id_token(house: House, alg: str) -> None:
    async with listening() as client:
        await told_at(house, client.address, id_token_signed_response_alg=alg)
        arrival, tokens, known = await with_tokens(house)
        url = logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER, state="s")
        page = await arrival.browser.request("GET", url)
        assert page.location == f"{AFTER}?state=s"
        claims = await token_of(house, await client.next(), alg=alg)
        assert (claims["sub"], claims["sid"]) == (known["sub"], known["sid"])
        assert claims["jti"]
        assert not await signed_in(arrival.browser)
        assert await states(house) == ["told"]
        assert await work(house) == 0
        assert client.silent


async def test_c126_a_logout_token_is_no_hint(house: House) -> None:
    async with listening() as client:
        await told_at(house, client.address)
        arrival, tokens, _ = await with_tokens(house)
        await arrival.browser.request("GET", logout_url(id_token_hint=tokens["id_token"]))
        token = (await client.next()).form["logout_token"]
        arrival = await arrives(house)
        page = await arrival.browser.request("GET", logout_url(id_token_hint=token, post_logout_redirect_uri=AFTER))
        assert (page.status, page.location) == (400, None)
        assert await signed_in(arrival.browser)


async def test_c072_every_client_has_another_name_for_the_session_and_keeps_it(house: House) -> None:
    """Two clients cannot tell by `sid` that they serve one child; a refresh and a second visit keep it; a new session has a new one."""
    await register(house, "lettergreep")
    arrival, _, first = await with_tokens(house)
    other = unverified((await _at_lettergreep(house, arrival.browser))["id_token"])[1]
    assert first["sid"] != other["sid"]
    again = await arrives(house, arrival.browser)
    assert unverified((await tokens_of(house, again))["id_token"])[1]["sid"] == first["sid"]
    _, _, elsewhere = await with_tokens(house)
    assert elsewhere["sid"] != first["sid"]


async def _at_lettergreep(house: House, browser: Browser) -> dict[str, Any]:
    arrival = await arrives(house, browser, client_id="lettergreep")
    return await tokens_of(house, arrival, client_id="lettergreep")


async def test_c074_front_channel_clients_are_opened_in_a_frame_and_then_it_goes_on(house: House) -> None:
    await change_metadata(house, frontchannel_logout_uri="https://rekenrijk.example/uit?a=1")
    arrival, tokens, known = await with_tokens(house)
    url = logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER, state="s")
    page = await arrival.browser.get(url)
    assert page.status == 200
    (name, address) = re.findall(r'<iframe data-name="(\d+)" src="([^"]+)"', page.text)[0]
    assert address == f"https://rekenrijk.example/uit?a=1&amp;iss=http%3A%2F%2Flocalhost%3A8000&amp;sid={known['sid']}"
    policy = page.response.headers["content-security-policy"]
    assert policy.endswith("frame-src 'self' https:"), "no host of others stands in our policy"
    assert re.search(r'http-equiv="refresh" content="3;', page.text)
    after = await arrival.browser.request("GET", f"{page.url.split('?')[0]}?seen={name}")
    assert after.location == f"{AFTER}?state=s"
    assert await states(house) == ["told"]


async def test_c074_a_frame_that_never_loaded_is_named_and_the_way_on_stays_open(house: House) -> None:
    await change_metadata(house, frontchannel_logout_uri="https://rekenrijk.example/uit")
    arrival, tokens, _ = await with_tokens(house)
    url = logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER)
    page = await arrival.browser.get(url)
    page = await arrival.browser.get(f"{page.url}?seen=&x=999")
    assert (page.status, page.location) == (200, None)
    assert "Rekenrijk" in page.text
    assert f'href="{AFTER}"' in page.text


async def test_c077_one_client_is_down_and_one_never_answers_the_others_hear_of_it(house: House) -> None:
    """Nobody waits longer than five seconds; who did not answer is named, and asked again by the worker until it does."""
    async with listening() as good, listening(lambda _: None) as hanging:
        await told_at(house, good.address)
        for client_id, address in (("hangt", hanging.address), ("plat", nobody_listens())):
            await register(house, client_id)
            await told_at(house, address, client_id)
        arrival, tokens, _ = await with_tokens(house)
        for client_id in ("hangt", "plat"):
            there = await arrives(house, arrival.browser, client_id=client_id)
            await tokens_of(house, there, client_id=client_id)
        began = time.monotonic()
        page = await arrival.browser.get(logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER))
        assert time.monotonic() - began < 5
        assert (page.status, page.location) == (200, None)
        assert re.findall(r"<li>(\w+)</li>", page.text) == ["hangt", "plat"]
        assert f'href="{AFTER}"' in page.text
        await token_of(house, await good.next())
        assert sorted(await states(house)) == ["told", "waiting", "waiting"]
        assert not await signed_in(arrival.browser)
        first = (await hanging.next()).form["logout_token"]
        await told_at(house, hanging.address, "plat")
        hanging.answer = lambda _: (204, b"")
        # Put off by half a minute; the rows wait for whichever worker comes, after a restart too.
        assert await work(house) == 0
        house.clock.move(seconds=31)
        assert await work(house) == 2
        again = [(await hanging.next()).form["logout_token"] for _ in range(2)]
        assert first not in again
        assert await states(house) == ["told", "told", "told"]


async def test_c077_the_pauses_double_and_after_twelve_hours_it_is_given_up(house: House) -> None:
    pauses = [participants.pause(attempts).total_seconds() for attempts in range(10)]
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    await told_at(house, nobody_listens())
    arrival, tokens, _ = await with_tokens(house)
    page = await arrival.browser.get(logout_url(id_token_hint=tokens["id_token"]))
    assert "Rekenrijk" in page.text
    house.clock.move(seconds=31)
    assert await work(house) == 1
    assert await states(house) == ["waiting"]
    house.clock.move(hours=13)
    assert await work(house) == 1
    assert await states(house) == ["failed"]
    house.clock.move(hours=13)
    assert await work(house) == 0


async def _disabled(house: House, _arrival: Arrival) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["juf"]).values(disabled=True))
        await people.end_sessions(db, house.people["juf"])


async def _consent_withdrawn(house: House, _arrival: Arrival) -> None:
    await withdraw(house)


async def _left_the_school(house: House, _arrival: Arrival) -> None:
    async with house.floor.database.begin() as db:
        mine = select(Employment.id).where(Employment.person_id == house.people["juf"])
        employment = (await db.execute(mine)).scalar_one()
        await staff.end(db, house.school.id, employment, by="test", now=house.clock.now)


async def _second_step_reset(house: House, _arrival: Arrival) -> None:
    """As a coordinator does who finds a colleague without his telephone."""
    async with house.floor.database.begin() as db:
        secret, now = totp.new_secret(), house.clock.now
        await totp.enrol(db, house.floor.keyring, house.people["juf"], secret, used_step=0, now=now)
        await resets.by_operator(
            db, "juf@regenboog.example", reference="brief 1", by="operator:test", contact="x@y.example", now=now
        )


ENDS = [_disabled, _consent_withdrawn, _left_the_school, _second_step_reset]


@pytest.mark.parametrize("end", ENDS)
async def test_c078_whatever_ends_it_the_client_hears_of_it(house: House, end: Any) -> None:
    """An account that is disabled, a school's consent that is taken back, a member of staff who leaves or gets a new second factor."""
    async with listening() as client:
        await told_at(house, client.address)
        arrival = await staff_arrives(house)
        known = unverified((await tokens_of(house, arrival))["id_token"])[1]
        await end(house, arrival)
        await work(house)
        claims = await token_of(house, await client.next())
        assert (claims["sub"], claims["sid"]) == (known["sub"], known["sid"])
        await work(house)
        assert client.silent


async def test_c078_who_signs_in_again_meanwhile_is_not_meant(house: House) -> None:
    async with listening() as client:
        await told_at(house, client.address)
        arrival = await staff_arrives(house)
        first = unverified((await tokens_of(house, arrival))["id_token"])[1]
        async with house.floor.database.begin() as db:
            await people.end_sessions(db, house.people["juf"])
        await tokens_of(house, await staff_arrives(house))
        await work(house)
        assert (await token_of(house, await client.next()))["sid"] == first["sid"]
        await work(house)
        assert client.silent


async def test_c078_who_was_being_answered_meanwhile_is_meant(house: House) -> None:
    """An import that ends many sessions takes seconds; until it is over the code of one of them still brings its tokens."""
    if house.floor.database.sqlite:
        pytest.skip("SQLite has one writer at a time: the code waits, and is refused")
    async with listening() as client:
        await told_at(house, client.address)
        goes, stays = await staff_arrives(house), await staff_arrives(house)
        floor, cookie = house.floor, stays.browser.cookies["__Host-session"][0]
        session = await sessions.find(floor.store, floor.keyring, cookie, now=int(floor.now.timestamp()))
        assert session is not None
        async with floor.database.begin() as db:
            await people.end_sessions(db, house.people["juf"], but=session.mark)
            known = unverified((await tokens_of(house, goes))["id_token"])[1]
            await tokens_of(house, stays)
        await tokens_of(house, await staff_arrives(house))
        await work(house)
        assert (await token_of(house, await client.next()))["sid"] == known["sid"]
        await work(house)
        assert client.silent


async def test_c078_one_of_ones_own_other_sessions_is_ended_on_the_account_page(house: House) -> None:
    async with listening() as client:
        await told_at(house, client.address)
        there = await staff_arrives(house)
        known = unverified((await tokens_of(house, there))["id_token"])[1]
        here = await staff_arrives(house)
        own = unverified((await tokens_of(house, here))["id_token"])[1]
        page = await here.browser.get("/account/sessions")
        page = await here.browser.choose(page, "end", page.offers("end")[0])
        assert page.status == 200
        await work(house)
        assert (await token_of(house, await client.next()))["sid"] == known["sid"]
        page = await here.browser.choose(page, "others", "1") if page.offers("others") else page
        await work(house)
        assert client.silent
        assert own["sid"] != known["sid"]


async def test_c078_another_password_ends_the_others_and_what_goes_on_is_still_known(house: House) -> None:
    """The session that made the change goes on under another key; its parties hear of its end when it comes, by the name that they know."""
    async with listening() as client:
        await told_at(house, client.address)
        there = unverified((await tokens_of(house, await staff_arrives(house)))["id_token"])[1]
        here = await staff_arrives(house)
        own = unverified((await tokens_of(house, here))["id_token"])[1]
        page = await here.browser.get("/account/password")
        page = await here.browser.choose(page, "password", "Herfst-bladeren-19-waaien")
        assert page.url.endswith("?done=changed")
        await work(house)
        assert (await token_of(house, await client.next()))["sid"] == there["sid"]
        assert client.silent
        page = await here.browser.get("/signout")
        await here.browser.choose(page, "answer", "yes")
        assert (await token_of(house, await client.next()))["sid"] == own["sid"]


async def test_d23_another_child_takes_the_device_and_the_first_one_is_signed_out_there(house: House) -> None:
    async with listening() as client:
        await told_at(house, client.address)
        arrival, _, noors = await with_tokens(house)
        browser = arrival.browser
        page = await browser.get("/login/leerlingen/snelkoppelaar?INSTELLING_REF=" + house.school.instelling_ref)
        assert page.status == 200
        await work(house)
        assert (await token_of(house, await client.next()))["sid"] == noors["sid"]


async def test_c072_no_party_is_told_of_what_it_never_knew(house: House) -> None:
    async with listening() as client:
        await register(house, "lettergreep")
        await told_at(house, client.address, "lettergreep")
        arrival, tokens, _ = await with_tokens(house)
        page = await arrival.browser.request("GET", logout_url(id_token_hint=tokens["id_token"]))
        assert page.status == 303
        assert client.silent
        assert await states(house) == ["mute"]


async def test_c320_c133_the_pages_of_a_way_out_are_for_who_knows_their_name(house: House) -> None:
    await change_metadata(house, frontchannel_logout_uri="https://rekenrijk.example/uit")
    arrival, tokens, _ = await with_tokens(house)
    page = await arrival.browser.get(logout_url(id_token_hint=tokens["id_token"]))
    name = page.url.rsplit("/", 1)[1]
    assert len(name) >= 32
    assert page.response.headers["cache-control"] == "no-store"
    guessed = await house.browser().request("GET", "/signout/elsewhere/" + "x" * len(name))
    assert guessed.location == f"{guessed.url.split('/signout')[0]}/signout/done"


async def test_the_page_that_asks_names_the_parties(house: House) -> None:
    arrival, _, _ = await with_tokens(house)
    page = await arrival.browser.get("/signout")
    assert "<li>Rekenrijk</li>" in page.text


async def test_endings_and_logouts_leave_nothing_behind_that_waits(house: House) -> None:
    """Without a release nobody is told, and nothing is kept."""
    async with house.floor.database.begin() as db:
        await people.end_sessions(db, house.people["juf"], house.people["ict"])
    await work(house)
    async with house.floor.database.read() as db:
        for table in (Ending, Logout):
            assert (await db.execute(select(func.count()).select_from(table))).scalar_one() == 0


def test_the_type_is_not_that_of_an_id_token() -> None:
    assert telling.TYP == "logout+jwt"


def test_c072_a_client_is_told_over_tls_1_2_or_newer_with_its_name_and_chain_checked() -> None:
    tls = outgoing.trusting()
    assert (tls.minimum_version, tls.check_hostname, tls.verify_mode) == (TLSVersion.TLSv1_2, True, CERT_REQUIRED)

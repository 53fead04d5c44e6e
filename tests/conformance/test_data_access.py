"""Data access by client credentials (RFC 6749 4.4; R34, R70): a party's server asks by itself which schools agreed, and their groups."""

from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import update

from consent import agreements, data, ticks
from consent.models import Agreement
from directory import schools
from directory.models import School
from metadata import connections
from metadata.oidc.clients import MetadataRefused
from protocols.attributes import catalogue
from tests.browser import Browser
from tests.conformance.prover import KEY, OTHER, proof, shown
from tests.conformance.relying_party import (
    SECRET,
    arrives,
    basic,
    change_client,
    change_metadata,
    disable_party,
    post_token,
    register,
    tokens_of,
    userinfo,
    withdraw,
)
from tests.conformance.test_c100_client_assertions import JWKS, TYPE, assertion
from tests.house import BASE, House

SERVER: dict[str, Any] = {"redirect_uris": None, "grant_types": ["client_credentials"]}
ALL = "data.schools data.groups"


async def server(house: House, client_id: str = "rooster", **members: Any) -> Browser:
    """A server of the seeded party, registered for data alone."""
    await register(house, client_id, party_id=house.party_id, ticked=False, **{**SERVER, **members})
    return house.browser("198.51.100.200")


async def granted(browser: Browser, client_id: str = "rooster", **changes: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", **changes}
    return await post_token(browser, form, headers=basic(client_id, SECRET))


async def token_of(browser: Browser, **changes: str) -> str:
    response = await granted(browser, **changes)
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])


async def asks(browser: Browser, token: str, path: str = "/data/schools", **headers: str) -> httpx.Response:
    return await browser.client.get(path, headers={"Authorization": f"Bearer {token}", **headers})


async def test_a_server_learns_which_schools_agreed_and_their_groups(house: House) -> None:
    browser = await server(house)
    response = await granted(browser)
    told = response.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 600, ALL)
    assert set(told) == {"access_token", "token_type", "expires_in", "scope"}, (
        "nobody signed in: no ID token, no refresh"
    )
    assert response.headers["cache-control"] == "no-store"
    found = await asks(browser, told["access_token"])
    (school,) = found.json()["schools"]
    ref = house.school.instelling_ref
    assert (school["school_name"], school["school_brin"], school["instelling_ref"]) == ("De Regenboog", "99ZZ", ref)
    assert {"sub", "eckid", "groups"} <= set(school["claims"])
    assert found.headers["cache-control"] == "no-store"
    groups = (await asks(browser, told["access_token"], f"/data/schools/{ref}/groups")).json()["groups"]
    assert groups == [] or {group["kind"] for group in groups} <= {"stamgroep", "subgroep"}
    async with house.floor.database.begin() as db:
        await db.execute(update(School).values(school_year="2026-2027"))
    groups = (await asks(browser, told["access_token"], f"/data/schools/{ref}/groups")).json()["groups"]
    assert groups == [
        {"name": "Groep 2", "kind": "stamgroep", "year_group": "2"},
        {"name": "Groep 6", "kind": "stamgroep", "year_group": "6"},
    ]
    whole = found.text + str(groups)
    assert not [name for name in ("Noor", "Finn", "Beek", "regenboog.example", "ketenid") if name in whole]
    house.clock.move(seconds=601)
    assert (await asks(browser, told["access_token"])).status_code == 401


async def test_c131_what_the_school_said_counts_at_each_call(house: House) -> None:
    """D11: tick, agreement, what was ticked, and the party, each at once and for a token that is out already."""
    browser = await server(house)
    token, ref = await token_of(browser), house.school.instelling_ref

    async def names(path: str = "/data/schools") -> list[str]:
        response = await asks(browser, token, path)
        assert response.status_code == 200
        return [member for one in response.json().get("schools", []) for member in one]

    async with house.floor.database.begin() as db:
        ticked = {"instelling_ref", "brin"}
        await ticks.give(db, house.school.id, house.party_id, ticked, now=house.clock.now, by="test")
    assert await names() == ["school_brin", "instelling_ref", "claims"]
    assert (await asks(browser, token, f"/data/schools/{ref}/groups")).json() == {"groups": []}
    assert (await asks(browser, token, "/data/schools/een-ander/groups")).json() == {"groups": []}
    async with house.floor.database.begin() as db:
        await db.execute(update(Agreement).values(signed_on=house.clock.now.date().replace(year=2030)))
    assert await names() == []
    async with house.floor.database.begin() as db:
        await db.execute(update(Agreement).values(signed_on=house.clock.now.date()))
        await ticks.give(db, house.school.id, house.party_id, {"brin"}, now=house.clock.now, by="test")
    assert await names() == [], "a school that keeps its own name to itself is not told of"
    await withdraw(house)
    assert await names() == []
    await disable_party(house)
    assert (await asks(browser, token)).status_code == 401
    assert (await granted(browser)).json()["error"] == "invalid_client"


async def test_what_a_party_may_ask_no_more_leaves_no_more_though_it_is_ticked_still(house: House) -> None:
    browser, ref = await server(house), house.school.instelling_ref
    token = await token_of(browser)
    async with house.floor.database.begin() as db:
        await db.execute(update(School).values(school_year="2026-2027"))
        await connections.widen(db, house.party_id, {"instelling_ref", "brin"})
    (school,) = (await asks(browser, token)).json()["schools"]
    assert list(school) == ["school_brin", "instelling_ref", "claims"]
    assert (await asks(browser, token, f"/data/schools/{ref}/groups")).json() == {"groups": []}


async def test_c324_nobody_learns_of_schools_that_agreed_to_somebody_else(house: House) -> None:
    """Nor of one that closed; and a school that did not agree looks like one that does not exist."""
    browser, ref = await server(house), house.school.instelling_ref
    own = await token_of(browser)
    await register(house, "ander", ticked=False, **SERVER)
    theirs = str((await granted(browser, "ander")).json()["access_token"])
    assert (await asks(browser, theirs)).json() == {"schools": []}
    there, nowhere = [await asks(browser, theirs, f"/data/schools/{name}/groups") for name in (ref, "niets")]
    assert (there.status_code, there.json()) == (nowhere.status_code, nowhere.json()) == (200, {"groups": []})
    assert len((await asks(browser, own)).json()["schools"]) == 1
    async with house.floor.database.begin() as db:
        await db.execute(update(School).values(closed_at=house.clock.now))
    assert (await asks(browser, own)).json() == {"schools": []}
    assert (await asks(browser, own, f"/data/schools/{ref}/groups")).json() == {"groups": []}


async def test_c117_scope_and_place_are_what_the_connection_may(house: House) -> None:
    browser = await server(house, scope="data.schools")
    token = await token_of(browser, scope="data.schools", resource=BASE + "/data")
    assert (await asks(browser, token)).status_code == 200
    refused = await asks(browser, token, f"/data/schools/{house.school.instelling_ref}/groups")
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    for changes, error in (
        ({"scope": ALL}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"resource": "https://elders.example/"}, "invalid_target"),
    ):
        response = await granted(browser, **changes)
        assert (response.status_code, response.json()["error"]) == (400, error)
    response = await post_token(
        browser, {"grant_type": "client_credentials"}, headers=basic("rekenrijk", house.client_secret)
    )
    assert response.json()["error"] == "unauthorized_client"
    response = await post_token(browser, {"grant_type": "authorization_code"}, headers=basic("rooster", SECRET))
    assert response.status_code == 400
    # What a registration loses, a token that is out loses too (D10).
    await change_metadata(house, "rooster", scope="data.groups")
    assert (await asks(browser, token)).status_code == 401
    page = await browser.request("GET", "/oidc/authorize?client_id=rooster&response_type=code&scope=openid")
    assert (page.status, page.location) == (400, None), "nobody signs in by a client for data"


async def test_c126_tokens_for_data_and_for_people_are_strangers(house: House) -> None:
    browser = await server(house)
    token = await token_of(browser)
    assert (await userinfo(browser, token)).status_code == 401
    arrival = await arrives(house)
    tokens = await tokens_of(house, arrival)
    for other in (tokens["access_token"], tokens["id_token"], "x", token[:-4] + "AAAA"):
        refused = await asks(browser, other)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
        assert other not in refused.text
    assert (await browser.client.get("/data/schools")).status_code == 401
    assert (await browser.client.get(f"/data/schools?access_token={token}")).status_code == 401
    # NUL and what else nobody is called.
    for path in ("/data/schools?after=%00", "/data/schools/%00/groups", "/data/schools/" + "x" * 99 + "/groups"):
        assert (await asks(browser, token, path)).status_code == 200


async def test_c125_a_server_looks_up_and_ends_its_own_token_only(house: House) -> None:
    browser = await server(house)
    token = await token_of(browser)
    await server(house, "ander")

    async def looked(client_id: str) -> dict[str, Any]:
        response = await browser.client.post(
            "/oidc/introspect", data={"token": token}, headers=basic(client_id, SECRET)
        )
        found: dict[str, Any] = response.json()
        return found

    now = int(house.clock.now.timestamp())
    assert await looked("ander") == {"active": False}
    assert await looked("rooster") == {
        "active": True,
        "iss": BASE,
        "client_id": "rooster",
        "aud": BASE + "/data",
        "scope": ALL,
        "token_type": "Bearer",
        "iat": now,
        "exp": now + 600,
    }
    for client_id, status in (("ander", 200), ("rooster", 401)):
        await browser.client.post("/oidc/revoke", data={"token": token}, headers=basic(client_id, SECRET))
        assert (await asks(browser, token)).status_code == status
    assert await looked("rooster") == {"active": False}


async def test_c100_c114_by_secret_or_key_and_never_by_a_name_alone(house: House) -> None:
    key = {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS}
    browser = await server(house, "sleutel", **key)
    once = assertion(house)
    form = {"grant_type": "client_credentials", "client_assertion": once, "client_assertion_type": TYPE}
    response = await post_token(browser, form)
    assert (await asks(browser, response.json()["access_token"])).status_code == 200
    assert (await post_token(browser, form)).json()["error"] == "invalid_client", "the same assertion again"
    with pytest.raises(MetadataRefused, match="prove themselves"):
        await server(house, "los", token_endpoint_auth_method="none")
    await register(house, "los", token_endpoint_auth_method="none")
    await change_metadata(house, "los", grant_types=["client_credentials"], scope=ALL)
    for body in ({}, {"client_secret": SECRET}, {"client_secret": ""}):
        response = await post_token(browser, {"grant_type": "client_credentials", "client_id": "los", **body})
        assert response.json()["error"] in {"unauthorized_client", "invalid_client"}
    await server(house)
    await change_client(house, "rooster", enabled=False)
    assert (await granted(browser)).status_code == 401, "C-129: at once, though this process knew it"


async def test_c103_c105_tokens_for_data_can_be_bound_to_a_key(house: House) -> None:
    browser = await server(house, dpop_bound_access_tokens=True)
    assert (await granted(browser)).json()["error"] == "invalid_request"
    headers = {**basic("rooster", SECRET), **shown(proof(house))}
    told = (await post_token(browser, {"grant_type": "client_credentials"}, headers=headers)).json()
    token = told["access_token"]
    assert told["token_type"] == "DPoP"
    assert (await asks(browser, token)).status_code == 401
    for key, status in ((OTHER, 401), (KEY, 200)):
        made = proof(house, "/data/schools", "GET", token=token, key=key)
        response = await browser.client.get("/data/schools", headers={"Authorization": f"DPoP {token}", "DPoP": made})
        assert response.status_code == status


async def test_schools_come_in_portions(house: House) -> None:
    """By INSTELLING_REF, each school once, however many there are."""
    browser = await server(house)
    token, now = await token_of(browser), house.clock.now
    async with house.floor.database.begin() as db:
        for n in range(3):
            more = await schools.add(db, name=f"School {n}", brin=None, location="", now=now)
            await agreements.record_for_school(db, more.id, document_version="3.0", signed_on=now.date(), by="test")
            await ticks.give(db, more.id, house.party_id, catalogue.NAMES, now=now, by="test")
    seen: list[str] = []
    sets, hot, client = (
        house.resources.field_sets,
        house.floor.database.hot,
        await house.resources.parties.client("rooster"),
    )
    assert client is not None
    caller = data.Caller(client.id, client.version, client.party_id, b"0" * 16, client.fields)
    last: str | None = ""
    while last is not None:
        portion = await data.schools(hot, sets, caller, after=last, most=2, today=now.date())
        assert portion is not None
        seen += [school.instelling_ref for school in portion.schools]
        last = portion.last
    assert seen == sorted(set(seen))
    assert len(seen) == 4
    assert len((await asks(browser, token)).json()["schools"]) == 4

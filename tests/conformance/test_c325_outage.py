"""C-325, R-02, R-12: store or database away. A clear 503 with a reference, no check skipped, and everything goes on by itself afterwards."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import httpx2 as httpx
import pytest

from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    keys_of,
    redeems,
    register,
    token_form,
    tokens_of,
    userinfo,
)
from tests.conformance.test_c122_scripts import ALLOWED, APP, ATTACKS, BACK, OTHER
from tests.house import House, authorize_url, open_house, settings_on, staff_signs_in
from tests.servers import Server, postgres_server, valkey_server
from tests.storage import Storage


@dataclass(frozen=True, slots=True)
class Servers:
    """A database and a store that this file may stop."""

    database: Server
    store: Server
    storage: Storage


@pytest.fixture(scope="module")
def servers(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers of our own, beside those that every other test shares."""
    if storage.postgres is None:
        pytest.skip("the embedded storage has no server that could go away")
    with postgres_server(fsync=False) as database, valkey_server(append_only=True) as store:
        if not (database.pids and store.pids):
            pytest.skip("the servers are not ours to stop")
        own = Storage(Path(tmp_path_factory.mktemp("outage")), database.url, store.url)
        own.prepare()
        yield Servers(database, store, own)
        own.close()


@pytest.fixture
async def shaky(servers: Servers, clock: Clock) -> AsyncIterator[House]:
    """A house on those servers."""
    async with open_house(settings_on(*servers.storage.fresh()), clock) as house:
        yield house


def is_clear(response: httpx.Response) -> bool:
    """503 with a reference and a time to come back; nothing of the inside."""
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert response.headers["cache-control"] == "no-store"
    assert "location" not in response.headers
    for inside in ("Traceback", "asyncpg", "redis", "sqlalchemy", "Error:", "127.0.0.1"):
        assert inside not in response.text
    return re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", response.text) is not None


async def readiness(house: House) -> tuple[int, list[str]]:
    response = await house.browser().client.get("/readyz")
    return response.status_code, response.json()["missing"]


async def at_the_pin(house: House) -> tuple[Browser, Page]:
    """A browser, and the page where Noor gives her PIN."""
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    page = await browser.choose(page, "group", str(house.groups["Groep 6"]))
    return browser, await browser.choose(page, "child", str(house.people["Noor"]))


async def test_r02_without_the_store_nobody_is_let_in_and_with_it_everybody_again(
    shaky: House, servers: Servers
) -> None:
    arrival = await arrives(shaky)
    browser, client = arrival.browser, arrival.browser.client
    token = (await tokens_of(shaky, arrival))["access_token"]
    waiting = await arrives(shaky, browser)
    fresh = shaky.browser()
    servers.store.stop()
    try:
        assert await readiness(shaky) == (503, ["store"])
        assert (await client.get("/livez")).status_code == 200
        # Who has a session, who has none, who is in the middle of it: nobody passes unchecked.
        for page in (
            await browser.request("GET", authorize_url().url),
            await browser.request("GET", authorize_url(prompt="none").url),
            await fresh.request("GET", authorize_url().url),
            await browser.request("GET", "/account"),
            await browser.request("POST", "/signin", data={"way": "staff"}),
        ):
            assert is_clear(page.response)
        for path in ("/", "/.well-known/openid-configuration", "/oidc/jwks"):
            assert (await client.get(path)).status_code == 200
        # What is decided by the database alone goes on (ADR 9): a code that is on its way is not lost.
        assert (await userinfo(browser, token)).status_code == 200
        assert (await redeems(shaky, waiting)).status_code == 200
        assert (await redeems(shaky, waiting)).json()["error"] == "invalid_grant"
    finally:
        servers.store.start()
    page = await browser.request("GET", authorize_url(prompt="none").url)
    assert "code" in page.query  # the session survived (appendonly), nobody had to help
    assert await readiness(shaky) == (200, [])


async def test_c325_without_the_store_a_right_pin_opens_nothing_and_counts_for_nothing(
    shaky: House, servers: Servers
) -> None:
    browser, page = await at_the_pin(shaky)
    form = page.form("pin")
    servers.store.stop()
    try:
        for pin in ["4711"] * 6 + ["0000"]:
            answer = await browser.request("POST", form.action, data={**form.hidden, "pin": pin})
            assert is_clear(answer.response)
            assert "__Host-session" not in browser.cookies
    finally:
        servers.store.start()
    page = await browser.choose(page, "pin", "4711")
    assert "code" in page.query


async def test_r03_without_the_database_nothing_is_decided_and_with_it_everything_goes_on(
    shaky: House, servers: Servers
) -> None:
    arrival = await arrives(shaky)
    browser, client = arrival.browser, arrival.browser.client
    token = (await tokens_of(shaky, arrival))["access_token"]
    waiting = await arrives(shaky, browser)
    known = {key["kid"] for key in await keys_of(browser)}
    servers.database.stop()
    try:
        assert await readiness(shaky) == (503, ["database"])
        assert (await client.get("/livez")).status_code == 200
        for _ in range(2):
            for page in (
                await browser.request("GET", authorize_url().url),
                await browser.request("GET", authorize_url(prompt="none").url),
                await shaky.browser().get(authorize_url().url),
                await browser.request("GET", "/account"),
                await browser.request("GET", authorize_url(client_id="nog-nooit-gezien").url),
            ):
                assert is_clear(page.response)
            for response in (await redeems(shaky, waiting), await userinfo(browser, token)):
                assert is_clear(response)
                assert set(response.json()) == {"error", "reference"}
                assert response.json()["error"] == "database.unavailable"
        assert (await client.get("/.well-known/openid-configuration")).status_code == 200
        # Publishers verify on: the keys are shown as this process last knew them, also after it would have looked again.
        for _ in range(3):
            assert {key["kid"] for key in await keys_of(browser)} == known
            shaky.clock.move(seconds=6)
    finally:
        servers.database.start()
    # The very next requests are served: no dead connection is handed out, no code was lost, nothing was recorded meanwhile.
    assert (await userinfo(browser, token)).status_code == 200
    assert (await redeems(shaky, waiting)).status_code == 200
    assert "code" in (await browser.request("GET", authorize_url(prompt="none").url)).query
    assert await readiness(shaky) == (200, [])


async def test_c122_a_script_is_told_to_come_back_where_a_server_is(shaky: House, servers: Servers) -> None:
    """By what this process remembers: it cannot look up now whose origin that is."""
    grants = ["authorization_code", "refresh_token"]
    public: dict[str, Any] = {"token_endpoint_auth_method": "none", "grant_types": grants}
    await register(shaky, "app", redirect_uris=[BACK], **public)
    await register(shaky, "ander", redirect_uris=[f"{OTHER}/terug"], **public)
    arrival = await arrives(shaky, None, client_id="app", redirect_uri=BACK)
    client, form = arrival.browser.client, token_form(arrival, client_id="app", redirect_uri=BACK)
    tokens = (await client.post("/oidc/token", data=form, headers={"Origin": APP})).json()
    turn = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "app"}
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    pushed = dict(parse_qsl(urlsplit(authorize_url(client_id="app", redirect_uri=BACK).url).query))
    calls: list[tuple[str, str, dict[str, str], dict[str, str]]] = [
        ("POST", "/oidc/token", turn, {}),
        ("POST", "/oidc/par", pushed, {}),
        ("POST", "/oidc/revoke", {"token": tokens["access_token"], "client_id": "app"}, {}),
        ("GET", "/oidc/userinfo", {}, bearer),
    ]

    async def asks(origin: str) -> None:
        for method, path, data, headers in calls:
            sent = {**headers, "Origin": origin, "Access-Control-Request-Method": method}
            response = await client.request(method, path, data=data or None, headers=sent)
            before = await client.request("OPTIONS", path, headers=sent)
            assert is_clear(response), path
            assert response.headers["vary"] == "Origin"
            for answer in (response, before):
                reads = answer.headers.get(ALLOWED)
                assert reads == (origin if origin != ATTACKS["foreign"] else None), (path, origin)
                if reads:
                    assert "Retry-After" in answer.headers["access-control-expose-headers"]

    assert (await client.request("OPTIONS", "/oidc/token", headers={"Origin": APP})).headers[ALLOWED] == APP
    servers.database.stop()
    try:
        for _ in range(2):
            for origin in (APP, OTHER, ATTACKS["foreign"]):
                await asks(origin)
            # So long that the process would look again, if it could.
            shaky.clock.move(seconds=40)
    finally:
        servers.database.start()
    servers.store.stop()
    calls = calls[:2]  # the others need no store
    try:
        for origin in (APP, OTHER, ATTACKS["foreign"]):
            await asks(origin)
    finally:
        servers.store.start()
    again = await client.post("/oidc/token", data=turn, headers={"Origin": APP})
    assert (again.status_code, again.headers[ALLOWED]) == (200, APP)


async def test_c325_without_the_database_a_right_pin_opens_nothing(shaky: House, servers: Servers) -> None:
    browser, page = await at_the_pin(shaky)
    form = page.form("pin")
    servers.database.stop()
    try:
        answer = await browser.request("POST", form.action, data={**form.hidden, "pin": "4711"})
        assert is_clear(answer.response)
        assert "__Host-session" not in browser.cookies
    finally:
        servers.database.start()
    page = await browser.choose(page, "pin", "4711")
    assert "code" in page.query


async def test_c325_both_away_and_back(shaky: House, servers: Servers) -> None:
    arrival: Arrival = await arrives(shaky)
    servers.store.stop()
    servers.database.stop()
    try:
        assert await readiness(shaky) == (503, ["database", "store"])
        assert is_clear((await arrival.browser.request("GET", authorize_url().url)).response)
        # What helps then is there all the same, with how to reach the helpdesk.
        for path in ("/help", "/help/storing", "/actueel", "/help/outage"):
            helped = await shaky.browser().get(path)
            assert (helped.status, "helpdesk@" in helped.text or path == "/actueel") == (200, True), path
    finally:
        servers.database.start()
        servers.store.start()
    assert "code" in (await arrival.browser.request("GET", authorize_url().url)).query


async def test_r03_servers_that_were_restarted_unnoticed_cost_nobody_a_page(shaky: House, servers: Servers) -> None:
    """A quiet night, a restart, the first child of the morning: connections that died meanwhile are not handed out."""
    arrival = await arrives(shaky)
    token = (await tokens_of(shaky, arrival))["access_token"]
    for server in (servers.database, servers.store):
        server.stop()
        server.start()
    await hears(servers)
    assert (await userinfo(arrival.browser, token)).status_code == 200
    assert "code" in (await arrives(shaky)).page.query
    assert "code" in (await arrives(shaky, arrival.browser, prompt="none")).page.query


async def hears(servers: Servers) -> None:
    """Lets the loop hear that its sockets were closed, as it would in the night: by talking to the server itself."""
    connection = await asyncpg.connect(servers.database.url.replace("+asyncpg", ""))
    await connection.close()


async def only_reads(servers: Servers, house: House, *, yes: bool) -> None:
    """As after a switch to a standby: every new session of the database may only read."""
    name = urlsplit(house.floor.database.url).path.removeprefix("/")
    connection = await asyncpg.connect(servers.database.url.replace("+asyncpg", ""))
    try:
        await connection.execute(
            f'ALTER DATABASE "{name}" SET default_transaction_read_only = {"on" if yes else "off"}'
        )
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name
        )
    finally:
        await connection.close()
    await hears(servers)


async def test_c325_a_database_that_only_reads_lets_nothing_leave_unrecorded(shaky: House, servers: Servers) -> None:
    arrival = await arrives(shaky)
    token = (await tokens_of(shaky, arrival))["access_token"]
    waiting = await arrives(shaky, arrival.browser)
    browser, page = await at_the_pin(shaky)
    form = page.form("pin")
    office = shaky.browser()
    code_page = await staff_signs_in(office, await office.get(authorize_url().url), "ict")
    await only_reads(servers, shaky, yes=True)
    # What was recorded may be read; what would have to be recorded does not happen.
    assert (await userinfo(arrival.browser, token)).status_code == 200
    assert is_clear(await redeems(shaky, waiting))
    answer = await browser.request("POST", form.action, data={**form.hidden, "pin": "4711"})
    assert is_clear(answer.response)
    assert "__Host-session" not in browser.cookies
    code_form = code_page.form("code")
    answer = await office.request("POST", code_form.action, data={**code_form.hidden, "code": shaky.code()})
    assert is_clear(answer.response)
    assert "__Host-session" not in office.cookies
    await only_reads(servers, shaky, yes=False)
    assert "code" in (await office.choose(code_page, "code", shaky.code())).query
    assert (await redeems(shaky, waiting)).status_code == 200
    assert "code" in (await browser.choose(page, "pin", "4711")).query

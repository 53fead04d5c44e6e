"""openid-client (npm), a certified relying party, as publishers use it: code with PKCE, PAR, DPoP, claims, refresh, introspection, data access."""

import asyncio
import contextlib
import json
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from idp.core.settings import Settings
from tests.browser import Browser, forms_of
from tests.clock import Clock
from tests.conformance.relying_party import SECRET, arrives, register
from tests.conformance.test_c100_client_assertions import RSA
from tests.house import CALLBACK, House, open_house
from tests.peers.installed import PEERS, installed
from tests.servers import free_port
from tests.storage import Storage

GRANTS = ["authorization_code", "refresh_token"]


@pytest.fixture(scope="session")
def modules() -> Path:
    """Where npm put the package; without node or npm there is nothing to test with."""
    return installed()


@contextlib.asynccontextmanager
async def served(settings: Settings, clock: Clock, storage: Storage) -> AsyncIterator[House]:
    """A house that listens on a port of this machine."""
    port = free_port()
    here = settings.model_copy(update={"base_url": f"http://127.0.0.1:{port}"})
    async with open_house(here, clock, storage) as house:
        quiet = uvicorn.Config(house.app, host="127.0.0.1", port=port, log_level="critical", lifespan="off")
        quiet.load()
        server = uvicorn.Server(quiet)
        server.lifespan = quiet.lifespan_class(quiet)
        await server.startup()
        try:
            yield house
        finally:
            await server.shutdown()


@dataclass(slots=True)
class Software:
    """A running program: what it says, line by line."""

    process: asyncio.subprocess.Process

    async def tell(self, line: str) -> dict[str, Any]:
        """Its answer to a line. What went wrong over there is told here."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdin.write(line.encode() + b"\n")
        answer = await asyncio.wait_for(self.process.stdout.readline(), 20)
        if not answer:
            pytest.fail((await self.process.stderr.read()).decode()[-2000:])
        found: dict[str, Any] = json.loads(answer)
        return found


async def software(modules: Path) -> Software:
    pipe, program = subprocess.PIPE, PEERS / "openid_client.mjs"
    return Software(
        await asyncio.create_subprocess_exec("node", program, modules, stdin=pipe, stdout=pipe, stderr=pipe)
    )


def registered(house: House, **how: Any) -> str:
    told = {
        "issuer": house.floor.settings.base_url,
        "secret": SECRET,
        "redirectUri": CALLBACK,
        "scope": "openid profile",
        "skew": int(house.clock.now.timestamp() - time.time()),
        "bound": False,
        "pushed": False,
        "key": None,
        "algs": {},
        **how,
    }
    return json.dumps(told)


KINDS: dict[str, dict[str, Any]] = {
    "lettergreep": {"secret": SECRET},
    "boekenkast": {"secret": SECRET, "bound": True, "pushed": True},
    "tablet": {"secret": None, "bound": True},
    "sleutelbos": {
        "secret": None,
        "key": {**RSA.as_dict(private=True), "alg": "PS256"},
        "algs": {"id_token_signed_response_alg": "PS256", "userinfo_signed_response_alg": "ES256"},
        "pushed": True,
    },
}
"""Clients by name: how they prove themselves, whether they bind tokens to a key, push their requests, and have answers signed otherwise."""


async def test_c001_c035_c040_c041_c042_c058_c080_c103_c118_openid_client_signs_a_child_in_and_fetches_data(
    modules: Path, settings: Settings, clock: Clock, storage: Storage
) -> None:
    async with served(settings, clock, storage) as house:
        for name, how in KINDS.items():
            method = "private_key_jwt" if "key" in how else "client_secret_basic" if how["secret"] else "none"
            more = {"jwks": {"keys": [RSA.as_dict(private=False)]}, **how["algs"]} if "key" in how else {}
            await register(house, name, token_endpoint_auth_method=method, grant_types=GRANTS, **more)
        server: dict[str, Any] = {"redirect_uris": None, "grant_types": ["client_credentials"]}
        await register(house, "rooster", party_id=house.party_id, ticked=False, **server)
        browser = (await arrives(house)).browser
        walks = [_signs_in(modules, house, browser, name, how) for name, how in KINDS.items()]
        await asyncio.gather(*walks, _fetches(modules, house, bound=False), _fetches(modules, house, bound=True))


async def _signs_in(modules: Path, house: House, browser: Browser, name: str, how: dict[str, Any]) -> None:
    theirs, base = await software(modules), house.floor.settings.base_url
    asked = await theirs.tell(registered(house, clientId=name, **how))
    assert asked["url"].startswith(f"{base}/oidc/authorize?")
    page = await browser.request("GET", asked["url"].removeprefix(base))
    if "key" in how:
        (form,) = forms_of(page.text)
        told = await theirs.tell(json.dumps({"form": form.hidden}))
    else:
        assert (page.location or "").startswith(CALLBACK + "?code=")
        told = await theirs.tell(json.dumps({"url": page.location}))
    assert told["logout"].startswith(f"{base}/oidc/logout?")
    expected: dict[str, Any] = {
        "type": "dpop" if how.get("bound") else "bearer",
        "same": True,
        "school": "De Regenboog",
    }
    expected |= {"name": "Noor", "active": True if how["secret"] or "key" in how else None, "gone": "gone", "iss": True}
    assert {member: told[member] for member in expected} == expected
    assert await theirs.process.wait() == 0


async def _fetches(modules: Path, house: House, *, bound: bool) -> None:
    theirs = await software(modules)
    told = await theirs.tell(registered(house, clientId="rooster", redirectUri=None, scope="data.schools", bound=bound))
    assert (told["type"], told["status"]) == ("dpop" if bound else "bearer", 200)
    assert [school["school_name"] for school in told["data"]["schools"]] == ["De Regenboog"]
    assert await theirs.process.wait() == 0

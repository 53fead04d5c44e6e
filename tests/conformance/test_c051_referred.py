"""C-051 to C-053, C-055, C-128: keys and sectors that client metadata refers to by address, fetched under guard."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2 as httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.core.settings import Settings
from metadata import parties
from metadata.oidc import clients, logos, referred
from metadata.oidc.clients import MetadataRefused
from metadata.oidc.logos import LogoRefused
from protocols.attributes import catalogue
from tests.clock import Clock
from tests.conformance.relying_party import change_metadata, post_token
from tests.conformance.test_c100_client_assertions import EC, TURN, TYPE
from tests.house import CALLBACK, ELSEWHERE, House, authorize_url, open_house
from tests.protocols.saml.keys import ec_pair
from tests.storage import Storage

HERE = "http://localhost:8000"
NEW = ECKey.import_key(ec_pair("stranger").pem, {"kid": "nieuw"})


@dataclass(slots=True)
class Site:
    """A party's web server on this machine: what stands at each path, and how often it was asked."""

    origin: str = ""
    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def site() -> Iterator[Site]:
    made = Site()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            page = made.pages.get(self.path)
            body = page if isinstance(page, bytes) else json.dumps(page).encode()
            self.send_response(200 if page is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        made.origin = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        server.shutdown()


@asynccontextmanager
async def house_here(settings: Settings, clock: Clock, storage: Storage) -> AsyncIterator[House]:
    """A house on this machine itself, from which this machine may be asked."""
    async with open_house(settings.model_copy(update={"base_url": HERE}), clock, storage) as opened:
        yield opened


def jwks(*keys: ECKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def metadata(**members: Any) -> dict[str, Any]:
    return clients.validated(
        {"redirect_uris": [CALLBACK], **members},
        scopes=catalogue.SCOPES,
        loopback_allowed=True,
        data_scopes=catalogue.DATA_SCOPES,
    )


async def asks(house: House, key: ECKey) -> httpx.Response:
    """A token for data, by an assertion under this key."""
    now = int(house.clock.now.timestamp())
    said = {"iss": "sleutel", "sub": "sleutel", "aud": HERE, "jti": f"r{next(TURN)}", "exp": now + 60}
    given = jwt.encode({"alg": "ES256", "kid": key.kid}, said, key)
    form = {"grant_type": "client_credentials", "client_assertion": given, "client_assertion_type": TYPE}
    return await post_token(house.browser(), form)


async def test_c051_c055_a_new_key_at_its_address_counts_and_an_old_one_ends(
    settings: Settings, clock: Clock, storage: Storage
) -> None:
    with site() as party:
        party.pages["/jwks"] = jwks(EC)
        given = metadata(
            redirect_uris=None,
            grant_types=["client_credentials"],
            token_endpoint_auth_method="private_key_jwt",
            jwks_uri=party.origin + "/jwks",
        )
        known = await referred.fetched(given, loopback_allowed=True)
        assert known["jwks"]["keys"][0]["kid"] == "ec"
        async with house_here(settings, clock, storage) as house:
            async with house.floor.database.begin() as db:
                named = {**known, "client_id": "sleutel"}
                await parties.add_client(db, house.floor.keyring, house.party_id, named, now=clock.now)
            assert (await asks(house, EC)).status_code == 200
            asked = len(party.asked)
            assert (await asks(house, NEW)).status_code == 401
            # Whoever sends nonsense in its name costs its server one question.
            for _ in range(3):
                assert (await asks(house, NEW)).status_code == 401
            assert len(party.asked) == asked + 1
            party.pages["/jwks"] = jwks(EC, NEW)
            await later(house, seconds=31)
            if house.floor.settings.redis_url is None:
                assert (await asks(house, NEW)).status_code == 200
                assert (await asks(house, EC)).status_code == 200
                # A silent address shuts nobody out; a key that was taken away is over within the hour.
                del party.pages["/jwks"]
                await later(house, minutes=61)
                assert (await asks(house, NEW)).status_code == 200
                party.pages["/jwks"] = jwks(NEW)
                await later(house, minutes=61)
                assert (await asks(house, EC)).status_code == 401
                assert (await asks(house, NEW)).status_code == 200


async def later(house: House, **span: float) -> None:
    house.clock.move(**span)
    await asyncio.sleep(0)


async def test_c052_c053_a_sector_is_verified_when_it_is_registered() -> None:
    with site() as party:
        address = party.origin + "/sector"
        party.pages["/sector"] = [CALLBACK, "https://elders.example/callback"]
        good = metadata(sector_identifier_uri=address)
        assert await referred.fetched(good, loopback_allowed=True) == good
        for bad in (["https://elders.example/callback"], {"uris": [CALLBACK]}, [], CALLBACK, None, [[CALLBACK]]):
            party.pages["/sector"] = bad
            with pytest.raises(MetadataRefused, match="sector_identifier_uri") as refused:
                await referred.fetched(good, loopback_allowed=True)
            assert refused.value.error == "invalid_client_metadata"


async def test_c128_addresses_inside_the_house_are_not_asked() -> None:
    """The guard itself is tested where it stands; here: that nothing of a registration goes around it."""
    with site() as party:
        party.pages["/x"] = [CALLBACK]
        inside = (party.origin.replace("http:", "https:") + "/x", "https://10.0.0.1/x", "https://169.254.169.254/x")
        for uri in inside:
            for members in (
                {"sector_identifier_uri": uri},
                {"jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt"},
            ):
                with pytest.raises(MetadataRefused):
                    await referred.fetched(metadata(**members), loopback_allowed=False)
        assert party.asked == []


@pytest.mark.parametrize(
    "member", ["jwks_uri", "sector_identifier_uri", "logo_uri", "policy_uri", "tos_uri", "client_uri"]
)
def test_c048_c049_c050_c128_addresses_of_a_registration_are_https_without_user_info(member: str) -> None:
    for uri in (
        "http://rekenrijk.example/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a@b.example/",
        "/x",
        7,
    ):
        with pytest.raises(MetadataRefused):
            clients.validated(
                {"redirect_uris": [CALLBACK], member: uri}, scopes=catalogue.SCOPES, loopback_allowed=False
            )


def test_c051_keys_stand_in_one_place() -> None:
    by_key = {"token_endpoint_auth_method": "private_key_jwt"}
    for members in ({}, {"jwks": jwks(EC), "jwks_uri": "https://rekenrijk.example/jwks"}):
        with pytest.raises(MetadataRefused, match="either"):
            metadata(**by_key, **members)


def png(width: int = 28, height: int = 28, *, more: bytes = b"") -> bytes:
    """The beginning of a picture of this size, as far as anybody judges it."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0) + more


def test_c048_a_logo_is_a_small_png_or_none() -> None:
    assert logos.judged(png(512, 512)).body == png(512, 512)
    assert logos.judged(png()).digest != logos.judged(png(more=b"x")).digest
    wrong = (
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        b"\xff\xd8\xff",
        png()[:20],
        png(513),
        png(1, 0),
    )
    for body in (*wrong, png(28, 1 << 31), png(more=b"x" * logos.LARGEST)):
        with pytest.raises(LogoRefused):
            logos.judged(body)


async def test_c048_a_logo_stands_on_every_page_of_the_way_and_comes_from_us(house: House) -> None:
    """Children know a picture before a name; no other house hears that they are on their way."""
    logo = logos.judged(png())
    with site() as party:
        party.pages = {"/logo.png": png(), "/logo.svg": b"<svg/>"}
        found = await referred.logo_at(party.origin + "/logo.png", loopback_allowed=True)
        assert found == logo
        for name, loopback in (("/logo.svg", True), ("/weg.png", True), ("/logo.png", False)):
            with pytest.raises(LogoRefused):
                await referred.logo_at(party.origin + name, loopback_allowed=loopback)
    assert clients.LOGO not in metadata(**{clients.LOGO: logo.digest}), "what a party sends names no picture of ours"
    groups = await house.browser().get(authorize_url().url)
    assert "/logos/" not in groups.text
    async with house.floor.database.begin() as db:
        await logos.keep(db, "rekenrijk", logo)
    await change_metadata(house, **{clients.LOGO: logo.digest})
    shown = f'<img class="monogram" src="/logos/{logo.digest}" width="28" height="28" alt="">'
    groups = await house.browser().get(authorize_url().url)
    doors = await house.browser(ELSEWHERE).get(authorize_url().url)
    assert shown in groups.text
    assert shown in doors.text
    client = house.browser().client
    picture = await client.get(f"/logos/{logo.digest}")
    assert (picture.status_code, picture.content, picture.headers["content-type"]) == (200, png(), "image/png")
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in picture.headers["content-security-policy"]
    for name in ("0" * 32, logo.digest.upper(), logo.digest + "0", "x", "%00"):
        assert (await client.get(f"/logos/{name}")).status_code == 404


async def test_c048_c049_c050_people_can_read_what_a_party_says_and_nothing_of_it_is_loaded(house: House) -> None:
    """On the pages of who can read, in a window of its own; the children's pages have no way out."""
    of_itself = {"logo_uri": "logo.png", "policy_uri": "privacy", "tos_uri": "voorwaarden"}
    site_of_it = "https://rekenrijk.example/"
    await change_metadata(house, **{member: site_of_it + name for member, name in of_itself.items()})
    browser = house.browser(ELSEWHERE)
    doors = await browser.get(authorize_url().url)
    password = await browser.choose(doors, "way", "staff")
    groups = await house.browser().get(authorize_url().url)
    for page in (doors, password):
        for name in ("privacy", "voorwaarden"):
            assert f'<a href="{site_of_it}{name}" target="_blank" rel="noopener noreferrer external">' in page.text
        assert "logo.png" not in page.text
    assert groups.offers("group")
    assert site_of_it not in groups.text

"""A publisher's software that believes nothing: every ID token is judged by joserfc and by Authlib, which the product does not sign with."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import insert, select, update

from consent import ticks
from consent.models import Exclusion
from metadata import parties
from metadata.models import OidcClient, Party
from metadata.oidc import clients
from protocols.attributes import catalogue
from tests.browser import Browser, Page
from tests.house import BASE, CALLBACK, Asked, House, authorize_url, pupil_signs_in, staff_signs_in

SECRET = "geheim-van-een-andere-partij-0123456789"


async def register(
    house: House,
    client_id: str,
    *,
    party_id: int | None = None,
    sector: str | None = None,
    ticked: bool = True,
    **metadata: Any,
) -> int:
    """Another client, under a party of its own unless one is given; the seeded school ticks that party. Returns the party's id."""
    given = {"redirect_uris": [CALLBACK], **metadata}
    valid = clients.validated(given, scopes=catalogue.SCOPES, loopback_allowed=False, data_scopes=catalogue.DATA_SCOPES)
    now = house.clock.now
    async with house.floor.database.begin() as db:
        if party_id is None:
            of = sector or f"{client_id}.example"
            party_id = await parties.add_party(
                db, name=client_id, kind="publisher", fields=catalogue.NAMES, sector=of, now=now
            )
        named = {**valid, "client_id": client_id, "client_secret": SECRET}
        await parties.add_client(db, house.floor.keyring, party_id, named, now=now)
        if ticked:
            await ticks.give(db, house.school.id, party_id, catalogue.NAMES, now=now, by="test")
    return party_id


async def change_client(house: House, client_id: str = "rekenrijk", **columns: Any) -> None:
    """Changes a client's row as a writer does: the version rises with it (D10)."""
    async with house.floor.database.begin() as db:
        changed = update(OidcClient).where(OidcClient.client_id == client_id)
        await db.execute(changed.values(**columns, version=OidcClient.version + 1))


async def change_metadata(house: House, client_id: str = "rekenrijk", **members: Any) -> None:
    """Changes members of a client's metadata."""
    async with house.floor.database.read() as db:
        found = select(OidcClient.metadata_).where(OidcClient.client_id == client_id)
        known: dict[str, Any] = (await db.execute(found)).scalar_one()
    await change_client(house, client_id, metadata_={**known, **members})


async def disable_party(house: House) -> None:
    """Takes the seeded party out of service."""
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).where(Party.id == house.party_id).values(enabled=False))


async def withdraw(house: House) -> None:
    """The seeded school takes its yes to the seeded party back."""
    async with house.floor.database.begin() as db:
        assert await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")


async def exclude(house: House, name: str) -> None:
    """The seeded school keeps one person away from the seeded party."""
    row = {"school_id": house.school.id, "party_id": house.party_id, "person_id": house.people[name]}
    async with house.floor.database.begin() as db:
        await db.execute(insert(Exclusion).values(**row))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person who came back to the publisher: the browser, the redirect with its code, and what had been asked."""

    browser: Browser
    page: Page
    asked: Asked

    @property
    def code(self) -> str:
        return self.page.query["code"]


async def arrives(house: House, browser: Browser | None = None, /, **changes: str | None) -> Arrival:
    """Noor goes to a publisher: by her tile and PIN, or straight through where this browser has her session."""
    browser, asked = browser or house.browser(), authorize_url(**changes)
    page = await browser.get(asked.url)
    if page.status == 200 and page.offers("group"):
        page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    return Arrival(browser, page, asked)


async def staff_arrives(
    house: House, browser: Browser | None = None, name: str = "juf", /, **changes: str | None
) -> Arrival:
    """A member of staff goes to a publisher by password."""
    browser, asked = browser or house.browser(), authorize_url(**changes)
    page = await staff_signs_in(browser, await browser.get(asked.url), name)
    return Arrival(browser, page, asked)


def token_form(arrival: Arrival, **changes: str | None) -> dict[str, str]:
    """The body of a token request; a change to None leaves the parameter out."""
    form = {
        "grant_type": "authorization_code",
        "code": arrival.page.query.get("code", ""),
        "redirect_uri": CALLBACK,
        "code_verifier": arrival.asked.verifier,
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header of `client_secret_basic`, exactly as given."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


async def post_token(
    browser: Browser, body: dict[str, str] | bytes, *, headers: dict[str, str] | None = None
) -> httpx.Response:
    """A request to the token endpoint, authenticated by `headers` or by the body."""
    content = body if isinstance(body, bytes) else urlencode(body).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await browser.client.post("/oidc/token", content=content, headers={**form, **(headers or {})})


async def redeems(
    house: House, arrival: Arrival, *, client_id: str = "rekenrijk", secret: str | None = None, **changes: str | None
) -> httpx.Response:
    """Redeems a code as a client with `client_secret_basic`."""
    known = secret if secret is not None else house.client_secret if client_id == "rekenrijk" else SECRET
    return await post_token(arrival.browser, token_form(arrival, **changes), headers=basic(client_id, known))


async def tokens_of(house: House, arrival: Arrival, *, client_id: str = "rekenrijk") -> dict[str, Any]:
    """The token response of a code that must be good."""
    response = await redeems(house, arrival, client_id=client_id)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def userinfo(browser: Browser, token: str) -> httpx.Response:
    """UserInfo by GET, the usual way."""
    return await browser.client.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})


async def claims_at_userinfo(browser: Browser, token: str) -> dict[str, Any]:
    """What UserInfo tells when it must tell."""
    response = await userinfo(browser, token)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def keys_of(browser: Browser) -> list[dict[str, str]]:
    """The published keys."""
    found: list[dict[str, str]] = (await browser.client.get("/oidc/jwks")).json()["keys"]
    return found


async def verified(
    house: House,
    browser: Browser,
    tokens: dict[str, Any],
    *,
    client_id: str = "rekenrijk",
    nonce: str | None = "eenmalig-1",
    alg: str = "RS256",
) -> dict[str, Any]:
    """The claims of an ID token after joserfc checked the signature and Authlib the rest (OIDC Core 3.1.3.7)."""
    known = KeySet.import_key_set({"keys": [dict(key) for key in await keys_of(browser)]})
    token = jwt.decode(tokens["id_token"], known, algorithms=[alg])
    params = {"nonce": nonce, "client_id": client_id, "access_token": tokens["access_token"]}
    options = {"iss": {"essential": True, "value": BASE}, "aud": {"essential": True, "value": client_id}}
    options |= {name: {"essential": True} for name in ("at_hash", "auth_time", "exp", "iat", "sub")}
    claims = CodeIDToken(token.claims, token.header, options=options, params=params)
    claims.validate(now=int(house.clock.now.timestamp()))
    assert ("nonce" in claims) == (nonce is not None)
    return dict(claims)


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token as they stand there."""
    header, payload, _ = token.split(".")
    return json.loads(unb64(header)), json.loads(unb64(payload))


def unb64(text: str) -> bytes:
    """The bytes behind base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

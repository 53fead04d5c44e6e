"""A house to test in: the real application, a seeded school, publishers, and browsers at its door."""

import base64
import functools
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from urllib.parse import urlencode

import httpx2 as httpx
import pyotp
from sqlalchemy import insert, select

from consent import agreements, ticks
from directory import addresses, people, schools
from directory.models import EckId, Employment, Enrolment, Group, GroupTeacher, Person
from directory.schools import KnownSchool
from idp.core.db import Db
from idp.core.floor import Floor, lay
from idp.core.settings import Settings
from idp.credentials import passwords, pupil_secrets, terms
from idp.credentials.models import TermsRead
from idp.credentials.pupil_secrets import SecretKind
from idp.http import cookies
from idp.http.doors import Doors
from idp.http.resources import Resources
from idp.jobs import timetable
from idp.main import create_app, gather
from idp.signin import sessions
from idp.signin.sessions import Session
from metadata import parties
from metadata.oidc import clients
from mfa import totp
from protocols.attributes import catalogue
from tests.browser import BASE as BASE
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.knocking import Knocker
from tests.storage import Storage

AT_SCHOOL = "192.0.2.10"
ELSEWHERE = "198.51.100.77"
PASSWORD = "Regenboog-fiets-7"
CALLBACK = "https://rekenrijk.example/callback"
ECKID = "https://ketenid.nl/pilot/" + hashlib.sha512(b"noor").hexdigest()
"""The pilot ECK-iD of the seeded child Noor; everybody else has none."""


@dataclass(kw_only=True)
class Seeded:
    """What stands in a house's database. Ids are those of the tables."""

    school: KnownSchool
    people: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    party_id: int = 0
    totp_secret: str = field(default_factory=totp.new_secret)
    client_secret: str = "geheim-van-rekenrijk-0123456789"


@dataclass(kw_only=True)
class House(Seeded):
    """The application and what was seeded."""

    app: Doors
    clock: Clock
    resources: Resources
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def floor(self) -> Floor:
        return self.resources.floor

    def browser(self, address: str = AT_SCHOOL, *, language: str = "nl") -> Browser:
        """A fresh browser on a network."""
        transport = httpx.ASGITransport(app=self.app, client=(address, 40000), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=BASE)
        self._clients.append(client)
        return Browser(client, BASE, language=language, knocker=Knocker(self.app, address))

    def code(self) -> str:
        """The code that the seeded coordinator's app shows now."""
        return pyotp.TOTP(self.totp_secret).at(self.clock.now)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@functools.cache
def settings_on(database_url: str, redis_url: str | None) -> Settings:
    """Settings of an installation whose hashes cost next to nothing."""
    return Settings(
        _env_file=None,
        base_url=BASE,
        database_url=database_url,
        redis_url=redis_url,
        secret_key="a secret of thirty-two characters or more",
        argon2_memory_kib=8,
        argon2_passes=1,
        # The made-up schools' ECK-iDs are those of a pilot.
        eckid_environment="pilot",
    )


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock, storage: Storage | None = None) -> AsyncIterator[House]:
    """Seeds an empty, migrated database and starts the application on it.

    With `storage`, which is for the usual settings, the first house is kept there and the others begin as its copy.
    """
    name = f"house {clock.now:%Y-%m-%d %H:%M}"
    seeded = storage.recall(name) if storage else None
    if not isinstance(seeded, Seeded):
        seeded = await _seed(settings, clock)
        if storage:
            storage.keep(name, seeded)
    database = storage.shared if storage else None
    app = create_app(settings, clock=clock, seconds=clock.seconds, database=database, background=_rest)
    async with app.router.lifespan_context(app):
        house = House(app=app, clock=clock, resources=app.state.resources, **deepcopy(vars(seeded)))
        try:
            yield house
        finally:
            await house.close()


async def _rest(_: object) -> None:
    """What happens in the background a test does itself, at the moment that it means."""


def beside(house: House, app: Doors) -> House:
    """Another process of the same installation, which started already."""
    return replace(house, app=app, resources=app.state.resources, _clients=[])


async def _seed(settings: Settings, clock: Clock) -> Seeded:
    resources = await gather(await lay(settings, clock=clock, seconds=clock.seconds))
    keyring, now = resources.floor.keyring, clock.now
    await timetable.enter(resources.floor.database, timetable.JOBS, now=now)
    async with resources.floor.database.begin() as db:
        school = await schools.add(db, name="De Regenboog", brin="99ZZ", location="", now=now)
        seeded = Seeded(school=school)
        await agreements.record_for_school(db, school.id, document_version="3.0", signed_on=date(2026, 8, 1), by="test")
        await addresses.add(db, school.id, addresses.read_network("192.0.2.0/28"), now=now)
        await addresses.add(db, school.id, addresses.read_network("2001:db8:5::/48"), now=now)
        for name, kind in (("Groep 2", "pictures"), ("Groep 6", "pin")):
            row = {"school_year": "2026-2027", "kind": "stamgroep", "las_key": name, "name": name, "secret_kind": kind}
            made = insert(Group).values(school_id=school.id, year_group=name[-1], **row).returning(Group.id)
            seeded.groups[name] = (await db.execute(made)).scalar_one()
        add_pupil, add_staff = partial(_add_pupil, seeded, db, resources), partial(_add_staff, seeded, db, resources)
        await add_pupil("Sam", "Groep 2", ("pictures", "tree,boat,apple"), picture="bee")
        await add_pupil("Noor", "Groep 6", ("pin", "4711"), picture="cat", eckid=ECKID)
        await add_pupil("Finn", "Groep 6", ("pin", "0042"), picture="dog")
        await add_staff("juf", "teacher", "Groep 6")
        await add_staff("ict", "ict-coordinator", None)
        await totp.enrol(db, keyring, seeded.people["ict"], seeded.totp_secret, used_step=0, now=now)
        seeded.party_id = await parties.add_party(
            db, name="Rekenrijk", kind="publisher", fields=catalogue.NAMES, sector="rekenrijk.example", now=now
        )
        given = {"redirect_uris": [CALLBACK], "post_logout_redirect_uris": ["https://rekenrijk.example/klaar"]}
        valid = clients.validated(given, scopes=catalogue.SCOPES, loopback_allowed=False)
        named = {**valid, "client_id": "rekenrijk", "client_secret": seeded.client_secret}
        await parties.add_client(db, keyring, seeded.party_id, named, now=now)
        await ticks.give(db, school.id, seeded.party_id, catalogue.NAMES, now=now, by="test")
    await resources.close()
    return seeded


async def _add_pupil(
    seeded: Seeded,
    db: Db,
    resources: Resources,
    name: str,
    group: str,
    secret: tuple[SecretKind, str],
    *,
    picture: str,
    eckid: str | None = None,
) -> None:
    keyring, now = resources.floor.keyring, resources.floor.now
    person_id = await people.new_person(
        db, kind="pupil", first_name=name, prefix="van", surname="Beek", email=None, now=now
    )
    row = {"las_key": name, "group_id": seeded.groups[group], "year_group": group[-1], "picture": picture}
    await db.execute(insert(Enrolment).values(school_id=seeded.school.id, person_id=person_id, **row))
    await pupil_secrets.set_secrets(db, keyring, {person_id: secret}, now=now)
    if eckid is not None:
        sealed = keyring.seal(eckid.encode(), bound_to=f"eck_ids.sealed.{person_id}")
        await db.execute(insert(EckId).values(person_id=person_id, sealed=sealed, lookup=keyring.mac("eckid", eckid)))
    seeded.people[name] = person_id


async def _add_staff(seeded: Seeded, db: Db, resources: Resources, name: str, role: str, group: str | None) -> None:
    now, email = resources.floor.now, f"{name}@regenboog.example"
    person_id = await people.new_person(
        db, kind="staff", first_name=name.title(), prefix=None, surname="Jansen", email=email, now=now
    )
    await people.employ(db, seeded.school.id, person_id, [role])
    await passwords.set_password(db, person_id, await resources.hasher.hash(PASSWORD), now=now)
    await db.execute(insert(TermsRead).values(person_id=person_id, version=terms.VERSION, read_at=now))
    if group is not None:
        employed = select(Employment.id).where(Employment.person_id == person_id)
        link = {"employment_id": (await db.execute(employed)).scalar_one(), "group_id": seeded.groups[group]}
        await db.execute(insert(GroupTeacher).values(**link))
    seeded.people[name] = person_id


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request on its way, with the secret half of PKCE."""

    url: str
    verifier: str


def authorize_url(**changes: str | None) -> Asked:
    """An authorization request of the seeded publisher; a change to None leaves the parameter out."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "rekenrijk",
        "redirect_uri": CALLBACK,
        "scope": "openid profile eckid school groups roles email",
        "state": "toestand-1",
        "nonce": "eenmalig-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **changes,
    }
    kept = {name: value for name, value in asked.items() if value is not None}
    return Asked(f"/oidc/authorize?{urlencode(kept)}", verifier)


async def signed_in(house: House, name: str, *, two_steps: bool = False, address: str = AT_SCHOOL) -> Browser:
    """A browser in which a member of staff works at the seeded school, with a session of this moment. How one gets there, journeys tell."""
    at, person_id = int(house.clock.now.timestamp()), house.people[name]
    async with house.floor.database.read() as db:
        epoch = (await db.execute(select(Person.epoch).where(Person.id == person_id))).scalar_one()
    ways = ("pwd", "otp") if two_steps else ("pwd",)
    proven = Session(b"", person_id, "staff", house.school.id, epoch, at, at, at if two_steps else None, ways)
    cookie, _, stored = sessions.create(house.floor.keyring, proven)
    await house.floor.store.put(stored)
    browser = house.browser(address)
    browser.cookies[cookies.SESSION] = (cookie, "Lax")
    return browser


async def to_the_tiles(browser: Browser, page: Page, house: House, group: str) -> Page:
    """From the page with groups, or the tiles of the one that the browser knows, to the tiles of this one."""
    if page.offers("child"):
        page = await browser.choose(page, "back", "group")
    return await browser.choose(page, "group", str(house.groups[group]))


async def pupil_signs_in(browser: Browser, page: Page, house: House, name: str, group: str, secret: str) -> Page:
    """From the page with groups (or the tiles of the one that the browser knows) to whatever follows the right secret."""
    page = await to_the_tiles(browser, page, house, group)
    page = await browser.choose(page, "child", str(house.people[name]))
    return await browser.choose(page, "picked" if "," in secret else "pin", secret)


async def staff_signs_in(browser: Browser, page: Page, name: str, password: str = PASSWORD) -> Page:
    """From the page Leerling, Medewerker, Thuis (or the groups of a school) to whatever follows the password."""
    if not page.offers("way"):
        page = await browser.choose(page, "back", "way")
    page = await browser.choose(page, "way", "staff")
    return await browser.choose(page, "email", f"{name}@regenboog.example", password=password)


async def redeem(house: House, browser: Browser, page: Page, asked: Asked, **changes: str) -> httpx.Response:
    """The token response for a page that redirects to the publisher with a code."""
    form = {
        "grant_type": "authorization_code",
        "code": page.query["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": asked.verifier,
        **changes,
    }
    return await browser.client.post("/oidc/token", data=form, auth=("rekenrijk", house.client_secret))

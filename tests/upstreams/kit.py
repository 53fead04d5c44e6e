"""A house with a network provider at its school, and a browser on its way there and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select

from consent import ticks
from directory.models import Person
from idp.core.settings import Settings
from metadata import decryption_keys, parties, upstreams
from metadata.saml import provider_reader
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.house import House, open_house, settings_on
from tests.storage import Storage
from tests.upstreams import provider
from tests.upstreams.provider import Told


def settings_for(storage: Storage) -> Settings:
    """As the usual settings of a test, for houses that a whole module shares and that are opened with this storage."""
    return settings_on(*storage.fresh(recalled=True))


async def attach(
    house: House,
    *,
    name: str = "Moo",
    document: bytes | None = None,
    ticked: bool = True,
    trusted_for_mfa: bool = False,
    for_staff: bool = False,
    links: dict[str, str] | None = None,
) -> int:
    """A provider, ticked by the seeded school; `links` are the subjects by which it calls people. Returns its number."""
    floor, now = house.floor, house.clock.now
    raw = document or provider.metadata()
    async with floor.database.begin() as db:
        party = await parties.add_party(
            db, name=name, kind="network", fields={"subject"}, sector=f"{name}.example", now=now
        )
        idp = provider_reader.read_idp(raw)
        number = await upstreams.add_saml(
            db, party, idp, raw, now=now, trusted_for_mfa=trusted_for_mfa, for_staff=for_staff
        )
        await decryption_keys.make(db, floor.keyring, now=now, unless_there=True)
        if ticked:
            await ticks.give(db, house.school.id, party, {"subject"}, now=now, by="test")
        for person, subject in (links or {}).items():
            await upstreams.link(db, floor.keyring, number, house.people[person], subject, now=now)
    return number


@asynccontextmanager
async def attached_house(storage: Storage, *, scopes: tuple[str, ...] = ()) -> AsyncIterator["Road"]:
    """One house for a whole module, with a provider that calls Noor leerling-1."""
    clock = Clock()
    async with open_house(settings_for(storage), clock, storage) as house:
        document = provider.metadata(scopes=scopes)
        number = await attach(house, document=document, links={"Noor": "leerling-1", "juf": "juf-1", "ict": "ict-1"})
        yield Road(house, number)


@dataclass(frozen=True)
class Road:
    """The way to the provider and back."""

    house: House
    number: int

    def shortcut(self, number: int | None = None, **more: str) -> str:
        query = {
            "NETWERKBEHEERDER": str(number or self.number),
            "INSTELLING_REF": self.house.school.instelling_ref,
            **more,
        }
        return "/login/snelkoppelaar?" + "&".join(f"{name}={value}" for name, value in query.items())

    async def ask(self, browser: Browser, number: int | None = None) -> Told:
        """The browser is sent to the provider; what an honest provider would tell of Noor."""
        page = await browser.get(self.shortcut(number))
        assert page.status == 303, page.heading
        assert (page.location or "").startswith(provider.SSO)
        return Told(answers=provider.asked(page.location or "")["ID"], now=self.house.clock.now)

    async def send(self, browser: Browser, xml: bytes, **more: str) -> Page:
        """The provider's page posts to us across sites; where the browser then is."""
        return await browser.post("/network/saml/acs", provider.form(xml, **more), cross_site=True)

    async def certificate(self) -> str:
        """For which the provider encrypts."""
        return (await self.house.resources.openers.all())[0].certificate

    async def session_of(self, browser: Browser) -> str | None:
        """The first name of who is signed in, in this browser."""
        from idp.signin import sessions

        cookie = browser.cookies.get("__Host-session")
        if cookie is None:
            return None
        floor = self.house.floor
        found = await sessions.find(floor.store, floor.keyring, cookie[0], now=int(floor.now.timestamp()))
        if found is None:
            return None
        async with floor.database.read() as db:
            named = select(Person.first_name).where(Person.id == found.person_id)
            return (await db.execute(named)).scalar_one()

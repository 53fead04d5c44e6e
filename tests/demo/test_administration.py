"""The demonstration's administration system: it has the people that were seeded, can be changed, and can fail."""

import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest

from directory import schools
from directory.imports import checking, couplings, nights
from directory.imports.records import Administration as Taken
from directory.imports.uwlr.fetch import NoChanges, fetch
from idp.core import floor
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.demo import administration
from idp.demo.administration import Administration
from idp.demo.las import Las, SchoolThere
from idp.demo.notes import Notes
from idp.demo.pages import Brand
from idp.demo.schools import LARGE
from idp.demo.sites import Sites
from idp.demo.together import prepare, settings_for
from tests.clock import Clock
from tests.demo import ports
from tests.directory.uwlr.standing import edexml, serving_app


@dataclass
class Opened:
    """A prepared demonstration with its administration system served where the school looks for it."""

    floor: Floor
    system: Administration
    address: str


@dataclass(frozen=True)
class Prepared:
    """A demonstration that was seeded once, in a folder, for ports of which the administration system's is held."""

    folder: Path
    sites: Sites
    bound: socket.socket
    known: Notes


def _settings(sites: Sites, folder: Path) -> Settings:
    return settings_for(sites, folder).model_copy(update={"argon2_memory_kib": 8, "argon2_passes": 1})


@pytest.fixture(scope="module")
async def prepared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prepared]:
    folder, sites = tmp_path_factory.mktemp("prepared"), ports.free()
    with socket.create_server(("127.0.0.1", urlsplit(sites.klasboek).port or 0)) as bound:
        known, guide = await prepare(_settings(sites, folder), sites, folder, clock=Clock())
        assert guide.las_url == f"{sites.klasboek}/"
        yield Prepared(folder, sites, bound, known)


@pytest.fixture
async def opened(prepared: Prepared, tmp_path: Path) -> AsyncIterator[Opened]:
    shutil.copytree(prepared.folder, tmp_path, dirs_exist_ok=True)
    clock, sites = Clock(), prepared.sites
    system = administration.opened(prepared.known, now=clock.now)
    brand = Brand("klasboek", administration.NAME, "", sites.klasboek)
    laid = await floor.lay(_settings(sites, tmp_path), clock=clock)
    async with serving_app(administration.create(brand, system, idp=sites.idp), prepared.bound.dup()):
        try:
            yield Opened(laid, system, sites.klasboek)
        finally:
            await laid.close()


async def test_the_school_is_coupled_and_its_system_has_its_people(opened: Opened) -> None:
    laid, now = opened.floor, opened.floor.now
    async with laid.database.read() as db:
        school = await schools.by_code(db, LARGE.brin)
        coupled = await couplings.require(db, school.id)
    assert coupled.active
    found = await checking.check(laid.database, school, now=now, by="system", keyring=laid.keyring, contact="helpdesk")
    assert (found.error, found.pupils, found.with_eckid) == (None, LARGE.pupils, LARGE.pupils - 3)


async def test_what_changes_there_is_fetched(opened: Opened) -> None:
    laid, now = opened.floor, opened.floor.now
    async with laid.database.begin() as db:
        school = await schools.by_code(db, LARGE.brin)
        source = (await nights.open_now(db, school, now=now, keyring=laid.keyring)).source
    async with httpx.AsyncClient(base_url=opened.address) as browser:
        page = (await browser.get("/")).text
        assert f"<code>{source.credentials.key}</code>" in page
        assert f"<td>{LARGE.pupils}</td>" in page
        for way, pupils in (("/inschrijven", 226), ("/uitschrijven", 225), ("/uitschrijven", 224)):
            assert (await browser.post(way)).headers["location"] == "/"
            found = await fetch(source, now=now)
            assert isinstance(found, Taken)
            assert len(found.pupils) == pupils
            assert f"<td>{pupils}</td>" in (await browser.get("/")).text


async def test_nobody_changed_anything_yet(opened: Opened) -> None:
    laid, now = opened.floor, opened.floor.now
    async with laid.database.begin() as db:
        school = await schools.by_code(db, LARGE.brin)
        claimed = await nights.open_now(db, school, now=now, keyring=laid.keyring)
        await nights.settle(db, claimed, None, now=now, by="system", contact="helpdesk")
        again = await nights.open_now(db, school, now=now.replace(hour=20), keyring=laid.keyring)
    opened.system.school.changed_at = now.replace(hour=1)
    assert await fetch(again.source, now=now) == NoChanges()


@pytest.mark.parametrize(("chosen", "error"), [("Server.TijdelijkNietBeschikbaar", "las_unavailable"), ("", None)])
async def test_it_fails_as_it_is_told(opened: Opened, chosen: str, error: str | None) -> None:
    laid, now = opened.floor, opened.floor.now
    async with laid.database.read() as db:
        school = await schools.by_code(db, LARGE.brin)
    async with httpx.AsyncClient(base_url=opened.address) as browser:
        assert (await browser.post("/antwoord", data={"fault": chosen})).status_code == 303
        assert (await browser.post("/antwoord", data={"fault": "Server.Iets"})).status_code == 400
    found = await checking.check(laid.database, school, now=now, by="system", keyring=laid.keyring, contact="helpdesk")
    assert found.error == error


def test_a_school_keeps_two_pupils() -> None:
    clock = Clock()
    system = Administration(Las(), SchoolThere("99XX", "", "key", edexml(pupils=8), clock.now))
    for _ in range(10):
        system.leave(now=clock.now)
    assert len(system.people.findall("leerlingen/leerling")) == 2


def test_its_place_is_the_last_of_the_row() -> None:
    assert Sites(8000).klasboek == "http://127.0.0.1:8006"

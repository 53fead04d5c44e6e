"""A whole journey is looked through for ECK-iDs: every page, redirect, cookie, header and error, every log line, everything stored, every
answer of a command. Only the protocol's answer to an entitled party may hold one (R45, D40)."""

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import insert, select

import idp.tables
from directory import eckid, substitutions
from directory.lifecycle import reorganisation_asking, reorganisations
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Merger
from directory.models import EckId
from directory.substitutions import Substitution
from idp.core.log import JsonLines
from idp.core.store import MemoryStore
from idp.main import every_route
from tests.browser import Browser
from tests.cli.conftest import Installation
from tests.desk.sitting import paths, sits_down
from tests.desk.test_imports import edexml, fingerprint, press, upload
from tests.directory.eckids import eckid_of, value_of
from tests.house import ECKID, House, authorize_url, pupil_signs_in, redeem
from tests.journeys.stories import add_child, add_group, add_school

SHORTEST = 24
"""So many characters of the hexadecimal part are an ECK-iD to whoever looks for one."""


def needles(*values: str) -> list[str]:
    """What to look for: a beginning, a middle and an end of every value, and what they have in common."""
    digests = [value.rsplit("/", 1)[1] for value in values]
    parts = [digest[at : at + SHORTEST] for digest in digests for at in (0, 50, len(digest) - SHORTEST)]
    return ["ketenid.nl", *parts]


@dataclass
class Seen:
    """Everything that left or was written, with where that was."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, where: str, what: object) -> None:
        text = what.decode("latin-1") if isinstance(what, bytes) else str(what)
        self.found.append((where, text.casefold()))

    def guilty(self, wanted: list[str]) -> list[str]:
        return sorted({where for where, text in self.found for needle in wanted if needle in text})

    def watch(self, browser: Browser) -> Browser:
        async def look(response: httpx.Response) -> None:
            await response.aread()
            request = response.request
            where = f"{request.method} {request.url.path} {response.status_code}"
            self.keep(f"{where} url", request.url)
            self.keep(f"{where} headers", response.headers.raw)
            self.keep(f"{where} body", response.content)

        browser.client.event_hooks = {"response": [look]}
        return browser


class Lines(logging.Handler):
    """Every log line of the product and of the libraries it uses, the test's own client aside."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        # The store's own protocol and the embedded database's statements are looked at where they end: in what is stored.
        if not record.name.startswith(("httpx2", "httpcore", "asyncio", "aiosqlite")):
            self._seen.keep(f"log {record.name}", self.format(record))


@pytest.fixture
def seen() -> Iterator[Seen]:
    found = Seen()
    handler, root = Lines(found), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield found
    root.setLevel(level)
    root.removeHandler(handler)


async def everywhere(house: House, browser: Browser) -> int:
    """Every page there is without something to fill in, of the desk and of the rest; how many answered with a page."""
    plain = [route.path for route in every_route() if "{" not in route.path]
    shown = 0
    for path in [*plain, *paths("GET", house.school.code), "/metrics", "/oidc/userinfo", "/oidc/logout"]:
        page = await browser.request("GET", path)
        shown += page.status == 200
    return shown


async def kept(house: House, seen: Seen) -> None:
    """Every value of every table, and of the short-lived store."""
    async with house.floor.database.read() as db:
        for table in idp.tables.metadata_of_all.sorted_tables:
            for row in await db.execute(select(table)):
                seen.keep(f"table {table.name}", row._mapping.values())
                for value in row._mapping.values():
                    if isinstance(value, bytes):
                        seen.keep(f"table {table.name}", value)
    store = house.floor.store
    if isinstance(store, MemoryStore):
        seen.keep("store", repr(store._data))
        return
    async with Redis.from_url(house.floor.settings.redis_url or "") as redis:
        async for key in redis.scan_iter():
            seen.keep("store", await redis.dump(key) or b"")


async def imports(house: House, seen: Seen) -> None:
    """Files at the desk: one that comes in, is carried out and undone; and some that are refused, their errors about ECK-iDs."""
    browser = seen.watch(await sits_down(house))
    content = edexml()
    page = await upload(browser, house, content)
    page = await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    assert await everywhere(house, browser) > 10
    await browser.get(page.url)
    first, second = (content.split(b'eckid="')[n].split(b'"')[0] for n in (1, 2))
    for bad in (
        content.replace(second, first),
        content.replace(first, first.upper()),
        content.replace(first, first.replace(b"pilot", b"201703")),
        content.replace(b"<leerling ", b"<leerling eckid='' ", 1),
        content[: len(content) // 2],
    ):
        await upload(browser, house, bad)
    await everywhere(house, browser)
    # What stands in an address that nobody understands is not repeated either.
    await browser.request("GET", "/desk/geen")


async def reorganised(house: House, seen: Seen) -> None:
    """A substitution and a merger in which a child is met by its ECK-iD."""
    floor, now = house.floor, house.clock.now
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    double = await add_child(house, other, await add_group(house, other, "5a"), "Noor", "Beek")
    helpdesk = Asker("operator:test", helpdesk=True)
    coordinators = Asker("coordinator:test", frozenset({house.school.id, other.id}))
    async with floor.database.begin() as db:
        value, keyring = value_of("new"), floor.keyring
        row = {"sealed": eckid.seal(keyring, double, value), "lookup": eckid.index(keyring, value)}
        await db.execute(insert(EckId).values(person_id=double, **row))
        swap = Substitution(eckid_of("noor"), eckid_of("new"), now.date(), now.date())
        context = {"today": now.date(), "now": now, "by": "test", "keyring": floor.keyring}
        done = await substitutions.carry_out(db, house.school.id, [swap], **context)  # type: ignore[arg-type]
        assert done.done == 1
        seen.keep("substitution", done)
        contact = floor.settings.support_contact
        asked = await reorganisation_asking.ask(
            db,
            Merger((other.id,), house.school.id),
            by=coordinators,
            effective_on=None,
            now=now,
            keyring=floor.keyring,
            contact=contact,
        )
        await reorganisation_asking.agree(db, asked, by=helpdesk, now=now, keyring=floor.keyring)
        shown = await reorganisations.rehearse(db, asked, now=now, keyring=floor.keyring)
        assert shown.counts["joins"] == 1
        seen.keep("rehearsal", shown)
        await reorganisations.carry_out(db, asked, now=now, by="test", keyring=floor.keyring, contact=contact)


async def commands(house: House, seen: Seen, folder: Path) -> None:
    """What the command line answers, well and badly."""
    chosen = house.floor.settings
    named = {
        "IDP_BASE_URL": chosen.base_url,
        "IDP_SECRET_KEY": chosen.secret_key,
        "IDP_DATABASE_URL": chosen.database_url,
        "IDP_ECKID_ENVIRONMENT": "pilot",
        **({"IDP_REDIS_URL": chosen.redis_url} if chosen.redis_url else {}),
    }
    idp_ = Installation(folder, named)
    file = idp_.file("school.xml", edexml(seed=8))
    torn = idp_.file("torn.xml", edexml(seed=8)[:3000])
    swap = idp_.file("swap.csv", f"oud;nieuw\n{ECKID};{value_of('new')}\n".encode())
    bad = idp_.file("bad.csv", f"oud;nieuw\n{ECKID};{ECKID}\n".encode())
    code = house.school.code
    for words in (
        ("schools", "import", file, "--json"),
        ("schools", "import", file),
        ("schools", "import", torn, "--json"),
        ("imports", "list", code, "--json"),
        ("eckid", "count", code),
        ("eckid", "substitute", swap, "--school", code),
        ("eckid", "substitute", bad, "--school", code, "--json"),
        ("reorganise", "list", "--json"),
        ("jobs", "list", "--json"),
        ("schools", "show", code, "--json"),
    ):
        ended = await asyncio.to_thread(idp_, *words)
        assert ended.code in {0, 1}, (words, ended.err)
        seen.keep(f"idp {' '.join(words[:2])}", ended.out + ended.err)


async def test_nothing_but_the_answer_to_a_party_holds_an_eckid(house: House, seen: Seen, tmp_path: Path) -> None:
    child = seen.watch(house.browser())
    asked = authorize_url()
    page = await pupil_signs_in(child, await child.get(asked.url), house, "Noor", "Groep 6", "4711")
    tokens: dict[str, Any] = (await redeem(house, child, page, asked)).json()
    told = await house.browser().client.get(
        "/oidc/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    # The entitled party gets it: what follows looks for something that is really there.
    assert told.json()["eckid"] == ECKID
    await imports(house, seen)
    await reorganised(house, seen)
    await commands(house, seen, tmp_path)
    # A code of the app counts once.
    house.clock.move(minutes=2)
    await everywhere(house, seen.watch(await sits_down(house)))
    await kept(house, seen)
    eckids = {
        part.split(b'"')[0].decode() for content in (edexml(), edexml(seed=8)) for part in content.split(b'eckid="')[1:]
    }
    assert len(eckids) > 10
    assert len(seen.found) > 300
    # The demo's generator and the tests make theirs like this; the list below would miss another kind.
    assert ECKID.endswith(hashlib.sha512(b"noor").hexdigest())
    assert seen.guilty(needles(ECKID, value_of("new"), *eckids)) == []


def test_the_search_finds_what_is_there(seen: Seen) -> None:
    seen.keep("page", f"<p>{ECKID[40:]}</p>")
    seen.keep("quiet", "nothing")
    logging.getLogger("poortwachter").warning("told %s", ECKID[:60])
    assert seen.guilty(needles(ECKID)) == ["log poortwachter", "page"]

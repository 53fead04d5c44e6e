"""Origins of registered addresses, and how seldom the database is asked for them (C-122)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest

from idp.core.errors import Unavailable
from idp.core.hot import Row, Statement
from idp.core.together import Company
from metadata.oidc.origins import AGAIN, FRESH, KnownOrigins, origin_of
from tests.clock import Clock


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("https://APP.example:443/cb", "https://app.example"),
        ("https://app.example:8443", "https://app.example:8443"),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1:3000"),
        ("http://localhost:80/cb", "http://localhost"),
        ("http://[::1]:3000/cb", "http://[::1]:3000"),
        ("nl.voorbeeld.app:/cb", None),
    ],
)
def test_an_origin_is_written_as_a_browser_writes_it(uri: str, origin: str | None) -> None:
    assert origin_of(uri) == origin


class Rows:
    """A database with one public and one confidential client; `away` says that it does not answer."""

    def __init__(self) -> None:
        self.asked, self.away, self.public = 0, False, "https://app.example/cb"

    async def row(self, statement: Statement, *args: object) -> Row | None:
        raise NotImplementedError

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("database")
        made = (("none", self.public), ("client_secret_basic", "https://server.example/cb"))
        return [
            (orjson.dumps({"token_endpoint_auth_method": how, "redirect_uris": [uri]}).decode(),) for how, uri in made
        ]

    def expect(self, company: Company) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def test_c122_a_flood_of_preflights_asks_the_database_twice_a_minute() -> None:
    rows, now = Rows(), Clock().now
    known = KnownOrigins(rows)
    asked = [known.hold(f"https://boos{number}.example", now=now) for number in range(50)]
    assert not any(await asyncio.gather(*asked))
    assert await known.hold("https://app.example", now=now)
    assert not await known.hold("https://server.example", now=now)
    assert rows.asked == 1
    rows.public = "https://nieuw.example/cb"
    assert not await known.hold("https://nieuw.example", now=now + FRESH - timedelta(seconds=1))
    assert await known.hold("https://nieuw.example", now=now + FRESH)
    assert not await known.hold("https://app.example", now=now + FRESH)
    rows.away = True
    assert await known.hold("https://nieuw.example", now=now + 2 * FRESH), "what was known goes on to count"
    assert rows.asked == 3
    rows.away, rows.public, back = False, "https://nieuwer.example/cb", now + 2 * FRESH + AGAIN
    assert not await known.hold("https://nieuwer.example", now=back - timedelta(seconds=1))
    assert rows.asked == 3, "nor does everybody ask it while it is away"
    assert await known.hold("https://nieuwer.example", now=back)


async def test_c122_whoever_asks_while_it_is_read_for_the_first_time_waits_for_it() -> None:
    known, now = KnownOrigins(Rows()), Clock().now
    assert all(await asyncio.gather(*(known.hold("https://app.example", now=now) for _ in range(3))))

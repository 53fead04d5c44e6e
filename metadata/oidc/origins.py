"""Where the scripts of public clients run: the origins of their registered addresses (RFC 6454 4 and 6.2)."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import orjson

from idp.core.errors import Unavailable
from idp.core.hot import Hot, Row, Statement
from metadata.oidc.clients import PUBLIC, Client

FRESH: Final = timedelta(seconds=30)
"""So long may a process think what was true before: a preflight opens nothing, and the answer itself is judged by the client as it is."""

AGAIN: Final = timedelta(seconds=5)
"""So long after the database was away it is asked again: as soon as whoever was refused is told to come back."""

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def origin_of(uri: str) -> str | None:
    """The origin of a registered address as a browser writes it; None for a native application's own scheme, where no script runs."""
    parts = urlsplit(uri)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def runs_at(client: Client, origin: str) -> bool:
    """Whether this is a public client with a registered address of this very origin. One that has a secret has no business in a browser."""
    return client.auth_method == PUBLIC and client.enabled and origin in _origins(client.redirect_uris)


def _origins(uris: Iterable[str]) -> frozenset[str]:
    return frozenset(origin for uri in uris if (origin := origin_of(uri)) is not None)


class KnownOrigins:
    """Those of all public clients. However many ask, the database is asked twice a minute."""

    def __init__(self, hot: Hot) -> None:
        self._hot = hot
        self._known: frozenset[str] = frozenset()
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def hold(self, origin: str, *, now: datetime) -> bool:
        """Whether a public client has a registered address of this origin, as far as was known half a minute ago."""
        if self._stale(now):
            async with self._reading:
                # Whoever waited finds it read.
                if self._stale(now):
                    await self._read(now)
        return origin in self._known

    def _stale(self, now: datetime) -> bool:
        return self._read_at is None or abs(now - self._read_at) >= FRESH

    async def _read(self, now: datetime) -> None:
        read_at = now
        try:
            self._known = _of_public(await self._hot.rows(_OF_CLIENTS))
        except Unavailable:
            # What was known goes on to count: whether an answer may be read decides nothing about what is in it.
            read_at = now - FRESH + AGAIN
        # Not before: until then whoever comes waits.
        self._read_at = read_at


def _of_public(rows: Iterable[Row]) -> frozenset[str]:
    known = [orjson.loads(row[0]) for row in rows]
    public = [plain for plain in known if plain["token_endpoint_auth_method"] == PUBLIC]
    return _origins(uri for plain in public for uri in plain["redirect_uris"])


_OF_CLIENTS: Final = Statement(
    "SELECT c.metadata FROM oidc_clients c JOIN parties pa ON pa.id = c.party_id WHERE c.enabled AND pa.enabled"
)

"""The picture by which people know a party's software: fetched once when it is registered, judged, and shown from our own address (C-048).

Pages load nothing from others (C-301), so no party hears who signs in where. A PNG and nothing else, small in bytes and in pixels: no script, no
second file, nothing that unfolds in a child's browser.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import insert, select

from idp.core.db import Db
from idp.core.hot import Hot, Statement
from metadata.models import ClientLogo, OidcClient

LARGEST: Final = 20 * 1024
"""Bytes; a page of ours weighs three times as much at most."""
WIDEST: Final = 512
"""Pixels, either way."""

_BEGINS: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class LogoRefused(ValueError):
    """A picture that is not shown; the text says why."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that may be shown, and the name under which it is: what is in it names it."""

    digest: str
    body: bytes = field(repr=False)


def judged(body: bytes) -> Logo:
    """The picture in these bytes. Raises `LogoRefused`."""
    if len(body) > LARGEST:
        raise LogoRefused(f"it is larger than {LARGEST // 1024} KiB")
    if not body.startswith(_BEGINS) or len(body) < len(_BEGINS) + 8:
        raise LogoRefused("it is not a PNG")
    width, height = struct.unpack_from(">II", body, len(_BEGINS))
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise LogoRefused(f"it is wider or higher than {WIDEST} pixels")
    return Logo(hashlib.sha256(body).hexdigest()[:32], body)


async def keep(db: Db, client_id: str, logo: Logo) -> None:
    """Keeps the picture of a client that was just added."""
    known = select(OidcClient.id).where(OidcClient.client_id == client_id).scalar_subquery()
    await db.execute(insert(ClientLogo).values(oidc_client_id=known, digest=logo.digest, body=logo.body))


async def find(hot: Hot, digest: str) -> bytes | None:
    """The picture of that name, if some client shows it. Raises `Unavailable`."""
    row = await hot.row(_FOUND, digest)
    return bytes(row[0]) if row is not None else None


_FOUND = Statement("SELECT l.body FROM client_logos l WHERE l.digest = $1::text LIMIT 1")

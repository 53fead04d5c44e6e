"""The keys for which others encrypt to us (D27, D30): made with the first network provider, or the first publisher that signs
people out over SAML; kept until taken away.

They sign nothing: a key serves one algorithm (RFC 8017, 8). The newest is published; what was encrypted for an older one still opens, so that a
provider which reads our metadata once a day misses no rollover.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import delete, insert, select

from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.errors import Unavailable
from idp.core.hot import Hot, Row, Statement
from metadata.key_material import certificate_of
from metadata.models import DecryptionKey

BITS: Final = 2048
"""As our other keys (D30)."""

_NEWEST_FIRST = Statement(
    "SELECT certificate, sealed FROM decryption_keys WHERE $1::bigint IS NOT NULL ORDER BY id DESC"
)


@dataclass(frozen=True, slots=True, eq=False)
class Opener:
    """One key, open. `certificate` is base64 DER without line breaks."""

    certificate: str
    private: rsa.RSAPrivateKey = field(repr=False)


class KnownOpeners:
    """The open decryption keys of one process, the newest first; a key that another process made is seen at the next use."""

    LOOK_AGAIN: Final = timedelta(seconds=5)

    def __init__(self, hot: Hot, keyring: Keyring) -> None:
        self._hot, self._keyring = hot, keyring
        self._opened: dict[str, Opener] = {}
        self._newest: str | None = None
        self._looked_at: datetime | None = None

    async def all(self) -> Sequence[Opener]:
        """Every key. Raises `Unavailable`."""
        return [self._open(row) for row in await self._hot.rows(_NEWEST_FIRST, 0)]

    async def newest(self, *, now: datetime) -> str | None:
        """The certificate for documents, None where there is no key: at most `LOOK_AGAIN` behind, as known last while the database is away.

        Raises `Unavailable` if nothing was known yet.
        """
        if self._looked_at is None or now - self._looked_at >= self.LOOK_AGAIN:
            try:
                self._newest = next((opener.certificate for opener in await self.all()), None)
            except Unavailable:
                if self._looked_at is None:
                    raise
            self._looked_at = now
        return self._newest

    def _open(self, row: Row) -> Opener:
        certificate, sealed = row
        if certificate not in self._opened:
            der = self._keyring.open(sealed, bound_to=_place(certificate))
            private = cast(rsa.RSAPrivateKey, serialization.load_der_private_key(der, None))
            self._opened[certificate] = Opener(certificate, private)
        return self._opened[certificate]


async def make(db: Db, keyring: Keyring, *, now: datetime, unless_there: bool = False, leaked: bool = False) -> bool:
    """A new key, published from now on; False if there is one and `unless_there`. If the former ones `leaked`, they open nothing any more."""
    if unless_there and (await db.execute(select(DecryptionKey.id).limit(1))).scalar() is not None:
        return False
    if leaked:
        await db.execute(delete(DecryptionKey))
    private = rsa.generate_private_key(65537, BITS)
    certificate = certificate_of(private, "ontsleutelen", now=now)
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    sealed = keyring.seal(der, bound_to=_place(certificate))
    await db.execute(insert(DecryptionKey).values(certificate=certificate, sealed=sealed, made_at=now))
    return True


def _place(certificate: str) -> str:
    return f"decryption_keys.sealed.{hashlib.sha256(certificate.encode()).hexdigest()}"

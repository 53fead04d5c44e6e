"""Our own signing keys: made, sealed, in phases, opened once per process (D27, D30).

A key is published before it signs and stays published after. Which key signs is a pure function of the clock.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, cast

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from sqlalchemy import func, insert, select, update

from idp.core import crypto
from idp.core.crypto import Keyring
from idp.core.db import Database, Db
from idp.core.errors import Unavailable
from idp.core.models import Version
from metadata.key_material import Alg as Alg
from metadata.key_material import (
    PrivateKey,
    RsaBits,
    certificate_of,
    new_named_key,
    public_jwk,
    public_of,
)
from metadata.models import SigningKey
from metadata.saml.policy import XmlAlg

ALGS: tuple[Alg, ...] = ("RS256", "ES256", "PS256")
XML_ALGS: tuple[XmlAlg, ...] = ("RS256", "ES256")
"""Those that XML signatures have a name for which every SAML implementation knows."""
Phase = Literal["upcoming", "active", "outgoing", "retired"]

PUBLISHED_BEFORE_USE = timedelta(hours=24)
"""How long parties may keep our documents; a rotated key signs only after this (C-136)."""
PUBLISHED_AFTER_USE = timedelta(hours=24)
"""At least so long: then a key retires, and its private part goes; that of a leaked one at once. No token that it signed lives longer."""


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """One key, open. `certificate` is base64 DER without line breaks.

    A retired key knows what it signed, but signs no more; what a leaked one signed proves nothing.
    """

    kid: str
    alg: Alg
    certificate: str
    jwk: dict[str, str]
    published_at: datetime
    active_from: datetime
    retired_at: datetime | None
    _private: PrivateKey | None = field(repr=False)
    leaked: bool = False

    def sign(self, data: bytes) -> bytes:
        """The signature in the form that JWS and XML-DSig want: PKCS#1 v1.5 or PSS for RSA, raw r||s for P-256. Raises `LookupError`, retired."""
        if self._private is None:
            raise LookupError("a retired key signs nothing")
        if isinstance(self._private, rsa.RSAPrivateKey):
            return self._private.sign(data, _PSS if self.alg == "PS256" else _PKCS1, _SHA256)
        r, s = decode_dss_signature(self._private.sign(data, _ECDSA))
        return r.to_bytes(32) + s.to_bytes(32)


_PKCS1, _SHA256, _ECDSA = padding.PKCS1v15(), hashes.SHA256(), ec.ECDSA(hashes.SHA256())
# RFC 7518 3.5: the salt is as long as the digest.
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Every key whose public part is still known, as one process knows it; `version` tells whether that is still true (D10)."""

    version: int
    signers: tuple[Signer, ...]

    def published(self, now: datetime) -> tuple[Signer, ...]:
        """The keys that our documents show."""
        return tuple(s for s in self.signers if phase(s, self.signers, now) != "retired")

    @property
    def believed(self) -> tuple[Signer, ...]:
        """The keys whose signatures still prove something: all but leaked ones, retired ones included."""
        return tuple(s for s in self.signers if not s.leaked)

    def active(self, alg: str, now: datetime, *, kid: str | None = None) -> Signer:
        """The key that signs: of one algorithm, the one whose time began last. Raises `LookupError`.

        Where a party chose a key of that algorithm (`kid`) it signs for as long as it is published, before its time and after it too (C-232).
        """
        able = [
            s for s in self.signers if s.alg == alg and not _over(s, now) and (s.active_from <= now or s.kid == kid)
        ]
        if kid is not None:
            able = [s for s in able if s.kid == kid] or able
        if not able:
            raise LookupError(f"no active signing key for {alg}")
        return max(able, key=lambda s: s.active_from)


class KnownKeys:
    """The open keys of one process; `at` answers with keys that are not older than the version a statement just read (D10)."""

    LOOK_AGAIN = timedelta(seconds=5)

    def __init__(self, database: Database, keyring: Keyring, keys: SigningKeys, *, now: datetime) -> None:
        self._database, self._keyring, self._keys, self._looked_at = database, keyring, keys, now

    async def at(self, known_version: int) -> SigningKeys:
        """The keys, opened again if the version differs from what this process has."""
        if known_version != self._keys.version:
            async with self._database.read() as db:
                self._keys = await _open(db, self._keyring)
        return self._keys

    async def latest(self, *, now: datetime) -> SigningKeys:
        """The keys for documents, at most `LOOK_AGAIN` behind another process's rotation; those known last while the database is away."""
        if now - self._looked_at >= self.LOOK_AGAIN:
            self._looked_at = now
            # What was published stays true until its time is over: parties verify on whatever happens to us (D10).
            with suppress(Unavailable):
                async with self._database.read() as db:
                    newest = await version(db)
                await self.at(newest)
        return self._keys


def phase(signer: Signer, signers: Sequence[Signer], now: datetime) -> Phase:
    """Where a key is in its life, by the clock."""
    if _over(signer, now):
        return "retired"
    if signer.active_from > now:
        return "upcoming"
    newer = any(s.alg == signer.alg and signer.active_from < s.active_from <= now for s in signers)
    return "outgoing" if newer else "active"


def _over(signer: Signer, now: datetime) -> bool:
    return signer.retired_at is not None and signer.retired_at <= now


async def version(db: Db) -> int:
    """The number that rises with every change of keys; 0 when there are none."""
    return (await db.execute(select(Version.number).where(Version.name == "keys"))).scalar() or 0


async def load(database: Database, keyring: Keyring, *, now: datetime) -> SigningKeys:
    """Opens every key; makes one of each algorithm when there is none yet."""
    async with database.read() as db:
        keys = await _open(db, keyring)
    if {signer.alg for signer in keys.signers} >= set(ALGS):
        return keys
    async with database.begin() as db:
        await lock(db)
        have = {signer.alg for signer in (await _open(db, keyring)).signers}
        for alg in ALGS:
            if alg not in have:
                await make(db, keyring, alg, published_at=now, active_from=now)
        await changed(db)
        return await _open(db, keyring)


async def lock(db: Db) -> None:
    """Keeps everybody else from changing keys until the transaction ends."""
    if db.dialect.name == "postgresql":
        await db.exec_driver_sql("LOCK TABLE signing_keys IN EXCLUSIVE MODE")


async def changed(db: Db) -> None:
    """Tells every process that the keys are others now (D10)."""
    raised = await db.execute(update(Version).where(Version.name == "keys").values(number=Version.number + 1))
    if raised.rowcount == 0:
        await db.execute(insert(Version).values(name="keys", number=1))


async def make(
    db: Db, keyring: Keyring, alg: Alg, *, published_at: datetime, active_from: datetime, rsa_bits: RsaBits = 2048
) -> str:
    """A new key in the table, its private part sealed for its row (D27). Returns its `kid`."""
    private, kid = new_named_key(alg, rsa_bits=rsa_bits)
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    row = {
        "kid": kid,
        "alg": alg,
        "certificate": certificate_of(private, kid, now=published_at),
        "sealed": keyring.seal(der, bound_to=f"signing_keys.sealed.{kid}"),
    }
    await db.execute(insert(SigningKey).values(**row, published_at=published_at, active_from=active_from))
    return kid


async def _open(db: Db, keyring: Keyring) -> SigningKeys:
    # Two may begin at one moment; their order is the same all the same.
    rows = await db.execute(select(SigningKey).order_by(SigningKey.active_from, SigningKey.id))
    signers = []
    for row in rows.mappings():
        private = _private(keyring, row["sealed"], row["kid"]) if row["sealed"] is not None else None
        alg = cast(Alg, row["alg"])
        jwk = {
            **public_jwk(private.public_key() if private else public_of(row["certificate"])),
            "kid": row["kid"],
            "use": "sig",
            "alg": alg,
        }
        moments = row["published_at"], row["active_from"], row["retired_at"]
        signers.append(Signer(row["kid"], alg, row["certificate"], jwk, *moments, private, row["leaked"]))
    return SigningKeys(await version(db), tuple(signers))


def _private(keyring: Keyring, sealed: bytes, kid: str) -> PrivateKey:
    der = keyring.open(sealed, bound_to=f"signing_keys.sealed.{kid}")
    # Sealed and authenticated by us: validating the primes again would cost 38 ms a key at every start.
    private = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, PrivateKey):
        raise crypto.CannotOpen("a signing key of a kind we do not make")
    return private


async def count(db: Db) -> int:
    """How many keys there are, retired ones included."""
    return (await db.execute(select(func.count()).select_from(SigningKey))).scalar_one()

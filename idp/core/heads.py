"""The head of the ledger: the newest seal, signed with a key that is never in the database (D41).

The key follows from a secret of `IDP_SECRET_KEY`, so that whoever can write every table still cannot sign a history of his own making. A head
as it is printed in receipts and exports is `number.hash.key.signature`; whoever kept one can have it looked up with `idp ledger verify --head`.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from idp.core.db import Db
from idp.core.models import Seal

_MEANS: Final = b"poortwachter: head of the ledger\n"
_PRINTED: Final = re.compile(r"([1-9][0-9]{0,17})\.([\w-]{43})\.([0-9a-f]{16})\.([\w-]{86})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """A seal as others may keep it: its number, its hash, the name of the key and what that key signed."""

    number: int
    hash: bytes
    key: str
    signature: bytes

    def __str__(self) -> str:
        return f"{self.number}.{_text(self.hash)}.{self.key}.{_text(self.signature)}"


class HeadKeys:
    """The keys that sign heads, one of each secret; the first one signs."""

    __slots__ = ("_public", "_signs", "name")

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets` are those of `IDP_SECRET_KEY`, at least one."""
        private = [_derived(secret) for secret in secrets]
        self._signs = private[0]
        self.name = _named(private[0].public_key())
        self._public = {_named(one.public_key()): one.public_key() for one in private}

    def sign(self, hash_: bytes) -> bytes:
        """The signature of the first key under a seal's hash."""
        return self._signs.sign(_MEANS + hash_)

    def knows(self, name: str) -> bool:
        """Whether a key of this name is ours by the secrets at hand."""
        return name in self._public

    def signed(self, head: Head) -> bool:
        """Whether one of our keys signed it; False for a key of somebody else."""
        public = self._public.get(head.key)
        if public is None:
            return False
        try:
            public.verify(head.signature, _MEANS + head.hash)
        except InvalidSignature:
            return False
        return True

    def public(self) -> str:
        """The public half of the key that signs now, base64url, for who wants to check a printed head without us."""
        return _text(self._signs.public_key().public_bytes_raw())


async def newest(db: Db) -> Head | None:
    """The newest head, or None before the first seal."""
    query = select(Seal.id, Seal.hash, Seal.key, Seal.signature).order_by(Seal.id.desc()).limit(1)
    row = (await db.execute(query)).one_or_none()
    return Head(row.id, row.hash, row.key, row.signature) if row else None


def read(printed: str) -> Head:
    """A head as it was printed. Raises `ValueError`."""
    found = _PRINTED.fullmatch(printed.strip())
    if found is None:
        raise ValueError("a head looks like 12.HASH.KEY.SIGNATURE, as receipts and exports print it")
    try:
        return Head(int(found[1]), _bytes(found[2]), found[3], _bytes(found[4]))
    except binascii.Error:
        raise ValueError("this head was not copied whole") from None


def _derived(secret: str) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), 32, salt=None, info=b"poortwachter ledger head key").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def _named(key: Ed25519PublicKey) -> str:
    digest = Hash(SHA256())
    digest.update(key.public_bytes_raw())
    return digest.finalize()[:8].hex()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

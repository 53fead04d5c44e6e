"""Data keys, sealing, keyed indexes (D27, D28).

`IDP_SECRET_KEY` only wraps random data keys that live in the table `data_keys`. A sealed value is
`key id (4 bytes) | nonce (12) | AES-256-GCM ciphertext` and is bound to table, column and row by its associated data, so that a value
copied to another row does not open.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Purpose = Literal["seal", "pin", "pairwise", "eckid", "token", "ticket", "day"]
PURPOSES: tuple[Purpose, ...] = ("seal", "pin", "pairwise", "eckid", "token", "ticket", "day")


_DAYS_AT_HAND = 8


class CannotOpen(Exception):
    """A sealed value or a wrapped key that no key at hand opens, or that was moved to another row."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One random 256-bit key. `id` is its row in `data_keys`."""

    id: int
    purpose: Purpose
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey(id={self.id}, purpose={self.purpose!r})"


def new_secret() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(32)


def _wrapping(secret: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"poortwachter data key wrapping").derive(secret.encode()))


def wrap(secret: str, purpose: Purpose, key: bytes) -> bytes:
    """A data key under one secret of `IDP_SECRET_KEY`, bound to its purpose."""
    nonce = secrets.token_bytes(12)
    return nonce + _wrapping(secret).encrypt(nonce, key, purpose.encode())


def unwrap(secrets_: tuple[str, ...], purpose: Purpose, wrapped: bytes) -> bytes:
    """The data key, by the first secret that opens it. Raises `CannotOpen`."""
    for secret in secrets_:
        try:
            return _wrapping(secret).decrypt(wrapped[:12], wrapped[12:], purpose.encode())
        except InvalidTag:
            continue
    raise CannotOpen(f"no secret of IDP_SECRET_KEY opens the data key for {purpose!r}")


class Mac:
    """HMAC-SHA-256 (RFC 2104) under one key of at most 64 bytes. What each of the two hashes begins with is computed once (clause 4): a third of the
    time of `hmac.digest`, which a sign-in asks for some twenty times."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        block = secret.ljust(64, b"\0")
        if len(block) > 64:
            raise ValueError("longer than a block")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def of(self, message: bytes | bytearray) -> bytes:
        """The 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


class Keyring:
    """The open data keys of one process. Newest of a purpose seals, all of it open."""

    __slots__ = ("_ciphers", "_days", "_macs", "_newest")

    def __init__(self, keys: Mapping[int, DataKey]) -> None:
        self._newest: dict[Purpose, DataKey] = {}
        for key in sorted(keys.values(), key=lambda key: key.id):
            self._newest[key.purpose] = key
        missing = set(PURPOSES) - set(self._newest)
        if missing:
            raise CannotOpen(f"data keys missing for {sorted(missing)}")
        self._ciphers = {key.id: AESGCM(key.secret) for key in keys.values() if key.purpose in {"seal", "pin"}}
        self._macs = {purpose: Mac(key.secret) for purpose, key in self._newest.items()}
        self._days: dict[int, AESGCM] = {}

    def seal(self, plain: bytes, *, bound_to: str, purpose: Purpose = "seal") -> bytes:
        """Encrypts and authenticates `plain` for one place; `bound_to` is `table.column.row`."""
        key, nonce = self._newest[purpose], secrets.token_bytes(12)
        return key.id.to_bytes(4) + nonce + self._ciphers[key.id].encrypt(nonce, plain, bound_to.encode())

    def open(self, sealed: bytes, *, bound_to: str) -> bytes:
        """What `seal` was given. Raises `CannotOpen` for another place, a changed value or an unknown key."""
        cipher = self._ciphers.get(int.from_bytes(sealed[:4]))
        if cipher is None:
            raise CannotOpen("sealed with a key that is not in the keyring")
        try:
            return cipher.decrypt(sealed[4:16], sealed[16:], bound_to.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise CannotOpen("sealed value does not belong here or was changed") from error

    def seal_for_today(self, plain: bytes, *, bound_to: str, day: int) -> bytes:
        """Like `seal`, under a key of that day (days since 1970, below 2^32) which every process derives: for what is sealed by the million.

        One key of AES-GCM with random nonces is good for 2^32 messages (NIST SP 800-38D, 8.3); a year of sign-ins is more, a day is not.
        """
        nonce = secrets.token_bytes(12)
        return day.to_bytes(4) + nonce + self._of_day(day).encrypt(nonce, plain, bound_to.encode())

    def seal_alike(self, plain: bytes, *, bound_to: str, day: int) -> bytes:
        """Like `seal_for_today`, but what is equal becomes equal: the nonce follows from the whole content, so it never serves another one."""
        nonce = self.mac("token", "nonce", bound_to, plain)[:12]
        return day.to_bytes(4) + nonce + self._of_day(day).encrypt(nonce, plain, bound_to.encode())

    def open_of_a_day(self, sealed: bytes, *, bound_to: str) -> bytes:
        """What `seal_for_today` or `seal_alike` was given, on whichever day. Raises `CannotOpen`."""
        try:
            return self._of_day(int.from_bytes(sealed[:4])).decrypt(sealed[4:16], sealed[16:], bound_to.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("sealed value does not belong here or was changed") from error

    def _of_day(self, day: int) -> AESGCM:
        cipher = self._days.get(day)
        if cipher is None:
            if len(self._days) >= _DAYS_AT_HAND:
                self._days.clear()
            cipher = self._days[day] = AESGCM(self.mac("day", str(day)))
        return cipher

    def mac(self, purpose: Purpose, *parts: str | bytes) -> bytes:
        """HMAC-SHA-256 over length-prefixed parts, under the newest key of a purpose: indexes, tickets, token hashes, pairwise subjects."""
        whole = bytearray()
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            whole += len(raw).to_bytes(4) + raw
        return self._macs[purpose].of(whole)


def same(left: bytes | str, right: bytes | str) -> bool:
    """Constant-time equality."""
    return hmac.compare_digest(
        left.encode() if isinstance(left, str) else left, right.encode() if isinstance(right, str) else right
    )

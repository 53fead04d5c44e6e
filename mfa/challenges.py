"""Challenges of passkeys: random, for one page of one attempt or session, for five minutes, each once (WebAuthn Level 3, 13.4.3).

A challenge carries its own moment and a keyed mark of what it belongs to, so that showing a page writes nothing. What the store keeps are the
used ones, until they would be too old anyway.
"""

import secrets
from datetime import datetime
from typing import Final

from idp.core.crypto import Keyring, same
from idp.core.store import Store

LIFETIME: Final = 5 * 60
_RANDOM: Final = 16
_MOMENT: Final = 5
_MARK: Final = 16


def issue(keyring: Keyring, *bound_to: str, now: datetime) -> bytes:
    """A fresh challenge that fits only where `check` is told the same words."""
    told = secrets.token_bytes(_RANDOM) + int(now.timestamp()).to_bytes(_MOMENT)
    return told + _mark(keyring, told, bound_to)


async def spend(store: Store, keyring: Keyring, challenge: bytes, *bound_to: str, now: datetime) -> bool:
    """Whether this challenge was issued for this place within the last five minutes and never given back before; it is spent by this call."""
    told, mark = challenge[:-_MARK], challenge[-_MARK:]
    if len(told) != _RANDOM + _MOMENT or not same(_mark(keyring, told, bound_to), mark):
        return False
    age = int(now.timestamp()) - int.from_bytes(told[_RANDOM:])
    if not 0 <= age < LIFETIME:
        return False
    return await store.first("challenge", keyring.mac("token", "challenge", challenge), LIFETIME)


def _mark(keyring: Keyring, told: bytes, bound_to: tuple[str, ...]) -> bytes:
    return keyring.mac("ticket", "challenge", told, *bound_to)[:_MARK]

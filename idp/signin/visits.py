"""Where somebody is signed in: a list per member of staff beside the sessions themselves, written at sign-in only (C-318, D43).

A session does not know the person's other ones, and a request of a session touches nothing here. The list holds what the person will recognise it
by; whether a session still lives, and when it was last seen, the session's own lifetime tells whoever looks.
"""

from dataclasses import dataclass, field

import orjson

from idp.core.crypto import Keyring
from idp.core.store import Member, Store

LIFETIME = 12 * 3600
"""Seconds: as long as the longest session of staff."""


@dataclass(frozen=True, slots=True)
class Visit:
    """From what kind of browser and which address, and since which epoch second. Neither leaves the store but for the person himself."""

    browser: str
    system: str
    address: str = field(repr=False)
    since: int


def entry(keyring: Keyring, person_id: int, session: bytes, visit: Visit) -> Member:
    """How the store keeps a session, by its key, on the person's list."""
    raw = orjson.dumps((visit.browser, visit.system, visit.address, visit.since))
    return "visits", _list_of(keyring, person_id), session, raw, LIFETIME


async def noted(store: Store, keyring: Keyring, person_id: int) -> dict[bytes, Visit]:
    """Every visit on the list by the key of its session, living or not."""
    listed = await store.listed("visits", _list_of(keyring, person_id))
    return {session: Visit(*orjson.loads(raw)) for session, raw in listed.items()}


async def forget(store: Store, keyring: Keyring, person_id: int, *sessions: bytes) -> None:
    """Takes sessions off the list."""
    if sessions:
        await store.delist("visits", _list_of(keyring, person_id), *sessions)


def _list_of(keyring: Keyring, person_id: int) -> bytes:
    return keyring.mac("token", "visits", str(person_id))

"""What a session that a network provider opened is called there: to sign out there, and to hear of it when somebody signed out there.

Written at a federated sign-in only, by the session's mark; found by that, or by what the provider calls it. Lives as long as the longest session.
"""

from dataclasses import dataclass, field
from typing import Final

import orjson

from idp.core.crypto import Keyring
from idp.core.store import Entry, Member, Store

LIFETIME: Final = 12 * 3600
"""Seconds: as long as the longest session."""


@dataclass(frozen=True, slots=True)
class NetworkSession:
    """`called` is the provider's NameID (the whole element, canonical) or `sub`; `index` its SessionIndex or `sid`, if it gave one.

    `hint` is the ID token that it wants to see at the sign-out, sealed; only of a provider that has a page for that.
    `sure`: two factors counted there when the session began.
    """

    upstream_id: int
    called: str = field(repr=False)
    index: str | None = field(repr=False)
    hint: str | None = field(default=None, repr=False)
    sure: bool = False


def entries(keyring: Keyring, session: bytes, at: NetworkSession) -> list[Entry | Member]:
    """How the store keeps what the session with this mark is called at its provider, and how it is found by that."""
    told: tuple[object, ...] = (at.upstream_id, at.called, at.index)
    told += (at.hint, at.sure) if at.hint or at.sure else ()
    key = _list_of(keyring, at.upstream_id, at.called)
    kept: list[Entry | Member] = [
        ("network", session, orjson.dumps(told), LIFETIME),
        ("network", key, session, (at.index or "").encode(), LIFETIME),
    ]
    if at.index is not None and not at.called.startswith("<"):
        # A SAML provider always names the person; one of OpenID Connect may tell the session alone (Back-Channel Logout 2.4).
        kept.append(("network", _index_of(keyring, at.upstream_id, at.index), session, b"", LIFETIME))
    return kept


async def of(store: Store, session: bytes) -> NetworkSession | None:
    """What the session with this mark is called at its provider; None for one that no provider opened."""
    raw = await store.get("network", session)
    return NetworkSession(*orjson.loads(raw)) if raw is not None else None


async def named(
    store: Store, keyring: Keyring, upstream_id: int, called: str, *, index: str | None = None
) -> tuple[bytes, ...]:
    """The marks of the sessions that a provider means: all of the person, or the one with that index. Some may be over (`sessions.marked`)."""
    listed = await store.listed("network", _list_of(keyring, upstream_id, called))
    return tuple(key for key, noted in listed.items() if index is None or noted == index.encode())


async def indexed(store: Store, keyring: Keyring, upstream_id: int, index: str) -> tuple[bytes, ...]:
    """The marks of the sessions with this index, for a provider that names nobody else. Some may be over."""
    return tuple(await store.listed("network", _index_of(keyring, upstream_id, index)))


async def forget(store: Store, keyring: Keyring, session: bytes) -> None:
    """Takes away what was kept of a session that is over."""
    at = await of(store, session)
    if at is not None:
        await store.delist("network", _list_of(keyring, at.upstream_id, at.called), session)
        if at.index is not None and not at.called.startswith("<"):
            await store.delist("network", _index_of(keyring, at.upstream_id, at.index), session)
        await store.delete("network", session)


def _index_of(keyring: Keyring, upstream_id: int, index: str) -> bytes:
    return keyring.mac("token", "network session index", str(upstream_id), index)


def _list_of(keyring: Keyring, upstream_id: int, called: str) -> bytes:
    return keyring.mac("token", "network session", str(upstream_id), called)

"""Authorization codes and access tokens: random or derived, hashed in the store, each in a key space of its own (V-20)."""

from dataclasses import dataclass
from typing import Any

import orjson

from idp.core import ids
from idp.core.crypto import Keyring
from idp.core.store import Entry, Store
from protocols.oidc.tokens import b64

CODE_LIFE = 60
TOKEN_LIFE = 600


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person's sign-in allows one client to fetch: about whom, under which request. `auth_time` in epoch seconds.

    `recorded` names the fields of the release record that was written when the code was redeemed.
    """

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    person_id: int
    school_id: int
    epoch: int
    auth_time: int
    acr: str
    scope: tuple[str, ...]
    recorded: tuple[str, ...] = ()


async def issue_code(store: Store, keyring: Keyring, grant: Grant) -> str:
    """A code of 256 random bits that lives 60 seconds (C-093)."""
    code = ids.token()
    await store.put(("code", _key(keyring, "code", code), _written(grant), CODE_LIFE))
    return code


async def redeem(store: Store, keyring: Keyring, code: str) -> Grant | None:
    """The grant behind a code; of two redemptions one gets it (C-028)."""
    raw = await store.take("code", _key(keyring, "code", code))
    return _read(raw) if raw is not None else None


def token_for(keyring: Keyring, code: str) -> str:
    """The access token that belongs to a code: derived, so that a code that comes back leads to its token (C-029)."""
    return b64(keyring.mac("token", "access token of code", code))


def token_entry(keyring: Keyring, token: str, grant: Grant) -> Entry:
    """How the store keeps an access token."""
    return "token", _key(keyring, "token", token), _written(grant), TOKEN_LIFE


async def grant_of(store: Store, keyring: Keyring, token: str) -> Grant | None:
    """The grant behind an access token, or None."""
    raw = await store.get("token", _key(keyring, "token", token))
    return _read(raw) if raw is not None else None


async def revoke(store: Store, keyring: Keyring, token: str) -> None:
    """Ends an access token."""
    await store.delete("token", _key(keyring, "token", token))


def _key(keyring: Keyring, kind: str, secret: str) -> bytes:
    return keyring.mac("token", kind, secret)


def _written(g: Grant) -> bytes:
    request, person = (g.client_id, g.redirect_uri, g.challenge, g.nonce), (g.person_id, g.school_id, g.epoch)
    return orjson.dumps((*request, *person, g.auth_time, g.acr, g.scope, g.recorded))


def _read(raw: bytes) -> Grant:
    *plain, scope, recorded = orjson.loads(raw)
    whole: tuple[Any, ...] = (*plain, tuple(scope), tuple(recorded))
    return Grant(*whole)

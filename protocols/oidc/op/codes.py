"""Authorization codes, access and refresh tokens: sealed, so that they carry what they stand for (ADR 9).

All are opaque to everybody but us, cannot be made or changed by others, and are bound to what they are: a code never opens as a token (V-20). That a
code is good for one release, and that a token died with a code that came back, is kept where it cannot be forgotten: in the database.
"""

import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from idp.core.crypto import CannotOpen, Keyring
from protocols.oidc.tokens import b64, unb64

CODE_LIFE = 60
TOKEN_LIFE = 600
LARGEST = 8 * 1024
"""Characters. The longest that we write carries a nonce of 512 characters, each of which JSON may write as six."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person's sign-in allows one client to fetch, and about whom. `auth_time` in epoch seconds; `id` are 128 random bits.

    `id_token` and `userinfo` are fields asked one by one; `key` is the thumbprint of the key that all of it is bound to (RFC 9449).
    `session_mark` tells in which session it was (`Session.mark`).
    """

    id: bytes
    client_id: str
    person_id: int
    school_id: int
    epoch: int
    auth_time: int
    acr: str
    scope: tuple[str, ...]
    session_mark: bytes = b""
    id_token: tuple[str, ...] = ()
    userinfo: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A grant on its way to the client, with what the client must show to get it (RFC 6749 4.1.3, RFC 7636). `session` is the key of the
    person's session, for a client that may refresh."""

    grant: Grant
    issued_at: int
    redirect: str
    challenge: str
    nonce: str | None
    amr: tuple[str, ...] = ()
    session: bytes | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A grant in a client's hands. `recorded` are the field sets of the release record that was written for it."""

    grant: Grant
    issued_at: int
    recorded: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Refresh:
    """A place in the chain of refresh tokens of one grant: 0 came with the code, each refresh leads to the next. `issued_at` is the chain's."""

    grant: Grant
    session: bytes
    issued_at: int
    place: int
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataToken:
    """What one client's server may fetch about schools. Nobody signed in for it, and no person is in it."""

    id: bytes
    client_id: str
    scope: tuple[str, ...]
    issued_at: int
    key: str | None = None


def mark(refresh: Refresh) -> bytes:
    """What the release record of a place in a chain is known by: 128 bits that nobody guesses, because the grant's id is in them."""
    return hashlib.sha256(b"refresh" + refresh.grant.id + refresh.place.to_bytes(8)).digest()[:16]


def new_id() -> bytes:
    """A fresh grant id."""
    return secrets.token_bytes(16)


def redirect_mark(redirect_uri: str) -> str:
    """What a code remembers of the address it was sent to."""
    return b64(hashlib.sha256(redirect_uri.encode()).digest()[:16])


def write_code(keyring: Keyring, code: Code) -> str:
    """The code as the client gets it."""
    session = b64(code.session) if code.session is not None else None
    asked = code.issued_at, code.redirect, code.challenge, code.nonce
    plain = *asked, " ".join(code.amr), session, *_written(code.grant)
    return _sealed(keyring, "oidc.code", plain, issued_at=code.issued_at)


def read_code(keyring: Keyring, text: str) -> Code | None:
    """The code behind a text; None for anything that we did not write as one. Its age is the caller's to judge."""
    found = _opened(keyring, "oidc.code", text)
    if not found:
        return None
    issued_at, redirect, challenge, nonce, amr, session, *grant = found
    key = unb64(session) if session is not None else None
    return Code(_read(grant), issued_at, redirect, challenge, nonce, tuple(amr.split()), key)


def write_token(keyring: Keyring, token: Token) -> str:
    """The access token as the client gets it."""
    plain = token.issued_at, token.recorded, *_written(token.grant)
    return _sealed(keyring, "oidc.token", plain, issued_at=token.issued_at)


def read_token(keyring: Keyring, text: str, *, now: datetime) -> Token | None:
    """The token behind a text; None when we did not write it as one, or too long ago."""
    found = _opened(keyring, "oidc.token", text)
    if not found or not _young(found[0], TOKEN_LIFE, now):
        return None
    issued_at, recorded, *grant = found
    return Token(_read(grant), issued_at, (recorded[0], recorded[1]))


def write_refresh(keyring: Keyring, refresh: Refresh) -> str:
    """The refresh token as the client gets it: the same text for the same place in the same chain (D30)."""
    own = refresh.issued_at, refresh.place, b64(refresh.session), " ".join(refresh.amr)
    plain = orjson.dumps((*own, *_written(refresh.grant)))
    return b64(keyring.seal_alike(plain, bound_to="oidc.refresh", day=refresh.issued_at // 86_400))


def read_refresh(keyring: Keyring, text: str) -> Refresh | None:
    """The place behind a text; None when we did not write it as one. Whose turn it is, and whether its session stands, is the caller's to ask."""
    found = _opened(keyring, "oidc.refresh", text)
    if not found:
        return None
    issued_at, place, session, amr, *grant = found
    return Refresh(_read(grant), unb64(session), issued_at, place, tuple(amr.split()))


def write_data(keyring: Keyring, token: DataToken) -> str:
    """The access token as a client's server gets it for data."""
    plain = token.issued_at, b64(token.id), token.client_id, " ".join(token.scope), token.key
    return _sealed(keyring, "oidc.data", plain, issued_at=token.issued_at)


def read_data(keyring: Keyring, text: str, *, now: datetime) -> DataToken | None:
    """The token behind a text; None when we did not write it as one, or too long ago."""
    found = _opened(keyring, "oidc.data", text)
    if not found or not _young(found[0], TOKEN_LIFE, now):
        return None
    issued_at, token_id, client_id, scope, key = found
    return DataToken(unb64(token_id), client_id, tuple(scope.split()), issued_at, key)


def young(code: Code, *, now: datetime) -> bool:
    """Whether a code may still be redeemed (C-093)."""
    return _young(code.issued_at, CODE_LIFE, now)


def _young(issued_at: int, life: int, now: datetime) -> bool:
    # Another node may have written it, whose clock is a moment ahead of ours.
    return -CODE_LIFE <= int(now.timestamp()) - issued_at <= life


def _written(grant: Grant) -> tuple[object, ...]:
    person = grant.person_id, grant.school_id, grant.epoch
    marks = b64(grant.id), b64(grant.session_mark)
    plain = *marks, grant.client_id, *person, grant.auth_time, grant.acr, " ".join(grant.scope)
    # What few grants have costs the others nothing.
    few = (grant.id_token, grant.userinfo, grant.key)
    return (*plain, *few) if any(few) else plain


def _read(plain: list[Any]) -> Grant:
    grant_id, session_mark, client_id, person_id, school_id, epoch, auth_time, acr, scope, *few = plain
    id_token, userinfo, key = few or ((), (), None)
    about = client_id, person_id, school_id, epoch, auth_time, acr, tuple(scope.split())
    return Grant(unb64(grant_id), *about, unb64(session_mark), tuple(id_token), tuple(userinfo), key)


def _sealed(keyring: Keyring, kind: str, plain: object, *, issued_at: int) -> str:
    return b64(keyring.seal_for_today(orjson.dumps(plain), bound_to=kind, day=issued_at // 86_400))


def _opened(keyring: Keyring, kind: str, text: str) -> list[Any] | None:
    if not text or len(text) > LARGEST or not text.isascii():
        return None
    try:
        sealed = unb64(text)
        opened: list[Any] = orjson.loads(keyring.open_of_a_day(sealed, bound_to=kind))
    except (binascii.Error, CannotOpen):
        return None
    return opened

"""What changes of an OIDC client that is registered: its secret (RFC 6749, 10.10; D28), and the addresses at which it is reached (RFC 7591 2)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update

from idp.core.crypto import Keyring
from idp.core.db import Db
from metadata import parties
from metadata.models import OidcClient
from metadata.oidc import clients
from metadata.oidc.clients import BY_SECRET, LOGO

LONGEST_OVERLAP: Final = timedelta(days=7)
"""So long the former secret may count beside the new one: whoever holds a copy of it goes on that long, too."""
LISTS: Final = ("redirect_uris", "post_logout_redirect_uris")
SINGLE: Final = ("initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri")


class Unchangeable(ValueError):
    """A change that cannot be made; the text says why, and `why` in a stable word where a page has its own sentence for it."""

    def __init__(self, message: str, *, why: str = "", about: str = "") -> None:
        super().__init__(message)
        self.why = why
        self.about = about


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as it stands in the table; `version` rises with every change (D10). `former_until` is when the secret before this one ends."""

    id: int
    client_id: str
    version: int
    metadata: Mapping[str, Any]
    former_until: int | None

    @property
    def ends(self) -> datetime | None:
        """When the secret before this one ends, or ended; None where there is none."""
        return None if self.former_until is None else datetime.fromtimestamp(self.former_until, UTC)

    @property
    def has_secret(self) -> bool:
        """Whether it proves itself by a secret."""
        return self.metadata["token_endpoint_auth_method"] in BY_SECRET


async def registered(db: Db, client_id: str, *, party_id: int | None = None) -> Registered:
    """The client; of this party, if one is named. Raises `LookupError`."""
    columns = OidcClient.id, OidcClient.client_id, OidcClient.version, OidcClient.metadata_, OidcClient.former_until
    found = select(*columns).where(OidcClient.client_id == client_id)
    if party_id is not None:
        found = found.where(OidcClient.party_id == party_id)
    row = (await db.execute(found)).one_or_none()
    if row is None:
        raise LookupError(f"no client {client_id}")
    return Registered(*row)


async def renew_secret(db: Db, keyring: Keyring, known: Registered, *, overlap: timedelta, now: datetime) -> str:
    """A new secret, which is told here and never again; the former one counts for `overlap` more.

    Raises `Unchangeable` for a client without a secret, an overlap that is too long, or one that somebody changed meanwhile.
    """
    if not known.has_secret:
        raise Unchangeable(f"{known.client_id} proves itself by something else than a secret")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Unchangeable(f"the former secret may count for {LONGEST_OVERLAP.days} days at most")
    secret = secrets.token_urlsafe(32)
    until = int((now + overlap).timestamp()) if overlap else None
    values = {
        "secret_hash": parties.secret_hash(keyring, known.client_id, secret),
        "former_hash": OidcClient.secret_hash if until is not None else None,
        "former_until": until,
    }
    await _change(db, known, values)
    return secret


async def forget_former_secrets(db: Db, *, now: datetime) -> int:
    """Takes away former secrets that count no more; how many."""
    over = update(OidcClient).where(OidcClient.former_until <= int(now.timestamp()))
    return (await db.execute(over.values(former_hash=None, former_until=None))).rowcount


def readdressed(known: Registered, wanted: Mapping[str, Any], *, loopback_allowed: bool) -> dict[str, Any]:
    """The client's metadata with these addresses (`LISTS` and `SINGLE`) in the place of its own; one that is empty or left out is none.

    Raises `MetadataRefused`. What the metadata refers to is the caller's to fetch anew (`referred.fetched`).
    """
    left = {*LISTS, *SINGLE, *(("jwks",) if "jwks_uri" in known.metadata else ())}
    kept = {name: value for name, value in known.metadata.items() if name not in left}
    asked = {name: wanted[name] for name in (*LISTS, *SINGLE) if wanted.get(name)}
    scopes = str(known.metadata["scope"]).split()
    made = clients.validated(kept | asked, scopes=scopes, loopback_allowed=loopback_allowed, data_scopes=scopes)
    return made | ({LOGO: known.metadata[LOGO]} if LOGO in known.metadata else {})


async def readdress(db: Db, known: Registered, metadata: Mapping[str, Any]) -> None:
    """Puts metadata of `readdressed` in the place of what was registered. Raises `Unchangeable` if somebody changed that meanwhile."""
    await _change(db, known, {"metadata_": dict(metadata)})


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """By member, the addresses that go (`removed`) and those that come (`added`)."""
    found = {}
    for name in (*LISTS, *SINGLE):
        old, new = _listed(before.get(name)), _listed(after.get(name))
        if old != new:
            gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
            # Only their order changed, which counts: the first one is the default.
            found[name] = {"removed": gone, "added": come} if gone or come else {"removed": old, "added": new}
    return found


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


async def _change(db: Db, known: Registered, values: Mapping[str, Any]) -> None:
    """Every process notices at the next statement (D10)."""
    same = update(OidcClient).where(OidcClient.id == known.id, OidcClient.version == known.version)
    if (await db.execute(same.values(**values, version=OidcClient.version + 1))).rowcount != 1:
        raise Unchangeable(f"{known.client_id} was changed meanwhile", why="meanwhile")

"""What client metadata refers to by address: the client's keys, and the addresses that share its sector. Fetched under guard (C-128)."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import select, update

from idp.core import fetching
from idp.core.db import Db
from idp.core.fetching import FetchRefused as FetchRefused
from metadata.models import OidcClient
from metadata.oidc import client_keys, logos
from metadata.oidc.client_keys import KeysRefused as KeysRefused
from metadata.oidc.clients import BY_KEY, MetadataRefused
from metadata.oidc.logos import Logo, LogoRefused

LARGEST: Final = 64 * 1024
"""Bytes of a key set, or of a list of addresses."""


async def fetched(metadata: Mapping[str, Any], *, loopback_allowed: bool) -> dict[str, Any]:
    """Validated metadata with the keys that it refers to, once its sector is verified. Raises `MetadataRefused`."""
    made = dict(metadata)
    try:
        if "sector_identifier_uri" in made:
            listed = await _json_at(made["sector_identifier_uri"], loopback_allowed=loopback_allowed)
            _check_sector(listed, made["redirect_uris"])
        if "jwks_uri" in made and made["token_endpoint_auth_method"] == BY_KEY:
            made["jwks"] = await keys_at(made["jwks_uri"], loopback_allowed=loopback_allowed)
    except (FetchRefused, KeysRefused) as error:
        told = f"what the metadata refers to cannot be used: {error}"
        raise MetadataRefused("invalid_client_metadata", told, why="refers") from None
    return made


async def logo_at(address: str, *, loopback_allowed: bool) -> Logo:
    """The picture at an address. Raises `LogoRefused`."""
    try:
        found = await fetching.get(address, loopback_allowed=loopback_allowed, most=LARGEST)
    except FetchRefused as error:
        raise LogoRefused(str(error)) from None
    if found.status != 200:
        raise LogoRefused("it is not there")
    return logos.judged(found.body)


def _check_sector(listed: object, redirect_uris: list[str]) -> None:
    """OIDC Registration 5: every redirect URI stands in the list, else it is somebody else's sector (C-052, C-053)."""
    if not isinstance(listed, list) or not set(redirect_uris) <= {uri for uri in listed if isinstance(uri, str)}:
        told = "the list at sector_identifier_uri does not hold every one of redirect_uris"
        raise MetadataRefused("invalid_client_metadata", told, why="sector")


async def keys_at(address: str, *, loopback_allowed: bool) -> dict[str, Any]:
    """The public keys at an address, as they are kept. Raises `FetchRefused`, `KeysRefused`."""
    return client_keys.validated(await _json_at(address, loopback_allowed=loopback_allowed))


async def keep_keys(db: Db, client_id: str, jwks: Mapping[str, Any]) -> bool:
    """Keeps the keys of a client as they were just fetched; whether they are others than before."""
    found = select(OidcClient.metadata_).where(OidcClient.client_id == client_id).with_for_update()
    known: dict[str, Any] | None = (await db.execute(found)).scalar_one_or_none()
    if known is None or "jwks_uri" not in known or known.get("jwks") == jwks:
        return False
    changed = update(OidcClient).where(OidcClient.client_id == client_id)
    # Every process notices at the next statement (D10).
    await db.execute(changed.values(metadata_={**known, "jwks": jwks}, version=OidcClient.version + 1))
    return True


async def _json_at(address: str, *, loopback_allowed: bool) -> Any:
    """What stands there; None where that is no JSON, or not there at all."""
    found = await fetching.get(address, loopback_allowed=loopback_allowed, most=LARGEST)
    try:
        return orjson.loads(found.body) if found.status == 200 else None
    except ValueError:
        return None

"""The keys of a client that keeps them at an address of its own (`jwks_uri`; RFC 7517, OIDC Registration 2; C-051, C-055).

A key that we do not know is looked for there at once, so that a client may turn its keys whenever it likes; and before keys are believed that nobody
looked at for an hour they are looked at, so that one that was withdrawn is soon worth nothing. The keys are kept in the database: every node has
them, and has them still while the address is silent.
"""

from typing import Final

from idp.core.floor import Floor
from idp.http.resources import Resources
from metadata.oidc.clients import Client

PAUSE: Final = 30
"""Seconds between two looks for an unknown key: whoever sends nonsense in a client's name costs its server one question in that time."""
OFTEN: Final = 3600
"""Seconds after which keys are looked at again before they are believed."""


async def renewed(resources: Resources, client: Client) -> bool:
    """Looks for the client's keys, unless somebody just did; whether they are others than before. Raises `Unavailable`."""
    return await _is_due(resources.floor, client, PAUSE) and await _renew(resources.floor, client)


async def renewed_by_the_hour(resources: Resources, client: Client) -> bool:
    """Looks for the client's keys if nobody did for an hour; whether they are others than before. Raises `Unavailable`."""
    return await _is_due(resources.floor, client, OFTEN) and await _renew(resources.floor, client)


async def _is_due(floor: Floor, client: Client, seconds: int) -> bool:
    return await floor.store.first(
        "fetched", floor.keyring.mac("token", "keys of", client.client_id, str(seconds)), seconds
    )


async def _renew(floor: Floor, client: Client) -> bool:
    if client.jwks_uri is None:
        return False
    # Few clients have such an address: what it takes is loaded when the first of them comes (D43).
    from metadata.oidc import referred

    try:
        jwks = await referred.keys_at(client.jwks_uri, loopback_allowed=floor.settings.loopback)
    except (referred.FetchRefused, referred.KeysRefused):
        # What was there before goes on: an address that is silent for a while must not shut its client out.
        return False
    async with floor.database.begin() as db:
        return await referred.keep_keys(db, client.client_id, jwks)

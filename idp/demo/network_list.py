"""The network provider's copy of the school's pupils, as the gate tells it: fetched by a server with a token of its own, nobody signed in (D35)."""

import base64
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from idp.core import fetching
from idp.core.fetching import FetchRefused
from protocols.oidc.op import addresses

CLIENT_ID: Final = "demo-netwerk-lijst"
SCOPE: Final = "data.schools data.pupils data.pupils.names"


class NotTold(Exception):
    """The gate told nothing; the text is one of our own sentences."""


@dataclass(slots=True)
class PupilCopy:
    """What the provider has: the pupils by their name there, and how far it is. Kept in memory."""

    idp: str
    client_secret: str = field(repr=False)
    pupils: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    marker: str | None = None

    async def fetch(self) -> tuple[int, int]:
        """Brings the copy up to date; how many came or changed, and how many went. Raises `NotTold`."""
        token = (await self._token())["access_token"]
        schools = (await self._get(self.idp + addresses.DATA_SCHOOLS, token))["schools"]
        if not schools:
            self.pupils, self.marker = {}, None
            raise NotTold(
                "Geen school heeft Demo Netwerk aangevinkt. De poort vertelt niets, en de oude lijst is gewist."
            )
        here = addresses.DATA_PUPILS.format(instelling_ref=schools[0]["instelling_ref"])
        address: str | None = f"{self.idp}{here}" + (f"?after={self.marker}" if self.marker else "")
        came = went = 0
        while address is not None:
            told = await self._get(address, token)
            if told["whole"]:
                self.pupils = {}
            self.pupils |= {one["sub"]: one for one in told["pupils"]}
            came, went = came + len(told["pupils"]), went + len(told["gone"])
            for name in told["gone"]:
                self.pupils.pop(name, None)
            self.marker, address = told.get("marker"), told.get("next")
        return came, went

    async def _token(self) -> dict[str, Any]:
        pair = base64.b64encode(f"{CLIENT_ID}:{self.client_secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        form = {"grant_type": "client_credentials"}
        try:
            answer = await fetching.post_form(self.idp + addresses.TOKEN, form, loopback_allowed=True, headers=headers)
        except FetchRefused:
            raise NotTold("De poort is niet bereikbaar.") from None
        return _read(answer.status, answer.body)

    async def _get(self, address: str, token: str) -> dict[str, Any]:
        try:
            answer = await fetching.get(address, loopback_allowed=True, headers={"Authorization": f"Bearer {token}"})
        except FetchRefused:
            raise NotTold("De poort is niet bereikbaar.") from None
        return _read(answer.status, answer.body)


def _read(status: int, body: bytes) -> dict[str, Any]:
    if status != 200:
        raise NotTold("De poort geeft Demo Netwerk geen gegevens.")
    plain: dict[str, Any] = orjson.loads(body)
    return plain

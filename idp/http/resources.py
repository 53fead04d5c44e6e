"""Everything a request may use, built once in `create_app`. Tests build the same application with other resources."""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from consent.fields import FieldSets
from idp.core.floor import Floor
from idp.credentials.passwords import Hasher
from idp.http.afterwards import Afterwards
from idp.http.pages import Pages
from idp.support.announcements import KnownAnnouncements
from metadata.decryption_keys import KnownOpeners
from metadata.keys import KnownKeys
from metadata.oidc.issuers import KnownIssuers
from metadata.parties import KnownParties
from metadata.upstreams import KnownUpstreams


@dataclass(frozen=True, slots=True)
class Resources:
    """The floor, and what this process keeps open on it: the password pool, signing keys, parties, field sets, templates, announcements, and
    network providers with the keys that go with them."""

    floor: Floor
    hasher: Hasher
    keys: KnownKeys
    parties: KnownParties
    field_sets: FieldSets
    pages: Pages
    announcements: KnownAnnouncements
    upstreams: KnownUpstreams
    openers: KnownOpeners
    issuers: KnownIssuers
    afterwards: Afterwards = field(default_factory=Afterwards)

    async def close(self) -> None:
        """Closes everything, the floor last."""
        await self.afterwards.done()
        self.hasher.close()
        await self.floor.close()


def resources_of(connection: HTTPConnection) -> Resources:
    """The resources of the application that serves this request."""
    return cast(Resources, connection.app.state.resources)

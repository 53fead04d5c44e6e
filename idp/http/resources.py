"""Everything a request may use, built once in `create_app`. Tests build the same application with other resources."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from consent.fields import FieldSets
from idp.core.floor import Floor
from idp.credentials.passwords import Hasher
from idp.http.afterwards import Afterwards
from idp.http.pages import Pages
from idp.signin.attempts import Attempt
from idp.signin.logout import Exit, Means, Post, Wires, guarded
from idp.signin.network_sessions import NetworkSession
from idp.signin.question import Question, Ready, Visitor
from idp.support.announcements import KnownAnnouncements
from metadata.decryption_keys import KnownOpeners
from metadata.keys import KnownKeys
from metadata.oidc.issuers import KnownIssuers
from metadata.parties import KnownParties
from metadata.upstreams import KnownUpstream, KnownUpstreams


@dataclass(frozen=True, slots=True)
class Resources:
    """The floor, and what this process keeps open on it: the password pool, signing keys, parties, field sets, templates, announcements, and
    network providers with the keys that go with them.

    `wires` loads how parties hear of a logout, `post` is the way to those that are told directly, `roads` how people are sent to a network provider
    and `exits` how they leave one. `finishes` are the protocols' answers at the end of a sign-in,
    by the address (`Question.resume`) at which the same could be fetched.
    """

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
    roads: "Roads"
    finishes: "Mapping[str, Finish]"
    afterwards: Afterwards = field(default_factory=Afterwards)
    wires: Callable[[], Wires] = dict
    exits: "Exits | None" = None
    post: Post = field(default_factory=lambda: guarded(loopback_allowed=False))

    @property
    def means(self) -> Means:
        """What telling a party takes."""
        return Means(self.floor, self.keys, self.parties, self.post)

    async def close(self) -> None:
        """Closes everything, the floor last."""
        await self.afterwards.done()
        self.hasher.close()
        await self.floor.close()


Exits = Callable[[Resources, NetworkSession], Awaitable[Exit]]
Roads = Callable[[Resources, Visitor, Attempt, KnownUpstream], Awaitable[tuple[Attempt, Response]]]
"""Our question at a provider: the attempt as it waits for the answer, to be kept by the caller, and the way there."""
Finish = Callable[[Request, Resources, Visitor, Question, Ready], Awaitable[Response]]
"""A protocol's answer to a question that is answered at once (`Question.at_once`)."""


def resources_of(connection: HTTPConnection) -> Resources:
    """The resources of the application that serves this request."""
    return cast(Resources, connection.app.state.resources)

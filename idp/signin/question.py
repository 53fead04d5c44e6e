"""What a party asks, who stands at the door, and the three possible answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from directory import addresses
from directory.addresses import Address
from directory.standing import Standing
from idp.signin.assurance import Level
from idp.signin.facts import Facts
from idp.signin.sessions import Session
from metadata.targets import KnownTarget

Protocol = Literal["oidc", "saml"]

ON_TO_A_TARGET: Final[dict[Protocol, str]] = {"oidc": "/oidc/target", "saml": "/saml/target"}
"""Where a protocol takes a person on to learning material that a shortcut named (D36): a question that no party asked."""


@dataclass(frozen=True)
class Question:
    """A protocol request, reduced to what the sign-in must know.

    `resume` is the path prefix on our own origin that takes the attempt's id when everything is asked; `request` is the protocol's own
    parsed request (JSON-able), handed back untouched. `lang` is the language that the party wishes, `hint` the address that it supposes;
    `papers` are the addresses of what it tells people about itself, by kind, `logo` is the name of its picture; `hops` is how many providers may
    stand between it and the proof, `behind` are those for whom it says that it asks.
    `at_once`: its answer is a redirect, that whoever gives the last proof gets for it; any other is fetched at `resume`, so that going back to it
    sends no form again. `under_test`: a contact of the party may answer it as a reference person.
    """

    protocol: Protocol
    connection_id: int
    party_id: int
    party_name: str
    resume: str
    request: dict[str, Any]
    passive: bool = False
    fresh: bool = False
    max_age: int | None = None
    least: Level = Level.NONE
    lang: str | None = None
    hint: str | None = field(default=None, repr=False)
    hops: int | None = None
    behind: tuple[str, ...] = ()
    papers: Mapping[str, str] = field(default_factory=dict)
    logo: str | None = None
    at_once: bool = False
    under_test: bool = False

    @property
    def asked(self) -> bool:
        """Whether the party itself asked, so that somebody can go back to it; a shortcut to its learning material asks in its place."""
        return self.resume not in ON_TO_A_TARGET.values()


def to_target(known: KnownTarget, target: str) -> Question:
    """The question that nobody asked: on to registered learning material, in the writing of whoever named it."""
    return Question(
        protocol=known.protocol,
        connection_id=known.connection_id,
        party_id=known.party_id,
        party_name=known.party_name,
        resume=ON_TO_A_TARGET[known.protocol],
        request={"target": target, "connection": known.connection, "version": known.version},
        at_once=known.protocol == "oidc",
    )


@dataclass(frozen=True)
class Visitor:
    """The browser that asks. `browser` is the keyed hash of the cookie that binds it, which is `binding`, `device` that of its enrolment; nothing
    before it has one.

    `by_card`: the last child here signed in by its card. `group_id`: the group of the last one that picked itself, as the browser says;
    `upstream_id` the network provider of the last one who came by one. `agent` is what the browser calls itself.
    """

    session: Session | None
    browser: bytes | None
    address: Address
    lang: str = "nl"
    binding: str = field(default="", repr=False)
    device: bytes | None = field(default=None, repr=False)
    by_card: bool = False
    group_id: int | None = None
    upstream_id: int | None = None
    agent: str = field(default="", repr=False)

    @property
    def network(self) -> str:
        """The network that counts as one place, by name: for counting, never for trust."""
        return str(addresses.subscriber(self.address))

    @property
    def standing(self) -> Standing:
        """What says whether this browser is at a school."""
        return Standing(self.address, self.device)


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything is proven and allowed: the protocol may answer. `trial` is the mistake that a contact of the party wants to see refused."""

    session: Session
    facts: Facts
    trial: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No, with the code of the reason; `must_ask` when only a page could change that (OIDC `login_required`, SAML `NoPassive`)."""

    code: str
    must_ask: bool = False

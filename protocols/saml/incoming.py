"""What every message of a party must be before anything in it counts, whichever kind it is: from it, addressed to us, of this moment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar

from lxml.etree import _Element as Element

from idp.core.errors import Problem
from metadata.saml import document, names, values
from metadata.saml.document import Malformed
from metadata.saml.names import SAML
from protocols.saml.signature import NotSigned

SKEW: Final = timedelta(minutes=3)
"""C-200: how far the party's clock may be off, both ways."""

ROAD: Final = timedelta(seconds=30)
"""What a browser on a slow line may need to bring a request here."""

NCNAME: Final = re.compile(r"[^\W\d][\w.-]{0,255}")


class Unanswerable(Problem):
    """A request that gets a page and no answer to the party."""


class Sender(Protocol):
    """A service provider or an identity provider, as its metadata describes it."""

    @property
    def entity_id(self) -> str: ...
    @property
    def signing(self) -> Sequence[str]: ...
    @property
    def valid_until(self) -> datetime | None: ...


P = TypeVar("P", bound=Sender)


@dataclass(frozen=True, slots=True)
class Incoming(Generic[P]):
    """What the checks look at: the element that counts (the signed one if there is a signature), and what it is compared with."""

    root: Element
    signed: bool
    party: P
    endpoint: str
    now: datetime


def from_the_party(incoming: Incoming[Any]) -> None:
    """Raises `NotSigned` for another issuer than the one whose keys were tried."""
    # Read again, from what the signature covers: the first reading only chose the metadata.
    if issuer_of(incoming.root) != incoming.party.entity_id:
        raise NotSigned("issuer is another than the metadata's")


def metadata_still_valid(incoming: Incoming[Any]) -> None:
    """Raises `Unanswerable` where it is not."""
    # C-206: past its validUntil an entity is unusable, also from what we kept.
    if incoming.party.valid_until is not None and incoming.party.valid_until <= incoming.now:
        raise Unanswerable("saml.metadata_expired", 403, "the party's metadata has expired")


def addressed_to_us(incoming: Incoming[Any]) -> None:
    """Raises `Unanswerable` for a message on its way to somebody else."""
    destination = incoming.root.get("Destination")
    if destination is None:
        # Bindings 3.4.5.2 and 3.5.5.2: a signed message without it could be carried on to anybody.
        if incoming.signed:
            raise Unanswerable("saml.destination", 400, "signed without Destination")
    elif destination != incoming.endpoint:
        raise Unanswerable("saml.destination", 400, "Destination is another address")


def fresh(incoming: Incoming[Any]) -> None:
    """Raises `Unanswerable` for a message of another time, `Malformed` for one of none."""
    try:
        issued = values.moment(incoming.root.get("IssueInstant", ""))
    except ValueError:
        raise Malformed("IssueInstant is not a moment") from None
    # C-200, C-228.
    if not incoming.now - SKEW - ROAD <= issued <= incoming.now + SKEW:
        raise Unanswerable("request.expired", 400, "IssueInstant is too long ago, or still to come")


def issuer_of(root: Element) -> str:
    """Who a message says it is from. Raises `Malformed`."""
    issuer = document.one(root, f"{{{SAML}}}Issuer")
    # Core 2.2.5: an issuer is an entity, whatever else a NameID can be.
    if issuer is None or issuer.get("Format", names.ENTITY) != names.ENTITY:
        raise Malformed("no Issuer that is an entity")
    return document.text(issuer)

"""An AuthnRequest: from a message that anybody can have sent to a question that we may answer (Core 3.4.1, Profiles 4.1.4.1).

There are two kinds of no, and they have two types. Whatever is *raised* here is a `Problem`: the person gets a page and the party gets nothing,
because we do not know that it is the party. A `Refusal` is *returned*: it holds the address from the party's own metadata, and goes there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml.etree import _Element as Element

from idp.core.errors import Problem
from metadata.saml import document, names, values
from metadata.saml.document import Malformed
from metadata.saml.names import SAML, SAMLP
from metadata.saml.party import ConsumerService, SamlParty
from protocols.saml import signature
from protocols.saml.idp.asked import AuthnRequest, Here, ReplyTo, understand
from protocols.saml.signature import NotSigned
from protocols.saml.status import Refused, Status
from protocols.saml.wire import UnverifiedMessage

SKEW: Final = timedelta(minutes=3)
"""C-200: how far the party's clock may be off, both ways."""

ROAD: Final = timedelta(seconds=30)
"""What a browser on a slow line may need to bring a request here."""

NCNAME: Final = re.compile(r"[^\W\d][\w.-]{0,255}")
_INDEX: Final = re.compile(r"[0-9]{1,5}")


class Unanswerable(Problem):
    """A request that gets a page and no answer to the party."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The party's request is understood and declined; the answer is an error Response to `reply_to`."""

    reply_to: ReplyTo
    status: Status


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the checks look at: the element that counts (the signed one if there is a signature), and what it is compared with."""

    root: Element
    signed: bool
    party: SamlParty
    endpoint: str
    now: datetime


def unverified_issuer(message: UnverifiedMessage) -> str:
    """Who the message says it is from: good for finding the metadata to check it against, and for nothing else. Raises `Malformed`."""
    if message.root.tag != f"{{{SAMLP}}}AuthnRequest":
        raise Malformed("not an AuthnRequest")
    return issuer_of(message.root)


def read(
    message: UnverifiedMessage, *, party: SamlParty, endpoint: str, here: Here, now: datetime
) -> AuthnRequest | Refusal:
    """The request, or the refusal that its sender gets. `endpoint` is the address of ours at which it arrived; `party` goes by its issuer.

    Raises a `Problem` (`Malformed`, `NotSigned`, `Unanswerable`) where nothing may go back.
    """
    root = signature.covered(message, trusted=party.signing)
    signed = root is not None
    incoming = Incoming(message.root if root is None else root, signed, party, endpoint, now)
    for check in BEFORE_ANY_ANSWER:
        check(incoming)
    reply_to = ReplyTo(
        party=party.entity_id,
        location=_consumer(incoming).location,
        in_response_to=incoming.root.get("ID", ""),
        relay_state=message.relay_state,
    )
    try:
        return understand(reply_to, incoming.root, signed=signed, here=here)
    except Refused as refused:
        return Refusal(reply_to, refused.status)


def _known_shape(incoming: Incoming) -> None:
    if incoming.root.tag != f"{{{SAMLP}}}AuthnRequest":
        raise Malformed("not an AuthnRequest")
    if not NCNAME.fullmatch(incoming.root.get("ID", "")):
        raise Malformed("ID is no NCName of at most 256 characters")


def from_the_party(incoming: Incoming) -> None:
    """Raises `NotSigned` for another issuer than the one whose keys were tried."""
    # Read again, from what the signature covers: the first reading only chose the metadata.
    if issuer_of(incoming.root) != incoming.party.entity_id:
        raise NotSigned("issuer is another than the metadata's")


def metadata_still_valid(incoming: Incoming) -> None:
    """Raises `Unanswerable` where it is not."""
    # C-206: past its validUntil an entity is unusable, also from what we kept.
    if incoming.party.valid_until is not None and incoming.party.valid_until <= incoming.now:
        raise Unanswerable("saml.metadata_expired", 403, "the party's metadata has expired")


def _signed_if_promised(incoming: Incoming) -> None:
    # SDP-IDP04, C-212: on both bindings alike.
    if incoming.party.requests_signed and not incoming.signed:
        raise NotSigned("the party's metadata promises signed requests")


def addressed_to_us(incoming: Incoming) -> None:
    """Raises `Unanswerable` for a message on its way to somebody else."""
    destination = incoming.root.get("Destination")
    if destination is None:
        # Bindings 3.4.5.2 and 3.5.5.2: a signed message without it could be carried on to anybody.
        if incoming.signed:
            raise Unanswerable("saml.destination", 400, "signed without Destination")
    elif destination != incoming.endpoint:
        raise Unanswerable("saml.destination", 400, "Destination is another address")


def fresh(incoming: Incoming) -> None:
    """Raises `Unanswerable` for a message of another time, `Malformed` for one of none."""
    try:
        issued = values.moment(incoming.root.get("IssueInstant", ""))
    except ValueError:
        raise Malformed("IssueInstant is not a moment") from None
    # C-200, C-228.
    if not incoming.now - SKEW - ROAD <= issued <= incoming.now + SKEW:
        raise Unanswerable("request.expired", 400, "IssueInstant is too long ago, or still to come")


BEFORE_ANY_ANSWER: Final[tuple[Callable[[Incoming], None], ...]] = (
    _known_shape,
    from_the_party,
    metadata_still_valid,
    _signed_if_promised,
    addressed_to_us,
    fresh,
)
"""In the order of what must hold before the next question makes sense."""


def _consumer(incoming: Incoming) -> ConsumerService:
    """SDP-IDP06, C-214: an address of the party's metadata, by exact string, by index, or its default; never one that only the request knows."""
    location = incoming.root.get("AssertionConsumerServiceURL")
    index = incoming.root.get("AssertionConsumerServiceIndex")
    if location is not None and index is not None:
        raise Unanswerable("saml.address", 400, "both AssertionConsumerServiceURL and -Index")
    if location is None and index is None:
        return incoming.party.default_consumer
    for service in incoming.party.by_post:
        if service.location == location or (index and _INDEX.fullmatch(index) and service.index == int(index)):
            return service
    raise Unanswerable("saml.address", 400, "the AssertionConsumerService is not in the party's metadata")


def issuer_of(root: Element) -> str:
    """Who a message says it is from. Raises `Malformed`."""
    issuer = document.one(root, f"{{{SAML}}}Issuer")
    # Core 2.2.5: an issuer is an entity, whatever else a NameID can be.
    if issuer is None or issuer.get("Format", names.ENTITY) != names.ENTITY:
        raise Malformed("no Issuer that is an entity")
    return document.text(issuer)

"""An AuthnRequest: from a message that anybody can have sent to a question that we may answer (Core 3.4.1, Profiles 4.1.4.1).

There are two kinds of no, and they have two types. Whatever is *raised* here is a `Problem`: the person gets a page and the party gets nothing,
because we do not know that it is the party. A `Refusal` is *returned*: it holds the address from the party's own metadata, and goes there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from metadata.saml.document import Malformed
from metadata.saml.names import SAMLP
from metadata.saml.party import ConsumerService, SamlParty
from protocols.saml import signature
from protocols.saml.idp.asked import INDEX, AuthnRequest, Here, ReplyTo, understand
from protocols.saml.incoming import (
    NCNAME,
    Incoming,
    Unanswerable,
    addressed_to_us,
    fresh,
    from_the_party,
    issuer_of,
    metadata_still_valid,
)
from protocols.saml.signature import NotSigned
from protocols.saml.status import Refused, Status
from protocols.saml.wire import UnverifiedMessage


@dataclass(frozen=True, slots=True)
class Refusal:
    """The party's request is understood and declined; the answer is an error Response to `reply_to`."""

    reply_to: ReplyTo
    status: Status


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


def _known_shape(incoming: Incoming[SamlParty]) -> None:
    if incoming.root.tag != f"{{{SAMLP}}}AuthnRequest":
        raise Malformed("not an AuthnRequest")
    if not NCNAME.fullmatch(incoming.root.get("ID", "")):
        raise Malformed("ID is no NCName of at most 256 characters")


def _signed_if_promised(incoming: Incoming[SamlParty]) -> None:
    # SDP-IDP04, C-212: on both bindings alike.
    if incoming.party.requests_signed and not incoming.signed:
        raise NotSigned("the party's metadata promises signed requests")


BEFORE_ANY_ANSWER: Final[tuple[Callable[[Incoming[SamlParty]], None], ...]] = (
    _known_shape,
    from_the_party,
    metadata_still_valid,
    _signed_if_promised,
    addressed_to_us,
    fresh,
)
"""In the order of what must hold before the next question makes sense."""


def _consumer(incoming: Incoming[SamlParty]) -> ConsumerService:
    """SDP-IDP06, C-214: an address of the party's metadata, by exact string, by index, or its default; never one that only the request knows."""
    location = incoming.root.get("AssertionConsumerServiceURL")
    index = incoming.root.get("AssertionConsumerServiceIndex")
    if location is not None and index is not None:
        raise Unanswerable("saml.address", 400, "both AssertionConsumerServiceURL and -Index")
    if location is None and index is None:
        return incoming.party.default_consumer
    for service in incoming.party.by_post:
        if service.location == location or (index and INDEX.fullmatch(index) and service.index == int(index)):
            return service
    raise Unanswerable("saml.address", 400, "the AssertionConsumerService is not in the party's metadata")

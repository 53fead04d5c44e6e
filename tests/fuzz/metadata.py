"""Metadata that somebody hands over or publishes. `sp`, `idp`: one entity's file; `aggregate SIZE`: unsigned, in pieces of that size; `signed N`."""

from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from metadata.saml import aggregate, document, provider_reader, reader
from metadata.saml.aggregate import Read
from metadata.saml.document import Malformed
from metadata.saml.party import SamlParty
from metadata.saml.provider import SamlProvider
from tests.fuzz import inputs, second_reader, signing
from tests.fuzz.inputs import BrokenContract, Input
from tests.protocols.saml.keys import certificate, ec_pair

KEY = ec_pair("fuzzed federation")
ENTITY = "{urn:oasis:names:tc:SAML:2.0:metadata}EntityDescriptor"
PLACE = b"CERTIFICATE"
"""Stands in the corpus where the certificate of this run goes."""
CERTIFICATE = certificate(KEY.private).encode()

EXPLAINED: Final[dict[str, str]] = {
    "processing instruction": "in metadata it has no meaning, and not every reader reads around it alike (C-268)",
    "document type declaration": "refused before anything in it could act (C-202)",
    "an ID occurs twice": "libxmlsec knows the IDs that it is told of, and takes the last (C-260)",
    "an entityID occurs twice": "which of two counts is not ours to guess (C-280)",
    "the root element is neither": "the signature holds, over something that is no metadata",
    "the document describes no entity": "the same",
    "groups of entities deeper": "the same, for what we offer to read",
    "a group of entities is not": "whoever hides tags in comments gets nothing read (C-268)",
    "the document does not begin with a signature": "the signature holds, further inside (Metadata 2.3.1)",
    "the document is empty": "what stands before the root is judged before the signature",
    "validUntil is not a moment": "signed, and of no use (C-206)",
    "unexpected content": "SAML allows one reference with two transforms and nothing else (Core 5.4)",
    "parameters inside": "the same",
    "transforms other than": "the same",
    "a second signature": "the same",
    "Signature more than once": "the same",
    "reference to something else": "the signature holds, over something else (C-259)",
    "larger than": "time and memory have a bound (C-276)",
    "too many elements": "the same",
}
"""What libxmlsec believes and we refuse, by the beginning of our words, and why we are right. No broken signature is among it."""


def one_input(data: bytes) -> bool:
    """Refused as `Malformed`, or taken in: then it can be kept, leads nowhere but by https, and is what another reader reads."""
    given = inputs.read(data.replace(PLACE, CERTIFICATE))
    try:
        match given.how[:1]:
            case ("idp",):
                _usable_provider(provider_reader.read_idp(given.body))
            case ("aggregate",):
                _judged(given.body, _in_pieces(given.body, given.seed or 1000))
            case ("signed",):
                _proven(given)
            case _:
                _usable_party(reader.read_sp(given.body))
    except Malformed:
        return False
    return True


def _usable_party(party: SamlParty) -> None:
    assert SamlParty.from_json(party.to_json()) == party
    assert party.default_consumer in party.by_post
    locations = [service.location for service in party.consumers]
    for logout in party.logouts:
        locations += [logout.location, *filter(None, [logout.response_location])]
    _safe(locations)
    _loadable([*party.signing, *(key.certificate for key in party.encryption)])


def _usable_provider(provider: SamlProvider) -> None:
    assert SamlProvider.from_json(provider.to_json()) == provider
    assert provider.signing
    _safe([service.location for service in provider.services])
    _loadable(provider.signing)


def _safe(locations: list[str]) -> None:
    for location in locations:
        parts = urlsplit(location)
        assert parts.scheme == "https"
        assert parts.hostname
        assert parts.username is None
        assert location.isascii()


def _loadable(certificates: list[str] | tuple[str, ...]) -> None:
    for one in certificates:
        x509.load_pem_x509_certificate(f"-----BEGIN CERTIFICATE-----\n{one}\n-----END CERTIFICATE-----\n".encode())


def _in_pieces(raw: bytes, size: int, trusted: tuple[str, ...] | None = None) -> Read:
    taking = aggregate.Reader(lambda _: True, trusted=trusted)
    size = max(1, size, len(raw) // 200)
    for begin in range(0, len(raw), size):
        taking.feed(raw[begin : begin + size])
    return taking.whole()


def _judged(raw: bytes, read: Read, trusted: tuple[str, ...] | None = None) -> None:
    # However the bytes come, it is the same document.
    assert _in_pieces(raw, len(raw), trusted) == read
    found = [entity.get("entityID", "") for entity in second_reader.read(raw).iter(ENTITY)]
    assert set(found) >= set(read.entities)
    assert read.counted == len(read.entities)
    for name, octets in read.entities.items():
        assert document.parse(octets, limits=document.METADATA).get("entityID", "") == name


def _proven(given: Input) -> None:
    signed = signing.enveloped(given.body, signing.signer(given.how, KEY), seed=given.seed, place=0)
    trusted, holds = (KEY.certificate,), signing.holds(signed, KEY)
    try:
        read = _in_pieces(signed, 700, trusted)
    except Malformed as refused:
        if holds and not refused.detail.startswith(tuple(EXPLAINED)):
            raise BrokenContract(f"libxmlsec believes what we refuse: {refused.detail}") from None
        raise
    # C-280: what is believed is what the publisher's key signed.
    assert holds
    _judged(signed, read, trusted)

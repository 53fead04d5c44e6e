"""What is known of a service provider after its metadata was read: a value, as good from the database as from the file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from metadata.saml.names import AES128_GCM, HTTP_POST, MGF1_SHA1, RSA_OAEP_MGF1P, SHA1


@dataclass(frozen=True, slots=True)
class ConsumerService:
    """An AssertionConsumerService: where an answer may be delivered, and how."""

    index: int
    binding: str
    location: str
    default: bool | None = None


@dataclass(frozen=True, slots=True)
class LogoutService:
    """A SingleLogoutService; `response_location` is where answers go, if elsewhere."""

    binding: str
    location: str
    response_location: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or desk at the party; `kind` is SAML's contactType."""

    kind: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class RequestedAttribute:
    """An attribute that the party says it wants. A wish: the school's consent decides (C-223)."""

    name: str
    name_format: str
    required: bool


@dataclass(frozen=True, slots=True)
class AttributeService:
    """An AttributeConsumingService: what one service of the party wants, by the number under which a request names it."""

    index: int
    requested: tuple[RequestedAttribute, ...] = ()


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """An RSA certificate to which assertions can be encrypted, and how: the URIs of XML Encryption that the party listed first among ours."""

    certificate: str
    content: str = AES128_GCM
    transport: str = RSA_OAEP_MGF1P
    digest: str = SHA1
    mask: str = MGF1_SHA1


SubjectIdWanted = Literal["subject-id", "pairwise-id", "none", "any"]


@dataclass(frozen=True, slots=True)
class SamlParty:
    """A service provider as its metadata describes it. Certificates are base64 DER that `certificates.load` accepts.

    `subject_id` is which identifier it wants among the attributes (SAML Subject Identifier Attributes 1.0), None where it does not say.
    """

    entity_id: str
    consumers: tuple[ConsumerService, ...]
    signing: tuple[str, ...] = ()
    encryption: tuple[EncryptionKey, ...] = ()
    requests_signed: bool = False
    wants_assertions_signed: bool = False
    name_id_formats: tuple[str, ...] = ()
    logouts: tuple[LogoutService, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    services: tuple[AttributeService, ...] = ()
    valid_until: datetime | None = None
    subject_id: SubjectIdWanted | None = None

    @property
    def by_post(self) -> tuple[ConsumerService, ...]:
        """The addresses that take a Response by POST, the one binding in which we answer (C-217)."""
        return tuple(service for service in self.consumers if service.binding == HTTP_POST)

    @property
    def requested(self) -> tuple[RequestedAttribute, ...]:
        """What its services want, all of them together."""
        return tuple(attribute for service in self.services for attribute in service.requested)

    @property
    def default_consumer(self) -> ConsumerService:
        """Where an answer goes when the request names no place: Metadata 2.2.3, the first that says so, else the first that does not deny it."""
        services = self.by_post
        said = [service for service in services if service.default is True]
        silent = [service for service in services if service.default is None]
        return (said or silent or services)[0]

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal value."""
        return asdict(self) | {"valid_until": self.valid_until.isoformat() if self.valid_until else None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The value that `to_json` was called on."""
        return cls(
            **{
                **stored,
                "consumers": tuple(ConsumerService(**service) for service in stored["consumers"]),
                "signing": tuple(stored["signing"]),
                "encryption": tuple(EncryptionKey(**key) for key in stored["encryption"]),
                "name_id_formats": tuple(stored["name_id_formats"]),
                "logouts": tuple(LogoutService(**service) for service in stored["logouts"]),
                "contacts": tuple(Contact(**contact) for contact in stored["contacts"]),
                "services": tuple(
                    AttributeService(one["index"], tuple(RequestedAttribute(**each) for each in one["requested"]))
                    for one in stored["services"]
                ),
                "valid_until": datetime.fromisoformat(stored["valid_until"]) if stored["valid_until"] else None,
            }
        )

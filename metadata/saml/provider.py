"""What is known of a network provider's identity provider after its metadata was read: a value, as good from the database as from the file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from metadata.saml.names import HTTP_POST, HTTP_REDIRECT
from metadata.saml.party import Contact, LogoutService


@dataclass(frozen=True, slots=True)
class SignOnService:
    """A SingleSignOnService: where our question is put, and how it travels."""

    binding: str
    location: str


@dataclass(frozen=True, slots=True)
class SamlProvider:
    """An identity provider as its metadata describes it. Certificates are base64 DER that `certificates.load` accepts.

    `scopes` are those that it may assert (`shibmd:Scope`); empty when it declares none.
    """

    entity_id: str
    services: tuple[SignOnService, ...]
    signing: tuple[str, ...]
    logouts: tuple[LogoutService, ...] = ()
    scopes: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    valid_until: datetime | None = None

    @property
    def service(self) -> SignOnService:
        """Where we ask: by redirect if it can, because that costs the browser no page; else by form post."""
        for binding in (HTTP_REDIRECT, HTTP_POST):
            for service in self.services:
                if service.binding == binding:
                    return service
        raise LookupError("no SingleSignOnService that we speak")

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal value."""
        return asdict(self) | {"valid_until": self.valid_until.isoformat() if self.valid_until else None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The value that `to_json` was called on."""
        return cls(
            **{
                **stored,
                "services": tuple(SignOnService(**service) for service in stored["services"]),
                "signing": tuple(stored["signing"]),
                "logouts": tuple(LogoutService(**service) for service in stored["logouts"]),
                "scopes": tuple(stored["scopes"]),
                "contacts": tuple(Contact(**contact) for contact in stored["contacts"]),
                "valid_until": datetime.fromisoformat(stored["valid_until"]) if stored["valid_until"] else None,
            }
        )

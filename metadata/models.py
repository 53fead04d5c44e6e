"""With whom we talk, as tables. A party has one or more connections (D12); a tick belongs to the party."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Party(Base):
    """A publisher or a network provider. `fields` is what it may ask at most; names are those of `protocols.attributes.catalogue`."""

    __tablename__ = "parties"
    __table_args__ = (CheckConstraint("kind IN ('publisher', 'network')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(9))
    fields: Mapped[list[str]]
    contact_name: Mapped[str | None] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(String(2000))
    sector: Mapped[str] = mapped_column(String(255))
    enabled: Mapped[bool] = mapped_column(default=True)
    # Its exchanges about reference people are kept for its contacts to look at (`idp.sandbox`).
    under_test: Mapped[bool] = mapped_column(default=False)
    # Since then its own people changed where it is reached, and nobody of ours looked: no school says yes to it (`idp.sandbox.looking`).
    unseen_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OidcClient(Base):
    """An OIDC connection. `metadata_` is RFC 7591 client metadata as validated; `version` rises with every change (D10).

    `signing_kid` is the key of ours that signs for it, where somebody chose one: for as long as that key is published. `former_hash` is that of the
    secret before this one, which counts until the epoch second `former_until`.
    """

    __tablename__ = "oidc_clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(String(255), unique=True)
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    former_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    former_until: Mapped[int | None]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    # A recorded decision of who runs the product (`idp parties pkce`), never a member of what a party sends.
    without_pkce: Mapped[bool] = mapped_column(default=False)
    signing_kid: Mapped[str | None] = mapped_column(String(64))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class FieldList(Base):
    """What a party says that one of its services needs of a school and for what, in one version (R70). The newest version of a service counts; one
    without fields says that the service is no more. `fields` tells by name: `required`, and the purpose in `nl` and `en`.
    """

    __tablename__ = "field_lists"
    __table_args__ = (UniqueConstraint("party_id", "service", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    service: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    published_at: Mapped[datetime]
    fields: Mapped[dict[str, Any]]


class MetadataSource(Base):
    """An address at which somebody publishes the metadata of parties, by whose word we know them: signed by `trusted`, or over TLS with `pin`.

    `wanted` says which of its entities are ours. `trouble` is why the last look failed; what was read before stays until its `valid_until`.
    """

    __tablename__ = "metadata_sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(2000), unique=True)
    trusted: Mapped[list[str]]
    pin: Mapped[str | None] = mapped_column(String(64))
    wanted: Mapped[dict[str, Any]]
    etag: Mapped[str | None] = mapped_column(String(200))
    document_sha256: Mapped[str | None] = mapped_column(String(64))
    fetched_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    next_fetch_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]


class ClientLogo(Base):
    """The picture of an OIDC connection as it was fetched and judged; `digest` is its name on our pages."""

    __tablename__ = "client_logos"

    oidc_client_id: Mapped[int] = mapped_column(ForeignKey("oidc_clients.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(32), index=True)
    body: Mapped[bytes]


class SamlEntity(Base):
    """A SAML connection: the metadata as given, what was read from it, how we answer (`policy`), and with which chosen key, as for a client."""

    __tablename__ = "saml_entities"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    entity_id: Mapped[str] = mapped_column(String(256), unique=True)
    document: Mapped[bytes]
    document_sha256: Mapped[str] = mapped_column(String(64))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("metadata_sources.id", ondelete="SET NULL"), index=True)
    read: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]]
    signing_kid: Mapped[str | None] = mapped_column(String(64))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ConnectionProposal(Base):
    """What a party's contact wants of a connection that schools use, until an operator says yes or no: other addresses of a client (`addresses`, the
    members of RFC 7591), or newer metadata of an entity (`document`). One for each connection; `by` is a ledger id.
    """

    __tablename__ = "connection_proposals"
    # An id is never used again: whoever says yes to a number says it to what he saw under it.
    __table_args__ = (
        CheckConstraint("(oidc_client_id IS NULL) <> (saml_entity_id IS NULL)", name="one_connection"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    oidc_client_id: Mapped[int | None] = mapped_column(ForeignKey("oidc_clients.id", ondelete="CASCADE"), unique=True)
    saml_entity_id: Mapped[int | None] = mapped_column(ForeignKey("saml_entities.id", ondelete="CASCADE"), unique=True)
    addresses: Mapped[dict[str, Any] | None]
    document: Mapped[bytes | None]
    by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]


class Target(Base):
    """Learning material to which a shortcut may lead (D36): an address of one connection, and the names that its query may have."""

    __tablename__ = "targets"
    __table_args__ = (CheckConstraint("(oidc_client_id IS NULL) <> (saml_entity_id IS NULL)", name="one_connection"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    oidc_client_id: Mapped[int | None] = mapped_column(ForeignKey("oidc_clients.id", ondelete="CASCADE"), index=True)
    saml_entity_id: Mapped[int | None] = mapped_column(ForeignKey("saml_entities.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(2000), unique=True)
    names: Mapped[list[str]]
    added_at: Mapped[datetime]


class Upstream(Base):
    """A way in by a network provider (D35): the entityID of its identity provider, or its OIDC issuer, as `name`.

    `document` is SAML metadata as given; `read` what was read from it, or our client there; `sealed` our client secret there, for
    `upstreams.sealed.<name>`. `trusted_for_mfa`: what it says of a second factor counts (C-278). A school's tick on the party attaches it.
    `for_staff`: a board's own provider of its staff, who bind their account there by their activation link; nobody else comes by it (D35).
    """

    __tablename__ = "upstreams"
    __table_args__ = (CheckConstraint("protocol IN ('oidc', 'saml')", name="protocol"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    protocol: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(1024), unique=True)
    document: Mapped[bytes | None]
    document_sha256: Mapped[str | None] = mapped_column(String(64))
    read: Mapped[dict[str, Any]]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("metadata_sources.id", ondelete="SET NULL"), index=True)
    signing_kid: Mapped[str | None] = mapped_column(String(64))
    sealed: Mapped[bytes | None]
    trusted_for_mfa: Mapped[bool] = mapped_column(default=False)
    for_staff: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class UpstreamLink(Base):
    """By which identifier a network provider calls a person: `subject` is its keyed hash, so that the table names nobody (C-279, D35)."""

    __tablename__ = "upstream_links"
    __table_args__ = (UniqueConstraint("upstream_id", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upstream_id: Mapped[int] = mapped_column(ForeignKey("upstreams.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary(32))
    linked_at: Mapped[datetime]


class DecryptionKey(Base):
    """A key for which others encrypt assertions to us; the newest is published, every one opens until it is taken away.

    `sealed` is the private part, for `decryption_keys.sealed.<certificate's SHA-256>`.
    """

    __tablename__ = "decryption_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate: Mapped[str]
    sealed: Mapped[bytes]
    made_at: Mapped[datetime]


class SigningKey(Base):
    """One of our own keys. Its phase is a function of the clock: published, active, retired (`metadata.keys`).

    `sealed` is the private part; a key that retired has none any more. What a leaked one signed is believed no more.
    """

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    alg: Mapped[str] = mapped_column(String(8))
    certificate: Mapped[str]
    sealed: Mapped[bytes | None]
    published_at: Mapped[datetime]
    active_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    leaked: Mapped[bool] = mapped_column(default=False)

"""Second factors, as tables. What must not come back lives here, not in the short-lived store (D26)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Totp(Base):
    """A person's authenticator app. The secret is sealed for `totps.sealed.<person_id>`; `last_step` is the newest step ever used."""

    __tablename__ = "totps"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
    last_step: Mapped[int]
    enrolled_at: Mapped[datetime]


class RecoveryCode(Base):
    """One recovery code, hashed with a key; used once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """One passkey of a person (WebAuthn Level 3). `handle` is what the device knows the person by: random, the same for all of somebody's passkeys.

    `synced` passkeys live in a vault that copies them between devices, others on one device; `backed_up` is what the device said last.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(32))
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    transports: Mapped[str] = mapped_column(String(100), default="")
    name: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    synced: Mapped[bool]
    backed_up: Mapped[bool]
    aaguid: Mapped[str] = mapped_column(String(36))


class OptOut(Base):
    """A coordinator who chose to sign in with one step, where the operator allows it at all (D7); ends when a second factor is set up."""

    __tablename__ = "mfa_opt_outs"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    chosen_at: Mapped[datetime]


class LostFactor(Base):
    """A request to take away the lost second factor of a school's only coordinator, which a second operator has to agree to (D38).

    `reference` is that of the request that the board signed; `asked_by` the ledger id of the first operator.
    """

    __tablename__ = "lost_factors"
    # An id is never used again: whoever says yes to a number says it to what he saw under it.
    __table_args__ = (UniqueConstraint("person_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    reference: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_at: Mapped[datetime] = mapped_column(index=True)

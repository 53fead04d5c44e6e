"""Second factors, as tables. What must not come back lives here, not in the short-lived store (D26)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
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

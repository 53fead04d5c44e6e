"""First factors, as tables."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Password(Base):
    """A staff member's password: an Argon2id PHC string (D28)."""

    __tablename__ = "passwords"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]


class PupilSecret(Base):
    """A child's PIN or three pictures, sealed for `pupil_secrets.sealed.<person_id>` (D28, D29).

    `first_used_at` is when the child signed in for the first time, with this secret or a former one.
    """

    __tablename__ = "pupil_secrets"
    __table_args__ = (CheckConstraint("kind IN ('pictures', 'pin')", name="kind"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes]
    changed_at: Mapped[datetime]
    first_used_at: Mapped[datetime | None]


class LoginCard(Base):
    """A child's sign-in card (*inlogkaartje*): `lookup` is the keyed hash of what its QR code holds (D28). A voided one stays, so that its number is
    never given again.
    """

    __tablename__ = "login_cards"
    __table_args__ = (
        Index(
            "uq_login_cards_valid",
            "person_id",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
            sqlite_where=text("voided_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class MailedLink(Base):
    """A link by which somebody chooses a password (R95): `token` is the keyed hash of what `email` was mailed. One a person: the newest."""

    __tablename__ = "mailed_links"
    __table_args__ = (CheckConstraint("purpose IN ('activation', 'reset')", name="purpose"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TermsRead(Base):
    """A member of staff read a version of the *gebruikersovereenkomst* and said so."""

    __tablename__ = "terms_read"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    read_at: Mapped[datetime]

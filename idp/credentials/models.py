"""First factors, as tables."""

from datetime import date, datetime

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


class HomeCode(Base):
    """A pupil's login code for home, at one school (R123): `lookup` is its keyed hash, `sealed` the code for `home_codes.sealed.<enrolment_id>`.

    On `expires_on`, a first of August in Amsterdam, it is over (D29).
    """

    __tablename__ = "home_codes"

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    sealed: Mapped[bytes]
    made_at: Mapped[datetime]
    expires_on: Mapped[date] = mapped_column(index=True)


class Parent(Base):
    """A parent's account: an address, a password, and nothing else (D15, R129). It exists as long as a school entered the address at a child.

    `link` is the keyed hash of the newest mailed link to choose a password; `bounced_at` when a mail to the address last came back (R169).
    """

    __tablename__ = "parents"
    # An id is never used again: evidence outlives the account.
    __table_args__ = (
        CheckConstraint("link_purpose IN ('activation', 'reset')", name="link_purpose"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    hash: Mapped[str | None] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(default=1)
    ledger_id: Mapped[str] = mapped_column(String(36), unique=True)
    created_at: Mapped[datetime]
    bounced_at: Mapped[datetime | None]
    link: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    link_purpose: Mapped[str | None] = mapped_column(String(10))
    link_expires_at: Mapped[datetime | None]


class ParentOfChild(Base):
    """A parent's address entered at a child of one school, with the permission that the parent gave for it (R128, D29).

    `used_at` is when the parent first signed in after that.
    """

    __tablename__ = "parents_of_children"

    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    permission_on: Mapped[date]
    entered_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

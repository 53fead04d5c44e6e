"""Substitutes, changed addresses, invitations, reorganisations and the evidence of deletion, as tables."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class SubstituteSeat(Base):
    """The standard substitute of one group (R86): names nobody, signs nobody in. `seed` is its subject at every party (D4)."""

    __tablename__ = "substitute_seats"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), unique=True)
    seed: Mapped[bytes] = mapped_column(LargeBinary(32))


class SubstituteBinding(Base):
    """Who took a seat, from when until the end of which day; how every use is attributable to a person (R57).

    `email` and `name` are what the school entered: what the account's become elsewhere is not for this school to learn.
    """

    __tablename__ = "substitute_bindings"
    __table_args__ = (Index(None, "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("substitute_seats.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(300), default="")
    bound_by: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_on: Mapped[date]
    ended_at: Mapped[datetime | None]


class SubstituteDelegate(Base):
    """The one colleague who may bind substitutes beside the coordinators of a school (D4)."""

    __tablename__ = "substitute_delegates"

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    employment_id: Mapped[int] = mapped_column(ForeignKey("employments.id", ondelete="CASCADE"), index=True)


class AddressProposal(Base):
    """A new address for an account, by an administration or a coordinator: nothing until the person confirms it (D15).

    `token` is the keyed hash of what the new address was mailed. `needs_approval` where the person has a second factor, a coordinator's right
    or another school: by another coordinator than `proposed_by`.
    """

    __tablename__ = "address_proposals"
    # An id is never used again: whoever says yes to a number says it to what he saw under it.
    __table_args__ = (UniqueConstraint("person_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    proposed_by: Mapped[str] = mapped_column(String(64))
    needs_approval: Mapped[bool]
    approved_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PendingMembership(Base):
    """A school says that whoever has this address works there: nothing until that person accepts (D15).

    The address stands here and not the person: whether an account exists is not for the school to learn. The name is the one that the school
    typed; who has an account already keeps the own one. `token` is the keyed hash of what the address was mailed. `employment_id` is the
    place, without an address until now, that whoever accepts takes.
    """

    __tablename__ = "pending_memberships"
    __table_args__ = (UniqueConstraint("school_id", "email"), Index(None, "email"))

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    first_name: Mapped[str | None] = mapped_column(String(64))
    prefix: Mapped[str | None] = mapped_column(String(16))
    surname: Mapped[str | None] = mapped_column(String(200))
    employment_id: Mapped[int | None] = mapped_column(ForeignKey("employments.id", ondelete="CASCADE"), unique=True)
    las_key: Mapped[str | None] = mapped_column(String(256))
    roles: Mapped[str] = mapped_column(String(120))
    ends_on: Mapped[date | None]
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # When a mail to the address came back (R169).
    bounced_at: Mapped[datetime | None]


class BoardInvitation(Base):
    """Whoever has this address is asked for a role on a board: nothing until that person accepts (D15, D20).

    As with `PendingMembership` the address stands here and not the person, and `token` is the keyed hash of what the address was mailed.
    """

    __tablename__ = "board_invitations"
    __table_args__ = (UniqueConstraint("board_id", "email", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    first_name: Mapped[str] = mapped_column(String(64))
    prefix: Mapped[str | None] = mapped_column(String(16))
    surname: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(24))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class HeldMail(Base):
    """A colleague whom a file brought and who was mailed nothing yet: with too many others at once, so a coordinator looks first."""

    __tablename__ = "held_mails"

    employment_id: Mapped[int] = mapped_column(ForeignKey("employments.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    held_at: Mapped[datetime]


class Reorganisation(Base):
    """A code change, merger, split, closure or transfer of a pupil: asked by one, agreed by others, done, undone for 30 days (R146-R156, D14, D19).

    `plan` is sealed for `reorganisations.plan.<id>`, `inverse` for `reorganisations.inverse.<id>`. `detail` holds ids, codes and counts only.
    """

    __tablename__ = "reorganisations"
    __table_args__ = (
        CheckConstraint("kind IN ('codes', 'merger', 'split', 'closure', 'transfer')", name="kind"),
        CheckConstraint("state IN ('draft', 'asked', 'checked', 'done', 'undone', 'withdrawn')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(9))
    effective_on: Mapped[date | None]
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_by_helpdesk: Mapped[bool]
    asked_at: Mapped[datetime]
    checked_by: Mapped[str | None] = mapped_column(String(64))
    checked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    undo_until: Mapped[date | None]
    detail: Mapped[dict[str, Any]]
    plan: Mapped[bytes | None]
    inverse: Mapped[bytes | None]


class ReorganisedSchool(Base):
    """A school in a reorganisation: one that it comes `from`, or one that it leads `to`."""

    __tablename__ = "reorganised_schools"
    __table_args__ = (CheckConstraint("part IN ('from', 'to')", name="part"),)

    reorganisation_id: Mapped[int] = mapped_column(
        ForeignKey("reorganisations.id", ondelete="CASCADE"), primary_key=True
    )
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True, index=True)
    part: Mapped[str] = mapped_column(String(4), primary_key=True)


class Notice(Base):
    """That a notice was mailed: `about` is what it belongs to (a school year, a day), so that a job that runs twice mails once."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("kind", "school_id", "person_id", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    # 0 where the notice is for a school's coordinators: a null would not be unique.
    person_id: Mapped[int] = mapped_column(default=0)
    about: Mapped[str] = mapped_column(String(32))
    sent_at: Mapped[datetime]

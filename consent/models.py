"""What a school allows, as tables."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Agreement(Base):
    """The signed processing agreement with the platform, per board or per school (R60-R67, D8)."""

    __tablename__ = "agreements"
    __table_args__ = (CheckConstraint("(board_id IS NULL) <> (school_id IS NULL)", name="board_or_school"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    document_version: Mapped[str] = mapped_column(String(16))
    signed_by: Mapped[str | None] = mapped_column(String(200))
    signed_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(String(64))


class PartyAgreement(Base):
    """A processing agreement of a board or a school with a party, as the register of a supplier tells it (R68, D8). Shown; it blocks nothing."""

    __tablename__ = "party_agreements"
    __table_args__ = (CheckConstraint("(board_id IS NULL) <> (school_id IS NULL)", name="board_or_school"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    document_version: Mapped[str] = mapped_column(String(16))
    signed_by: Mapped[str | None] = mapped_column(String(200))
    signed_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(String(64))


class Tick(Base):
    """The school's yes to a party, with the fields it covers. No row, or `given` false: nothing leaves (R71).

    `noes` counts what was refused beside the tick itself, somebody kept away from the party or an agreement taken back: a release that looked before
    and locks after does not go on by it (D9).
    """

    __tablename__ = "ticks"
    __table_args__ = (UniqueConstraint("school_id", "party_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    given: Mapped[bool]
    field_set_id: Mapped[int] = mapped_column(ForeignKey("field_sets.id"))
    noes: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))
    request_ref: Mapped[str | None] = mapped_column(String(100))


class TickChange(Base):
    """What a school decided about a party, each time: who gave what when (R70, R72). `changed_by` and `request_ref` as in `Tick`."""

    __tablename__ = "tick_changes"
    __table_args__ = (Index(None, "school_id", "party_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    given: Mapped[bool]
    field_set_id: Mapped[int] = mapped_column(ForeignKey("field_sets.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))
    request_ref: Mapped[str | None] = mapped_column(String(100))


class Exclusion(Base):
    """A single person whom the school keeps away from a party it ticked."""

    __tablename__ = "exclusions"

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True)


class TickReview(Base):
    """That a coordinator looked at all ticks of the school and found them right (R77); the last time only, each time is in the ledger."""

    __tablename__ = "tick_reviews"

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    reviewed_at: Mapped[datetime]
    reviewed_by: Mapped[str] = mapped_column(String(64))


class DeletionRequest(Base):
    """That a school asked a party to erase what it got, and what the party answered (R73). `mailed`: by us, to the party's contact."""

    __tablename__ = "deletion_requests"
    __table_args__ = (Index(None, "school_id", "party_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(64))
    mailed: Mapped[bool]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[str | None] = mapped_column(String(1000))


class FieldSet(Base):
    """A set of field names, stored once: sorted, space-separated."""

    __tablename__ = "field_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[str] = mapped_column(unique=True)


class Release(Base):
    """That something left: ids, field sets and a ground, never values (D11). What left is asked AND ticked.

    `session_mark`, `connection_id` and `wire` tell in which session it was, by which connection, and how the party knows the person: whom to tell
    when that session ends (`consent.participants`).

    Kept 13 months, then counted in `release_counts` (D40); why in one table: ADR 11. `grant_id` makes a grant good for one release: of two
    redemptions of one authorization code the database lets one through.
    """

    __tablename__ = "releases"
    __table_args__ = (Index(None, "school_id", "at"), Index(None, "person_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int]
    school_id: Mapped[int]
    party_id: Mapped[int]
    grant_id: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    asked_set_id: Mapped[int]
    ticked_set_id: Mapped[int]
    ground: Mapped[str] = mapped_column(String(24))
    session_mark: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    connection_id: Mapped[int]
    wire: Mapped[str] = mapped_column(String(16))


class PupilList(Base):
    """How far the list of one school's pupils is that a network provider fetches (D35): `latest` is the number of its last change."""

    __tablename__ = "pupil_lists"
    # An id is never used again: markers that a provider keeps begin with it.
    __table_args__ = (UniqueConstraint("school_id", "party_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    latest: Mapped[int] = mapped_column(default=0)
    fetched_at: Mapped[datetime]


class ListedPupil(Base):
    """A pupil in such a list, by what changed and never by what it says: `digest` is keyed, of everything that the provider may know.

    `change` is the number of the last change, `told` the one at which it last left, 0 for never; `gone`: no longer in the list.
    """

    __tablename__ = "listed_pupils"

    list_id: Mapped[int] = mapped_column(ForeignKey("pupil_lists.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    change: Mapped[int]
    told: Mapped[int]
    gone: Mapped[bool]


class ListedName(Base):
    """By which identifier of ours a network provider knows a pupil (D35): `name` is its keyed hash, and the pupil comes back by it."""

    __tablename__ = "listed_names"
    __table_args__ = (UniqueConstraint("party_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    name: Mapped[bytes] = mapped_column(LargeBinary(32))


class Logout(Base):
    """That one connection of a party is to be told that a session ended (C-077). `release_id` is the last release to it in that session.

    `state`: `waiting` for a try of the worker at `next_at`; `told`; `asked` by way of the person's browser, unanswered; `failed` for good;
    `mute`, a connection that cannot be told. `run` is the keyed hash of the name under which the person sees what came of it. Kept two days.
    """

    __tablename__ = "logouts"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'told', 'asked', 'failed', 'mute')", name="state"),
        Index(None, "session_mark", "connection_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int]
    person_id: Mapped[int]
    party_id: Mapped[int]
    connection_id: Mapped[int]
    wire: Mapped[str] = mapped_column(String(16))
    session_mark: Mapped[bytes] = mapped_column(LargeBinary(16))
    run: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)


class ReleaseCount(Base):
    """How many releases of a month there were, where the records themselves are gone: no person is in it (D40).

    `month` is the first day of it, in Amsterdam. No foreign keys, as in `releases`: a number outlives school and party.
    """

    __tablename__ = "release_counts"

    school_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_set_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ticked_set_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]


class VoidGrant(Base):
    """A grant that was offered wrongly or a second time: what it brought, if anything, no longer counts (RFC 6749 4.1.2). Or the mark of a session
    that ended: the codes that it left behind bring nothing.
    """

    __tablename__ = "void_grants"

    grant_id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    voided_at: Mapped[datetime]

"""Who and where, as tables. Every foreign key inside a school leads back to one `school_id`, so that no school touches another's people."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Board(Base):
    """A competent authority (bevoegd gezag), known by its funding number (R50). `email` is where RIO says it is written to about agreements (R65)."""

    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))


class BoardRole(Base):
    """A role on a board, which reaches all its schools and none that left it (D20); see `directory.roles.BOARD_ROLES`."""

    __tablename__ = "board_roles"
    __table_args__ = (
        UniqueConstraint("person_id", "board_id", "role"),
        CheckConstraint("role IN ('board-ict-coordinator', 'board-director')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(24))
    given_at: Mapped[datetime]


class School(Base):
    """A school account: one per location (D13). BRIN is absent for schools abroad, test and inspection locations."""

    __tablename__ = "schools"
    __table_args__ = (
        UniqueConstraint("brin", "location"),
        CheckConstraint("location = '' OR brin IS NOT NULL", name="location_has_brin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"), index=True)
    brin: Mapped[str | None] = mapped_column(String(4))
    location: Mapped[str] = mapped_column(String(2), default="")
    name: Mapped[str] = mapped_column(String(200))
    instelling_ref: Mapped[str] = mapped_column(String(36), unique=True)
    mfa_for_staff: Mapped[bool] = mapped_column(default=False)
    hide_names: Mapped[bool] = mapped_column(default=False)
    # The school year whose groups are on the pick list; None until the first import. Moves on 1 August (R37).
    school_year: Mapped[str | None] = mapped_column(String(9))
    # A school that closed signs nobody in; one that merged says where it went.
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id", ondelete="SET NULL"), index=True)
    # A reference school: nobody in it exists. The party that tries its software with them.
    reference_of: Mapped[int | None] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]


class SchoolAddress(Base):
    """A network from which a school's pupils may sign in (R108-R110, D24). `first` and `last` are 16-byte IPv6 (or mapped) addresses."""

    __tablename__ = "school_addresses"
    __table_args__ = (UniqueConstraint("school_id", "first", "last"), Index(None, "first", "last"))

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    network: Mapped[str] = mapped_column(String(64))
    first: Mapped[bytes] = mapped_column(LargeBinary(16))
    last: Mapped[bytes] = mapped_column(LargeBinary(16))
    connection_type: Mapped[str] = mapped_column(String(32), default="vast")
    label: Mapped[str] = mapped_column(String(100), default="")
    added_at: Mapped[datetime]
    # The last day on which a child signed in from here; None until one did.
    seen_on: Mapped[date | None]


class DeviceLink(Base):
    """A link that enrols whatever opens it as a device of the school, for an MDM to hand out. `token` is its keyed hash.

    Sealed for `device_links.sealed.<id>`, so that the coordinator can copy it again. `until` is its last day; `most_a_day` how many devices it
    enrols in one day.
    """

    __tablename__ = "device_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    sealed: Mapped[bytes | None]
    made_at: Mapped[datetime]
    until: Mapped[date | None]
    most_a_day: Mapped[int | None]


class Device(Base):
    """A shared device that counts as at school wherever it is (D23): the keyed hash of the token in its cookie.

    Withdrawn is deleted: by itself, or with the link that it came through.
    """

    __tablename__ = "devices"
    __table_args__ = (Index(None, "school_id", "link_id"), Index(None, "link_id", "enrolled_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("device_links.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(100))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    enrolled_at: Mapped[datetime]
    # The last day on which it was enrolled or a child signed in on it; written once a day.
    seen_on: Mapped[date] = mapped_column(index=True)


class Group(Base):
    """A group of one school in one school year; `kind` is the pick list's `stamgroep` or a `subgroep` beside it (D21)."""

    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("school_id", "school_year", "kind", "las_key"),
        CheckConstraint("kind IN ('stamgroep', 'subgroep')", name="kind"),
        CheckConstraint("secret_kind IN ('pictures', 'pin')", name="secret_kind"),
        CheckConstraint("home_way IN ('here', 'network')", name="home_way"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    school_year: Mapped[str] = mapped_column(String(9))
    kind: Mapped[str] = mapped_column(String(9))
    las_key: Mapped[str] = mapped_column(String(256))
    name: Mapped[str] = mapped_column(String(64))
    year_group: Mapped[str | None] = mapped_column(String(4))
    secret_kind: Mapped[str] = mapped_column(String(8), default="pin")
    # How this group signs in at home where that differs from the rest of the school (D35).
    home_way: Mapped[str | None] = mapped_column(String(7))
    # The network provider by which this group goes, where its school chose one; else any that the school ticks (D35).
    network_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id", ondelete="SET NULL"), index=True)
    active: Mapped[bool] = mapped_column(default=True)


class HomeRules(Base):
    """How a school's pupils sign in at home (D3, D35); a school without a row does as `directory.home.USUAL` says.

    `parents`: parents have accounts of their own here. `way` is `here`, or `network` where pupils go by the school's network environment, of
    which `network_name` and `network_url` tell the way.
    """

    __tablename__ = "home_rules"
    __table_args__ = (CheckConstraint("way IN ('here', 'network')", name="way"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    parents: Mapped[bool] = mapped_column(default=False)
    way: Mapped[str] = mapped_column(String(7), default="here")
    network_name: Mapped[str] = mapped_column(String(100), default="")
    network_url: Mapped[str] = mapped_column(String(300), default="")


_ON_DUTY = text("duty IS NOT NULL")


class Person(Base):
    """A pupil or a member of staff. `epoch` rises when every session must end; `ledger_id` is all that evidence knows (D40)."""

    __tablename__ = "persons"
    # An id is never used again: evidence outlives the person.
    __table_args__ = (
        CheckConstraint("kind IN ('pupil', 'staff')", name="kind"),
        CheckConstraint(
            "duty IS NULL OR (duty IN ('helpdesk', 'operator') AND kind = 'staff' AND contact_of IS NULL)", name="duty"
        ),
        Index("ix_persons_duty", "duty", postgresql_where=_ON_DUTY, sqlite_where=_ON_DUTY),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(5))
    first_name: Mapped[str | None] = mapped_column(String(64))
    prefix: Mapped[str | None] = mapped_column(String(16))
    surname: Mapped[str | None] = mapped_column(String(200))
    # Stored in lower case. A parent's account with the same address is another table's row (D15).
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    # When a mail to that address last came back (R169); nothing once the address is another one, or a link in a mail to it was used.
    bounced_at: Mapped[datetime | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[int] = mapped_column(default=1)
    ledger_id: Mapped[str] = mapped_column(String(36), unique=True)
    # The party whose contact this is: a role of a person without a school, always with a second factor (D7).
    contact_of: Mapped[int | None] = mapped_column(ForeignKey("parties.id", ondelete="SET NULL"), index=True)
    # What this person does for the platform itself, without a school or a party, always with a second factor (D7, D37).
    duty: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]


class SubjectSeed(Base):
    """32 random bytes per person from which pairwise subjects derive; never reused, never changed (D19)."""

    __tablename__ = "subject_seeds"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    seed: Mapped[bytes] = mapped_column(LargeBinary(32))


class SubjectAlias(Base):
    """The seed under which one party already knew a person who was merged into this one: it stays that party's subject (D19)."""

    __tablename__ = "subject_aliases"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"), primary_key=True, index=True)
    seed: Mapped[bytes] = mapped_column(LargeBinary(32))


class EckId(Base):
    """A person's ECK-iD: sealed for `eck_ids.sealed.<person_id>`, with a keyed index for matching inside a school."""

    __tablename__ = "eck_ids"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)


class EckIdAlias(Base):
    """An ECK-iD that a person also answers to: after a substitution the replaced one, until its date; before it the coming one.

    `valid_from` and `valid_until` are days in Amsterdam, both included. Sealed for `eck_id_aliases.sealed.<person_id>`.
    """

    __tablename__ = "eck_id_aliases"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes]
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class Enrolment(Base):
    """A pupil at a school. Two at once happen during a move (D14); inactive ones neither sign in nor are released."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("school_id", "person_id"), Index(None, "school_id", "las_key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    las_key: Mapped[str] = mapped_column(String(256))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="SET NULL"), index=True)
    year_group: Mapped[str | None] = mapped_column(String(4))
    picture: Mapped[str] = mapped_column(String(32))
    hidden: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    inactive_since: Mapped[datetime | None]
    ends_on: Mapped[date | None]


class SubgroupMember(Base):
    """A pupil's place in a subgroup beside the stamgroep."""

    __tablename__ = "subgroup_members"

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)


class Employment(Base):
    """A member of staff at a school. `source` says who may end it: the administration (`las`) or the platform (D16)."""

    __tablename__ = "employments"
    __table_args__ = (
        UniqueConstraint("school_id", "person_id"),
        Index(None, "school_id", "las_key"),
        CheckConstraint("source IN ('las', 'platform')", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    las_key: Mapped[str | None] = mapped_column(String(256))
    source: Mapped[str] = mapped_column(String(8))
    # The address that the file told when this person came: what the school sees while nobody with an account has said yes (D14, D15).
    told_email: Mapped[str | None] = mapped_column(String(254))
    # A file named whose account this is, and its owner did not say yet that it is so: nobody signs in here by it, and nothing leaves (D15).
    unanswered: Mapped[bool] = mapped_column(default=False)
    # Whose place a substitute takes: parties then see the place's subject (D4).
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("substitute_seats.id", ondelete="SET NULL"), index=True)
    # When a coordinator last looked whether this person still belongs here (R80).
    reviewed_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    inactive_since: Mapped[datetime | None]
    ends_on: Mapped[date | None]


class EmploymentRole(Base):
    """One of possibly several roles of an employment (D20); see `directory.roles`."""

    __tablename__ = "employment_roles"

    employment_id: Mapped[int] = mapped_column(ForeignKey("employments.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(24), primary_key=True)


class GroupTeacher(Base):
    """A member of staff linked to a group. `source` says where: in the administration (`las`) or here; an import ends only its own (D16)."""

    __tablename__ = "group_teachers"
    __table_args__ = (CheckConstraint("source IN ('las', 'platform')", name="source"),)

    employment_id: Mapped[int] = mapped_column(ForeignKey("employments.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
    source: Mapped[str] = mapped_column(String(8), default="las")

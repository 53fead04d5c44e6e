"""Couplings with administration systems, and the imports that came of them, as tables."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class AdministrationSystem(Base):
    """A LAS as a row of configuration (D5): whether a key is needed, who makes it and where, and how it is reached.

    `endpoint` is None for a system that delivers files only. `certificate` is our client certificate with its key as PEM, sealed for
    `administration_systems.certificate.<id>`; it ends at `certificate_until`.
    """

    __tablename__ = "administration_systems"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    needs_key: Mapped[bool]
    endpoint: Mapped[str | None] = mapped_column(String(300))
    staged: Mapped[bool] = mapped_column(default=False)
    customer_code: Mapped[str | None] = mapped_column(String(64))
    customer_name: Mapped[str | None] = mapped_column(String(64))
    certificate: Mapped[bytes | None]
    certificate_until: Mapped[datetime | None]
    help_nl: Mapped[str]
    help_en: Mapped[str]


class Coupling(Base):
    """A school's link with its administration system: fetched at night only when automatic and both sides agreed (R22, D5).

    `key` is sealed for `couplings.key.<school_id>`. A refused key is removed; `refused` keeps the code of the reason (R25).
    `received_until` is the moment that the system may leave out what is older than. `next_run_at` and `attempts` are the durable timetable;
    `claimed_until` is the lease of the worker that is at it.
    """

    __tablename__ = "couplings"
    __table_args__ = (
        CheckConstraint("mode IN ('automatic', 'manual', 'off')", name="mode"),
        Index(None, "next_run_at"),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("administration_systems.id"), index=True)
    mode: Mapped[str] = mapped_column(String(9), default="off")
    key: Mapped[bytes | None]
    agreed_by_school_at: Mapped[datetime | None]
    agreed_by_system_at: Mapped[datetime | None]
    refused: Mapped[str | None] = mapped_column(String(64))
    received_until: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]


class DeliveredLocation(Base):
    """A location inside one administration that is another school account: its pupils go there, once both accounts agreed."""

    __tablename__ = "delivered_locations"
    __table_args__ = (UniqueConstraint("school_id", "location_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    location_key: Mapped[str] = mapped_column(String(256))
    target_school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    agreed_by_target_at: Mapped[datetime | None]


class SeenLocation(Base):
    """A location that a school's last file or answer with locations named: what its coordinator can say the account of. About nobody.

    `pupils` is how many of them the file had; a newer file takes the place of the whole list.
    """

    __tablename__ = "seen_locations"

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    location_key: Mapped[str] = mapped_column(String(256), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    pupils: Mapped[int]
    seen_at: Mapped[datetime]


class MovedKey(Base):
    """Whom a split took to another school account: this school's administration may go on telling of it under the same key.

    Without it the next file would bring everybody back as a second child.
    """

    __tablename__ = "moved_keys"
    __table_args__ = (CheckConstraint("about IN ('pupil', 'staff')", name="about"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    about: Mapped[str] = mapped_column(String(5), primary_key=True)
    las_key: Mapped[str] = mapped_column(String(256), primary_key=True)
    moved_at: Mapped[datetime]


_OPEN = text("state IN ('planned', 'held', 'waiting')")
"""The few that somebody or some day is waited for, among all that were."""


class ImportRun(Base):
    """One import of one school, from plan to undo: what the page of runs shows, and what undo needs.

    `source` is what was read, `origin` who set it going. States: `planned` (waits for somebody's yes), `held` (departures wait, the rest is
    in), `waiting` (data of a coming school year, applied on its 1 August), `applied`, `nothing` (the system had nothing, or nothing
    changed), `failed` (`error` is a code of `refusals` or of a fault), `undone`, `replaced` (a newer one took its
    place), `discarded` (nobody said yes).
    `content` is the allow-listed `Administration`, sealed for `import_runs.content.<id>`: needed while the run waits. `inverse` is what undo
    puts back, sealed for `import_runs.inverse.<id>`, until `undo_until`. `advice` is what deserves a second look, with the names of whom it is
    about, also of those who got no account; sealed for `import_runs.advice.<id>`. All are emptied when their time is over (D17, D40).
    """

    __tablename__ = "import_runs"
    __table_args__ = (
        CheckConstraint("source IN ('edexml', 'uwlr', 'table')", name="source"),
        CheckConstraint("origin IN ('upload', 'night', 'now', 'command', 'new-year')", name="origin"),
        CheckConstraint(
            "state IN ('planned', 'held', 'waiting', 'applied', 'nothing', 'failed', 'undone', 'replaced', 'discarded')",
            name="state",
        ),
        Index(None, "school_id", "id"),
        Index("ix_import_runs_open", "state", "school_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(8))
    origin: Mapped[str] = mapped_column(String(8))
    by: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    school_year: Mapped[str | None] = mapped_column(String(9))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    doubts: Mapped[dict[str, Any]]
    error: Mapped[str | None] = mapped_column(String(64))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[bytes | None]
    inverse: Mapped[bytes | None]
    advice: Mapped[bytes | None]
    undo_until: Mapped[date | None]

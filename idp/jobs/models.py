"""The timetable and the evidence of what it did, as tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Appointment(Base):
    """When a job is due next, and until when somebody is at it. One row per job: any number of workers, one at a time."""

    __tablename__ = "timetable"

    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class JobRun(Base):
    """One run of a job: counts only, nobody is named. `error` is a code. The evidence that purges happen (D40)."""

    __tablename__ = "job_runs"
    __table_args__ = (Index(None, "job", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    error: Mapped[str | None] = mapped_column(String(64))

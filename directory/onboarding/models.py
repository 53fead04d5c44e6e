"""Applications of schools, and the letters that belong to them, as tables."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Application(Base):
    """One request for a school account or its first coordinator. `token` is the keyed hash of the applicant's own link.

    `answers` (the form) and `reason` (why it was sent back or refused) are sealed for `applications.<column>.<id>` and emptied at the end of
    their term. `version` rises with everything that a checker has to look at again. `code` is BRIN with two digits, absent abroad.
    """

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint("kind IN ('nl', 'abroad')", name="kind"),
        CheckConstraint("state IN ('asked', 'received', 'approved', 'done', 'refused')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(8), index=True)
    code: Mapped[str | None] = mapped_column(String(6), index=True)
    lang: Mapped[str] = mapped_column(String(2))
    token: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    answers: Mapped[bytes | None]
    reason: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    # When a letter was sent back: the wait for another one begins anew.
    returned_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    # As the ledger calls them: who gave the first yes, and who the second one or the no.
    approved_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id", ondelete="SET NULL"), index=True)


class ApplicationLetter(Base):
    """The signed letter as it was uploaded, sealed for `application_letters.sealed.<application_id>.<version>`.

    In a table of its own, so that lists never load it. `version` is the application's when the letter came; `size` is in bytes.
    """

    __tablename__ = "application_letters"

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    sealed: Mapped[bytes]
    size: Mapped[int]
    received_at: Mapped[datetime]

"""What the operator announces. It names no person and no school."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class Announcement(Base):
    """An outage or a piece of news, in two languages; shown from one moment until another, or until somebody ends it."""

    __tablename__ = "announcements"
    __table_args__ = (CheckConstraint("kind IN ('outage', 'news')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    # A subject of the questions (R161), or none.
    subject: Mapped[str | None] = mapped_column(String(40))
    title_nl: Mapped[str] = mapped_column(String(100))
    title_en: Mapped[str] = mapped_column(String(100))
    text_nl: Mapped[str] = mapped_column(String(2000))
    text_en: Mapped[str] = mapped_column(String(2000))
    shown_from: Mapped[datetime]
    shown_until: Mapped[datetime | None] = mapped_column(index=True)

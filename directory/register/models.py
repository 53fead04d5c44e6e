"""DUO's register, as tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class RegisterLocation(Base):
    """A location as DUO publishes it, by its BRIN with two-digit location code (`00` is the main one). CC-BY 4.0."""

    __tablename__ = "register_locations"
    __table_args__ = (Index(None, "board_number"),)

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    board_number: Mapped[str | None] = mapped_column(String(16))
    board_name: Mapped[str | None] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(100))
    # In the newest reading or not: a location that DUO dropped is kept until its school account is settled.
    current: Mapped[bool] = mapped_column(default=True)


class RegisterBoard(Base):
    """Where a board is, as the list of boards of the newest reading has it, by its funding number (D8). CC-BY 4.0."""

    __tablename__ = "register_boards"

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    street: Mapped[str] = mapped_column(String(100))
    house_number: Mapped[str] = mapped_column(String(20))
    postcode: Mapped[str] = mapped_column(String(7))
    place: Mapped[str] = mapped_column(String(100))


class RegisterReading(Base):
    """One reading of the register: of which files, and what it changed. `digest` is the SHA-256 of all their bytes in hexadecimal."""

    __tablename__ = "register_readings"

    id: Mapped[int] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]]

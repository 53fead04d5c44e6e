"""Tables of the floor: data keys, the ledger, mails on their way, ends that parties must hear of, versions of what processes cache."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class DataKeyRow(Base):
    """A random data key, wrapped by a secret of `IDP_SECRET_KEY` (D27)."""

    __tablename__ = "data_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


NOT_A_SIGN_IN: Final = text("action NOT IN ('signin.passed', 'signin.failed')")
"""As a query must say it, word for word, so that the database sees that the smaller index will do."""


class LedgerEntry(Base):
    """One thing that happened. Append-only; people appear by their ledger id only, values never (D40, D41)."""

    __tablename__ = "ledger"
    # By moment, so that a school's days are found without reading all its years; and without the sign-ins, which are nearly all of it. What is
    # written at a sign-in does not touch the second one.
    __table_args__ = (
        Index(None, "school_id", "at", "id"),
        Index("ix_ledger_acts", "school_id", "at", "id", postgresql_where=NOT_A_SIGN_IN, sqlite_where=NOT_A_SIGN_IN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(64))
    school_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]


class Seal(Base):
    """A link of the chain that proves the ledger (D41, `idp.core.seals`): which entries, what they hash to, and the signature. Append-only too.

    `ids` are ranges such as `4-9 11`; `last` the highest id sealed so far; up to `closed` no entry can come any more. `marks` tell which row of
    a broken seal was changed; `horizon` and `ahead` are PostgreSQL's numbers of transactions when it was made. `purged_at` is the only value
    that comes later: the rows are gone, the hashes stay.
    """

    __tablename__ = "seals"
    __table_args__ = (Index(None, "last"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed_at: Mapped[datetime]
    ids: Mapped[str]
    marks: Mapped[bytes]
    content: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    key: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    last: Mapped[int]
    closed: Mapped[int]
    horizon: Mapped[int]
    ahead: Mapped[int]
    purged_at: Mapped[datetime | None]


class Mail(Base):
    """A mail that still has to leave; the row goes when the server has taken it (D40: mails are not stored)."""

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(index=True)


class Ending(Base):
    """Sessions that ended, of which parties have not heard yet (C-078). Whose, `idp.core.endings` says. No foreign keys: the person may be gone."""

    __tablename__ = "endings"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None]
    school_id: Mapped[int | None]
    party_id: Mapped[int | None]
    but: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    upto: Mapped[int]
    acts_upto: Mapped[int]


class Version(Base):
    """A number that a writer raises in his own transaction, so that caches of every process notice (D10)."""

    __tablename__ = "versions"
    __table_args__ = (CheckConstraint("number >= 1", name="positive"),)

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int]

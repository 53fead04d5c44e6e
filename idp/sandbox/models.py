"""What is kept of a party under test, as a table."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from idp.core.db import Base


class ExchangeStep(Base):
    """One request of a party under test with our answer, sealed for `exchange_steps.sealed.<id>`; the last ten exchanges are kept.

    Steps with one `thread` are one exchange: what a grant led to, or a request that led to none.
    """

    __tablename__ = "exchange_steps"
    __table_args__ = (Index(None, "party_id", "thread"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    thread: Mapped[bytes] = mapped_column(LargeBinary(16))
    at: Mapped[datetime] = mapped_column(index=True)
    # Nobody was signed in: anybody on the internet can have sent it.
    of_nobody: Mapped[bool]
    sealed: Mapped[bytes | None]

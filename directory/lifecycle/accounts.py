"""The staff account of an address, made where there is none; two schools may ask for the same one at the same moment (D4, D15)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from directory import people
from directory.models import Person
from idp.core.db import Db


class Appeared(Exception):
    """Between a question and its answer the address got an account, or the account more than it had: what was asked is asked anew."""


async def find_or_make(
    db: Db, email: str, *, first_name: str | None, prefix: str | None, surname: str | None, now: datetime
) -> int:
    """The person with this address (in its canonical form); the name is for a new one only.

    An account that is switched off is one too: it lets nobody in, and whoever asks must not learn of it (D14).
    """
    with_address = select(Person.id).where(Person.email == email)
    known = (await db.execute(with_address)).scalar()
    if known is not None:
        return known
    try:
        return await make(db, email, first_name=first_name, prefix=prefix, surname=surname, now=now)
    except Appeared:
        # Another school was first by a moment.
        return (await db.execute(with_address)).scalar_one()


async def make(
    db: Db, email: str, *, first_name: str | None, prefix: str | None, surname: str | None, now: datetime
) -> int:
    """A new person with this address (in its canonical form). Raises `Appeared` where somebody has it, were it since this moment."""
    name = {"first_name": first_name, "prefix": prefix, "surname": surname}
    try:
        async with db.begin_nested():
            return await people.new_person(db, kind="staff", **name, email=email, now=now)
    except IntegrityError:
        raise Appeared from None

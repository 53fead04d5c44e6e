"""The staff account of an address, made where there is none; two schools may ask for the same one at the same moment (D4, D15)."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from directory import people
from directory.lifecycle.refusals import Refused
from idp.core.db import Db


async def find_or_make(
    db: Db, email: str, *, first_name: str | None, prefix: str | None, surname: str | None, now: datetime
) -> int:
    """The person with this address (in its canonical form); the name is for a new one only. Raises `Refused` for an account that is off."""
    known = await people.account(db, email)
    if known is not None:
        return known.person_id
    name = {"first_name": first_name, "prefix": prefix, "surname": surname}
    try:
        async with db.begin_nested():
            return await people.new_person(db, kind="staff", **name, email=email, now=now)
    except IntegrityError:
        # Somebody has the address: another school was first by a moment, or the account is switched off.
        known = await people.account(db, email)
        if known is None:
            raise Refused("address_refused", "this address cannot be used") from None
        return known.person_id

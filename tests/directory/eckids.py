"""Made-up ECK-iDs of the pilot, and pupils that have them."""

import hashlib

from sqlalchemy import insert

from directory import eckid, people
from directory.eckid import Eckid
from directory.models import EckId, Enrolment
from idp.core import crypto
from idp.core.crypto import DataKey, Keyring
from idp.core.db import Db
from tests.clock import Clock

KEYRING = Keyring(
    {number: DataKey(number, purpose, crypto.new_secret()) for number, purpose in enumerate(crypto.PURPOSES, 1)}
)


def value_of(name: str, version: str = "pilot") -> str:
    return f"https://ketenid.nl/{version}/{hashlib.sha512(name.encode()).hexdigest()}"


def eckid_of(name: str) -> Eckid:
    return eckid.parse(value_of(name), "pilot")


async def add_pupil(
    db: Db,
    school_id: int,
    name: str,
    clock: Clock,
    *,
    has: str | None = None,
    key: str | None = None,
    **enrolment: object,
) -> int:
    """An active pupil called so; `has` names the ECK-iD. The person's id."""
    person_id = await people.new_person(
        db, kind="pupil", first_name=name, prefix=None, surname="Beek", email=None, now=clock.now
    )
    row = {"las_key": key or name, "picture": "cat", "year_group": "6", **enrolment}
    await db.execute(insert(Enrolment).values(school_id=school_id, person_id=person_id, **row))
    if has is not None:
        await give(db, person_id, has)
    return person_id


async def give(db: Db, person_id: int, name: str) -> None:
    value = value_of(name)
    sealed, lookup = eckid.seal(KEYRING, person_id, value), eckid.index(KEYRING, value)
    await db.execute(insert(EckId).values(person_id=person_id, sealed=sealed, lookup=lookup))

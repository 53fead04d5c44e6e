"""A yes to a merger that was given before one could see whom it makes one is given once more, and its school is told so (D14)."""

from sqlalchemy import insert, select

from directory import people
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle.reorganisation_requests import Merger
from directory.models import Enrolment
from idp.core.db import Database, Db
from idp.core.models import Mail
from tests.clock import Clock
from tests.directory.eckids import KEYRING
from tests.directory.reorganisation import world


async def told(db: Db) -> list[str]:
    rows = await db.execute(select(Mail.recipient).where(Mail.subject.startswith("Nog één keer uw ja")))
    return sorted(rows.scalars())


async def test_a_school_whose_yes_was_to_less_is_mailed_that_it_is_asked_once_more(
    database: Database, clock: Clock
) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "Oud", "99XX", coordinated=True)
        new = await world.school(db, clock, "Nieuw", "98XX", coordinated=True)
        name = {"first_name": "Noor", "prefix": None, "surname": "Vos", "email": None}
        noor = await people.new_person(db, kind="pupil", **name, now=clock.now)
        for at in (old, new):
            row = {"school_id": at.id, "person_id": noor, "las_key": "1", "picture": "cat"}
            await db.execute(insert(Enrolment).values(**row))
        number = await world.agreed(db, clock, Merger((old.id,), new.id), world.coordinator(old))
        assert await told(db) == []
        known = await asking.agree(db, number, by=world.coordinator(new), now=clock.now, keyring=KEYRING)
        assert str(old.id) in known.needed
        first = await told(db)
        assert f"ict@{old.id}.example" in first
        for by in (world.coordinator(old), world.coordinator(new), world.HELPDESK):
            await asking.agree(db, number, by=by, now=clock.now, keyring=KEYRING)
        assert (await records.of(db, number)).state == "checked"
        assert await told(db) == first, "one is asked a second time, and no third"

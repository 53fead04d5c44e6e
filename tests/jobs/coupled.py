"""Schools that are coupled with an administration system."""

from directory.imports import couplings, systems
from directory.imports.couplings import Mode
from directory.schools import KnownSchool
from idp.jobs.shift import Shift
from tests.directory.uwlr.standing import KEY
from tests.jobs import country


async def couple(shift: Shift, endpoint: str, brin: str, *, mode: Mode = "automatic") -> KnownSchool:
    """A new school account for which both sides did everything that an import at night takes."""
    school = await country.open_school(shift, brin)
    async with shift.floor.database.begin() as db:
        await systems.configure(
            db,
            "parnassys",
            now=shift.now,
            by="test",
            endpoint=endpoint,
            customer_code="poortwachter",
            customer_name="Poortwachter",
        )
        await couplings.couple(db, school.id, "parnassys", now=shift.now, by="test")
        await couplings.agree(db, school.id, "school", now=shift.now, by="test")
        await couplings.set_key(db, school.id, KEY, now=shift.now, by="test", keyring=shift.floor.keyring)
        await couplings.set_mode(db, school.id, mode, now=shift.now, by="test")
    return school

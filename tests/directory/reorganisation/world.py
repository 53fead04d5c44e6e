"""Schools with people in them, what stands in the database about them, and the short way to a reorganisation that everybody agreed to."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select

import idp.tables
from consent import agreements, ticks
from consent.models import Exclusion, Release
from directory import addresses, device_links, devices, people, roles, schools
from directory.imports.models import AdministrationSystem, Coupling
from directory.lifecycle import reorganisation_asking, reorganisation_purge, reorganisations
from directory.lifecycle.models import SubstituteDelegate
from directory.lifecycle.rehearsal import Rehearsal
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Wanted
from directory.models import Employment, Group, GroupTeacher, SubgroupMember
from directory.schools import KnownSchool
from idp.core import ids
from idp.core.db import Db
from idp.credentials import pupil_secrets
from metadata import parties
from protocols.attributes import catalogue
from tests.clock import Clock
from tests.directory.eckids import KEYRING
from tests.rows import rows

HELPDESK = Asker("operator:test", helpdesk=True)
CONTACT = "helpdesk@poortwachter.example"

# What a reorganisation changes on purpose and for good: evidence, mails, sessions, imports, and couplings that stay on manual.
OWN = {"ledger", "mails", "endings", "reorganisations", "reorganised_schools", "import_runs", "couplings"}
OWN |= {"data_keys", "versions"}
KEPT = {
    table.name: select(*(column for column in table.columns if column.name != "epoch"))
    for table in idp.tables.metadata_of_all.sorted_tables
    if table.name not in OWN
}


def coordinator(*at: KnownSchool) -> Asker:
    return Asker("coordinator:test", frozenset(school.id for school in at))


async def school(db: Db, clock: Clock, name: str, brin: str | None, *, coordinated: bool = False) -> KnownSchool:
    made = await schools.add(db, name=name, brin=brin, location="", now=clock.now)
    await agreements.record_for_school(db, made.id, document_version="3.0", signed_on=date(2026, 8, 1), by="test")
    if coordinated:
        await colleague(db, clock, made, f"ict@{made.id}.example", roles.ICT_COORDINATOR)
    return made


async def group(db: Db, at: KnownSchool, key: str, kind: str = "stamgroep") -> int:
    row = {"school_year": "2026-2027", "kind": kind, "las_key": key, "name": key, "year_group": "6"}
    return (await db.execute(insert(Group).values(school_id=at.id, **row).returning(Group.id))).scalar_one()


async def place(db: Db, enrolment_id: int, group_id: int) -> None:
    await db.execute(insert(SubgroupMember).values(enrolment_id=enrolment_id, group_id=group_id))


async def colleague(
    db: Db, clock: Clock, at: KnownSchool, email: str, role: str, *groups: int, source: str = "las"
) -> int:
    """The person's id; somebody with that address already works here too."""
    known = await people.account(db, email)
    person_id = known.person_id if known else await _new(db, clock, email)
    await people.employ(db, at.id, person_id, [role], source=source)
    mine = select(Employment.id).where(Employment.person_id == person_id, Employment.school_id == at.id)
    employment_id = (await db.execute(mine)).scalar_one()
    for group_id in groups:
        await db.execute(insert(GroupTeacher).values(employment_id=employment_id, group_id=group_id))
    return person_id


async def arranges_substitutes(db: Db, at: KnownSchool, person_id: int) -> None:
    """Only one does; whoever is asked last."""
    here = Employment.school_id == at.id, Employment.person_id == person_id
    employment_id = (await db.execute(select(Employment.id).where(*here))).scalar_one()
    await db.execute(delete(SubstituteDelegate).where(SubstituteDelegate.school_id == at.id))
    await db.execute(insert(SubstituteDelegate).values(school_id=at.id, employment_id=employment_id))


async def _new(db: Db, clock: Clock, email: str) -> int:
    name = {"first_name": email.partition("@")[0], "prefix": None, "surname": "Jansen"}
    return await people.new_person(db, kind="staff", **name, email=email, now=clock.now)


async def party(db: Db, clock: Clock, name: str, *ticked_by: KnownSchool) -> int:
    made = await parties.add_party(
        db,
        name=name,
        kind="publisher",
        fields=catalogue.NAMES,
        sector=f"{name.lower()}.example",
        now=clock.now,
        contact={"contact_name": None, "contact_email": f"info@{name.lower()}.example", "url": None},
    )
    for at in ticked_by:
        await ticks.give(db, at.id, made, catalogue.NAMES, now=clock.now, by="test")
    return made


async def told(db: Db, at: KnownSchool, person_id: int, party_id: int, moment: datetime) -> None:
    """A release record: this party has known this person since then."""
    row = {"at": moment, "person_id": person_id, "school_id": at.id, "party_id": party_id, "grant_id": None}
    await db.execute(
        insert(Release).values(
            **row, asked_set_id=1, ticked_set_id=1, ground="public-task", connection_id=1, wire="oidc"
        )
    )


async def keep_away(db: Db, at: KnownSchool, person_id: int, party_id: int) -> None:
    await db.execute(insert(Exclusion).values(school_id=at.id, person_id=person_id, party_id=party_id))


async def secret(db: Db, clock: Clock, person_id: int, pin: str) -> None:
    await pupil_secrets.set_secrets(db, KEYRING, {person_id: ("pin", pin)}, now=clock.now)


async def network(db: Db, clock: Clock, at: KnownSchool, text: str) -> None:
    await addresses.add(db, at.id, addresses.read_network(text), now=clock.now)


async def shared_devices(db: Db, clock: Clock, at: KnownSchool) -> None:
    """One device that was enrolled by hand, and one that came through a link."""
    today = clock.now.date()
    link_id, _ = await device_links.make(db, KEYRING, at.id, "Kar", now=clock.now, until=None, most_a_day=None)
    for through in (None, link_id):
        await devices.enrol(db, KEYRING, at.id, "Tablet", now=clock.now, today=today, link_id=through)


async def coupled(db: Db, at: KnownSchool, mode: str = "automatic") -> None:
    system = {"code": ids.short_id(), "name": "Test", "needs_key": False, "help_nl": "", "help_en": ""}
    made = insert(AdministrationSystem).values(**system).returning(AdministrationSystem.id)
    system_id = (await db.execute(made)).scalar_one()
    await db.execute(insert(Coupling).values(school_id=at.id, system_id=system_id, mode=mode))


async def agreed(db: Db, clock: Clock, wanted: Wanted, *by: Asker, on: date | None = None) -> int:
    """Asked for by the first and agreed to by the rest; by the helpdesk alone where nobody is named."""
    first, *others = by or (HELPDESK,)
    made = await reorganisation_asking.ask(
        db, wanted, by=first, effective_on=on, now=clock.now, keyring=KEYRING, contact=CONTACT
    )
    for other in others:
        await reorganisation_asking.agree(db, made, by=other, now=clock.now, keyring=KEYRING)
    return made


async def carried_out(db: Db, clock: Clock, wanted: Wanted, *by: Asker) -> int:
    made = await agreed(db, clock, wanted, *by)
    await do(db, clock, made)
    return made


async def do(db: Db, clock: Clock, made: int, *, fingerprint: str | None = None) -> Rehearsal:
    return await reorganisations.carry_out(
        db, made, fingerprint=fingerprint, now=clock.now, by="operator:test", keyring=KEYRING, contact=CONTACT
    )


async def undone(db: Db, clock: Clock, made: int) -> tuple[reorganisations.Between, ...]:
    return await reorganisations.undo(db, made, now=clock.now, by=HELPDESK, keyring=KEYRING, contact=CONTACT)


async def purged(db: Db, clock: Clock) -> dict[str, int]:
    """What the night does about those that cannot be undone any more."""
    total = {"settled": 0, "persons": 0}
    for made in await reorganisation_purge.over(db, today=clock.now.date()):
        done = await reorganisation_purge.purge(db, made, now=clock.now)
        total = {name: total[name] + done[name] for name in total}
    return total


async def everything(db: Db) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a reorganisation must leave or put back, epochs left out: sessions do not come back."""
    return await rows(db, KEPT)

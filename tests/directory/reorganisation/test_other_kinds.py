"""A change of code, a split, a closure, and a child that moves to another school."""

import pytest
from sqlalchemy import select

from consent.models import Tick
from directory import roles, schools
from directory.imports.models import Coupling
from directory.lifecycle import reorganisation_asking, reorganisation_purge, reorganisations
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_requests import Closure, CodeChange, Merger, Split, Transfer
from directory.models import (
    Device,
    EckId,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SchoolAddress,
    SubgroupMember,
)
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from idp.core.models import LedgerEntry, Mail
from idp.credentials.models import PupilSecret
from tests.clock import Clock
from tests.directory.eckids import KEYRING, add_pupil
from tests.directory.reorganisation import world


async def at(db: Db, person_id: int) -> list[tuple[int, bool]]:
    """The schools where a person is enrolled or employed, and whether it is active there."""
    found = []
    for table in (Enrolment, Employment):
        query = select(table.school_id, table.active).where(table.person_id == person_id)
        found += [(row.school_id, row.active) for row in await db.execute(query)]
    return sorted(found)


async def test_a_new_code_is_all_that_changes(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await world.school(db, clock, "De Poort", "98AA")
        await world.coupled(db, school)
        await add_pupil(db, school.id, "Noor", clock)
        before = await world.everything(db)
        made = await world.agreed(db, clock, CodeChange(school.id, "98BB", "01"))
        await world.do(db, clock, made)
        after = await world.everything(db)
        assert {name for name in before if before[name] != after[name]} == {"schools"}
        assert (await schools.by_id(db, school.id)).code == "98BB01"
        assert (await db.execute(select(Coupling.mode))).scalar_one() == "manual"
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


async def test_a_code_that_duo_has_not_given_yet_is_waited_for(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await world.school(db, clock, "De Poort", "98AA")
        made = await world.agreed(db, clock, CodeChange(school.id, None))
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, made)
        assert refused.value.code == "code_unknown"
        await reorganisation_asking.name_code(db, made, "98BB", "", by=world.HELPDESK, now=clock.now, keyring=KEYRING)
        await world.do(db, clock, made)
        assert (await schools.by_id(db, school.id)).brin == "98BB"


async def test_a_code_is_taken_from_a_closed_school_and_from_no_other(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        one, other, third = [await world.school(db, clock, name, f"98{name}") for name in ("AA", "BB", "CC")]
        made = await world.agreed(db, clock, CodeChange(one.id, "98BB"))
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, made)
        assert refused.value.code == "code_taken"
        await reorganisation_asking.withdraw(db, made, by=world.HELPDESK, now=clock.now)
        await world.carried_out(db, clock, Merger((other.id,), third.id))
        clock.move(days=1)
        before = await world.everything(db)
        again = await world.carried_out(db, clock, CodeChange(one.id, "98BB"))
        assert (await schools.by_code(db, "98BB")).id == one.id
        await world.undone(db, clock, again)
        assert await world.everything(db) == before


async def divided(db: Db, clock: Clock) -> tuple[KnownSchool, KnownSchool, dict[str, int]]:
    """A school of two groups of which one is to go elsewhere."""
    old = await world.school(db, clock, "De Poort", "98AA")
    new = await world.school(db, clock, "De Uithof", None)
    ids = {name: await world.group(db, old, name) for name in ("6a", "7a")}
    ids["plus"] = await world.group(db, old, "plus", "subgroep")
    for name, group in (("Noor", "6a"), ("Finn", "7a")):
        ids[name] = await add_pupil(db, old.id, name, clock, has=name, key=name, group_id=ids[group])
        mine = select(Enrolment.id).where(Enrolment.person_id == ids[name])
        ids[f"{name} enrolled"] = (await db.execute(mine)).scalar_one()
        await world.place(db, ids[f"{name} enrolled"], ids["plus"])
    ids["juf"] = await world.colleague(db, clock, old, "juf@poort.example", roles.TEACHER, ids["6a"])
    ids["duo"] = await world.colleague(db, clock, old, "duo@poort.example", roles.TEACHER, ids["6a"], ids["7a"])
    ids["ib"] = await world.colleague(db, clock, old, "ib@poort.example", roles.IB)
    ids["ict"] = await world.colleague(db, clock, old, "ict@poort.example", roles.ICT_COORDINATOR)
    return old, new, ids


async def test_a_split_takes_groups_with_everybody_in_them(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, ids = await divided(db, clock)
        await world.secret(db, clock, ids["Noor"], "4711")
        both = world.coordinator(old, new)
        await world.carried_out(db, clock, Split(old.id, {str(ids["6a"]): new.id}), world.HELPDESK, both)
        assert await at(db, ids["Noor"]) == [(new.id, True)]
        assert await at(db, ids["Finn"]) == [(old.id, True)]
        assert await at(db, ids["juf"]) == [(new.id, True)]
        assert await at(db, ids["duo"]) == [(old.id, True), (new.id, True)]
        assert await at(db, ids["ib"]) == [(old.id, True)]
        # Somebody must manage the new account.
        assert await at(db, ids["ict"]) == [(old.id, True), (new.id, True)]
        managing = select(Employment.school_id).join(EmploymentRole).where(EmploymentRole.role == roles.ICT_COORDINATOR)
        assert set((await db.execute(managing)).scalars()) == {old.id, new.id}
        links = select(GroupTeacher.group_id, Employment.school_id, Group.school_id.label("of")).join(
            Employment, Employment.id == GroupTeacher.employment_id
        )
        rows = (await db.execute(links.join(Group, Group.id == GroupTeacher.group_id))).all()
        assert {(row.group_id, row.school_id) for row in rows} == {(ids["6a"], new.id), (ids["7a"], old.id)}
        assert all(row.school_id == row.of for row in rows)
        # The subgroup stayed, so who left has no place in it.
        places = (await db.execute(select(SubgroupMember.enrolment_id))).scalars().all()
        assert places == [ids["Finn enrolled"]]
        assert (await db.execute(select(PupilSecret.person_id))).scalars().all() == [ids["Noor"]]
        key = select(Enrolment.las_key).where(Enrolment.person_id == ids["Noor"])
        assert (await db.execute(key)).scalar_one() == "Noor"


async def test_a_pupil_may_go_elsewhere_than_its_group(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, ids = await divided(db, clock)
        exceptions = {str(ids["Noor enrolled"]): old.id, str(ids["Finn enrolled"]): new.id}
        wanted = Split(old.id, {str(ids["6a"]): new.id}, exceptions)
        before = await world.everything(db)
        made = await world.carried_out(db, clock, wanted, world.HELPDESK, world.coordinator(old, new))
        assert await at(db, ids["Noor"]) == [(old.id, True)]
        assert await at(db, ids["Finn"]) == [(new.id, True)]
        assert (await db.execute(select(Enrolment.group_id))).scalars().all() == [None, None]
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


async def test_what_may_be_lost_is_said_before(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, ids = await divided(db, clock)
        publisher = await world.party(db, clock, "Rekenrijk", old, new)
        other = await world.party(db, clock, "Taalpaleis", old)
        await world.party(db, clock, "Wereldwijs", old)
        for party in (publisher, other):
            await world.told(db, old, ids["Noor"], party, clock.now)
        made = await world.agreed(db, clock, Split(old.id, {str(ids["6a"]): new.id}))
        shown = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        told = [(note.code, note.party_id, note.number) for note in shown.notable if note.party_id]
        assert told == [
            ("results_may_be_lost", publisher, 1),
            ("results_may_be_lost", other, 1),
            ("not_ticked", other, 1),
        ]
        assert "no_network" in [note.code for note in shown.notable]
        assert shown.counts == {"moves": 1, "groups": 1, "staff": 3}


async def test_a_group_of_another_school_goes_nowhere(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, _ = await divided(db, clock)
        theirs = await world.group(db, new, "6a")
        third = await world.school(db, clock, "Kwaad", "98CC")
        made = await world.agreed(db, clock, Split(third.id, {str(theirs): old.id}))
        shown = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        assert set(shown.obstacles) == {"not_a_group", "nothing_moves"}


async def test_a_school_that_closes_lets_nobody_in_and_nothing_out(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await world.school(db, clock, "De Poort", "98AA")
        other = await world.school(db, clock, "De Brug", "98BB")
        noor = await add_pupil(db, school.id, "Noor", clock, has="noor")
        juf = await world.colleague(db, clock, school, "juf@poort.example", roles.TEACHER)
        await world.colleague(db, clock, other, "juf@poort.example", roles.TEACHER)
        await world.network(db, clock, school, "192.0.2.0/28")
        await world.shared_devices(db, clock, school)
        await world.party(db, clock, "Rekenrijk", school, other)
        await world.coupled(db, school)
        before = await world.everything(db)
        made = await world.carried_out(db, clock, Closure(school.id))
        assert await at(db, noor) == [(school.id, False)]
        assert await at(db, juf) == [(school.id, False), (other.id, True)]
        assert (await db.execute(select(SchoolAddress.id))).all() == []
        assert (await db.execute(select(Device.id))).all() == []
        given = (await db.execute(select(Tick.school_id).where(Tick.given))).scalars().all()
        assert given == [other.id]
        assert (await db.execute(select(Coupling.mode, Coupling.key))).one() == ("off", None)
        mails = (await db.execute(select(Mail.recipient, Mail.body))).all()
        assert [mail.recipient for mail in mails] == ["info@rekenrijk.example"]
        assert "98AA" in mails[0].body
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


async def test_after_thirty_days_only_the_evidence_is_left(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await world.school(db, clock, "De Poort", "98AA")
        other = await world.school(db, clock, "De Brug", "98BB")
        group = await world.group(db, school, "6a")
        await add_pupil(db, school.id, "Noor", clock, has="noor", group_id=group)
        stays = await add_pupil(db, other.id, "Finn", clock, has="finn")
        juf = await world.colleague(db, clock, school, "juf@poort.example", roles.TEACHER, group)
        await world.colleague(db, clock, other, "juf@poort.example", roles.TEACHER)
        await world.colleague(db, clock, school, "ib@poort.example", roles.IB)
        await world.carried_out(db, clock, Closure(school.id))
        clock.move(days=31)
        done = await world.purged(db, clock)
        assert done == {"settled": 1, "persons": 2}
        assert set((await db.execute(select(Person.id))).scalars()) == {stays, juf}
        assert (await db.execute(select(EckId.person_id))).scalars().all() == [stays]
        assert (await db.execute(select(Group.id))).all() == []
        assert (await db.execute(select(School.closed_at).where(School.id == school.id))).scalar_one() is not None
        last = select(LedgerEntry.action, LedgerEntry.detail).order_by(LedgerEntry.id.desc()).limit(1)
        entry = (await db.execute(last)).one()
        assert entry.action == "reorganisation.settled"
        assert entry.detail["counts"] == {"pupils": 1, "staff": 2, "persons": 2}


async def test_a_closed_school_may_ask_for_its_data_to_go_at_once(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await world.school(db, clock, "De Poort", "98AA")
        noor = await add_pupil(db, school.id, "Noor", clock, has="noor")
        made = await world.agreed(db, clock, Closure(school.id))
        with pytest.raises(Refused):
            await reorganisation_purge.erase_now(db, made, now=clock.now, by=world.HELPDESK)
        await world.do(db, clock, made)
        counts = await reorganisation_purge.erase_now(db, made, now=clock.now, by=world.HELPDESK)
        assert counts == {"pupils": 1, "staff": 0, "persons": 1}
        assert (await db.execute(select(Person.id).where(Person.id == noor))).first() is None
        with pytest.raises(Refused):
            await world.undone(db, clock, made)


async def moving(db: Db, clock: Clock) -> tuple[KnownSchool, KnownSchool, int, int]:
    old = await world.school(db, clock, "De Oude", "98AA", coordinated=True)
    new = await world.school(db, clock, "De Nieuwe", "98BB", coordinated=True)
    left = await add_pupil(db, old.id, "Noor", clock, has="noor")
    clock.move(days=1)
    return old, new, left, await add_pupil(db, new.id, "Noor", clock)


async def test_a_child_that_moves_is_one_after_both_schools_said_so(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, left, arrived = await moving(db, clock)
        await world.secret(db, clock, arrived, "4711")
        before = await world.everything(db)
        made = await world.agreed(db, clock, Transfer(old.id, new.id, arrived), world.coordinator(new))
        with pytest.raises(Refused):
            await world.do(db, clock, made)
        await reorganisation_asking.name_pupil(
            db, made, left, by=world.coordinator(old), now=clock.now, keyring=KEYRING
        )
        await world.do(db, clock, made)
        assert await at(db, left) == [(old.id, True), (new.id, True)]
        assert await at(db, arrived) == []
        # The older account had no secret: the one that the child uses goes along.
        sealed = (await db.execute(select(PupilSecret.sealed).where(PupilSecret.person_id == left))).scalar_one()
        assert KEYRING.open(sealed, bound_to=f"pupil_secrets.sealed.{left}") == b"4711"
        await world.undone(db, clock, made)
        assert await world.everything(db) == before


async def test_the_newer_accounts_eckid_goes_along(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        left = await add_pupil(db, old.id, "Noor", clock)
        clock.move(days=1)
        arrived = await add_pupil(db, new.id, "Noor", clock, has="noor")
        await world.carried_out(db, clock, Transfer(old.id, new.id, arrived, left))
        sealed = (await db.execute(select(EckId.sealed).where(EckId.person_id == left))).scalar_one()
        assert KEYRING.open(sealed, bound_to=f"eck_ids.sealed.{left}").startswith(b"https://ketenid.nl/pilot/")


async def test_two_eckids_are_two_children(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        left = await add_pupil(db, old.id, "Noor", clock, has="noor")
        arrived = await add_pupil(db, new.id, "Noor", clock, has="another")
        made = await world.agreed(db, clock, Transfer(old.id, new.id, arrived, left))
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, made)
        assert refused.value.code == "eckids_differ"


async def test_only_ones_own_pupil_can_be_named(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, left, arrived = await moving(db, clock)
        third = await world.school(db, clock, "Kwaad", "98CC", coordinated=True)
        stranger = world.coordinator(third)
        with pytest.raises(Refused):
            await world.agreed(db, clock, Transfer(old.id, new.id, arrived), stranger)
        # The old school does not ask for a child of the new one.
        with pytest.raises(Refused):
            await world.agreed(db, clock, Transfer(old.id, new.id, arrived), world.coordinator(old))
        made = await world.agreed(db, clock, Transfer(old.id, new.id, arrived), world.coordinator(new))
        for who, by in ((left, stranger), (left, world.coordinator(new)), (arrived, world.coordinator(old))):
            with pytest.raises(Refused):
                await reorganisation_asking.name_pupil(db, made, who, by=by, now=clock.now, keyring=KEYRING)
        # Naming somebody else's pupil in a request is refused like naming nobody.
        for who in (arrived, 999_999):
            with pytest.raises(Refused) as refused:
                await world.agreed(db, clock, Transfer(new.id, third.id, who), stranger)
            assert refused.value.code == "not_enrolled"


async def test_sessions_end_where_two_become_one(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new, left, arrived = await moving(db, clock)
        both = world.coordinator(old), world.coordinator(new)
        made = await world.agreed(db, clock, Transfer(old.id, new.id, arrived, left), both[1], both[0])
        await world.do(db, clock, made)
        epochs = (await db.execute(select(Person.epoch).where(Person.id.in_((left, arrived))))).scalars().all()
        assert epochs == [2, 2]

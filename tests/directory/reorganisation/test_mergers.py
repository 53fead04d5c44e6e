"""A merger of administrations: everybody keeps what they have, doubts wait for a word, and undoing it is as if it never was."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from consent.models import Exclusion
from directory import roles
from directory.imports import couplings
from directory.imports.models import Coupling
from directory.lifecycle import reorganisation_asking, reorganisation_records, reorganisation_views, reorganisations
from directory.lifecycle.refusals import Refused
from directory.lifecycle.rehearsal import Fate, Rehearsal
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import CodeChange, Merger
from directory.models import (
    Device,
    DeviceLink,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    Person,
    School,
    SchoolAddress,
    SubjectAlias,
    SubjectSeed,
)
from idp.core.db import Database, Db
from idp.core.models import LedgerEntry, Mail
from idp.credentials.models import PupilSecret
from tests.clock import Clock
from tests.directory.eckids import KEYRING, add_pupil
from tests.directory.reorganisation import world


async def enrolments(db: Db, school_id: int) -> dict[int, str]:
    """LAS keys by person."""
    query = select(Enrolment.person_id, Enrolment.las_key).where(Enrolment.school_id == school_id)
    return {row.person_id: row.las_key for row in await db.execute(query)}


async def seed_at(db: Db, person_id: int, party_id: int) -> bytes:
    """What the release takes (its statement is tested with real answers in the journey)."""
    alias = select(SubjectAlias.seed).where(SubjectAlias.person_id == person_id, SubjectAlias.party_id == party_id)
    own = select(SubjectSeed.seed).where(SubjectSeed.person_id == person_id)
    return (await db.execute(alias)).scalar() or (await db.execute(own)).scalar_one()


async def shown(db: Db, clock: Clock, made: int, by: Asker) -> Rehearsal:
    known = await reorganisation_records.of(db, made)
    return await reorganisation_views.shown(db, known, by=by, now=clock.now, keyring=KEYRING)


async def test_everybody_goes_along_with_all_they_have(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        group = await world.group(db, old, "6a")
        noor = await add_pupil(db, old.id, "Noor", clock, has="noor", key="1", group_id=group)
        finn = await add_pupil(db, old.id, "Finn", clock, key="2", group_id=group)
        there = await add_pupil(db, new.id, "Sam", clock, has="sam", key="1")
        juf = await world.colleague(db, clock, old, "juf@oud.example", roles.TEACHER, group)
        await world.secret(db, clock, noor, "4711")
        await world.network(db, clock, old, "192.0.2.0/28")
        await world.shared_devices(db, clock, old)
        publisher = await world.party(db, clock, "Rekenrijk", old, new)
        await world.keep_away(db, old, finn, publisher)
        await world.told(db, old, noor, publisher, clock.now)
        before = await seed_at(db, noor, publisher)
        await world.carried_out(db, clock, Merger((old.id,), new.id))
        # The keys of the other administration are made unmistakable.
        assert await enrolments(db, new.id) == {noor: "98AA/1", finn: "98AA/2", there: "1"}
        assert await enrolments(db, old.id) == {}
        assert (await db.execute(select(Group.school_id).where(Group.id == group))).scalar_one() == new.id
        assert (await db.execute(select(Enrolment.group_id).where(Enrolment.person_id == noor))).scalar_one() == group
        assert (await db.execute(select(PupilSecret.kind).where(PupilSecret.person_id == noor))).scalar_one() == "pin"
        assert await seed_at(db, noor, publisher) == before
        assert (
            await db.execute(select(Employment.school_id).where(Employment.person_id == juf))
        ).scalar_one() == new.id
        assert (await db.execute(select(SchoolAddress.school_id))).scalars().all() == [new.id]
        assert (await db.execute(select(Device.school_id))).scalars().all() == [new.id, new.id]
        assert (await db.execute(select(DeviceLink.school_id))).scalars().all() == [new.id]
        kept_away = select(Exclusion.school_id).where(Exclusion.person_id == finn)
        assert set((await db.execute(kept_away)).scalars()) == {old.id, new.id}
        closed = (await db.execute(select(School).where(School.id == old.id))).one()
        assert (closed.closed_at, closed.merged_into_id) == (clock.now, new.id)
        epochs = (await db.execute(select(Person.epoch).where(Person.id.in_((noor, finn, juf))))).scalars().all()
        assert epochs == [2, 2, 2]


async def test_a_new_account_is_in_the_school_year_of_those_who_come(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        one, other = [await world.school(db, clock, name, f"98{name}") for name in ("AA", "BB")]
        new = await world.school(db, clock, "De Nieuwe", None)
        await db.execute(update(School).where(School.id.in_((one.id, other.id))).values(school_year="2026-2027"))
        await world.carried_out(db, clock, Merger((one.id, other.id), new.id))
        rows = (await db.execute(select(School.id, School.school_year, School.merged_into_id))).all()
        assert {(row.id, row.school_year) for row in rows} == {(at.id, "2026-2027") for at in (one, other, new)}
        assert {row.merged_into_id for row in rows if row.id != new.id} == {new.id}


async def test_a_child_who_is_there_twice_becomes_one_with_the_older_account(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        noor = await add_pupil(db, old.id, "Noor", clock, has="noor", key="1")
        clock.move(days=1)
        double = await add_pupil(db, new.id, "Noor", clock, has="noor", key="77")
        known_by_both = await world.party(db, clock, "Rekenrijk", old, new)
        known_by_old = await world.party(db, clock, "Taalpaleis", old, new)
        known_by_new = await world.party(db, clock, "Wereldwijs", old, new)
        await world.told(db, old, noor, known_by_both, clock.now - timedelta(days=20))
        await world.told(db, new, double, known_by_both, clock.now)
        await world.told(db, old, noor, known_by_old, clock.now)
        await world.told(db, new, double, known_by_new, clock.now)
        seeds = {
            party: await seed_at(db, who, party)
            for party, who in ((known_by_both, noor), (known_by_old, noor), (known_by_new, double))
        }
        made = await world.agreed(db, clock, Merger((old.id,), new.id))
        shown = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        assert [(m.person_id, m.other_id, m.fate, m.knew_both) for m in shown.meetings] == [
            (noor, double, Fate.JOINS, (known_by_both,))
        ]
        await world.do(db, clock, made, fingerprint=shown.fingerprint)
        assert await enrolments(db, new.id) == {noor: "77"}
        assert {party: await seed_at(db, noor, party) for party in seeds} == seeds
        assert (await db.execute(select(Person.disabled).where(Person.id == double))).scalar_one() is True


async def test_a_namesake_waits_for_somebodys_word(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        noor = await add_pupil(db, old.id, "Noor", clock, key="1")
        other = await add_pupil(db, new.id, "Noor", clock, key="1")
        made = await world.agreed(db, clock, Merger((old.id,), new.id))
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, made)
        assert refused.value.code == "doubts"
        choice = f"{noor}-{other}"
        with pytest.raises(Refused):
            await reorganisation_asking.choose(
                db, made, {"1-1": "same"}, by=world.HELPDESK, now=clock.now, keyring=KEYRING
            )
        await reorganisation_asking.choose(
            db, made, {choice: "different"}, by=world.HELPDESK, now=clock.now, keyring=KEYRING
        )
        await world.do(db, clock, made)
        assert await enrolments(db, new.id) == {noor: "98AA/1", other: "1"}


async def test_somebody_who_works_at_both_has_the_roles_of_both(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        group = await world.group(db, old, "6a")
        juf = await world.colleague(db, clock, old, "juf@oud.example", roles.IB, group, source="platform")
        await world.colleague(db, clock, new, "juf@oud.example", roles.TEACHER)
        await world.carried_out(db, clock, Merger((old.id,), new.id))
        rows = (await db.execute(select(Employment).where(Employment.person_id == juf))).all()
        assert [(row.school_id, row.source) for row in rows] == [(new.id, "platform")]
        held = select(EmploymentRole.role).where(EmploymentRole.employment_id == rows[0].id)
        assert set((await db.execute(held)).scalars()) == {roles.IB, roles.TEACHER}


async def test_couplings_go_on_manual_when_it_is_asked_and_stay_there(database: Database, clock: Clock) -> None:
    async def modes(db: Db) -> dict[int, str]:
        rows = await db.execute(select(Coupling.school_id, Coupling.mode))
        return {row.school_id: row.mode for row in rows}

    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        aside = await world.school(db, clock, "Ernaast", "98CC")
        for at in (old, new, aside):
            await world.coupled(db, at)
        made = await world.agreed(db, clock, Merger((old.id,), new.id))
        assert await modes(db) == {old.id: "manual", new.id: "manual", aside.id: "automatic"}
        await world.do(db, clock, made)
        assert await modes(db) == {old.id: "off", new.id: "manual", aside.id: "automatic"}
        await world.undone(db, clock, made)
        assert await modes(db) == {old.id: "manual", new.id: "manual", aside.id: "automatic"}


async def modes(db: Db) -> dict[int, str]:
    return {row.school_id: row.mode for row in await db.execute(select(Coupling.school_id, Coupling.mode))}


async def test_whom_others_name_keeps_its_coupling_until_its_own_yes(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        one, other = [await world.school(db, clock, f"S {n}", f"98{n}", coordinated=True) for n in ("AA", "BB")]
        for at in (one, other):
            await world.coupled(db, at)
        made = await world.agreed(db, clock, Merger((one.id,), other.id), world.coordinator(one))
        assert await modes(db) == {one.id: "manual", other.id: "automatic"}
        # Nor is it kept from anything else by what somebody asks of it.
        own = await world.agreed(db, clock, CodeChange(other.id, "98CC"), world.coordinator(other))
        with pytest.raises(Refused) as refused:
            await reorganisation_asking.agree(db, made, by=world.coordinator(other), now=clock.now, keyring=KEYRING)
        assert refused.value.code == "busy"
        await reorganisation_asking.withdraw(db, own, by=world.coordinator(other), now=clock.now)
        assert await modes(db) == {one.id: "manual", other.id: "automatic"}
        await reorganisation_asking.agree(db, made, by=world.coordinator(other), now=clock.now, keyring=KEYRING)
        assert await modes(db) == {one.id: "manual", other.id: "manual"}
        recorded = select(LedgerEntry.school_id).where(LedgerEntry.action == "coupling.mode").order_by(LedgerEntry.id)
        assert list((await db.execute(recorded)).scalars()) == [one.id, other.id, other.id, other.id]
        await reorganisation_asking.withdraw(db, made, by=world.coordinator(other), now=clock.now)
        assert await modes(db) == {one.id: "automatic", other.id: "automatic"}


async def test_what_somebody_set_by_hand_is_not_put_back(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        one, other = [await world.school(db, clock, f"S {n}", f"98{n}", coordinated=True) for n in ("AA", "BB")]
        await world.coupled(db, one, "manual")
        await world.coupled(db, other)
        await db.execute(update(Coupling).values(received_until=clock.now))
        both = world.coordinator(one, other)
        made = await world.agreed(db, clock, Merger((one.id,), other.id), both)
        until = select(Coupling.received_until).where(Coupling.school_id == other.id)
        assert (await db.execute(until)).scalar_one() is None
        await couplings.set_mode(db, other.id, "off", now=clock.now, by="test")
        await reorganisation_asking.withdraw(db, made, by=both, now=clock.now)
        assert await modes(db) == {one.id: "manual", other.id: "off"}


async def test_a_coordinator_asks_for_no_more_than_is_good(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        mine = await world.school(db, clock, "De Oude", "98AA", coordinated=True)
        others = [await world.school(db, clock, f"S {n}", f"97{n}X") for n in "ABCDEFGHIJKL"]
        me, codes = world.coordinator(mine), []
        for _ in range(3):
            made = await world.agreed(db, clock, Merger((mine.id,), others[0].id), me)
            await reorganisation_asking.withdraw(db, made, by=me, now=clock.now)
        far = clock.now.date() + timedelta(days=400)
        everybody = Merger(tuple(at.id for at in others), mine.id)
        for wanted, on in ((everybody, None), (CodeChange(mine.id, "98CC"), far), (CodeChange(mine.id, "98CC"), None)):
            with pytest.raises(Refused) as refused:
                await world.agreed(db, clock, wanted, me, on=on)
            codes.append(refused.value.code)
        assert codes == ["too_many", "too_far", "too_many"]
        clock.move(days=1)
        await world.agreed(db, clock, CodeChange(mine.id, "98CC"), me)


async def test_what_changed_since_everybody_said_yes_is_asked_anew(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old, new = [await world.school(db, clock, f"S {n}", f"98{n}", coordinated=True) for n in ("AA", "BB")]
        await add_pupil(db, old.id, "Noor", clock, has="noor")
        sides = world.coordinator(old), world.coordinator(new), world.HELPDESK
        made = await world.agreed(db, clock, Merger((old.id,), new.id), *sides)
        assert (await reorganisation_records.of(db, made)).state == "checked"
        await add_pupil(db, new.id, "Noor", clock, has="noor")
        # Neither with the fingerprint of now nor without one: it is not what everybody agreed to.
        now = (await shown(db, clock, made, sides[0])).fingerprint
        for fingerprint in (now, None):
            with pytest.raises(Refused) as refused:
                await world.do(db, clock, made, fingerprint=fingerprint)
            assert refused.value.code == "changed"
        again = {"now": clock.now, "by": "test", "keyring": KEYRING, "contact": world.CONTACT}
        assert await reorganisation_asking.check_again(db, made, **again)  # type: ignore[arg-type]
        assert not await reorganisation_asking.check_again(db, made, **again)  # type: ignore[arg-type]
        assert (await reorganisation_records.of(db, made)).state == "asked"
        told = await db.execute(select(Mail.recipient).where(Mail.subject.contains("opnieuw na")))
        assert sorted(told.scalars()) == sorted(f"ict@{at.id}.example" for at in (old, new))
        for by in sides:
            await reorganisation_asking.agree(db, made, by=by, now=clock.now, keyring=KEYRING, fingerprint=now)
        assert (await world.do(db, clock, made)).counts["joins"] == 1


async def test_a_yes_to_what_was_not_shown_is_none(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        school = await world.school(db, clock, "De Poort", "98AA", coordinated=True)
        me = world.coordinator(school)
        made = await world.agreed(db, clock, CodeChange(school.id, "98BB"), world.HELPDESK)
        seen = (await shown(db, clock, made, me)).fingerprint
        await reorganisation_asking.name_code(db, made, "98CC", "", by=world.HELPDESK, now=clock.now, keyring=KEYRING)
        with pytest.raises(Refused) as refused:
            await reorganisation_asking.agree(db, made, by=me, now=clock.now, keyring=KEYRING, fingerprint=seen)
        assert refused.value.code == "changed"
        assert (await reorganisation_records.of(db, made)).needed == (str(school.id),)


async def test_what_was_shown_is_what_is_done_or_nothing(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        await add_pupil(db, old.id, "Noor", clock, has="noor")
        made = await world.agreed(db, clock, Merger((old.id,), new.id))
        shown = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        # Somebody who just goes along changes nothing of what was shown; somebody who is already there does.
        await add_pupil(db, old.id, "Finn", clock, has="finn")
        again = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        assert again.fingerprint == shown.fingerprint
        await add_pupil(db, new.id, "Noor", clock, has="noor")
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, made, fingerprint=shown.fingerprint)
        assert refused.value.code == "changed"


async def test_it_is_undone_within_thirty_days_and_not_later(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        noor = await add_pupil(db, old.id, "Noor", clock, has="noor")
        double = await add_pupil(db, new.id, "Noor", clock, has="noor", key="77")
        publisher = await world.party(db, clock, "Rekenrijk", new)
        before = await world.everything(db)
        made = await world.carried_out(db, clock, Merger((old.id,), new.id))
        clock.move(days=30)
        await world.told(db, new, noor, publisher, clock.now)
        between = await world.undone(db, clock, made)
        assert [(one.person_id, one.party_id, one.times) for one in between] == [(noor, publisher, 1)]
        after = await world.everything(db)
        assert {name: rows for name, rows in after.items() if name != "releases"} == {
            name: rows for name, rows in before.items() if name != "releases"
        }
        again = await world.carried_out(db, clock, Merger((old.id,), new.id))
        clock.move(days=31)
        with pytest.raises(Refused):
            await world.undone(db, clock, again)
        assert await world.purged(db, clock) == {"settled": 1, "persons": 1}
        assert await world.purged(db, clock) == {"settled": 0, "persons": 0}
        assert (await db.execute(select(Person.id).where(Person.id.in_((noor, double))))).scalars().all() == [noor]
        with pytest.raises(LookupError):
            await reorganisation_records.wanted_of(db, again, keyring=KEYRING)


async def test_what_is_purged_was_not_needed_a_day_before(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        made = await world.carried_out(db, clock, Merger((old.id,), new.id))
        clock.move(days=30)
        done = await world.purged(db, clock)
        assert done == {"settled": 0, "persons": 0}
        await world.undone(db, clock, made)


async def test_the_newest_is_undone_first(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        first, second, third = [await world.school(db, clock, name, f"98{name}") for name in ("AA", "BB", "CC")]
        await add_pupil(db, first.id, "Noor", clock)
        before = await world.everything(db)
        one = await world.carried_out(db, clock, Merger((first.id,), second.id))
        clock.move(days=1)
        other = await world.carried_out(db, clock, Merger((second.id,), third.id))
        with pytest.raises(Refused) as refused:
            await world.undone(db, clock, one)
        assert refused.value.code == "not_last"
        await world.undone(db, clock, other)
        await world.undone(db, clock, one)
        assert await world.everything(db) == before


async def test_a_day_that_has_not_come_is_waited_for(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        day = clock.now.date() + timedelta(days=3)
        made = await world.agreed(db, clock, Merger((old.id,), new.id), on=day)
        assert await reorganisation_records.due(db, today=clock.now.date()) == []
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, made)
        assert refused.value.code == "too_early"
        clock.move(days=3)
        assert await reorganisation_records.due(db, today=clock.now.date()) == [made]
        await world.do(db, clock, made)


async def test_kept_keys_that_clash_stand_in_the_way(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        noor = await add_pupil(db, old.id, "Noor", clock, key="1")
        finn = await add_pupil(db, new.id, "Finn", clock, key="2")
        made = await world.agreed(db, clock, Merger((old.id,), new.id, keys="kept"))
        await world.do(db, clock, made)
        assert await enrolments(db, new.id) == {noor: "1", finn: "2"}
        await world.undone(db, clock, made)
        await add_pupil(db, new.id, "Sam", clock, key="1")
        again = await world.agreed(db, clock, Merger((old.id,), new.id, keys="kept"))
        with pytest.raises(Refused) as refused:
            await world.do(db, clock, again)
        assert refused.value.code == "keys_clash"

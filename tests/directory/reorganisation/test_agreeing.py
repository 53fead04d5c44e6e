"""Who must say yes to a merger, to what, and what each may see before (D14, D19)."""

import pytest
from sqlalchemy import select

from directory import schools
from directory.lifecycle import reorganisation_asking, reorganisation_records, reorganisations
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Merger
from idp.core.db import Database
from idp.core.models import LedgerEntry, Mail
from tests.clock import Clock
from tests.directory.eckids import KEYRING, add_pupil
from tests.directory.reorganisation import world
from tests.directory.reorganisation.test_mergers import shown


async def test_it_takes_a_yes_of_every_school_and_of_the_helpdesk(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA", coordinated=True)
        new = await world.school(db, clock, "De Nieuwe", "98BB", coordinated=True)
        made = await world.agreed(db, clock, Merger((old.id,), new.id), world.coordinator(old))
        known = await reorganisation_records.of(db, made)
        assert (known.state, set(known.needed)) == ("asked", {"helpdesk", str(new.id)})
        with pytest.raises(Refused):
            await world.do(db, clock, made)
        known = await reorganisation_asking.agree(db, made, by=world.HELPDESK, now=clock.now, keyring=KEYRING)
        assert known.needed == (str(new.id),)
        # The same side twice is one yes; and whoever has nothing to do with it has none.
        known = await reorganisation_asking.agree(db, made, by=world.coordinator(old), now=clock.now, keyring=KEYRING)
        assert known.state == "asked"
        with pytest.raises(Refused):
            await reorganisation_asking.agree(
                db, made, by=Asker("stranger", frozenset({9999})), now=clock.now, keyring=KEYRING
            )
        known = await reorganisation_asking.agree(db, made, by=world.coordinator(new), now=clock.now, keyring=KEYRING)
        assert known.state == "checked"
        await world.do(db, clock, made)
        mails = (await db.execute(select(Mail.recipient))).scalars().all()
        assert sorted(mails) == sorted([f"ict@{at.id}.example" for at in (old, new)] * 2)
        actions = select(LedgerEntry.action).where(LedgerEntry.school_id == old.id).order_by(LedgerEntry.id)
        assert (await db.execute(actions)).scalars().all()[-1] == "reorganisation.carried_out"


async def test_a_hostile_school_learns_nothing_by_asking(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        theirs = await world.school(db, clock, "De Oude", "98AA", coordinated=True)
        hostile = await world.school(db, clock, "Kwaad", "98BB", coordinated=True)
        await add_pupil(db, theirs.id, "Noor", clock, has="noor")
        await add_pupil(db, hostile.id, "Noor", clock, has="noor")
        before = await world.everything(db)
        me = world.coordinator(hostile)
        made = await world.agreed(db, clock, Merger((theirs.id,), hostile.id), me)
        known = await reorganisation_records.of(db, made)
        whole = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        seen = await shown(db, clock, made, me)
        assert (len(whole.meetings), seen.meetings) == (1, ())
        assert seen.fingerprint != whole.fingerprint
        assert dict(seen.counts) == {"pupils": 1, "staff": 1, "groups": 0}
        with pytest.raises(Refused):
            await world.do(db, clock, made)
        with pytest.raises(Refused) as refused:
            await reorganisation_asking.choose(db, made, {"1-2": "same"}, by=me, now=clock.now, keyring=KEYRING)
        assert refused.value.code == "not_together"
        assert await world.everything(db) == before
        other = world.coordinator(theirs)
        known = await reorganisation_asking.agree(db, made, by=other, now=clock.now, keyring=KEYRING)
        assert len((await shown(db, clock, made, me)).meetings) == 1
        # Neither had seen it when they said yes.
        assert set(known.needed) == {"helpdesk", str(theirs.id), str(hostile.id)}
        for by in (me, other, world.HELPDESK):
            known = await reorganisation_asking.agree(db, made, by=by, now=clock.now, keyring=KEYRING)
        assert known.state == "checked"


async def test_what_a_school_reads_beforehand_is_the_same_whether_the_other_knows_its_pupils(
    database: Database, clock: Clock
) -> None:
    async with database.begin() as db:
        hostile = await world.school(db, clock, "Kwaad", "98BB", coordinated=True)
        await add_pupil(db, hostile.id, "Noor", clock, has="noor")
        await add_pupil(db, hostile.id, "Sam", clock, key="7")
        me, seen = world.coordinator(hostile), []
        for brin, has, name in (("98AA", "noor", "Sam"), ("98CC", "lies", "Lies")):
            theirs = await world.school(db, clock, "De Oude", brin, coordinated=True)
            await add_pupil(db, theirs.id, name, clock, has=has, key="7")
            made = await world.agreed(db, clock, Merger((theirs.id,), hostile.id, "kept"), me)
            view = await shown(db, clock, made, me)
            seen.append((dict(view.counts), [note.code for note in view.notable], view.obstacles, view.meetings))
            await reorganisation_asking.withdraw(db, made, by=me, now=clock.now)
        assert seen[0] == seen[1]


async def test_the_helpdesk_reads_no_party(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        noor = await add_pupil(db, old.id, "Noor", clock)
        for name in ("Rekenrijk", "Taalpaleis"):
            await world.told(db, old, noor, await world.party(db, clock, name, old), clock.now)
        made = await world.agreed(db, clock, Merger((old.id,), new.id))
        whole = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
        assert [note.code for note in whole.notable].count("not_ticked") == 2
        seen = await shown(db, clock, made, world.HELPDESK)
        assert [note.code for note in seen.notable].count("not_ticked") == 1
        assert {note.party_id for note in seen.notable} == {None}


async def test_a_school_is_in_one_at_a_time_and_withdrawing_frees_it(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        old = await world.school(db, clock, "De Oude", "98AA")
        new = await world.school(db, clock, "De Nieuwe", "98BB")
        made = await world.agreed(db, clock, Merger((old.id,), new.id))
        with pytest.raises(Refused) as refused:
            await world.agreed(db, clock, Merger((new.id,), old.id))
        assert refused.value.code == "busy"
        await reorganisation_asking.withdraw(db, made, by=world.HELPDESK, now=clock.now)
        with pytest.raises(Refused):
            await world.do(db, clock, made)
        await world.carried_out(db, clock, Merger((new.id,), old.id))
        assert (await schools.by_id(db, new.id)).name == "De Nieuwe"
        with pytest.raises(Refused) as closed:
            await world.carried_out(db, clock, Merger((old.id,), new.id))
        assert closed.value.code == "closed"

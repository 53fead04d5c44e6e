"""The nights of a coupling: who is asked when, once, and again after what passes (D5, D6, R25)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Update, insert, select, update

from directory import schools
from directory.imports import couplings, hours, nights
from directory.imports.models import AdministrationSystem, Coupling
from directory.imports.uwlr.faults import FAULTS, Refused
from directory.models import School
from idp.core.clock import AMSTERDAM
from idp.core.models import Mail
from tests.directory.test_couplings import BY, CONTACT, Desk
from tests.directory.uwlr.standing import KEY
from tests.house import House


@pytest.fixture
async def desk(house: House) -> Desk:
    return Desk(house)


async def test_a_school_is_claimed_once_and_again_when_its_worker_died(desk: Desk) -> None:
    await desk.couple()
    assert await desk.claim() == []
    await desk.tonight()
    (claimed,) = await desk.claim()
    assert (claimed.school.id, claimed.source.credentials.key, claimed.at_night) == (desk.school.id, KEY, True)
    assert KEY not in repr(claimed)
    assert await desk.claim() == []
    async with desk.database.read() as db:
        assert await nights.due(db, now=desk.now) == 0
        assert await nights.due(db, now=desk.now + nights.LEASE) == 1
    desk.house.clock.move(minutes=15)
    (second,) = await desk.claim()
    # Whoever had it before gives nothing back any more.
    assert not await desk.settle(claimed)
    assert await desk.settle(second)
    assert not await desk.settle(second)


@pytest.mark.parametrize(
    "without",
    [
        update(Coupling).values(mode="manual"),
        update(Coupling).values(agreed_by_school_at=None),
        update(Coupling).values(agreed_by_system_at=None),
        update(Coupling).values(key=None),
        update(Coupling).values(next_run_at=None),
        update(AdministrationSystem).values(endpoint=None),
        update(AdministrationSystem).values(customer_code=None),
        update(AdministrationSystem).values(customer_name=None),
    ],
    ids=["mode", "school", "system", "key", "time", "endpoint", "code", "name"],
)
async def test_the_night_looks_itself_at_everything_that_it_needs(desk: Desk, without: Update) -> None:
    """Whatever the timetable says: what it was made of may have changed since."""
    await desk.couple()
    await desk.tonight()
    async with desk.database.begin() as db:
        await db.execute(without)
    assert await desk.claim() == []


async def test_a_key_that_does_not_open_holds_up_nobody(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    elsewhere = desk.keyring.seal(KEY.encode(), bound_to="couplings.key.0")
    async with desk.database.begin() as db:
        other = await schools.add(db, name="De Vlieger", brin="98ZZ", location="", now=desk.now)
        await db.execute(update(Coupling).values(key=elsewhere))
        system_id = (await db.execute(select(Coupling.system_id))).scalar_one()
        sealed = desk.keyring.seal(KEY.encode(), bound_to=couplings.place_of_key(other.id))
        ready = {"system_id": system_id, "mode": "automatic", "key": sealed, "next_run_at": desk.now}
        agreed = {"agreed_by_school_at": desk.now, "agreed_by_system_at": desk.now}
        await db.execute(insert(Coupling).values(school_id=other.id, **ready, **agreed))
    assert [claimed.school.id for claimed in await desk.claim()] == [other.id]
    coupled = await desk.coupled()
    assert coupled.refused == "key_unreadable"
    assert coupled.next_run_at == hours.next_night(desk.school.id, desk.now)
    async with desk.database.begin() as db:
        with pytest.raises(Refused, match="key_unreadable"):
            await nights.open_now(db, desk.school, now=desk.now, keyring=desk.keyring)


async def test_two_workers_at_once_get_it_once(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    if desk.database.sqlite:
        assert [len(await desk.claim()), len(await desk.claim())] == [1, 0]
        return
    async with desk.database.begin() as one, desk.database.begin() as other:
        first = await nights.claim(one, now=desk.now, keyring=desk.keyring)
        # Not even a wait: what somebody is at is passed over.
        second = await nights.claim(other, now=desk.now, keyring=desk.keyring)
    assert (len(first), len(second)) == (1, 0)


async def test_an_answer_is_followed_by_the_next_night(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    was = desk.now
    (claimed,) = await desk.claim()
    desk.house.clock.move(minutes=2)
    assert await desk.settle(claimed)
    coupled = await desk.coupled()
    assert coupled.next_run_at is not None
    assert coupled.next_run_at.astimezone(AMSTERDAM).date() == was.astimezone(AMSTERDAM).date() + timedelta(days=1)
    assert coupled.received_until == was
    await desk.tonight()
    (next_one,) = await desk.claim()
    # An hour for clocks that differ.
    assert next_one.source.received_until == was - timedelta(hours=1)
    assert next_one.for_everything().received_until is None


async def test_in_a_new_school_year_everything_is_asked_for(desk: Desk) -> None:
    desk.house.clock.now = datetime(2027, 7, 31, 10, tzinfo=UTC)
    await desk.couple()
    async with desk.database.begin() as db:
        await db.execute(update(Coupling).values(received_until=desk.now))
    await desk.tonight()
    (claimed,) = await desk.claim()
    assert claimed.source.received_until is None


async def test_what_passes_is_tried_again_ever_later_and_then_the_next_night(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    waits = []
    for _ in range(6):
        (claimed,) = await desk.claim()
        assert await desk.settle(claimed, "las_unavailable")
        coupled = await desk.coupled()
        assert coupled.next_run_at is not None
        waits.append((coupled.next_run_at - desk.now) / timedelta(minutes=1))
        await desk.tonight()
    assert waits[:5] == [10, 20, 40, 80, 160]
    assert waits[5] > 600
    assert (await desk.coupled()).attempts == 0


@pytest.mark.parametrize(
    "code", [code for code, fault in FAULTS.items() if fault.follows == "look"] + ["duplicate_key"]
)
async def test_what_somebody_must_look_at_waits_for_the_next_night(desk: Desk, code: str) -> None:
    await desk.couple()
    await desk.tonight()
    (claimed,) = await desk.claim()
    assert await desk.settle(claimed, code)
    coupled = await desk.coupled()
    assert coupled.next_run_at is not None
    assert coupled.next_run_at - desk.now > timedelta(hours=20)
    assert coupled.active


async def test_a_refused_key_goes_and_the_coordinators_are_told(desk: Desk) -> None:
    """R25, D5."""
    await desk.couple()
    await desk.tonight()
    (claimed,) = await desk.claim()
    assert await desk.settle(claimed, "las_key_refused")
    stopped = await desk.coupled()
    assert (stopped.has_key, stopped.active, stopped.next_run_at) == (False, False, None)
    assert (stopped.refused, stopped.lacking) == ("las_key_refused", "key_missing")
    async with desk.database.read() as db:
        mails = (await db.execute(select(Mail.recipient, Mail.subject, Mail.body))).all()
    assert [(mail.recipient, mail.subject) for mail in mails] == [
        ("ict@regenboog.example", "De koppeling met ParnasSys is gestopt")
    ]
    assert KEY not in mails[0].body
    assert CONTACT in mails[0].body
    assert (await desk.actions())[-1] == "coupling.key_refused"
    async with desk.database.begin() as db:
        again = await couplings.set_key(db, desk.school.id, "nieuw", now=desk.now, by=BY, keyring=desk.keyring)
    assert (again.active, again.refused) == (True, None)


async def test_an_answer_that_comes_after_manual_counts_no_more(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    (claimed,) = await desk.claim()
    await desk.set_mode("manual")
    assert not await desk.settle(claimed)
    coupled = await desk.coupled()
    assert (coupled.received_until, coupled.next_run_at) == (None, None)


async def test_somebody_asks_now_also_by_hand(desk: Desk) -> None:
    await desk.couple()
    await desk.set_mode("manual")
    async with desk.database.begin() as db:
        claimed = await nights.open_now(db, desk.school, now=desk.now, keyring=desk.keyring)
        with pytest.raises(Refused, match="busy"):
            await nights.open_now(db, desk.school, now=desk.now, keyring=desk.keyring)
    assert not claimed.at_night
    assert await desk.settle(claimed)
    await desk.set_mode("off")
    async with desk.database.begin() as db:
        with pytest.raises(Refused, match="turned_off"):
            await nights.open_now(db, desk.school, now=desk.now, keyring=desk.keyring)


async def test_a_school_that_closed_is_asked_about_no_more(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    async with desk.database.begin() as db:
        await db.execute(update(School).where(School.id == desk.school.id).values(closed_at=desk.now))
    assert await desk.claim() == []

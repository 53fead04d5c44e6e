"""Browser sessions: random, kept under a hash, ended by idleness, by age and by us (D23, C-319 to C-321)."""

import asyncio
from dataclasses import replace

import pytest

from directory import people
from idp.core.errors import Problem
from idp.signin import own_sessions, sessions
from idp.signin.assurance import Level
from idp.signin.sessions import IDLE, LONGEST, Session
from tests.house import House
from tests.inside import lapse, stored

CHILD = Session(b"", 7, "pupil", 3, 1, 1000, 1000, None, ("pin",))
TEACHER = replace(CHILD, kind="staff", ways=("pwd", "otp"), second_at=1010)


async def begun(house: House, session: Session) -> tuple[str, Session]:
    """A session that the store knows: the cookie's value, and the session with its key."""
    cookie, made, entry = sessions.create(house.floor.keyring, session)
    await house.floor.store.put(entry)
    return cookie, made


def now(house: House) -> int:
    return int(house.clock.now.timestamp())


@pytest.mark.parametrize("whose", [CHILD, TEACHER], ids=["child", "teacher"])
async def test_what_is_made_is_found_by_its_cookie_alone(house: House, whose: Session) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = replace(whose, created_at=now(house), proven_at=now(house))
    cookie, made = await begun(house, mine)
    assert made == replace(mine, key=made.key)
    assert await sessions.find(store, keyring, cookie, now=now(house)) == made
    for other in ("", cookie[:-1], cookie + "A", made.key.hex(), cookie.swapcase()):
        assert await sessions.find(store, keyring, other, now=now(house)) is None


async def test_no_two_are_alike(house: House) -> None:
    made = [await begun(house, CHILD) for _ in range(50)]
    assert len({cookie for cookie, _ in made}) == len({session.key for _, session in made}) == 50


async def test_ended_is_ended(house: House) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    cookie, made = await begun(house, replace(CHILD, created_at=now(house)))
    await sessions.end(store, made)
    assert await sessions.find(store, keyring, cookie, now=now(house)) is None


@pytest.mark.parametrize("kind", ["pupil", "staff"])
async def test_idle_and_age(house: House, kind: str) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = replace(CHILD, kind=kind, created_at=now(house))
    cookie, _ = await begun(house, mine)
    for _ in range(LONGEST[kind] // (IDLE[kind] - 10)):
        await lapse(house, seconds=IDLE[kind] - 10)
        assert await sessions.find(store, keyring, cookie, now=now(house)) is not None
    await lapse(house, seconds=LONGEST[kind] - (now(house) - mine.created_at))
    assert await sessions.find(store, keyring, cookie, now=now(house)) is None


async def test_idle_alone(house: House) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    cookie, _ = await begun(house, replace(CHILD, created_at=now(house)))
    await lapse(house, seconds=IDLE["pupil"])
    assert await sessions.find(store, keyring, cookie, now=now(house)) is None


async def test_what_ended_does_not_move_on_and_of_two_moves_one_is_made(house: House) -> None:
    """C-320: signed out in one tab while another tab changes something, or twice the same button."""
    store, keyring = house.floor.store, house.floor.keyring
    over = (await begun(house, replace(TEACHER, created_at=now(house))))[1]
    await sessions.end(store, over)
    assert await sessions.move_on(store, keyring, over, epoch=2, second_at=None) is None
    _, lives = await begun(house, replace(TEACHER, created_at=now(house)))
    both = await asyncio.gather(*(sessions.move_on(store, keyring, lives, epoch=2, second_at=None) for _ in "ab"))
    assert [moved is None for moved in both].count(True) == 1
    assert await stored(house, "session") == 1


async def test_who_was_ended_a_moment_before_changes_nothing(house: House) -> None:
    """The thief's click and the owner's meet: whose sessions were ended is not in again by ending all others in his turn."""
    person_id = house.people["juf"]
    async with house.floor.database.begin() as db:
        epoch, _ = await people.identity(db, person_id)
        mine = replace(TEACHER, person_id=person_id, epoch=epoch)
        await people.end_sessions(db, person_id)
        assert await own_sessions.epoch_after(db, mine) == epoch + 1

    async def ends_all_others() -> None:
        async with house.floor.database.begin() as db:
            await people.end_sessions(db, person_id)
            await own_sessions.epoch_after(db, mine)

    with pytest.raises(Problem, match=r"signin\.expired"):
        await ends_all_others()
    async with house.floor.database.read() as db:
        assert (await people.identity(db, person_id))[0] == epoch + 1, "and nothing of it stays"


def test_how_well_it_is_proven() -> None:
    assert CHILD.level is Level.PUPIL_SECRET
    assert TEACHER.level is Level.TWO_FACTORS
    assert replace(TEACHER, second_at=None).level is Level.PASSWORD


def test_a_school_day_for_children_and_half_a_day_for_staff() -> None:
    assert (IDLE, LONGEST) == ({"pupil": 3600, "staff": 3600}, {"pupil": 8 * 3600, "staff": 12 * 3600})

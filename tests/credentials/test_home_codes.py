"""Login codes for home (D28, D29): the alphabet, how they are typed and read, until when, and what follows when a child goes (D40)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from directory.models import Person
from idp.core.clock import AMSTERDAM
from idp.credentials import home_codes, parents
from idp.credentials.home_codes import ALPHABET, LENGTH, last_day_after, new_code, read, written
from idp.credentials.models import HomeCode, Parent, ParentOfChild
from idp.jobs import retention
from tests.house import House
from tests.journeys.home import PARENT, give_codes

codes = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)


def test_the_alphabet_has_no_look_alikes_and_makes_no_words() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 28
    assert not set(ALPHABET) & set("01IOSAEU")
    assert len(ALPHABET) ** LENGTH > 2**48


def test_codes_are_spread_over_the_whole_alphabet() -> None:
    made = [new_code() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(len(code) == LENGTH for code in made)
    assert set("".join(made)) == set(ALPHABET)


@given(code=codes, spaced=st.lists(st.integers(0, LENGTH), max_size=4), small=st.booleans())
def test_what_was_printed_is_what_is_read_however_it_is_typed(code: str, spaced: list[int], *, small: bool) -> None:
    typed = code
    for place in sorted(spaced, reverse=True):
        typed = f"{typed[:place]} {typed[place:]}"
    assert read(typed.lower() if small else typed) == code
    assert read(f" {written(code)} ") == code
    assert read(code.replace("L", "1").replace("5", "s")) == code


@given(st.text(max_size=30))
def test_what_is_read_is_a_code_or_nothing(typed: str) -> None:
    found = read(typed)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


@given(left=codes, right=codes)
def test_two_codes_are_never_written_or_read_alike(left: str, right: str) -> None:
    assert (read(written(left)) == read(written(right))) == (left == right)


@given(st.integers(0, 20 * 365 * 24 * 60))
def test_a_code_is_over_on_the_next_first_of_august(minutes: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    today, end = now.astimezone(AMSTERDAM).date(), last_day_after(now)
    assert (end.month, end.day) == (8, 1)
    assert today < end <= today + timedelta(days=366)


@pytest.mark.parametrize(
    ("moment", "year"),
    [("2027-07-31T21:59:59", 2027), ("2027-07-31T22:00:00", 2028), ("2027-08-01T00:00:00", 2028)],
)
def test_the_day_is_that_of_amsterdam(moment: str, year: int) -> None:
    assert last_day_after(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == date(year, 8, 1)


async def test_everything_goes_with_the_child_and_what_is_over_is_purged(house: House) -> None:
    await give_codes(house, "Noor", "Finn")
    now, school_id = house.clock.now, house.school.id
    async with house.floor.database.begin() as db:
        for name, email in (("Noor", PARENT), ("Finn", PARENT), ("Finn", "tweede@gezin.example")):
            day = now.date()
            await parents.enter(db, school_id, house.people[name], email, permission_on=day, now=now)
        await db.execute(delete(Person).where(Person.id == house.people["Finn"]))
    async with house.floor.database.begin() as db:
        for purge in retention.PURGES:
            if purge.name in {"home_codes", "parents"}:
                await purge.some(db, now, 9)
        assert (await db.execute(select(Parent.email))).scalars().all() == [PARENT]
        assert (await db.execute(select(func.count()).select_from(HomeCode))).scalar_one() == 1
        assert (await db.execute(select(func.count()).select_from(ParentOfChild))).scalar_one() == 1
        over = last_day_after(now)
        assert await home_codes.purge(db, today=over + home_codes.KEPT) == 0
        assert await home_codes.purge(db, today=over + home_codes.KEPT + timedelta(days=1)) == 1

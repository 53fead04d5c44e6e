"""PINs and pictures (R111, D28, D29): what can be one, how it is kept, when it fits."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from directory.models import Enrolment, Person
from idp.core.crypto import CannotOpen
from idp.credentials import pupil_secrets
from idp.credentials.models import PupilSecret
from idp.credentials.pupil_secrets import PICKED, PICTURES, KnownChild, SecretKind, new_secret, well_formed
from idp.web.pictures import TILE_PICTURES
from tests.house import House, pupil_signs_in
from tests.journeys.stories import shortcut

KINDS: list[SecretKind] = ["pin", "pictures"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_secret_is_well_formed_and_not_guessable_from_the_last(kind: SecretKind) -> None:
    made = [new_secret(kind) for _ in range(300)]
    assert all(well_formed(kind, one) for one in made)
    assert len(set(made)) > 200


@pytest.mark.parametrize(
    "pin",
    ["0000", "7777", "1234", "0123", "7890", "4321", "9876", "1212", "2580", "0852", "2017", "1984"],
    ids=lambda _: "pin",
)
def test_what_a_classmate_tries_first_is_weak(pin: str) -> None:
    assert pupil_secrets.weak("pin", pin)


@pytest.mark.parametrize("pin", ["4711", "0042", "1243", "2581", "1229", "3053", "1232"], ids=lambda _: "pin")
def test_other_pins_are_not(pin: str) -> None:
    assert not pupil_secrets.weak("pin", pin)


def test_three_times_one_picture_is_weak_and_twice_is_not() -> None:
    assert pupil_secrets.weak("pictures", "fish,fish,fish")
    assert not pupil_secrets.weak("pictures", "fish,fish,hat")


def test_nobody_is_given_a_weak_one_and_nearly_all_are_left() -> None:
    weak = sum(pupil_secrets.weak("pin", f"{number:04}") for number in range(10_000))
    assert 200 < weak < 300
    assert not any(pupil_secrets.weak("pin", new_secret("pin")) for _ in range(3000))


def test_pins_may_begin_with_nothing() -> None:
    assert any(new_secret("pin").startswith("0") for _ in range(300))


@given(given_=st.text(max_size=6))
def test_a_pin_is_four_digits(given_: str) -> None:
    digits = len(given_) == 4 and all(c in "0123456789" for c in given_)
    assert well_formed("pin", given_) is digits


@given(picked=st.lists(st.sampled_from([*PICTURES, "pear", ""]), max_size=5))
def test_pictures_are_three_of_the_twelve_in_an_order(picked: list[str]) -> None:
    right = len(picked) == PICKED and set(picked) <= set(PICTURES)
    assert well_formed("pictures", ",".join(picked)) is right


def test_there_are_twelve_to_the_power_of_three() -> None:
    assert len(set(PICTURES)) ** PICKED == 1728


def test_a_tile_never_hints_at_a_secret() -> None:
    assert set(PICTURES).isdisjoint(TILE_PICTURES)


async def known(house: House, name: str, school_id: int | None = None) -> KnownChild | None:
    hot, today = house.floor.database.hot, house.clock.now.date()
    return await pupil_secrets.known(hot, school_id or house.school.id, house.people[name], today=today, standing=None)


async def fits(house: House, name: str, given_: str) -> bool:
    child = await known(house, name)
    assert child is not None
    return pupil_secrets.fits(house.floor.keyring, child, given_)


async def test_a_secret_fits_its_child_only(house: House) -> None:
    assert await fits(house, "Noor", "4711")
    assert not await fits(house, "Finn", "4711")
    assert not await fits(house, "Noor", "tree,boat,apple")
    assert await fits(house, "Sam", "tree,boat,apple")
    assert not await fits(house, "Sam", "apple,boat,tree")


async def test_it_is_sealed_for_its_own_row(house: House) -> None:
    keyring = house.floor.keyring
    async with house.floor.database.begin() as db:
        noors = (
            await db.execute(select(PupilSecret.sealed).where(PupilSecret.person_id == house.people["Noor"]))
        ).scalar_one()
        assert b"4711" not in noors
        await db.execute(update(PupilSecret).where(PupilSecret.person_id == house.people["Finn"]).values(sealed=noors))
    moved = await known(house, "Finn")
    assert moved is not None
    with pytest.raises(CannotOpen):
        pupil_secrets.fits(keyring, moved, "4711")


async def test_a_new_secret_ends_the_old_one(house: House) -> None:
    now, keyring = house.clock.now, house.floor.keyring
    async with house.floor.database.begin() as db:
        await pupil_secrets.set_secrets(db, keyring, {house.people["Noor"]: ("pictures", "key,moon,kite")}, now=now)
        assert await pupil_secrets.kinds_of(db, [house.people["Noor"]]) == {house.people["Noor"]: "pictures"}
    assert await fits(house, "Noor", "key,moon,kite")
    assert not await fits(house, "Noor", "4711")


@pytest.mark.parametrize(("kind", "secret"), [("pin", "471"), ("pin", "47x1"), ("pictures", "tree,boat"), ("pin", "")])
async def test_what_cannot_be_a_secret_is_not_kept(house: House, kind: SecretKind, secret: str) -> None:
    given_ = {house.people["Noor"]: (kind, secret)}
    async with house.floor.database.begin() as db:
        with pytest.raises(ValueError, match="well-formed"):
            await pupil_secrets.set_secrets(db, house.floor.keyring, given_, now=house.clock.now)
    assert await fits(house, "Noor", "4711")


async def test_only_active_children_of_the_school_are_known(house: House) -> None:
    assert await known(house, "Noor", house.school.id + 1) is None
    assert await known(house, "juf") is None
    async with house.floor.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.person_id == house.people["Noor"]).values(active=False))
        await db.execute(update(Person).where(Person.id == house.people["Finn"]).values(disabled=True))
    assert await known(house, "Noor") is None
    assert await known(house, "Finn") is None


async def test_who_has_none_has_none(house: House) -> None:
    async with house.floor.database.read() as db:
        everybody = [house.people["Noor"], house.people["juf"], house.people["Sam"]]
        assert await pupil_secrets.without_secret(db, everybody) == [house.people["juf"]]
        assert await pupil_secrets.kinds_of(db, everybody) == {
            house.people["Noor"]: "pin",
            house.people["Sam"]: "pictures",
        }


async def test_a_child_without_a_secret_is_let_in_by_none(house: House) -> None:
    nothing = KnownChild(1, 1, "ledger", None, None)
    for given_ in ("", "0000", "4711", "tree,boat,apple", "None"):
        assert not pupil_secrets.fits(house.floor.keyring, nothing, given_)


async def test_renewing_gives_each_a_secret_of_the_wanted_kind(house: House) -> None:
    wanted: dict[int, SecretKind] = {house.people["Noor"]: "pictures", house.people["Sam"]: "pin"}
    async with house.floor.database.begin() as db:
        await pupil_secrets.renew(db, house.floor.keyring, wanted, now=house.clock.now)
        assert await pupil_secrets.kinds_of(db, list(wanted)) == wanted
    assert not await fits(house, "Noor", "4711")


async def test_the_first_time_is_kept_through_a_new_secret(house: House) -> None:
    noor, floor = house.people["Noor"], house.floor
    browser = house.browser()
    await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    async with floor.database.read() as db:
        first = await db.execute(select(PupilSecret.first_used_at).where(PupilSecret.person_id == noor))
        assert first.scalar() == house.clock.now
    house.clock.move(minutes=5)
    await pupil_secrets.begin_use(floor.database.hot, noor, now=house.clock.now)
    async with floor.database.begin() as db:
        await pupil_secrets.renew(db, floor.keyring, {noor: "pictures"}, now=house.clock.now)
        states = await pupil_secrets.states(db, [noor, house.people["Finn"], house.people["juf"]])
        again = await db.execute(select(PupilSecret.first_used_at).where(PupilSecret.person_id == noor))
        assert again.scalar() == house.clock.now - timedelta(minutes=5)
    assert states[noor] == pupil_secrets.SecretState("pictures", used=True)
    assert states[house.people["Finn"]] == pupil_secrets.SecretState("pin", used=False)
    assert set(states) == {noor, house.people["Finn"]}


async def test_a_secret_is_opened_for_the_teacher(house: House) -> None:
    async with house.floor.database.read() as db:
        found = await pupil_secrets.opened(db, house.floor.keyring, [house.people["Noor"], house.people["Sam"]])
    assert found == {house.people["Noor"]: ("pin", "4711"), house.people["Sam"]: ("pictures", "tree,boat,apple")}

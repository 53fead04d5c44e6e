"""Codes of an app (C-315): the standard's own numbers, one step of tolerance, each once, sealed for its person."""

import base64
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from idp.core.crypto import CannotOpen
from mfa import totp
from mfa.models import Totp
from tests.house import House

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_numbers_of_rfc_6238(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, now=moment) == seconds // 30


@given(seconds=st.integers(1_700_000_000, 2_200_000_000), steps=st.integers(-4, 4))
def test_one_step_early_or_late_and_no_more(seconds: int, steps: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    present = int(moment.timestamp()) // 30
    code = pyotp.TOTP(SECRET).generate_otp(present + steps)
    near = {pyotp.TOTP(SECRET).generate_otp(present + step): present + step for step in (-1, 0, 1)}
    assert totp.matching_step(SECRET, code, now=moment) == near.get(code)


@pytest.mark.parametrize(
    "given_", ["", "12345", "1234567", "12 34 5", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345", "1.2345"]
)
def test_what_is_no_code(given_: str) -> None:
    assert totp.matching_step(SECRET, given_, now=datetime(2026, 11, 23, tzinfo=UTC)) is None


def test_a_new_secret_has_160_bits_and_is_never_the_same() -> None:
    made = {totp.new_secret() for _ in range(200)}
    assert len(made) == 200
    assert all(len(base64.b32decode(secret)) == 20 for secret in made)


def test_the_address_in_the_qr_code_says_what_an_app_needs() -> None:
    address = urlsplit(totp.uri(SECRET, account="jan & co@regenboog.example"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/Poortwachter:jan & co@regenboog.example"
    assert parse_qs(address.query) == {
        "secret": [SECRET],
        "issuer": ["Poortwachter"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert re.fullmatch(r"[\x21-\x7e]+", totp.uri(SECRET, account="łucja@regenboog.example"))


async def spend(house: House, code: str, *, name: str = "ict", seconds: int = 0) -> bool:
    now = house.clock.now + timedelta(seconds=seconds)
    async with house.floor.database.begin() as db:
        return await totp.spend(db, house.floor.keyring, house.people[name], code, now=now)


async def test_a_code_is_spent_once_and_everything_before_it(house: House) -> None:
    now = int(house.clock.now.timestamp())
    earlier, present, later = (pyotp.TOTP(house.totp_secret).at(now + 30 * step) for step in (-1, 0, 1))
    assert await spend(house, present)
    assert not await spend(house, present)
    assert not await spend(house, earlier)
    assert await spend(house, later)
    assert not await spend(house, present)


async def test_who_has_no_app_has_no_code(house: House) -> None:
    assert not await spend(house, house.code(), name="juf")
    async with house.floor.database.read() as db:
        assert not await totp.enrolled(db, house.people["juf"])
        assert await totp.enrolled(db, house.people["ict"])


async def test_a_new_app_ends_the_old_one_and_its_first_code_is_spent(house: House) -> None:
    old, now = house.code(), house.clock.now
    secret = totp.new_secret()
    step = int(now.timestamp()) // 30
    async with house.floor.database.begin() as db:
        await totp.enrol(db, house.floor.keyring, house.people["ict"], secret, used_step=step, now=now)
    assert not await spend(house, old)
    assert not await spend(house, pyotp.TOTP(secret).at(now))
    assert await spend(house, pyotp.TOTP(secret).at(now + timedelta(seconds=30)))


async def test_a_secret_copied_to_another_person_does_not_open(house: House) -> None:
    async with house.floor.database.begin() as db:
        row = (await db.execute(select(Totp.sealed).where(Totp.person_id == house.people["ict"]))).scalar_one()
        assert house.totp_secret.encode() not in row
        moved = {"sealed": row, "last_step": 0, "enrolled_at": house.clock.now}
        await db.execute(insert(Totp).values(person_id=house.people["juf"], **moved))
    with pytest.raises(CannotOpen):
        await spend(house, house.code(), name="juf")

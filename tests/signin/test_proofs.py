"""Secrets given at a step, below the pages: what a proof says, and that nothing of one person stays for the next."""

import ipaddress
from dataclasses import replace

import pyotp
import pytest

from directory import people, roles
from idp.core.crypto import CannotOpen
from idp.core.errors import Problem
from idp.signin import attempts, proofs
from idp.signin.attempts import Attempt
from idp.signin.desk import Desk
from idp.signin.question import Visitor
from mfa import factors
from tests.house import PASSWORD, House
from tests.journeys.stories import add_staff

AT_SCHOOL = ipaddress.ip_address("192.0.2.10")
AT_HOME = ipaddress.ip_address("203.0.113.10")


def desk(house: House) -> Desk:
    visitor = Visitor(session=None, browser=b"b", address=AT_SCHOOL)
    return Desk(house.floor, house.resources.hasher, visitor, here=(house.school.id,))


def begun(house: House) -> Attempt:
    return attempts.begin(house.floor.keyring, b"b", now=int(house.clock.now.timestamp()), question=None)


async def password(house: House, attempt: Attempt, name: str) -> Attempt:
    form = {"email": f"{name}@regenboog.example", "password": PASSWORD}
    return await proofs.give_password(desk(house), attempt, form)


async def test_a_proof_says_who_when_and_how(house: House) -> None:
    now = int(house.clock.now.timestamp())
    child = replace(begun(house), school_id=house.school.id, child_id=house.people["Noor"])
    proven = (await proofs.give_secret(desk(house), child, {"pin": "4711"})).proof
    assert proven is not None
    assert (proven.person_id, proven.kind, proven.at) == (house.people["Noor"], "pupil", now)
    teacher = (await password(house, begun(house), "ict")).proof
    assert teacher is not None
    assert (teacher.person_id, teacher.kind, teacher.ways) == (house.people["ict"], "staff", ("pwd", "long"))
    both = await proofs.give_code(desk(house), replace(begun(house), proof=teacher), {"code": house.code()})
    assert both.proof is not None
    assert (both.proof.second_at, both.proof.ways) == (now, ("pwd", "long", "otp"))


async def test_whoever_signs_in_next_inherits_no_secret_and_no_codes(house: House) -> None:
    await add_staff(house, "een", roles.ICT_COORDINATOR)
    await add_staff(house, "twee", roles.ICT_COORDINATOR)
    attempt = await proofs.start_enrolment(desk(house), await password(house, begun(house), "een"))
    secret = proofs.enrolling_secret(desk(house), attempt)
    enrolled = await proofs.enrol(desk(house), attempt, {"code": pyotp.TOTP(secret).at(house.clock.now)})
    assert len(proofs.owed_codes(desk(house), enrolled)) == 10
    following = await password(house, enrolled, "twee")
    assert (following.enrolling, following.owed_codes, following.session) == (None, None, None)
    # And where somebody carried them over all the same, they do not open.
    with pytest.raises(CannotOpen):
        proofs.enrolling_secret(desk(house), replace(following, enrolling=attempt.enrolling))
    with pytest.raises(CannotOpen):
        proofs.owed_codes(desk(house), replace(following, owed_codes=enrolled.owed_codes))


async def test_an_old_session_enrols_nothing(house: House) -> None:
    attempt = await proofs.start_enrolment(desk(house), await password(house, begun(house), "juf"))
    assert attempt.proof is not None
    stale = replace(attempt, proof=replace(attempt.proof, fresh=False))
    right = {"code": pyotp.TOTP(proofs.enrolling_secret(desk(house), attempt)).at(house.clock.now)}
    assert await proofs.enrol(desk(house), stale, right) == stale


async def test_the_password_of_before_leaves_no_factor_behind(house: House) -> None:
    """Somebody else has it, and its owner chose another one while the page of the enrolment was being answered."""
    attempt = await proofs.start_enrolment(desk(house), await password(house, begun(house), "juf"))
    right = {"code": pyotp.TOTP(proofs.enrolling_secret(desk(house), attempt)).at(house.clock.now)}
    async with house.floor.database.begin() as db:
        await people.end_sessions(db, house.people["juf"])
    with pytest.raises(Problem, match="changed"):
        await proofs.enrol(desk(house), attempt, right)
    async with house.floor.database.read() as db:
        assert not await factors.enrolled(db, house.people["juf"])


async def test_a_child_of_another_school_is_not_asked_for_its_secret(house: House) -> None:
    child = replace(begun(house), school_id=house.school.id + 1, child_id=house.people["Noor"])
    elsewhere = await proofs.give_secret(desk(house), child, {"pin": "4711"})
    assert (elsewhere.proof, elsewhere.child_id) == (None, None)


async def test_a_right_secret_from_another_network_proves_nothing(house: House) -> None:
    child = replace(begun(house), school_id=house.school.id, child_id=house.people["Noor"])
    at_home = replace(desk(house), visitor=Visitor(session=None, browser=b"b", address=AT_HOME))
    assert (await proofs.give_secret(at_home, child, {"pin": "4711"})).proof is None
    assert (await proofs.give_secret(desk(house), child, {"pin": "4711"})).proof is not None

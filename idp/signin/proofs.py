"""Secrets given at a step: a child's PIN or pictures, a password, a code, the enrolment of an app (D2, D7, D28).

Each try is counted before the secret is looked at; a right one becomes a `Proof`. Unknown accounts look and cost the same as wrong passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from directory import people
from idp.core import ledger, mail, throttle
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import passwords, pupil_secrets
from idp.credentials.passwords import Hasher
from idp.signin import flow
from idp.signin.attempts import Attempt, Proof
from idp.signin.question import Visitor
from mfa import recovery_codes, totp

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What an answer needs beside the attempt: the floor, the password pool, who stands there, the schools at that address.

    `device` names a browser on which this account proved itself before, None for any other: its tries are counted apart, so that nobody
    can slow the owner down from elsewhere.
    """

    floor: Floor
    hasher: Hasher
    visitor: Visitor
    here: tuple[int, ...] = ()
    device: str | None = None


async def give_secret(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A child's PIN (`pin`) or pictures (`picked`)."""
    floor, child_id, school_id = desk.floor, attempt.child_id, flow.school_of(attempt, desk.here)
    if child_id is None or school_id is None or school_id not in desk.here:
        return attempt
    given = form.get("picked") or form.get("pin", "").strip()
    counter = _counter(desk, "child", str(child_id))
    if waits := await throttle.enter(floor.store, counter, throttle.CHILD):
        return _must_wait(desk, attempt, waits)
    async with floor.database.read() as db:
        there = await people.child_of(db, school_id, child_id, today=flow.today(floor.now))
        epoch, ledger_id = await people.identity(db, child_id)
        right = there is not None and await pupil_secrets.fits(db, floor.keyring, child_id, given)
    if not right:
        await _note(desk, "signin.failed", by=ledger_id, school_id=school_id, way="child")
        return replace(attempt, wrong="secret", wait=0)
    await throttle.passed(floor.store, counter)
    await _note(desk, "signin.passed", by=ledger_id, school_id=school_id, way="child")
    proof = Proof(child_id, "pupil", epoch, _seconds(desk), ("pin",))
    return replace(attempt, proof=proof, school_id=school_id, wrong=None, wait=0, session=None)


async def give_password(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """An address and a password."""
    floor = desk.floor
    email, password = people.normal_email(form.get("email", ""))[:254], form.get("password", "")
    attempt = replace(attempt, email=email)
    counter = _counter(desk, "staff", email)
    if waits := await throttle.enter(floor.store, counter, throttle.PASSWORD):
        return _must_wait(desk, attempt, waits)
    async with floor.database.read() as db:
        account = await people.account(db, email)
        known = await passwords.known_hash(db, account.person_id) if account else None
    longest = floor.settings.password_max_length
    right = await desk.hasher.verify(password[:longest], known) and len(password) <= longest
    if account is None or not right:
        await _note(desk, "signin.failed", by=account.ledger_id if account else "unknown", way="password")
        return replace(attempt, wrong="password", wait=0)
    await throttle.passed(floor.store, counter)
    if known is not None and desk.hasher.outdated(known):
        renewed = await desk.hasher.hash(password)
        async with floor.database.begin() as db:
            await passwords.set_password(db, account.person_id, renewed, now=floor.now)
    await _note(desk, "signin.passed", by=account.ledger_id, way="password")
    proof = Proof(account.person_id, "staff", account.epoch, _seconds(desk), ("pwd",))
    return replace(attempt, proof=proof, wrong=None, wait=0, session=None)


async def give_code(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A code of the authenticator app, or a recovery code."""
    floor, proof = desk.floor, attempt.proof
    if proof is None:
        return attempt
    given = form.get("code", "")[:64]
    counter = floor.keyring.mac("token", "throttle", "code", str(proof.person_id))
    if waits := await throttle.enter(floor.store, counter, throttle.CODE):
        return _must_wait(desk, attempt, waits)
    async with floor.database.begin() as db:
        _, ledger_id = await people.identity(db, proof.person_id)
        way = await _spend(db, desk, proof.person_id, given)
        action = "second_factor.passed" if way else "second_factor.failed"
        await ledger.record(db, action, now=floor.now, by=ledger_id, detail={"way": way or "code"})
    if way is None:
        return replace(attempt, wrong="code", wait=0)
    await throttle.passed(floor.store, counter)
    proven = replace(proof, second_at=_seconds(desk), ways=(*proof.ways, way), fresh=True)
    return replace(attempt, proof=proven, wrong=None, wait=0, session=None)


async def _spend(db: Db, desk: Desk, person_id: int, given: str) -> str | None:
    floor = desk.floor
    if await totp.spend(db, floor.keyring, person_id, given, now=floor.now):
        return "otp"
    if not await recovery_codes.spend(db, floor.keyring, person_id, given, now=floor.now):
        return None
    left = await recovery_codes.left(db, person_id)
    email = await people.email_of(db, person_id)
    if email:
        contact = floor.settings.support_contact
        await mail.queue(db, "recovery_code_used", email, now=floor.now, left=str(left), contact=contact)
    return "recovery"


async def start_enrolment(desk: Desk, attempt: Attempt) -> Attempt:
    """Gives the attempt a secret to show, once; showing the page again shows the same one."""
    if attempt.enrolling is not None or attempt.proof is None:
        return attempt
    sealed = desk.floor.keyring.seal(totp.new_secret().encode(), bound_to=f"attempt.enrolling.{attempt.id}")
    return replace(attempt, enrolling=sealed.hex())


def enrolling_secret(desk: Desk, attempt: Attempt) -> str:
    """The secret that the enrolment page shows."""
    raw = bytes.fromhex(attempt.enrolling or "")
    return desk.floor.keyring.open(raw, bound_to=f"attempt.enrolling.{attempt.id}").decode()


async def enrol(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The first code of a new app: proves that it works, and makes recovery codes in the same step."""
    floor, proof = desk.floor, attempt.proof
    if proof is None or attempt.enrolling is None or not proof.fresh:
        return attempt
    counter = floor.keyring.mac("token", "throttle", "enrol", str(proof.person_id))
    if waits := await throttle.enter(floor.store, counter, throttle.CODE):
        return _must_wait(desk, attempt, waits)
    secret = enrolling_secret(desk, attempt)
    step = totp.matching_step(secret, form.get("code", "")[:16], now=floor.now)
    if step is None:
        return replace(attempt, wrong="code", wait=0)
    async with floor.database.begin() as db:
        if await totp.enrolled(db, proof.person_id):
            # Another tab was first; its app is the one that counts.
            return replace(attempt, enrolling=None)
        codes = await _enrolled(db, desk, proof.person_id, secret, step)
    await throttle.passed(floor.store, counter)
    sealed = floor.keyring.seal(orjson.dumps(codes), bound_to=f"attempt.owed_codes.{attempt.id}")
    proven = replace(proof, second_at=_seconds(desk), ways=(*proof.ways, "otp"))
    return replace(attempt, proof=proven, enrolling=None, owed_codes=sealed.hex(), wrong=None, wait=0, session=None)


async def _enrolled(db: Db, desk: Desk, person_id: int, secret: str, step: int) -> list[str]:
    floor = desk.floor
    _, ledger_id = await people.identity(db, person_id)
    await totp.enrol(db, floor.keyring, person_id, secret, used_step=step, now=floor.now)
    codes = await recovery_codes.renew(db, floor.keyring, person_id)
    await ledger.record(db, "second_factor.enrolled", now=floor.now, by=ledger_id, subject=ledger_id)
    email = await people.email_of(db, person_id)
    if email:
        await mail.queue(db, "second_factor_on", email, now=floor.now, contact=floor.settings.support_contact)
    return codes


def owed_codes(desk: Desk, attempt: Attempt) -> list[str]:
    """The fresh recovery codes that the page shows until they are kept."""
    raw = bytes.fromhex(attempt.owed_codes or "")
    opened: list[str] = orjson.loads(desk.floor.keyring.open(raw, bound_to=f"attempt.owed_codes.{attempt.id}"))
    return opened


async def keep_codes(_: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The codes are kept; they are never shown again."""
    return replace(attempt, owed_codes=None, wrong=None) if form.get("kept") else replace(attempt, wrong="kept")


def _counter(desk: Desk, what: str, who: str) -> bytes:
    place = desk.device or f"net {desk.visitor.address}"
    return desk.floor.keyring.mac("token", "throttle", what, who, place)


def _must_wait(desk: Desk, attempt: Attempt, seconds: int) -> Attempt:
    return replace(attempt, wrong="wait", wait=_seconds(desk) + seconds)


def _seconds(desk: Desk) -> int:
    return int(desk.floor.now.timestamp())


async def _note(desk: Desk, action: str, *, by: str, way: str, school_id: int | None = None) -> None:
    hot, now = desk.floor.database.hot, desk.floor.now
    await ledger.note(hot, action, now=now, by=by, school_id=school_id, subject=by, detail={"way": way})

"""Secrets given at a step: a child's PIN or pictures, a password, a code, the enrolment of an app (D2, D7, D28).

Each try is counted before the secret is looked at; a right one becomes a `Proof`. Unknown accounts look and cost the same as wrong passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from directory import people, standing
from idp.core import ledger, mail, puzzles, throttle
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.puzzles import Puzzle
from idp.core.throttle import Policy, Suspect
from idp.credentials import passwords, pupil_secrets
from idp.credentials.passwords import Hasher, KnownAccount
from idp.signin import flow, tries
from idp.signin.attempts import Attempt, Proof
from idp.signin.question import Visitor
from mfa import factors, recovery_codes, totp

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What an answer needs beside the attempt: the floor, the password pool, who stands there, the schools at that address.

    `device` names a browser on which this account proved itself wholly before, None for any other: its tries are counted apart, so that
    nobody can slow the owner down from elsewhere.
    """

    floor: Floor
    hasher: Hasher
    visitor: Visitor
    here: tuple[int, ...] = ()
    device: str | None = None


async def give_secret(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A child's PIN (`pin`) or pictures (`picked`)."""
    floor, child_id, school_id = desk.floor, attempt.child_id, flow.school_of(attempt, desk.here)
    if child_id is None or school_id is None:
        return attempt
    given = form.get("picked") or form.get("pin", "").strip()
    hot, stands, today = floor.database.hot, desk.visitor.standing, flow.today(floor.now)
    # Before anything is counted: who does not stand at the school has no try, and keeps no child from its own (D2).
    known = await pupil_secrets.known(hot, school_id, child_id, today=today, standing=stands)
    if known is None:
        return replace(attempt, child_id=None)
    # One counter per child, whichever address of the school the try comes from: a school may have 2 to the power of 80 of them (D2).
    counter = tries.counter(floor.keyring, child_id)
    if waits := await _waits(desk, counter, throttle.CHILD, "children"):
        return _must_wait(desk, attempt, waits)
    epoch, ledger_id = known.epoch, known.ledger_id
    if not pupil_secrets.fits(floor.keyring, known, given):
        await throttle.failed(floor.store, _network(desk, "children"), throttle.CHILDREN_OF_A_NETWORK)
        await _note(desk, "signin.failed", by=ledger_id, school_id=school_id, way="child")
        return replace(attempt, wrong="secret", wait=0)
    await throttle.passed(floor.store, counter)
    if not known.used:
        await pupil_secrets.begin_use(hot, child_id, now=floor.now)
    if not known.seen:
        await standing.see(hot, school_id, stands, today=today)
    await _note(desk, "signin.passed", by=ledger_id, school_id=school_id, way="child")
    proof = Proof(child_id, "pupil", epoch, _seconds(desk), ("pin",))
    return replace(attempt, proof=proof, school_id=school_id, wrong=None, wait=0, session=None)


async def give_password(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """An address and a password. Raises `Problem("busy")`, which costs no try."""
    email, password = people.normal_email(form.get("email", ""))[:254], form.get("password", "")
    # While somebody else's proof stands, an address that was only typed does not become the attempt's.
    attempt = attempt if attempt.proof else replace(attempt, email=email)
    with desk.hasher.place(first=desk.device is not None):
        counter, suspect = _counter(desk, "staff", email, _place(desk)), _suspect(desk, email)
        worked = suspect is None or await puzzles.earned(desk.floor, _form(attempt), form, whom=suspect.key)
        if waits := await _waits(desk, counter, throttle.PASSWORD, "staff", suspect=suspect, worked=worked):
            return _must_wait(desk, attempt, waits)
        account = await _account(desk, email, password)
    if account is None:
        await _failed(desk)
        return replace(attempt, wrong="password", wait=0)
    await throttle.passed(desk.floor.store, counter, suspect=suspect)
    await _note(desk, "signin.passed", by=account.ledger_id, way="password")
    proof = Proof(account.person_id, "staff", account.epoch, _seconds(desk), ("pwd",))
    # Whatever the person before was in the middle of (a secret for an app, recovery codes) is not this person's.
    return replace(
        attempt,
        email=email,
        proof=proof,
        session=None,
        enrolling=None,
        owed_codes=None,
        terms_read=account.person_id if account.terms_read else None,
        wrong=None,
        wait=0,
    )


async def _account(desk: Desk, email: str, password: str) -> KnownAccount | None:
    """The account, if the password is its own. What is asked and computed is the same for an address that nobody has (C-313)."""
    floor = desk.floor
    account = await passwords.known(floor.database.hot, email)
    known = account.hash if account else None
    longest = floor.settings.password_max_length
    right = await desk.hasher.verify(password[:longest], known) and len(password) <= longest
    if account is None or known is None or not right:
        await _note(desk, "signin.failed", by=account.ledger_id if account else "unknown", way="password")
        return None
    if desk.hasher.outdated(known):
        renewed = await desk.hasher.hash(password)
        async with floor.database.begin() as db:
            await passwords.rehash(db, account.person_id, old=known, new=renewed)
    return account


async def give_code(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A code of the authenticator app, or a recovery code."""
    floor, proof = desk.floor, attempt.proof
    if proof is None:
        return attempt
    given = form.get("code", "")[:64]
    # One counter for everybody who has the password and none of the owner's devices: a million codes are few for a thousand addresses.
    counter = _counter(desk, "code", str(proof.person_id), desk.device or "")
    if waits := await _waits(desk, counter, throttle.CODE, "staff"):
        return _must_wait(desk, attempt, waits)
    async with floor.database.begin() as db:
        _, ledger_id = await people.identity(db, proof.person_id)
        way = await _spend(db, desk, proof.person_id, given)
        action = "second_factor.passed" if way else "second_factor.failed"
        await ledger.record(db, action, now=floor.now, by=ledger_id, detail={"way": way or "code"})
    if way is None:
        await _failed(desk)
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
    sealed = desk.floor.keyring.seal(totp.new_secret().encode(), bound_to=_belongs("enrolling", attempt))
    return replace(attempt, enrolling=sealed.hex())


def enrolling_secret(desk: Desk, attempt: Attempt) -> str:
    """The secret that the enrolment page shows."""
    raw = bytes.fromhex(attempt.enrolling or "")
    return desk.floor.keyring.open(raw, bound_to=_belongs("enrolling", attempt)).decode()


def _belongs(what: str, attempt: Attempt) -> str:
    # To this person in this attempt: whoever signs in after him in the same browser gets nothing of his.
    return f"attempt.{what}.{attempt.id}.{attempt.proof.person_id if attempt.proof else 0}"


async def enrol(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The first code of a new app: proves that it works, and makes recovery codes in the same step."""
    floor, proof = desk.floor, attempt.proof
    if proof is None or attempt.enrolling is None or not proof.fresh:
        return attempt
    counter = _counter(desk, "enrol", str(proof.person_id), desk.device or "")
    if waits := await throttle.enter(floor.store, counter, throttle.CODE):
        return _must_wait(desk, attempt, waits)
    secret = enrolling_secret(desk, attempt)
    step = totp.matching_step(secret, form.get("code", "")[:16], now=floor.now)
    if step is None:
        return replace(attempt, wrong="code", wait=0)
    async with floor.database.begin() as db:
        await people.hold(db, proof.person_id)
        if await factors.enrolled(db, proof.person_id):
            # Another tab was first; its factor is the one that counts.
            return replace(attempt, enrolling=None, wrong=None, wait=0)
        codes = await _enrolled(db, desk, proof.person_id, secret, step)
    await throttle.passed(floor.store, counter)
    proven = replace(proof, second_at=_seconds(desk), ways=(*proof.ways, "otp"))
    return owe_codes(desk, replace(attempt, proof=proven), codes)


def owe_codes(desk: Desk, attempt: Attempt, codes: list[str]) -> Attempt:
    """Who just set up a second factor is shown fresh recovery codes until they are kept."""
    sealed = desk.floor.keyring.seal(orjson.dumps(codes), bound_to=_belongs("owed_codes", attempt))
    return replace(attempt, enrolling=None, owed_codes=sealed.hex(), wrong=None, wait=0, session=None)


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
    opened: list[str] = orjson.loads(desk.floor.keyring.open(raw, bound_to=_belongs("owed_codes", attempt)))
    return opened


async def keep_codes(_: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The codes are kept; they are never shown again."""
    return replace(attempt, owed_codes=None, wrong=None) if form.get("kept") else replace(attempt, wrong="kept")


async def puzzle(desk: Desk, attempt: Attempt, email: str) -> Puzzle | None:
    """The puzzle for the form of a password, where one is asked before a try at this address from here; whether it has an account or not."""
    suspect = _suspect(desk, email)
    return await puzzles.asked(desk.floor, _form(attempt), _network(desk, "staff"), suspect.key) if suspect else None


def _form(attempt: Attempt) -> str:
    return f"password {attempt.id}"


def _suspect(desk: Desk, email: str) -> Suspect | None:
    """What is tried on one account from everywhere, but for its own devices: who has one of those is never asked for work."""
    return Suspect(_counter(desk, "account", email)) if desk.device is None else None


async def _waits(
    desk: Desk,
    counter: bytes,
    policy: Policy,
    crowd: str,
    *,
    suspect: Suspect | None = None,
    worked: bool = True,
) -> int:
    """Asks for one try, as `throttle.enter` does. A known device does not wait for its network."""
    network = _network(desk, crowd) if desk.device is None else None
    return await throttle.enter(desk.floor.store, counter, policy, crowd=network, suspect=suspect, worked=worked)


async def _failed(desk: Desk) -> None:
    if desk.device is None:
        await throttle.failed(desk.floor.store, _network(desk, "staff"), throttle.STAFF_OF_A_NETWORK)


def _counter(desk: Desk, *what: str) -> bytes:
    return desk.floor.keyring.mac("token", "throttle", *what)


def _network(desk: Desk, crowd: str) -> bytes:
    return _counter(desk, crowd, desk.visitor.network)


def _place(desk: Desk) -> str:
    return desk.device or f"net {desk.visitor.network}"


def _must_wait(desk: Desk, attempt: Attempt, seconds: int) -> Attempt:
    if seconds == throttle.NEEDS_WORK:
        return replace(attempt, wrong="work", wait=0)
    return replace(attempt, wrong="wait", wait=_seconds(desk) + seconds)


def _seconds(desk: Desk) -> int:
    return int(desk.floor.now.timestamp())


async def _note(desk: Desk, action: str, *, by: str, way: str, school_id: int | None = None) -> None:
    hot, now = desk.floor.database.hot, desk.floor.now
    await ledger.note(hot, action, now=now, by=by, school_id=school_id, subject=by, detail={"way": way})

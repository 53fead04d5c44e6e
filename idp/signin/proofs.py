"""Secrets given at a step: a child's PIN or pictures, a password, a code, the enrolment of an app (D2, D7, D28).

Each try is counted before the secret is looked at; a right one becomes a `Proof`. Unknown accounts look and cost the same as wrong passwords.
"""

from typing import Final

import orjson

from directory import people, standing
from idp.core import ledger, mail, throttle
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.frozen import replace
from idp.core.throttle import Policy
from idp.credentials import passwords, pupil_secrets
from idp.signin import flow, password_proofs, tries
from idp.signin.assurance import by_password
from idp.signin.attempts import Attempt, Proof
from idp.signin.desk import Desk, Form, must_wait, note
from idp.signin.password_proofs import Accounts
from mfa import factors, recovery_codes, totp

STAFF: Final = Accounts(
    way="password",
    crowd="staff",
    of_a_network=throttle.STAFF_OF_A_NETWORK,
    known=passwords.known,
    rehash=lambda db, account, old, new: passwords.rehash(db, account.person_id, old=old, new=new),
)


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
        return must_wait(desk, attempt, waits)
    epoch, ledger_id = known.epoch, known.ledger_id
    if not pupil_secrets.fits(floor.keyring, known, given):
        await throttle.failed(floor.store, desk.network("children"), throttle.CHILDREN_OF_A_NETWORK)
        await note(desk, "signin.failed", by=ledger_id, school_id=school_id, way="child")
        return replace(attempt, wrong="secret", wait=0)
    throttle.passed(floor.store, counter)
    if not known.used:
        await pupil_secrets.begin_use(hot, child_id, now=floor.now)
    if not known.seen:
        await standing.see(hot, school_id, stands, today=today)
    await note(desk, "signin.passed", by=ledger_id, school_id=school_id, way="child")
    proof = Proof(child_id, "pupil", epoch, desk.seconds, ("pin",))
    return replace(attempt, proof=proof, school_id=school_id, wrong=None, wait=0, session=None)


async def give_password(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """An address and a password. Raises `Problem("busy")`, which costs no try."""
    email = password_proofs.address(form)
    # While somebody else's proof stands, an address that was only typed does not become the attempt's.
    attempt = attempt if attempt.proof else replace(attempt, email=email)
    attempt, account = await password_proofs.give(desk, attempt, form, STAFF)
    if account is None:
        return attempt
    proof = Proof(account.person_id, "staff", account.epoch, desk.seconds, by_password(form.get("password", "")))
    # Whatever the person before was in the middle of (a secret for an app, recovery codes) is not this person's.
    return replace(
        attempt,
        email=email,
        proof=proof,
        session=None,
        enrolling=None,
        owed_codes=None,
        terms_read=account.person_id if account.terms_read else None,
    )


async def give_code(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A code of the authenticator app, or a recovery code."""
    floor, proof = desk.floor, attempt.proof
    if proof is None:
        return attempt
    given = form.get("code", "")[:64]
    # One counter for everybody who has the password and none of the owner's devices: a million codes are few for a thousand addresses.
    counter = desk.counter("code", str(proof.person_id), desk.device or "")
    if waits := await _waits(desk, counter, throttle.CODE, "staff"):
        return must_wait(desk, attempt, waits)
    async with floor.database.begin() as db:
        _, ledger_id = await people.identity(db, proof.person_id)
        way = await _spend(db, desk, proof.person_id, given)
        action = "second_factor.passed" if way else "second_factor.failed"
        await ledger.record(db, action, now=floor.now, by=ledger_id, detail={"way": way or "code"})
    if way is None:
        if desk.device is None:
            await throttle.failed(floor.store, desk.network("staff"), throttle.STAFF_OF_A_NETWORK)
        return replace(attempt, wrong="code", wait=0)
    throttle.passed(floor.store, counter)
    proven = replace(proof, second_at=desk.seconds, ways=(*proof.ways, way), fresh=True)
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
    counter = desk.counter("enrol", str(proof.person_id), desk.device or "")
    if waits := await throttle.enter(floor.store, counter, throttle.CODE):
        return must_wait(desk, attempt, waits)
    secret = enrolling_secret(desk, attempt)
    step = totp.matching_step(secret, form.get("code", "")[:16], now=floor.now)
    if step is None:
        return replace(attempt, wrong="code", wait=0)
    async with floor.database.begin() as db:
        ledger_id = await hold(db, proof)
        if await factors.enrolled(db, proof.person_id):
            # Another tab was first; its factor is the one that counts.
            return replace(attempt, enrolling=None, wrong=None, wait=0)
        codes = await _enrolled(db, desk, proof.person_id, ledger_id, secret, step)
    throttle.passed(floor.store, counter)
    proven = replace(proof, second_at=desk.seconds, ways=(*proof.ways, "otp"))
    return owe_codes(desk, replace(attempt, proof=proven), codes)


def owe_codes(desk: Desk, attempt: Attempt, codes: list[str]) -> Attempt:
    """Who just set up a second factor is shown fresh recovery codes until they are kept."""
    sealed = desk.floor.keyring.seal(orjson.dumps(codes), bound_to=_belongs("owed_codes", attempt))
    return replace(attempt, enrolling=None, owed_codes=sealed.hex(), wrong=None, wait=0, session=None)


async def hold(db: Db, proof: Proof) -> str:
    """Makes others who change something about this account wait; the ledger id. Raises `Problem("signin.expired")` where somebody just did: whoever
    gave the password of before leaves no factor behind.
    """
    await people.hold(db, proof.person_id)
    epoch, ledger_id = await people.identity(db, proof.person_id)
    if epoch != proof.epoch:
        raise Problem("signin.expired", status=410, detail="the person changed during the sign-in")
    return ledger_id


async def _enrolled(db: Db, desk: Desk, person_id: int, ledger_id: str, secret: str, step: int) -> list[str]:
    floor = desk.floor
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


async def _waits(desk: Desk, counter: bytes, policy: Policy, crowd: str) -> int:
    """Asks for one try at something that is not a password. A known device does not wait for its network, and nobody is asked for work."""
    network = desk.network(crowd) if desk.device is None else None
    return await throttle.enter(desk.floor.store, counter, policy, crowd=network, worked=True)

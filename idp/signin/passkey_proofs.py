"""Passkeys at a step: in the place of a password, beside the app, or as the first second factor (D7, C-322).

Every page that offers one carries a challenge of its own, for this attempt, this step and this person; an answer to any other one proves nothing.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from directory import people
from directory.people import Account
from idp.core import ledger, mail
from idp.core.db import Db
from idp.core.frozen import replace
from idp.signin import proofs
from idp.signin.attempts import Attempt, Proof
from idp.signin.desk import Desk, Form
from idp.signin.steps import Step
from mfa import ceremony, challenges, factors, passkeys, recovery_codes
from mfa.ceremony import Answer, NotProven, Place
from mfa.passkeys import Held


@dataclass(frozen=True, slots=True)
class Used:
    """A passkey that just proved its owner. `ways` are names of RFC 8176."""

    account: Account
    ways: tuple[str, ...]


def to_sign_in(desk: Desk, attempt: Attempt) -> str | None:
    """What the password page asks of the browser, as JSON; None where passkeys cannot be. Reads nothing and writes nothing."""
    place = _place(desk)
    return _json(ceremony.to_prove(place, _challenge(desk, attempt, Step.PASSWORD))) if place else None


async def to_confirm(desk: Desk, attempt: Attempt) -> str | None:
    """What the page of the second factor asks; None for who has no passkey."""
    place = _place(desk)
    if place is None or attempt.proof is None:
        return None
    async with desk.floor.database.read() as db:
        known = await passkeys.known(db, attempt.proof.person_id)
    asked = ceremony.to_prove(place, _challenge(desk, attempt, Step.SECOND_FACTOR), known=known)
    return _json(asked) if known else None


async def to_enrol(desk: Desk, attempt: Attempt) -> str | None:
    """What the enrolment page asks for a first passkey."""
    place, proof = _place(desk), attempt.proof
    if place is None or proof is None:
        return None
    async with desk.floor.database.read() as db:
        account = await people.email_of(db, proof.person_id) or ""
        called = await people.first_name_of(db, proof.person_id) or account
    challenge = _challenge(desk, attempt, Step.ENROL)
    asked = ceremony.to_make(
        place, challenge, handle=_fresh_handle(desk, attempt), account=account, called=called, known=()
    )
    return _json(asked)


async def sign_in(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A passkey in the place of a password. It says itself whose it is, and counts as both factors."""
    used = await _used(desk, attempt, Step.PASSWORD, form.get("passkey", ""), only=None)
    if used is None:
        return replace(attempt, wrong="passkey", wait=0)
    account, now = used.account, int(desk.floor.now.timestamp())
    proof = Proof(account.person_id, "staff", account.epoch, now, used.ways, second_at=now)
    # Whatever the person before was in the middle of is not this person's.
    anew = replace(attempt, email=account.email, proof=proof, session=None, enrolling=None, owed_codes=None)
    return replace(anew, wrong=None, wait=0)


async def confirm(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """A passkey after the password, of the same person."""
    proof = attempt.proof
    if proof is None:
        return attempt
    used = await _used(desk, attempt, Step.SECOND_FACTOR, form.get("passkey", ""), only=proof.person_id)
    if used is None:
        return replace(attempt, wrong="passkey", wait=0)
    proven = replace(proof, second_at=int(desk.floor.now.timestamp()), ways=(*proof.ways, *used.ways), fresh=True)
    return replace(attempt, proof=proven, wrong=None, wait=0, session=None)


async def enrol(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """The first passkey of somebody who must have a second factor and has none; recovery codes are made in the same step."""
    floor, proof, place = desk.floor, attempt.proof, _place(desk)
    if proof is None or place is None or not proof.fresh:
        return attempt
    text = form.get("passkey", "")
    try:
        answer = ceremony.read(text)
        if not await _spent(desk, attempt, Step.ENROL, answer):
            raise NotProven("not a challenge of this page")
        new = ceremony.verify_new(place, text, answer)
    except NotProven:
        return replace(attempt, wrong="passkey", wait=0)
    name = passkeys.name_from(form.get("name", ""), otherwise=ceremony.NAME)
    async with floor.database.begin() as db:
        ledger_id = await proofs.hold(db, proof)
        if await factors.enrolled(db, proof.person_id):
            # Another tab was first; its factor is the one that counts.
            return replace(attempt, enrolling=None, wrong=None, wait=0)
        handle = _fresh_handle(desk, attempt)
        if await passkeys.keep(db, proof.person_id, new, handle=handle, name=name, now=floor.now) is None:
            return replace(attempt, wrong="passkey", wait=0)
        codes = await recovery_codes.renew(db, floor.keyring, proof.person_id)
        detail = {"way": "passkey"}
        await ledger.record(db, "second_factor.enrolled", now=floor.now, by=ledger_id, subject=ledger_id, detail=detail)
        await _mail(desk, db, proof.person_id, "second_factor_on")
    ways = (*proof.ways, *_ways(synced=new.synced))
    proven = replace(proof, second_at=int(floor.now.timestamp()), ways=ways)
    return proofs.owe_codes(desk, replace(attempt, proof=proven), codes)


async def _used(desk: Desk, attempt: Attempt, step: Step, text: str, *, only: int | None) -> Used | None:
    """Whose passkey this is, if it is proven; `only` that person's counts, where one is known. What went wrong is recorded."""
    place = _place(desk)
    try:
        answer = ceremony.read(text)
    except NotProven:
        return None
    if place is None or not await _spent(desk, attempt, step, answer):
        return None
    async with desk.floor.database.begin() as db:
        held = await passkeys.find(db, answer.credential_id)
        account = await people.account_of(db, held.person_id) if held else None
        if held is None or account is None or (only is not None and held.person_id != only):
            await _record(desk, db, step, None, passed=False)
            return None
        return await _proven(desk, db, place, held, account, step, text, answer)


async def _proven(
    desk: Desk, db: Db, place: Place, held: Held, account: Account, step: Step, text: str, answer: Answer
) -> Used | None:
    outcome = await passkeys.prove(db, place, held, text, answer, now=desk.floor.now)
    if outcome == "went_back":
        detail = {"passkey": held.id}
        by = account.ledger_id
        await ledger.record(db, "passkey.went_back", now=desk.floor.now, by=by, subject=by, detail=detail)
        await _mail(desk, db, held.person_id, "passkey_went_back")
        return None
    await _record(desk, db, step, account, passed=outcome == "proven")
    return Used(account, _ways(synced=held.synced)) if outcome == "proven" else None


async def _record(desk: Desk, db: Db, step: Step, account: Account | None, *, passed: bool) -> None:
    by = account.ledger_id if account else "unknown"
    second = "second_factor.passed" if passed else "second_factor.failed"
    first = "signin.passed" if passed else "signin.failed"
    action = second if step is Step.SECOND_FACTOR else first
    await ledger.record(db, action, now=desk.floor.now, by=by, subject=by, detail={"way": "passkey"})


async def _mail(desk: Desk, db: Db, person_id: int, kind: str) -> None:
    email = await people.email_of(db, person_id)
    if email:
        await mail.queue(db, kind, email, now=desk.floor.now, contact=desk.floor.settings.support_contact)


def _ways(*, synced: bool) -> tuple[str, ...]:
    # RFC 8176: a key that leaves its device in a vault is one in software as far as we can tell; the device checked who held it.
    return ("swk" if synced else "hwk", "user")


def _place(desk: Desk) -> Place | None:
    return ceremony.place_of(desk.floor.settings.base_url)


def _challenge(desk: Desk, attempt: Attempt, step: Step) -> bytes:
    return challenges.issue(desk.floor.keyring, *_bound(attempt, step), now=desk.floor.now)


async def _spent(desk: Desk, attempt: Attempt, step: Step, answer: Answer) -> bool:
    floor = desk.floor
    return await challenges.spend(floor.store, floor.keyring, answer.challenge, *_bound(attempt, step), now=floor.now)


def _bound(attempt: Attempt, step: Step) -> tuple[str, ...]:
    whose = attempt.proof.person_id if attempt.proof and step is not Step.PASSWORD else 0
    return "attempt", attempt.id, attempt.browser, step.value, str(whose)


def _fresh_handle(desk: Desk, attempt: Attempt) -> bytes:
    # The page and its answer must mean the same one, and nothing is kept in between.
    return desk.floor.keyring.mac("token", "passkey handle", *_bound(attempt, Step.ENROL))


def _json(asked: dict[str, Any]) -> str:
    return orjson.dumps(asked).decode()

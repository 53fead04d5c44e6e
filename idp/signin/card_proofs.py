"""A child's sign-in card at a step: who holds it is who it is, at its own school only (D26, D28, R108).

A wrong card, a voided one, one of another school and one of a child that left meet the same answer. A code of 160 bits is guessed by nobody; tries
are counted all the same, per browser and per network as for other secrets, so that a machine which tries costs little.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from directory import standing
from idp.core import ledger, throttle
from idp.core.throttle import Policy
from idp.credentials import login_cards, pupil_secrets
from idp.signin import flow
from idp.signin.attempts import Attempt, Proof
from idp.signin.proofs import Desk

Form = Mapping[str, str]
CARD: Final = Policy(free=20, first_pause=10, longest_pause=120, most=1000)
"""Wrong cards in one browser: a class whose cards were voided yesterday is not one that guesses."""
UNKNOWN: Final = "unknown"


async def give_card(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """What a camera or a scanner read of a card (`card`)."""
    floor, visitor, now = desk.floor, desk.visitor, int(desk.floor.now.timestamp())
    counter = floor.keyring.mac("token", "throttle", "card", attempt.browser)
    network = floor.keyring.mac("token", "throttle", "children", visitor.network)
    if pause := await throttle.enter(floor.store, counter, CARD, crowd=network):
        return replace(attempt, wrong="wait", wait=now + pause)
    code = login_cards.read(form.get("card", "")[:100])
    chosen, today = flow.school_of(attempt, desk.here), flow.today(floor.now)
    hot, here = floor.database.hot, visitor.standing
    child = (
        await login_cards.holder(hot, floor.keyring, code, chosen=chosen, today=today, standing=here) if code else None
    )
    if child is None:
        await throttle.failed(floor.store, network, throttle.CHILDREN_OF_A_NETWORK)
        await _note(desk, "signin.failed", by=UNKNOWN, school_id=None)
        return replace(attempt, wrong="card", wait=0)
    await throttle.passed(floor.store, counter)
    if not child.used:
        await pupil_secrets.begin_use(hot, child.person_id, now=floor.now)
    if not child.seen:
        await standing.see(hot, child.school_id, here, today=today)
    await _note(desk, "signin.passed", by=child.ledger_id, school_id=child.school_id)
    proof = Proof(child.person_id, "pupil", child.epoch, now, ("card",))
    # The child of the card may be another one than who was asked for on this page before.
    anew = replace(attempt, proof=proof, school_id=child.school_id, group_id=None, child_id=None, was_id=None)
    return replace(anew, wrong=None, wait=0, session=None)


async def _note(desk: Desk, action: str, *, by: str, school_id: int | None) -> None:
    hot, now = desk.floor.database.hot, desk.floor.now
    await ledger.note(hot, action, now=now, by=by, school_id=school_id, subject=by, detail={"way": "card"})

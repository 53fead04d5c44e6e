"""A child's sign-in card at a step: who holds it is who it is, at its own school only (D26, D28, R108).

A wrong card, a voided one, one of another school and one of a child that left meet the same answer. A code of 160 bits is guessed by nobody; tries
are counted all the same, per browser and per network as for other secrets, so that a machine which tries costs little.
"""

from typing import Final

from directory import standing
from idp.core import throttle
from idp.core.frozen import replace
from idp.core.throttle import Policy
from idp.credentials import login_cards, pupil_secrets
from idp.signin import flow
from idp.signin.attempts import Attempt, Proof
from idp.signin.desk import Desk, Form, must_wait, note

CARD: Final = Policy(free=20, first_pause=10, longest_pause=120, most=1000)
"""Wrong cards in one browser: a class whose cards were voided yesterday is not one that guesses."""
UNKNOWN: Final = "unknown"


async def give_card(desk: Desk, attempt: Attempt, form: Form) -> Attempt:
    """What a camera or a scanner read of a card (`card`)."""
    floor, visitor = desk.floor, desk.visitor
    counter, network = desk.counter("card", attempt.browser), desk.network("children")
    if pause := await throttle.enter(floor.store, counter, CARD, crowd=network):
        return must_wait(desk, attempt, pause)
    code = login_cards.read(form.get("card", "")[:100])
    chosen, today = flow.school_of(attempt, desk.here), flow.today(floor.now)
    hot, here = floor.database.hot, visitor.standing
    child = (
        await login_cards.holder(hot, floor.keyring, code, chosen=chosen, today=today, standing=here) if code else None
    )
    if child is None:
        await throttle.failed(floor.store, network, throttle.CHILDREN_OF_A_NETWORK)
        await note(desk, "signin.failed", by=UNKNOWN, way="card")
        return replace(attempt, wrong="card", wait=0)
    throttle.passed(floor.store, counter)
    if not child.used:
        await pupil_secrets.begin_use(hot, child.person_id, now=floor.now)
    if not child.seen:
        await standing.see(hot, child.school_id, here, today=today)
    await note(desk, "signin.passed", by=child.ledger_id, school_id=child.school_id, way="card")
    proof = Proof(child.person_id, "pupil", child.epoch, desk.seconds, ("card",))
    # The child of the card may be another one than who was asked for on this page before.
    anew = replace(attempt, proof=proof, school_id=child.school_id, group_id=None, child_id=None, was_id=None)
    return replace(anew, wrong=None, wait=0, session=None)

"""A contact of a party under test tries its software as somebody who does not exist: a person of that party's own reference school.

The contact is proven with two factors, in a session of his own that stays. What he plays gets a session beside it that no browser holds: only the
attempt knows it, and only for as long as the contact's own session stands (D37).
"""

from typing import Final

from directory.reference import people as reference_people
from directory.reference.people import ReferencePerson
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.signin import attempts, holding, sessions
from idp.signin.attempts import Attempt, Proof
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from mfa.policy import manages

TRIALS: Final = frozenset({"iss", "state"})
"""Mistakes that our answer can hold on purpose, so that a contact sees his software refuse it."""


async def playable(floor: Floor, party_id: int) -> list[ReferencePerson]:
    """Whom a contact of this party may play."""
    async with floor.database.read() as db:
        school = await reference_people.school_of(db, party_id)
        return await reference_people.people_of(db, school.id) if school is not None else []


async def play(
    floor: Floor, attempt: Attempt, visitor: Visitor, person_id: int | None, *, trial: str | None
) -> Attempt:
    """The attempt with the proof that the chosen reference person would have given; unchanged for anybody else."""
    question, contact = attempt.question, visitor.session
    if question is None or contact is None or attempt.session != contact.key.hex():
        return attempt
    async with floor.database.read() as db:
        school = await reference_people.school_of(db, question.party_id)
        found = await reference_people.people_of(db, school.id) if school is not None else []
    chosen = next((one for one in found if one.person_id == person_id), None)
    if school is None or chosen is None:
        return attempt
    at, ways = int(floor.now.timestamp()), _ways(chosen)
    second_at = at if "otp" in ways else None
    fresh = Session(b"", chosen.person_id, chosen.kind, school.id, chosen.epoch, at, at, second_at, ways)
    _, made, stored = sessions.create(floor.keyring, fresh)
    await floor.store.put(stored, ("played", contact.key, made.key, attempts.LIFETIME))
    proof = Proof(chosen.person_id, chosen.kind, chosen.epoch, at, ways, second_at, fresh=False)
    return replace(
        attempt,
        proof=proof,
        school_id=school.id,
        session=made.key.hex(),
        contact=contact.key.hex(),
        trial=trial if trial in TRIALS else None,
    )


def _ways(one: ReferencePerson) -> tuple[str, ...]:
    """How such a person would have come: a child at home, for a reference school has no network; who manages with two factors (D7)."""
    if one.kind == "pupil":
        return (sessions.HOME, "pin")
    return ("pwd", "otp") if manages(one.roles) else ("pwd",)


async def played(floor: Floor, contact: Session) -> Session | None:
    """The session of whom this contact played last, within half an hour."""
    key = await floor.store.get("played", contact.key)
    return await sessions.peek(floor.store, key) if key is not None else None


async def acting(floor: Floor, attempt: Attempt, visitor: Visitor) -> Visitor:
    """The visitor of this attempt: the reference person where its contact, still signed in here, plays one; else who stands there."""
    contact, question = visitor.session, attempt.question
    if attempt.contact is None or contact is None or attempt.session is None or contact.key.hex() != attempt.contact:
        return visitor
    if question is None or not await _acts_for(floor, contact, question.party_id, visitor):
        return visitor
    found = await sessions.peek(floor.store, bytes.fromhex(attempt.session))
    return replace(visitor, session=found) if found is not None else visitor


async def _acts_for(floor: Floor, contact: Session, party_id: int, visitor: Visitor) -> bool:
    known = await holding.facts_about(floor, contact, None, visitor, now=floor.now)
    return known is not None and holding.stands(contact, known) and known.contact_of == party_id

"""Whether a session still holds: the facts about whose it is, and what they say of it at this moment."""

from datetime import datetime

from idp.core.clock import AMSTERDAM
from idp.core.floor import Floor
from idp.signin import facts, sessions
from idp.signin.facts import Facts
from idp.signin.question import Question, Visitor
from idp.signin.sessions import Session


def stands(session: Session, known: Facts) -> bool:
    """Whether a session still proves what it proved: same epoch, a child only where it may be, a second factor where one is due."""
    if not known.same_epoch:
        return False
    if session.kind == "pupil":
        return in_place(session, known)
    return session.second_at is not None or not known.needs_second


def in_place(session: Session, known: Facts) -> bool:
    """Whether a child is where it may be. Whom a network provider brought is the provider's to place: its school says so by that choice (D35)."""
    return known.in_place or sessions.NETWORK in session.ways


async def facts_about(
    floor: Floor, session: Session, question: Question | None, visitor: Visitor, *, now: datetime
) -> Facts | None:
    """The facts about whose session this is, at its school."""
    return await facts_of(
        floor,
        session.person_id,
        session.school_id,
        session.epoch,
        question,
        visitor,
        now=now,
        at_home=session.at_home,
    )


async def facts_of(
    floor: Floor,
    person_id: int,
    school_id: int | None,
    epoch: int,
    question: Question | None,
    visitor: Visitor,
    *,
    now: datetime,
    at_home: bool = False,
) -> Facts | None:
    """The facts about a person at a school, and about the party of the question if there is one. `at_home`: it signs in, or did, at home."""
    return await facts.load(
        floor.database.hot,
        protocol=question.protocol if question else "oidc",
        connection_id=question.connection_id if question else None,
        person_id=person_id,
        school_id=school_id,
        epoch=epoch,
        standing=None if at_home else visitor.standing,
        today=now.astimezone(AMSTERDAM).date(),
        may_opt_out=floor.settings.mfa_coordinator_opt_out,
    )

"""A session begins: all that was proven in an attempt, kept in one trip with what finds it again."""

import base64
from dataclasses import dataclass, field

from idp.core import ids
from idp.core.crypto import Keyring
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.core.store import Entry, Member
from idp.signin import attempts, browsers, holding, logout, network_sessions, sessions, visits
from idp.signin.attempts import Attempt, Proof
from idp.signin.facts import Facts
from idp.signin.network_sessions import NetworkSession
from idp.signin.question import Ready, Visitor
from idp.signin.sessions import Session
from idp.signin.visits import Visit


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that began by this request, the value of its cookie, and the party's answer if that goes at once: then the attempt is over.

    `first`: nobody opened this one before, by the same button or the same answer of a provider.
    """

    session: Session
    cookie: str = field(repr=False)
    answer: Ready | None = None
    first: bool = True


async def open_session(
    floor: Floor, attempt: Attempt, visitor: Visitor, facts: Facts, *, done: bool
) -> tuple[Opened, Attempt]:
    """The session of who is wholly proven in an attempt, and the attempt that knows it. The one that this browser had before is over.

    `done`: nothing is left to ask.
    """
    # Only a party's contact, who has a role on a board, and the platform's own people are active without a school (`Facts.active`).
    proof, school_id = attempt.proof, sessions.NO_SCHOOL if facts.school_id is None else attempt.school_id
    if proof is None or school_id is None:
        raise Problem("internal", status=500, detail="a session needs a person and a school")
    mark = await _succeeded(floor, visitor.session, proof) if visitor.session is not None else b""
    # A step up begins no new day: how long a session may last counts from the first secret (C-319).
    created_at, proven_at = proof.at, proof.at
    network = attempt.network
    if network is not None and network.proven_at is not None:
        # The provider may have proved the person a while ago, and says when that ends (C-273): ours is over by then.
        proven_at = min(proof.at, network.proven_at)
        latest = network.until - sessions.LONGEST[proof.kind] if network.until is not None else created_at
        created_at = min(created_at, latest)
    session = Session(
        b"",
        proof.person_id,
        proof.kind,
        school_id,
        proof.epoch,
        created_at,
        proven_at,
        proof.second_at,
        proof.ways if facts.duty is None else tuple(dict.fromkeys((*proof.ways, sessions.ON_DUTY))),
        mark,
    )
    cookie, made, stored = sessions.create(floor.keyring, session, drawn=_drawn(floor.keyring, attempt, visitor, proof))
    attempt = replace(attempt, session=made.key.hex())
    answer = Ready(made, facts, attempt.trial) if done and _at_once(attempt) and holding.stands(made, facts) else None
    # Who proves more in an attempt that goes on gets another session.
    attempt = replace(attempt, answered=True) if answer else replace(attempt, pressed=None, draw=ids.short_id())
    entries: list[Entry | Member] = [attempts.entry(floor.keyring, attempt), *sessions.trace(made)]
    if proof.kind == "staff":
        visit = Visit(*browsers.kind_of(visitor.agent), str(visitor.address), int(floor.now.timestamp()))
        entries.append(visits.entry(floor.keyring, proof.person_id, made.key, visit))
    if network is not None and network.proven_at is not None:
        at = network.upstream_id, network.called, network.index
        opened = NetworkSession(*at, hint=network.hint, sure=network.sure)
        entries += network_sessions.entries(floor.keyring, made.mark, opened)
    begun = await sessions.begin(floor.store, made, stored, *entries)
    if begun is None:
        raise Problem("signin.expired", status=410, detail="signed out while it was being opened")
    return Opened(begun, cookie, replace(answer, session=begun) if answer else None, first=begun is made), attempt


def _drawn(keyring: Keyring, attempt: Attempt, visitor: Visitor, proof: Proof) -> str:
    """256 bits for a cookie, the same ones for one person who presses the same button of this attempt often before he is answered: nobody knows which
    answer the browser will hear. Half of what they follow from is known to the browser alone, the other half to the store.
    """
    drawn = keyring.mac("token", "drawn", visitor.binding, attempt.draw, attempt.pressed or "", str(proof.person_id))
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _at_once(attempt: Attempt) -> bool:
    # A contact who plays somebody is not whose session this is.
    return attempt.question is not None and attempt.question.at_once and attempt.contact is None


async def _succeeded(floor: Floor, former: Session, proof: Proof) -> bytes:
    """The mark that goes on in the session after this one. The id changes at every sign-in, and the one before is dead (C-135)."""
    if former.person_id != proof.person_id:
        await logout.set_aside(floor, former)
        return b""
    # Who proves himself once more is still at the parties where he was; but what he ended meanwhile in another tab does not begin again (C-320).
    goes_on = await sessions.end(floor.store, former) or await sessions.marked(floor.store, former.mark, now=proof.at)
    return former.mark if goes_on else b""

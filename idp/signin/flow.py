"""From a question to an answer: at once for who is signed in, else by way of an attempt."""

from datetime import date, datetime
from typing import TypeGuard

from directory import people, picking, standing
from idp.core import ids
from idp.core.clock import AMSTERDAM, school_year
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.credentials import parents, terms
from idp.credentials.parents import Child
from idp.signin import attempts, facts, holding, network_sessions, opening, reference, sessions, silent
from idp.signin.assurance import Level
from idp.signin.attempts import Attempt, Network, Proof, Way
from idp.signin.facts import Facts
from idp.signin.opening import Opened
from idp.signin.question import Question, Ready, Refused, Visitor
from idp.signin.sessions import Session
from idp.signin.steps import Known, Step, next_step, plays, proven, verdict


async def arrive(floor: Floor, question: Question, visitor: Visitor) -> Ready | Refused | None:
    """The fast path: an answer without a page, a row or a redirect (architecture, section 2). None: somebody has to be asked.

    What needs a page is refused with `must_ask` where the question is passive; None then means that a network provider is to be asked, as silently.
    """
    now = floor.now
    ready = await _signed_in(floor, question, visitor, now=now)
    if _answers(ready, question):
        return ready
    if not question.passive:
        return None
    if ready is not None and plays(question, ready.facts):
        # A contact who tries the software silently is whom he played last, as the publisher's own people would be.
        visitor = replace(visitor, session=await reference.played(floor, ready.session))
        ready = await _signed_in(floor, question, visitor, now=now)
        if _answers(ready, question):
            return ready
    if ready is not None and ready.facts.verdict is not None:
        return Refused(ready.facts.verdict)
    if ready is not None and ready.session.kind == "pupil":
        return Refused("assurance.unreachable")
    if silent.can_ask(question, visitor):
        return None
    return Refused("signin.needed", must_ask=True)


def _answers(ready: Ready | None, question: Question) -> TypeGuard[Ready]:
    return ready is not None and ready.facts.verdict is None and ready.session.level >= question.least


def surely(visitor: Visitor, *, fresh: bool, least: Level) -> Session | None:
    """The session, if nothing is left to ask that the release statement does not check itself: a protocol that releases at once (SAML) may then skip
    the facts. A child must stand at its school: the caller has the statement check that too. Of one that signed in at home only the facts say
    whether it still may be there.
    """
    session = visitor.session
    if session is None or fresh or session.level < least:
        return None
    at_school = session.kind == "pupil" and not session.at_home
    return session if at_school or session.second_at is not None else None


async def _signed_in(floor: Floor, question: Question, visitor: Visitor, *, now: datetime) -> Ready | None:
    session = visitor.session
    if session is None or question.fresh:
        return None
    if _too_old(question, session, now=now):
        return None
    known = await holding.facts_about(floor, session, question, visitor, now=now)
    if known is None or not holding.stands(session, known):
        return None
    return Ready(session, known)


async def still_stands(floor: Floor, session: Session, visitor: Visitor) -> bool:
    """Whether a session still proves its person, for pages of our own."""
    known = await holding.facts_about(floor, session, None, visitor, now=floor.now)
    return known is not None and known.active and holding.stands(session, known)


def today(now: datetime) -> date:
    """The day it is in the Netherlands."""
    return now.astimezone(AMSTERDAM).date()


async def begin(floor: Floor, visitor: Visitor, browser: bytes, question: Question | None) -> Attempt:
    """A new attempt, stored. Who is signed in brings that proof along, unless the question wants a fresh one."""
    now = floor.now
    attempt = attempts.begin(
        floor.keyring, browser, now=int(now.timestamp()), question=question, card_device=visitor.by_card
    )
    session = visitor.session
    if session is not None:
        attempt = await _bring_session(floor, attempt, session, visitor, now=now)
    attempt = await recall_group(floor, attempt, visitor)
    await attempts.keep_new(floor.store, floor.keyring, attempt, network=visitor.network)
    return attempt


async def recall_group(floor: Floor, attempt: Attempt, visitor: Visitor) -> Attempt:
    """On a device that knows a group, a child begins at its tiles, as long as that group is on the pick list where the device stands."""
    group_id = visitor.group_id
    if group_id is None or attempt.proof is not None or attempt.way not in {None, "pupil"}:
        return attempt
    year, stands = school_year(floor.now), visitor.standing
    school_id = await picking.school_of_group(floor.database.hot, group_id, school_year=year, standing=stands)
    if school_id is None or attempt.school_id not in {None, school_id}:
        return attempt
    return replace(attempt, school_id=school_id, group_id=group_id, recalled=group_id)


async def _bring_session(
    floor: Floor, attempt: Attempt, session: Session, visitor: Visitor, *, now: datetime
) -> Attempt:
    known = await holding.facts_about(floor, session, attempt.question, visitor, now=now)
    if known is None or not known.same_epoch:
        return attempt
    if session.kind == "pupil" and not holding.in_place(session, known):
        return attempt
    if _wants_fresh(attempt.question, session, now=now):
        if sessions.NETWORK in session.ways and (opened := await network_sessions.of(floor.store, session.mark)):
            # Who proved the person proves it again, with a new proof (C-215).
            return replace(attempt, way="network", network=Network(opened.upstream_id), school_id=session.school_id)
        if session.at_home:
            return replace(attempt, way="home")
        if session.kind == "pupil":
            attempt = replace(attempt, way="pupil", school_id=session.school_id)
            return await remember_child(floor, attempt, session.person_id)
        return replace(attempt, way="staff", school_id=session.school_id)
    if _wants_more(attempt.question, session):
        opened = await network_sessions.of(floor.store, session.mark)
        if opened is not None and opened.sure:
            # What the party wants more the provider can prove as well: it is asked for that before we are.
            return replace(attempt, way="network", network=Network(opened.upstream_id), school_id=session.school_id)
    async with floor.database.read() as db:
        email = await people.email_of(db, session.person_id)
    proof = Proof(
        session.person_id, session.kind, session.epoch, session.proven_at, session.ways, session.second_at, fresh=False
    )
    way: Way = "home" if session.at_home else "pupil" if session.kind == "pupil" else "staff"
    way = "network" if sessions.NETWORK in session.ways else way
    return replace(
        attempt, way=way, school_id=session.school_id, proof=proof, session=session.key.hex(), email=email or ""
    )


async def remember_child(floor: Floor, attempt: Attempt, child_id: int) -> Attempt:
    """Asks "Ben jij Noor?" before anything else, unless this school shows that child no longer (D23, D24)."""
    hot, school_id = floor.database.hot, attempt.school_id or 0
    known = await picking.one(hot, school_id, child_id, today=today(floor.now))
    shown = known is not None and not known.child.hidden
    return replace(attempt, was_id=child_id if shown else None)


def _wants_fresh(question: Question | None, session: Session, *, now: datetime) -> bool:
    if question is None:
        return False
    return question.fresh or _too_old(question, session, now=now)


def _wants_more(question: Question | None, session: Session) -> bool:
    by_network = session.kind == "staff" and sessions.NETWORK in session.ways
    return by_network and question is not None and session.level < question.least


def _too_old(question: Question, session: Session, *, now: datetime) -> bool:
    # OIDC Core 3.1.2.1. Both moments are cut to whole seconds: at equality more than max_age may have passed, so it is asked.
    return question.max_age is not None and int(now.timestamp()) - session.proven_at >= question.max_age


async def known_of(floor: Floor, attempt: Attempt, visitor: Visitor) -> Known:
    """What the rules look at, read anew for every step: nothing that an attempt remembers is taken for true."""
    now = floor.now
    if attempt.proof is None:
        if attempt.way in {"staff", "network"}:
            return Known(here=())
        if attempt.way == "home":
            return Known(here=(), children=await children_of(floor, attempt))
        return Known(here=await standing.schools_here(floor.database.hot, visitor.standing))
    proof = attempt.proof
    if proof.fresh and now.timestamp() >= max(proof.at, proof.second_at or 0) + attempts.LIFETIME:
        raise Problem("signin.expired", status=410, detail="the secret was given too long ago")
    places, known = await _at_work(floor, attempt, proof, visitor, now=now)
    if known is None or not known.same_epoch:
        raise Problem("signin.expired", status=410, detail="the person changed during the sign-in")
    return Known(here=(), workplaces=places, facts=known)


async def _at_work(
    floor: Floor, attempt: Attempt, proof: Proof, visitor: Visitor, *, now: datetime
) -> tuple[tuple[int, ...], Facts | None]:
    """The workplaces, and the facts at the one that counts. Who works at the school that he chose, or at one only: his other ones decide nothing."""

    async def facts_at(school_id: int | None) -> Facts | None:
        who, asked = (proof.person_id, school_id, proof.epoch), attempt.question
        return await holding.facts_of(floor, *who, asked, visitor, now=now, at_home=sessions.HOME in proof.ways)

    known = await facts_at(attempt.school_id)
    if proof.kind != "staff" or (known is not None and known.of_no_school):
        return (), known
    if known is not None and known.active and known.school_id is not None:
        return (known.school_id,), known
    places = await people.workplace_ids(floor.database.hot, proof.person_id, today=today(now))
    return places, await facts_at(_workplace(attempt.school_id, places))


async def children_of(floor: Floor, attempt: Attempt) -> tuple[Child, ...]:
    """The children of the parent who is proven in this attempt, read anew: an address that was taken away shows nobody any more (D29)."""
    home = attempt.home
    if home is None or home.parent_id is None or floor.now.timestamp() >= home.at + attempts.LIFETIME:
        return ()
    return await parents.children(floor.database.hot, home.parent_id, epoch=home.epoch, today=today(floor.now))


def supposed(attempt: Attempt) -> Known | None:
    """While a child of a chosen school picks: that it is at that school. What is shown next, and what compares the secret, looks for itself in the
    statement that it needs anyway. None for every other attempt: `known_of` tells."""
    if attempt.proof is not None or attempt.school_id is None or attempt.way != "pupil":
        return None
    return Known(here=(attempt.school_id,), supposed=True)


def just_proven(attempt: Attempt) -> Known | None:
    """What is known by the proof itself of a child that gave its secret at its school in this very request, at our own door. None for every other
    attempt."""
    proof = attempt.proof
    if (
        proof is None
        or proof.kind != "pupil"
        or attempt.way != "pupil"
        or attempt.school_id is None
        or attempt.question
    ):
        return None
    return Known(here=(), facts=facts.of_a_child_seen(attempt.school_id))


def _workplace(chosen: int | None, places: tuple[int, ...]) -> int | None:
    """The chosen school, if the person works there; the only workplace of who has one needs no choice (R6)."""
    if chosen in places or not places:
        return chosen
    return places[0] if len(places) == 1 else None


def school_of(attempt: Attempt, here: tuple[int, ...]) -> int | None:
    """The school whose groups a child may pick from: the chosen one, or the only one at this address."""
    if attempt.school_id is not None:
        return attempt.school_id
    return here[0] if len(here) == 1 else None


async def settle(
    floor: Floor, attempt: Attempt, visitor: Visitor, *, known: Known | None = None
) -> tuple[Attempt, Known, Step, Opened | None]:
    """Where an attempt stands now, as far as is `known` (by default what is true). When the person is wholly proven a session is opened: the last
    item."""
    known = known or await known_of(floor, attempt, visitor)
    if attempt.proof is not None and attempt.proof.kind == "staff":
        attempt = replace(attempt, school_id=_workplace(attempt.school_id, known.workplaces))
        attempt = await _look_at_terms(floor, attempt)
    step = next_step(attempt, known)
    opened = None
    if attempt.proof is not None and proven(step) and attempt.session is None and known.facts and known.facts.active:
        done = step is Step.DONE
        opened, attempt = await opening.open_session(floor, attempt, visitor, known.facts, done=done)
    return attempt, known, step, opened


async def _look_at_terms(floor: Floor, attempt: Attempt) -> Attempt:
    """Asked once in a sign-in, when everything else about the person is known; never for a session that is there already (D43)."""
    proof = attempt.proof
    if proof is None or not proof.fresh or attempt.terms_read == proof.person_id:
        return attempt
    read = await terms.has_read(floor.database.hot, proof.person_id)
    return replace(attempt, terms_read=proof.person_id if read else None)


async def resume(floor: Floor, attempt_id: str, visitor: Visitor) -> tuple[Question, Ready | Refused | Attempt]:
    """Back at the protocol. The answer of a finished attempt (which ends by this call), or the attempt if a step is still open.

    Raises `Problem` for an attempt that is over, of another browser, or without a question.
    """
    attempt = await attempts.find(floor.store, floor.keyring, attempt_id, visitor.browser)
    visitor = await reference.acting(floor, attempt, visitor)
    question = attempt.question
    if question is None:
        raise Problem("signin.expired", status=410, detail="an attempt at our own door answers nobody")
    if attempt.given_up:
        return question, await _ended(floor, attempt, Refused("signin.given_up"))
    attempt = await catch_up(floor, attempt, visitor)
    ready = await _proven(floor, attempt, visitor)
    if ready is not None and holding.stands(ready.session, ready.facts):
        return question, await _ended(floor, attempt, ready)
    if ready is not None:
        # A child that left its school: nothing was proven for where it is now.
        attempt = _from_the_start(attempt)
        await attempts.keep(floor.store, floor.keyring, attempt)
    if question.passive and (asking := silent.onwards(attempt, visitor)):
        await attempts.keep(floor.store, floor.keyring, asking)
        return question, asking
    if question.passive:
        return question, await _ended(floor, attempt, Refused("signin.needed", must_ask=True))
    return question, attempt


async def _proven(floor: Floor, attempt: Attempt, visitor: Visitor) -> Ready | None:
    """The answer, if this browser has the session in which the attempt ended and nothing is left to ask."""
    session = visitor.session
    if session is None or attempt.session != session.key.hex():
        return None
    known = await known_of(floor, attempt, visitor)
    if next_step(attempt, known) is not Step.DONE or known.facts is None:
        return None
    return Ready(session, known.facts, attempt.trial)


async def again(floor: Floor, attempt: Attempt, visitor: Visitor, *, proves: bool) -> Attempt | Ready:
    """For who presses the last button twice, and hears only what the second press brings: the same answer; or, where the first one's session never
    reached the browser, or is not enough by now, the attempt as it was before its proof. `proves`: the button brings that proof, and with it the same
    session. One that never got there is over where it does not.

    Raises `Problem("signin.expired")` where it was over already: somebody signed out.
    """
    ready = await _proven(floor, attempt, visitor)
    if ready is not None and holding.stands(ready.session, ready.facts):
        return ready
    here = visitor.session is not None and visitor.session.key.hex() == attempt.session
    if not here and not await _there(floor, bytes.fromhex(attempt.session or ""), goes_on=proves):
        raise Problem("signin.expired", status=410, detail="answered already")
    network = Network(attempt.network.upstream_id) if attempt.network is not None else None
    draw = attempt.draw if proves and not here else ids.short_id()
    return replace(attempt, proof=None, session=None, answered=False, pressed=None, network=network, draw=draw)


async def _there(floor: Floor, session: bytes, *, goes_on: bool) -> bool:
    """Whether a session stands; it is over then, unless it goes on."""
    if goes_on:
        return await sessions.stands(floor.store, session, now=int(floor.now.timestamp()))
    return await sessions.end_by_key(floor.store, session)


async def _ended(floor: Floor, attempt: Attempt, answer: Ready | Refused) -> Ready | Refused:
    """The answer, for one of all who ask for it. Raises `Problem("signin.expired")` for the others."""
    if not await attempts.take(floor.store, floor.keyring, attempt):
        raise Problem("signin.expired", status=410, detail="answered already")
    return answer


async def catch_up(floor: Floor, attempt: Attempt, visitor: Visitor) -> Attempt:
    """An attempt for a party, as it stands beside what happened in this browser meanwhile.

    Its own session is over (signed out, or another one took its place): it starts anew. Nobody was asked yet and somebody is signed in by now,
    in another tab or before a cross-site POST left the cookie behind (D25): that is the answer. Our own door keeps to itself (D23).
    """
    session = (await reference.acting(floor, attempt, visitor)).session
    lost = attempt.session is not None and (session is None or attempt.session != session.key.hex())
    caught_up = _from_the_start(attempt) if lost else attempt
    if session is not None and _untouched(caught_up):
        caught_up = await _bring_session(floor, caught_up, session, visitor, now=floor.now)
    if attempt.question is None or caught_up is attempt:
        return attempt
    await attempts.keep(floor.store, floor.keyring, caught_up)
    return caught_up


def _untouched(attempt: Attempt) -> bool:
    # Who picked anything is a person at the keyboard, perhaps another one than who signed in: a child never goes on as its teacher (D23).
    # What the device recalled is no choice of anybody.
    recalled = attempt.recalled is not None and attempt.group_id == attempt.recalled
    asked = replace(attempt, school_id=None, group_id=None, recalled=None) if recalled else attempt
    return asked == _from_the_start(attempt)


def _from_the_start(attempt: Attempt) -> Attempt:
    return Attempt(attempt.id, attempt.browser, attempt.began_at, attempt.question, card_device=attempt.card_device)


def refusal(attempt: Attempt, known: Known) -> str:
    """The code of the reason that a refused person reads."""
    return verdict(attempt, known) or "internal"

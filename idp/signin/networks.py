"""By way of a network provider: begun, sent, and back (D34, D35). The wire is `protocols`' business; whom we let in is decided here.

What waits for an answer stands in the attempt, and the attempt belongs to one browser: an answer that was asked for elsewhere finds nothing to
answer (C-134, C-272). An answer counts once, on whichever node it arrives (C-274).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.core import ids, ledger
from idp.core.crypto import Keyring
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.signin import attempts, bindings, facts, flow, recognition, sessions
from idp.signin.assurance import Level
from idp.signin.attempts import Attempt, Network, Proof
from idp.signin.facts import Facts
from idp.signin.question import Question, Visitor
from idp.signin.recognition import Brought, Unrecognised
from idp.signin.sessions import NETWORK
from metadata.upstreams import KnownUpstream, KnownUpstreams

REMEMBERED: Final = 24 * 3600
"""Seconds for which an answer that was used is known; longer than any may be valid."""


async def provider_of(known: KnownUpstreams, attempt: Attempt) -> KnownUpstream | None:
    """The provider that an attempt goes by, None when it is gone.

    Raises `Problem("signin.expired")`, `Unavailable`.
    """
    network = attempt.network
    if network is None or attempt.proof is not None or attempt.way != "network":
        raise Problem("signin.expired", status=410, detail="an attempt that goes by no network provider")
    return await known.by_id(network.upstream_id)


def begun(
    keyring: Keyring,
    visitor_browser: bytes,
    upstream: KnownUpstream,
    *,
    now: int,
    question: Question | None,
    school_id: int | None = None,
    binding: bytes = b"",
    not_here: Collection[int] = (),
) -> Attempt:
    """A fresh attempt that goes by a provider, not stored yet. `binding` is the mark of the activation link by which somebody binds his account."""
    attempt = attempts.begin(keyring, visitor_browser, now=now, question=question)
    network = Network(upstream.id, binding=binding.hex(), not_here=tuple(sorted(not_here)))
    return replace(attempt, way="network", school_id=school_id, network=network)


@dataclass(frozen=True, slots=True)
class Wish:
    """What our question at the provider must ask for: a new proof, two factors, that it asks only so many others (None: no limit), and no page.

    `behind` is who stands behind the party by its own word.
    """

    fresh: bool
    two_factors: bool
    hops: int | None = None
    behind: tuple[str, ...] = ()
    passive: bool = False


def wish(attempt: Attempt, visitor: Visitor) -> Wish:
    """What a question needs of the provider. With `max_age` a new proof is asked for: how old the provider's own one is, nobody knows beforehand. So
    it is where somebody who is signed in comes once more for a page of ours that wants one (C-318)."""
    question = attempt.question
    if question is None:
        return Wish(fresh=attempt.back is not None and visitor.session is not None, two_factors=False)
    # C-235: the provider that we ask is one of those that the party allows.
    hops = None if question.hops is None else max(question.hops - 1, 0)
    fresh, two_factors = question.fresh or question.max_age is not None, question.least >= Level.TWO_FACTORS
    return Wish(fresh, two_factors, hops, question.behind, passive=question.passive)


def sent(
    attempt: Attempt, visitor: Visitor, *, name: str, now: datetime, fresh: bool, nonce: str = "", verifier: str = ""
) -> Attempt:
    """The attempt, not stored yet, as it waits for the answer to a question of this name, and to no question before."""
    if attempt.network is None:
        raise Problem("signin.expired", status=410, detail="an attempt that goes by no network provider")
    asked = replace(
        attempt.network,
        sent=name,
        sent_at=int(now.timestamp()),
        fresh=fresh,
        nonce=nonce,
        verifier=verifier,
        former=visitor.session.key.hex() if visitor.session is not None else None,
    )
    return replace(attempt, network=asked)


def name_of(attempt: Attempt) -> str:
    """A name for a question of this attempt, of which the answer tells the attempt: 256 random bits, an NCName."""
    return f"_{attempt.id}.{ids.token()}"


async def waiting(floor: Floor, sent: str | None, visitor: Visitor) -> tuple[Attempt, Network]:
    """The attempt that waits for the answer to this question, in this browser. `sent` is as the answer says it: not proven yet.

    Raises `Problem("signin.expired")`, `Problem("signin.other_browser")`.
    """
    attempt_id = (sent or "").removeprefix("_").partition(".")[0][:64]
    attempt = await attempts.find(floor.store, floor.keyring, attempt_id, visitor.browser)
    network = attempt.network
    if network is None or network.sent is None or network.sent != sent or attempt.proof is not None:
        raise Problem("signin.expired", status=410, detail="an answer to no question that waits")
    return attempt, network


class UsedBefore(Problem):
    """An answer of a provider counts once, wherever the first was (C-274)."""

    def __init__(self) -> None:
        super().__init__("network.answer", status=400, detail="an answer that was used before")


async def once(floor: Floor, upstream: KnownUpstream, answer: str) -> None:
    """An answer of a provider, by its own id, is used. Raises `UsedBefore` for the second time."""
    key = floor.keyring.mac("token", "network answer", str(upstream.id), answer)
    if not await floor.store.first("answered", key, REMEMBERED):
        raise UsedBefore


async def bring(
    floor: Floor, attempt: Attempt, upstream: KnownUpstream, brought: Brought, *, answer: str | None = None
) -> tuple[Attempt, Facts | None]:
    """The attempt with whom the provider brings, proven and to be kept yet, or refused and kept. Recorded in the ledger.

    And what is true of a child about whom a party asks, as the statement read it that recognised the child. Its session begins now, and who begins
    that a second time used the answer before (`Opened.first`). For everybody else `answer`, its id, is used from here on, if it is not yet: raises
    `UsedBefore`.
    """
    network = attempt.network
    if network is None:
        raise Problem("internal", status=500, detail="nobody was asked for")
    now, today = int(floor.now.timestamp()), flow.today(floor.now)
    if answer is not None and attempt.question is None:
        await once(floor, upstream, answer)
    if network.binding and not await bindings.bind(floor, network, upstream, brought):
        return await refuse(floor, attempt, "network.unbound"), None
    hot = floor.database.hot
    world = floor.settings.eckid_environment
    known = await recognition.recognise(
        hot,
        floor.keyring,
        upstream,
        brought,
        question=attempt.question,
        school_id=attempt.school_id,
        today=today,
        world=world,
    )
    if isinstance(known, Unrecognised):
        detail = {"way": NETWORK, "upstream": upstream.id, "because": known.trace}
        by = known.ledger_id or "unknown"
        await ledger.note(
            hot, "signin.failed", now=floor.now, by=by, school_id=known.school_id, subject=by, detail=detail
        )
        return await refuse(floor, attempt, known.code, of=known), None
    of_child = attempt.question is not None and known.kind == "pupil"
    if answer is not None and attempt.question is not None and not of_child:
        await once(floor, upstream, answer)
    detail = {"way": NETWORK, "upstream": upstream.id}
    by = known.ledger_id
    await ledger.note(hot, "signin.passed", now=floor.now, by=by, school_id=known.school_id, subject=by, detail=detail)
    # C-278: two factors count where the operator trusts this provider for them, and a second factor of ours is due otherwise.
    second_at = brought.proven_at if brought.two_factors and upstream.trusted_for_mfa else None
    proof = Proof(known.person_id, known.kind, known.epoch, now, (NETWORK,), second_at)
    told = replace(
        network,
        sent=None,
        binding="",
        nonce="",
        verifier="",
        refused=None,
        proven_at=brought.proven_at,
        until=brought.until,
        called=brought.called,
        index=brought.index,
        hint=brought.hint,
        sure=upstream.trusted_for_mfa,
    )
    calm = replace(attempt, session=None, wrong=None, wait=0)
    true = facts.of_a_child_seen(known.school_id, known.asks) if of_child else None
    return replace(calm, proof=proof, school_id=known.school_id, email=known.email or "", network=told), true


async def as_sent(floor: Floor, visitor: Visitor, network: Network) -> Visitor:
    """The visitor with the session that the browser had when it was sent: a cross-site post leaves that cookie behind (D25)."""
    if visitor.session is not None or network.former is None:
        return visitor
    return replace(visitor, session=await sessions.peek(floor.store, bytes.fromhex(network.former)))


async def refuse(floor: Floor, attempt: Attempt, code: str, *, of: Unrecognised | None = None) -> Attempt:
    """The attempt, stored as it is when nobody comes from the provider (`refused`)."""
    attempt = refused(attempt, code, of=of)
    await attempts.keep(floor.store, floor.keyring, attempt)
    return attempt


def refused(attempt: Attempt, code: str, *, of: Unrecognised | None = None) -> Attempt:
    """The attempt goes on at the page that says who can help: at the person's own school, `of` whom we know for sure who it is."""
    network = attempt.network
    if network is None:
        raise Problem("internal", status=500, detail="nobody was asked for")
    asked = Network(network.upstream_id, refused=code, binding=network.binding, not_here=network.not_here)
    if of is not None and of.school_id is not None:
        return replace(attempt, network=replace(asked, kind=of.kind), school_id=of.school_id)
    return replace(attempt, network=asked)

"""One pending sign-in: what was asked and what the person has answered so far.

Its id is in the URL and proves nothing: the attempt is bound to the browser that began it by a cookie (C-134). Behind its random part stands where it
began, under a seal over both: who comes back to one that is over finds the way, and nobody learns ways by counting. Answers of pages carry a ticket
bound to attempt and step, so that no other page, tab or site can give them.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from idp.core import ids
from idp.core.crypto import Keyring, same
from idp.core.errors import Problem
from idp.core.frozen import whole
from idp.core.store import Counter, Entry, Store
from idp.signin.assurance import Level
from idp.signin.question import Question

LIFETIME = 30 * 60
ANSWERED = 10
"""Seconds that an attempt outlives its answer, for whoever presses the last button twice."""
MOST_BEGUN = 60_000
"""From one network within one lifetime: 10,000 children behind one address, each of whom begins six times in half an hour."""

Way = Literal["pupil", "staff", "home", "network"]


@dataclass(frozen=True, slots=True)
class Proof:
    """Who gave a right secret in this attempt (or is signed in already: `fresh` is False). Moments are epoch seconds."""

    person_id: int
    kind: str
    epoch: int
    at: int
    ways: tuple[str, ...]
    second_at: int | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Home:
    """How far somebody at home is: with a code, or by a parent's account (D3).

    `code` is the hex of what a typed code is looked up by, whether anybody has that code or not; `kind` what the child says it signs in with.
    `as_parent`: an address and a password come first; `parent_id` who gave the right ones, at the epoch second `at`, under `epoch`. `stopped` is
    the condition that failed after a right secret, of a child of the group `group_id`.
    """

    code: str | None = None
    kind: str = "pin"
    as_parent: bool = False
    parent_id: int | None = None
    epoch: int = 0
    at: int = 0
    stopped: str | None = None
    group_id: int | None = None


@dataclass(frozen=True)
class Network:
    """How far somebody is who comes by way of a network provider (D35). Moments are epoch seconds.

    `sent` is the name of our question there that waits for its answer, `sent_at` its moment; `fresh` that it wanted a new proof; `nonce` and
    `verifier` belong to a question over OIDC; `former` is the hex key of the session that the browser had then. `binding` is the hex mark of the
    activation link by which somebody binds the account here to the one there, `not_here` the places where he said that he does not work.

    `refused` is the code of why nobody came back, `kind` who it is where that is known. Of who did: `proven_at` when the provider proved the person,
    `until` when its own session ends, `called` and `index` how it calls the person and the session, for signing out, `hint` what it wants to
    see then, sealed; `sure` that two factors count there.
    """

    upstream_id: int
    sent: str | None = None
    sent_at: int = 0
    fresh: bool = False
    nonce: str = ""
    verifier: str = field(default="", repr=False)
    former: str | None = None
    refused: str | None = None
    kind: str | None = None
    binding: str = field(default="", repr=False)
    not_here: tuple[int, ...] = ()
    proven_at: int | None = None
    until: int | None = None
    called: str = field(default="", repr=False)
    index: str | None = field(default=None, repr=False)
    hint: str | None = field(default=None, repr=False)
    sure: bool = False


@dataclass(frozen=True)
class Attempt:
    """A pending sign-in. `question` is None at our own door.

    `session` is the hex key of the session that this attempt ended in; `enrolling` a sealed TOTP secret on its way to being proven;
    `owed_codes` sealed recovery codes that were not shown and kept yet; `wrong` says that the last secret did not fit; `wait` until
    which epoch second a next try makes no sense. `ask_way` opens the question Leerling, Medewerker, Thuis on a school's network too. `back` is
    the page of our own to go on at when nothing is left to ask and no party waits; `kept` a sealed form that came too late. `shared`: it began at
    a pupil shortcut, so that others use this device too and nobody's user name is kept on it. `terms_read` is the person of whom is known that he
    read the present *gebruikersovereenkomst*. `card`: a child shows its sign-in
    card, or picks itself; None while nobody chose, and then it goes as on this device the last time: `card_device`.
    `recalled`: the group that this device knows, and that it began with. `tried`: the child whose secret was `wrong`, where the address names it.
    `contact` is the hex key of the session of a party's contact who plays a reference person in this attempt; `trial` the mistake that our answer
    shall hold. `answered`: the party has its answer, by the form with the mark `pressed`. `draw` is random: the cookie of the
    session follows from it, so that a button that is pressed often opens one.
    """

    id: str
    browser: str
    began_at: int
    question: Question | None = None
    way: Way | None = None
    ask_way: bool = False
    school_id: int | None = None
    group_id: int | None = None
    child_id: int | None = None
    tried: int | None = None
    was_id: int | None = None
    proof: Proof | None = None
    session: str | None = None
    enrolling: str | None = None
    owed_codes: str | None = None
    email: str = ""
    wrong: str | None = None
    wait: int = 0
    given_up: bool = False
    back: str | None = None
    kept: str | None = None
    shared: bool = False
    terms_read: int | None = None
    card: bool | None = None
    card_device: bool = False
    recalled: int | None = None
    home: Home | None = None
    network: Network | None = None
    contact: str | None = None
    trial: str | None = None
    answered: bool = False
    pressed: str | None = None
    draw: str = field(default_factory=ids.short_id, repr=False, compare=False)


Began = Literal["party", "school", "home", "door"]
_MARKS: Final[dict[str, Began]] = {"p": "party", "s": "school", "h": "home"}
AT_HOME: Final = "h"


def at_school(school_id: int) -> str:
    """The mark of an attempt that began at the pupil shortcut of this school."""
    return f"s{school_id}"


def begin(
    keyring: Keyring,
    browser: bytes,
    *,
    now: int,
    question: Question | None,
    card_device: bool = False,
    began: str = "",
) -> Attempt:
    """A fresh attempt of this browser, not stored yet. `began` is the mark of where, for one that no party asked for."""
    mark = began if question is None else f"p{question.party_id}"
    drawn = ids.short_id()
    name = f"{drawn}{mark}{_seal(keyring, drawn, mark)}" if mark else drawn
    return Attempt(id=name, browser=browser.hex(), began_at=now, question=question, card_device=card_device)


def began_at(keyring: Keyring, attempt_id: str) -> tuple[Began, int]:
    """Where an attempt of ours began, and the number of the party or the school; of an id that we did not write so: our own door, and 0.

    It tells nothing about who asks: whoever has the id may have found it.
    """
    drawn, mark, seal = attempt_id[: ids.SHORT], attempt_id[ids.SHORT : -_SEAL], attempt_id[-_SEAL:]
    if not mark or not same(_seal(keyring, drawn, mark), seal):
        return "door", 0
    return _MARKS[mark[0]], int(mark[1:] or "0")


_SEAL: Final = 12
"""Characters of 9 bytes: nobody hits 72 bits by trying over the network."""


def _seal(keyring: Keyring, drawn: str, mark: str) -> str:
    return base64.urlsafe_b64encode(keyring.mac("ticket", "began", drawn, mark)[: _SEAL * 3 // 4]).decode()


async def keep(store: Store, keyring: Keyring, attempt: Attempt) -> None:
    """Stores an attempt, new or changed."""
    await store.put(entry(keyring, attempt))


async def keep_new(store: Store, keyring: Keyring, attempt: Attempt, *, network: str) -> None:
    """Stores a new attempt and counts it for the network that it comes from, so that no flood fills the store. Raises `Problem("busy")`."""
    counter: Counter = "begun", keyring.mac("token", "begun", network), LIFETIME
    if await store.put_counted(entry(keyring, attempt), counter) > MOST_BEGUN:
        await store.delete("attempt", _key(keyring, attempt.id))
        detail = "more sign-ins were begun from one network than children sign in"
        raise Problem("busy", status=429, detail=detail, headers={"Retry-After": "60"})


def entry(keyring: Keyring, attempt: Attempt) -> Entry:
    """How the store keeps an attempt."""
    return "attempt", _key(keyring, attempt.id), orjson.dumps(attempt), ANSWERED if attempt.answered else LIFETIME


async def find(
    store: Store, keyring: Keyring, attempt_id: str, browser: bytes | None, *, pressed: bool = False
) -> Attempt:
    """The attempt with this id, if this browser began it; one that is answered only for a button that was `pressed` there.

    Raises `Problem("signin.expired")`, `Problem("signin.other_browser")`.
    """
    attempt = _checked(await store.get("attempt", _key(keyring, attempt_id)), browser)
    if attempt.answered and not pressed:
        raise Problem("signin.expired", status=410, detail="answered already")
    return attempt


async def take(store: Store, keyring: Keyring, attempt: Attempt) -> bool:
    """Ends an attempt; of two that try exactly one gets True."""
    return await store.take("attempt", _key(keyring, attempt.id)) is not None


def ticket(keyring: Keyring, attempt: Attempt, step: str) -> str:
    """What the form of one step of one attempt must carry; where a child gives its secret, of that child: no page, no try."""
    whose = (str(attempt.child_id),) if step == OF_ONE_CHILD else ()
    return keyring.mac("ticket", attempt.id, attempt.browser, step, *whose).hex()[:32]


OF_ONE_CHILD: Final = "secret"
"""The step whose page is one child's."""


def check_ticket(keyring: Keyring, attempt: Attempt, step: str, given: str) -> None:
    """Raises `Problem("csrf")` unless the form came from our own page of this step (C-133)."""
    if not same(ticket(keyring, attempt, step), given):
        raise Problem("csrf", status=403, detail=f"wrong ticket for step {step[:20]!r}")


def mark_of(keyring: Keyring, path: str, form: Mapping[str, str]) -> str:
    """Of a form that was sent to this address of an attempt: the same form again, behind the same door, has the same mark."""
    return keyring.mac("ticket", "pressed", path, orjson.dumps(form, option=orjson.OPT_SORT_KEYS).decode()).hex()


def _checked(raw: bytes | None, browser: bytes | None) -> Attempt:
    if raw is None:
        raise Problem("signin.expired", status=410)
    attempt = _read(orjson.loads(raw))
    if browser is None or not same(attempt.browser, browser.hex()):
        raise Problem("signin.other_browser", status=403)
    return attempt


def _read(plain: dict[str, Any]) -> Attempt:
    question, proof = plain["question"], plain["proof"]
    if question is not None:
        told = {"least": Level(question["least"]), "behind": tuple(question.get("behind", ()))}
        plain["question"] = whole(Question, {**question, **told})
    if proof is not None:
        plain["proof"] = Proof(**{**proof, "ways": tuple(proof["ways"])})
    if plain["home"] is not None:
        plain["home"] = Home(**plain["home"])
    if plain["network"] is not None:
        plain["network"] = whole(Network, {**plain["network"], "not_here": tuple(plain["network"]["not_here"])})
    return whole(Attempt, plain)


def _key(keyring: Keyring, attempt_id: str) -> bytes:
    return keyring.mac("token", "attempt", attempt_id)

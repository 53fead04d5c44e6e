"""The end of a session, everywhere: here at once, at the parties that know it as soon as they answer (C-077).

What is to be told stands in the database before anything is tried, so that nothing is forgotten by a process that dies. Whoever is at the screen
waits five seconds at most; whom nobody reached in that time the worker tries again (`idp.jobs.logouts`). How a party is told is its wire's matter:
the roofs hand in one `Wire` for each protocol.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from consent import participants, release
from consent.participants import Connection, Leaving, State
from idp.core import ids
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.signin import sessions
from idp.signin.sessions import Session
from metadata.keys import KnownKeys
from metadata.parties import KnownParties

LARGEST_ANSWER: Final = 64 * 1024
PATIENCE: Final = 2.0
"""Seconds for everything that parties answer us directly; the page with what goes by way of the browser waits `FRAMES` at most."""
FRAMES: Final = 3
"""Seconds that the browser gets for what it opens: with `PATIENCE` it is five that anybody waits (C-077)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a party's server said."""

    status: int
    body: bytes


class Post(Protocol):
    """Sends a body of a media type to an address that a party named; None when there is no answer that may be used."""

    async def __call__(
        self, address: str, body: bytes, *, kind: str, headers: Mapping[str, str] | None = None
    ) -> Answered | None: ...


def guarded(*, loopback_allowed: bool) -> Post:
    """The way out for addresses that others named (C-128); `loopback_allowed` where the product itself runs on such a one."""

    async def post(
        address: str, body: bytes, *, kind: str, headers: Mapping[str, str] | None = None
    ) -> Answered | None:
        # Loaded when the first party is told, not when a process starts to serve (D43).
        from idp.core import fetching

        try:
            answer = await fetching.post(
                address, body, kind=kind, headers=headers, loopback_allowed=loopback_allowed, most=LARGEST_ANSWER
            )
        except fetching.FetchRefused:
            return None
        return Answered(answer.status, answer.body)

    return post


@dataclass(frozen=True, slots=True)
class Means:
    """What telling a party takes: the floor, our keys, the parties, and the way out."""

    floor: Floor
    keys: KnownKeys
    parties: KnownParties
    post: Post


@dataclass(frozen=True, slots=True)
class Wire:
    """How the parties of one protocol are told.

    `tell` asks a party directly: whether it ended the session, or None where it has no address for that. `frame` is the address that the person's
    browser opens in place of it, None where there is none either; it may be one of our own that leads there.
    """

    tell: Callable[[Means, Leaving], Awaitable[bool | None]]
    frame: Callable[[Means, Leaving], Awaitable[str | None]]


Wires = Mapping[str, Wire]


@dataclass(frozen=True, slots=True)
class Frame:
    """An address that the browser opens to tell one party, by the id of whom it tells. Over SAML the party `answers`, to us; a loaded frame of OpenID
    Connect is all there is (Front-Channel Logout 2). For a network provider, which no row tells of, `asked` is our request and `party` its name.
    """

    id: int
    address: str
    answers: bool
    asked: str | None = None
    party: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """How somebody leaves the network provider by which he came: in a frame that asks by the request `asked` and names its `party`, or by a page that
    comes back to ours.
    """

    frame: str | None = None
    page: str | None = None
    asked: str | None = None
    party: str = ""


@dataclass(frozen=True, slots=True)
class Farewell:
    """What came of it. `name` is the run's: who knows it may see it. `frames` are to be opened by the browser.

    `mute` are those whom nothing reaches: they registered no address for a logout.
    """

    name: str
    told: Sequence[Leaving] = ()
    failed: Sequence[Leaving] = ()
    mute: Sequence[Leaving] = ()
    frames: Sequence[Frame] = ()

    @property
    def quiet(self) -> bool:
        """Whether the person need not see anything of it."""
        return not self.failed and not self.frames


async def leave(
    means: Means, wires: Callable[[], Wires], session: Session, *, but: Connection | None = None
) -> Farewell:
    """Ends a session and tells the parties that know it, `but` the one that asked for it. Raises `Unavailable`; the session is over even then."""
    floor, name = means.floor, ids.token()
    try:
        await _void(floor, session)
        leavings = await _entered(floor, session, run_of(floor, name), but)
    finally:
        await sessions.end(floor.store, session)
    return await _told(means, wires(), name, leavings) if leavings else Farewell(name)


async def _void(floor: Floor, session: Session) -> None:
    """A code that still lies at a party is refused from here on: redeemed later, it would be in nobody's notice (C-078).

    What remains: a release whose statement looked before this commit and ended after `_entered` looked, two round trips of the same process apart.
    On SQLite there is no such moment. To close it every release would have to hold something of its session, and this would have to wait for it.
    """
    await release.void(floor.database.hot, session.mark, now=floor.now)


async def _entered(floor: Floor, session: Session, run: bytes | None, but: Connection | None = None) -> list[Leaving]:
    whose, now = (session.person_id, session.mark), floor.now
    if not await participants.any_knows(floor.database.hot, *whose, now=now):
        return []
    async with floor.database.begin() as db:
        await participants.enter_session(db, *whose, run=run, now=now, but=but)
        return await participants.of_run(db, floor.keyring, run) if run is not None else []


async def set_aside(floor: Floor, session: Session) -> bool:
    """Ends a session for which nobody waits, such as that of who sat here before (D23): the parties hear of it from the worker.

    Tells whether it did end.
    """
    if not await sessions.end(floor.store, session):
        return False
    await _void(floor, session)
    await _entered(floor, session, None)
    return True


def run_of(floor: Floor, name: str) -> bytes:
    """How the name of a run is kept."""
    return floor.keyring.mac("token", "logout run", name)[:16]


async def _told(means: Means, wires: Wires, name: str, leavings: Sequence[Leaving]) -> Farewell:
    async def one(leaving: Leaving) -> tuple[State, str | None]:
        wire = wires[leaving.protocol]
        try:
            async with asyncio.timeout(PATIENCE):
                outcome = await wire.tell(means, leaving)
        except TimeoutError:
            outcome = False
        if outcome is not None:
            return ("told" if outcome else "waiting"), None
        frame = await wire.frame(means, leaving)
        return ("asked" if frame else "mute"), frame

    outcomes = await asyncio.gather(*map(one, leavings))
    async with means.floor.database.begin() as db:
        settled = [(leaving.id, state) for leaving, (state, _) in zip(leavings, outcomes, strict=True)]
        await participants.settle(db, settled, now=means.floor.now)
    now = [replace(leaving, state=state) for leaving, (state, _) in zip(leavings, outcomes, strict=True)]
    return Farewell(
        name,
        told=[leaving for leaving in now if leaving.state == "told"],
        failed=[leaving for leaving in now if leaving.state == "waiting"],
        mute=[leaving for leaving in now if leaving.state == "mute"],
        frames=[
            Frame(leaving.id, frame, leaving.protocol == "saml")
            for leaving, (_, frame) in zip(leavings, outcomes, strict=True)
            if frame
        ],
    )

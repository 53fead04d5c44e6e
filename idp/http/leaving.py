"""The way out, the same at every door that leads there: the session ends, the parties hear of it, and the person goes on or sees who did not answer.

What a page must show is kept in the store under the run's name for ten minutes: it is the only one who knows the name that may see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import orjson
from starlette.responses import RedirectResponse, Response

from consent import participants
from consent.participants import Leaving
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.http import visitors
from idp.http.resources import Resources
from idp.signin import logout, network_sessions
from idp.signin.logout import Exit, Farewell, Frame
from idp.signin.question import Visitor
from idp.signin.sessions import Session

ELSEWHERE: Final = "/signout/elsewhere"
KEPT_SECONDS: Final = 600
Register = Literal["staff", "pupil", "home"]


@dataclass(frozen=True, slots=True)
class Run:
    """One logout on its way. `onwards` is where it ends, proven to be a place that a person may be sent to.

    `frames` are what the browser still has to open. `answers` is what a protocol needs to answer the party that asked. `unanswered` are the names of
    network providers that were asked and did not answer.
    """

    onwards: str
    register: Register
    frames: Sequence[Frame]
    answers: Mapping[str, Any] | None = None
    unanswered: Sequence[str] = ()


def register_of(session: Session | None) -> Register:
    """How the pages of a way out address somebody."""
    if session is None or session.kind != "pupil":
        return "staff"
    return "home" if session.at_home else "pupil"


def done(session: Session | None) -> str:
    """Our own page that says so."""
    return done_for(register_of(session))


def done_for(register: str) -> str:
    """Our own page that says so, to whom it addresses."""
    return "/signout/done" if register == "staff" else f"/signout/done?as={register}"


async def sign_out(resources: Resources, visitor: Visitor, *, onwards: str | None = None) -> Response:
    """Ends the visitor's session everywhere, and leads on: `onwards`, by default to our own page; by a page of ours where a party is to be opened
    in the browser or did not answer. Without a session it only leads on. Raises `Unavailable`.
    """
    session = visitor.session
    target = onwards or done(session)
    if session is None:
        return visitors.forget_session(RedirectResponse(target, status_code=303))
    provider = await exit_of(resources, session)
    farewell = with_exit(await logout.leave(resources.means, resources.wires, session), provider)
    if provider.page is not None and target == done(session):
        # Only where the way ends with us: a publisher that asked gets the person back, whatever a provider does (C-061).
        target = provider.page
    if not farewell.quiet:
        await keep(resources.floor, farewell.name, Run(target, register_of(session), farewell.frames))
        target = f"{ELSEWHERE}/{farewell.name}"
    return visitors.forget_session(RedirectResponse(target, status_code=303))


async def exit_of(resources: Resources, session: Session) -> Exit:
    """How the person of a session leaves the network provider that opened it; nothing for all others. It is asked once."""
    floor = resources.floor
    at = await network_sessions.of(floor.store, session.mark)
    if at is None or resources.exits is None:
        return Exit()
    await network_sessions.forget(floor.store, floor.keyring, session.mark)
    return await resources.exits(resources, at)


def with_exit(farewell: Farewell, provider: Exit) -> Farewell:
    """With the provider's frame beside those of the parties."""
    if provider.frame is None:
        return farewell
    frame = Frame(0, provider.frame, answers=True, asked=provider.asked, party=provider.party)
    return replace(farewell, frames=[*farewell.frames, frame])


async def ask_provider(floor: Floor, upstream_id: int, asked: str) -> None:
    """A network provider is asked by this request of ours to sign somebody out; until it says that it did, it has not."""
    await floor.store.put(("exit", _exit(floor, asked), str(upstream_id).encode(), KEPT_SECONDS))


async def provider_did(floor: Floor, upstream_id: int, asked: str) -> None:
    """A network provider says that it signed somebody out. About a request that it did not get, or about none of ours, it says nothing."""
    if await floor.store.get("exit", _exit(floor, asked)) == str(upstream_id).encode():
        await floor.store.delete("exit", _exit(floor, asked))


def _exit(floor: Floor, asked: str) -> bytes:
    return floor.keyring.mac("token", "network exit", asked)


def origin_of(address: str) -> str:
    """The origin of a frame for a page's policy; that of our own ones is told by its keyword."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"


async def keep(floor: Floor, name: str, run: Run) -> None:
    """Keeps a run for its pages."""
    await floor.store.put(("leaving", logout.run_of(floor, name), orjson.dumps(asdict(run)), KEPT_SECONDS))


async def find(floor: Floor, name: str) -> Run | None:
    """The run of this name; None when there is none any more."""
    return _read(await floor.store.get("leaving", logout.run_of(floor, name)))


async def take(floor: Floor, name: str) -> Run | None:
    """The run of this name, for whoever asks first."""
    return _read(await floor.store.take("leaving", logout.run_of(floor, name)))


def _read(raw: bytes | None) -> Run | None:
    if raw is None:
        return None
    plain = orjson.loads(raw)
    return Run(**{**plain, "frames": [Frame(**frame) for frame in plain["frames"]]})


async def opened(floor: Floor, name: str, run: Run, seen: frozenset[str]) -> tuple[Run, list[Leaving]]:
    """What became of a run, once its frames were opened; `seen` are those that the browser says it has loaded.

    A frame that loaded counts as told, unless its party answers: then only its own answer does.
    """
    waiting = {frame.party: frame.asked for frame in run.frames if frame.asked is not None}
    unanswered = [party for party, asked in waiting.items() if await floor.store.get("exit", _exit(floor, asked))]
    async with floor.database.begin() as db:
        for frame in run.frames:
            if str(frame.id) in seen and not frame.answers:
                await participants.answered(db, frame.id, told=True)
        leavings = await participants.of_run(db, floor.keyring, logout.run_of(floor, name))
    run = replace(run, frames=(), unanswered=[*run.unanswered, *unanswered])
    await keep(floor, name, run)
    return run, leavings

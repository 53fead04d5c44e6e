"""The sessions of one member of staff, as he sees them, and their end (C-318, C-320)."""

from collections.abc import Callable
from dataclasses import dataclass

from directory import people
from idp.core.crypto import Keyring, same
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.store import Store
from idp.signin import logout, sessions, visits
from idp.signin.sessions import Session
from idp.signin.visits import Visit


@dataclass(frozen=True, slots=True)
class Own:
    """A living session. `name` stands for it in a form of the session that looks, and in no other; `last_seen` is an epoch second."""

    name: str
    key: bytes
    visit: Visit
    last_seen: int
    current: bool


async def living(store: Store, keyring: Keyring, looking: Session, *, now: int) -> list[Own]:
    """Every living session of the person who looks, the own one first, then by when it was last seen. What is over leaves the list."""
    found = [
        Own(_name(keyring, looking, key), key, visit, last_seen, current=key == looking.key)
        for key, visit, last_seen in await _listed(store, keyring, looking.person_id, looking.epoch, now=now)
    ]
    return sorted(found, key=lambda own: (not own.current, -own.last_seen, own.visit.since))


async def of_person(store: Store, keyring: Keyring, person_id: int, epoch: int, *, now: int) -> list[tuple[int, int]]:
    """For the helpdesk: since when each living session of a member of staff runs, and when it was last seen, in epoch seconds. From where stays
    the person's own business (D37)."""
    listed = await _listed(store, keyring, person_id, epoch, now=now)
    return sorted((visit.since, last_seen) for _, visit, last_seen in listed)


async def _listed(
    store: Store, keyring: Keyring, person_id: int, epoch: int, *, now: int
) -> list[tuple[bytes, Visit, int]]:
    """The living ones with when they were last seen. What is over leaves the list."""
    found, over = [], []
    for key, visit in (await visits.noted(store, keyring, person_id)).items():
        session = await sessions.peek(store, key)
        left = await store.seconds_left("session", key)
        if session is None or not left or not _counts(session, person_id, epoch, now=now):
            over.append(key)
            continue
        found.append((key, visit, now - max(0, session.rest - left)))
    await visits.forget(store, keyring, person_id, *over)
    return found


def _counts(session: Session, person_id: int, epoch: int, *, now: int) -> bool:
    mine = session.person_id == person_id and session.epoch == epoch
    return mine and now < session.created_at + sessions.LONGEST[session.kind]


async def end(floor: Floor, looking: Session, chosen: Callable[[Own], bool]) -> int:
    """Ends the chosen ones of the person's other sessions at once, and lets the parties there hear of it (C-078); returns how many did end.

    One that went on under another id at this very moment did not: it is on the list still, under another name.
    """
    store, keyring, now = floor.store, floor.keyring, int(floor.now.timestamp())
    others = [own for own in await living(store, keyring, looking, now=now) if not own.current and chosen(own)]
    ended = []
    for own in others:
        session = await sessions.peek(store, own.key)
        if session is not None and await logout.set_aside(floor, session):
            ended.append(own.key)
    await visits.forget(store, keyring, looking.person_id, *ended)
    return len(ended)


async def epoch_after(db: Db, session: Session) -> int:
    """The epoch under which this session may move on, in the transaction that just ended all sessions of its person.

    Raises `Problem("signin.expired")` where somebody else ended them a moment before, so that the change is undone: who sits here no longer does.
    """
    epoch, _ = await people.identity(db, session.person_id)
    if epoch != session.epoch + 1:
        raise Problem("signin.expired", status=410, detail="the session was ended while it changed something")
    return epoch


async def check_unended(db: Db, session: Session) -> None:
    """For a change that ends nothing, with the person held. Raises `Problem("signin.expired")` where all sessions ended a moment before, so that the
    change is undone.
    """
    epoch, _ = await people.identity(db, session.person_id)
    if epoch != session.epoch:
        raise Problem("signin.expired", status=410, detail="the session was ended while it changed something")


def named(name: str) -> Callable[[Own], bool]:
    """Chooses the one session with this name."""
    return lambda own: same(own.name, name)


def _name(keyring: Keyring, looking: Session, key: bytes) -> str:
    return keyring.mac("ticket", "own session", looking.key, key).hex()[:32]

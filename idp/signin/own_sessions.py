"""The sessions of one member of staff, as he sees them, and their end (C-318, C-320)."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.core.crypto import Keyring, same
from idp.core.store import Store
from idp.signin import sessions, visits
from idp.signin.sessions import IDLE, Session
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
    found, over = [], []
    for key, visit in (await visits.noted(store, keyring, looking.person_id)).items():
        session = await sessions.peek(store, key)
        left = await store.seconds_left("session", key)
        if session is None or not left or not _counts(session, looking, now=now):
            over.append(key)
            continue
        last_seen = now - max(0, IDLE[session.kind] - left)
        found.append(Own(_name(keyring, looking, key), key, visit, last_seen, current=key == looking.key))
    await visits.forget(store, keyring, looking.person_id, *over)
    return sorted(found, key=lambda own: (not own.current, -own.last_seen, own.visit.since))


def _counts(session: Session, looking: Session, *, now: int) -> bool:
    mine = session.person_id == looking.person_id and session.epoch == looking.epoch
    return mine and now < session.created_at + sessions.LONGEST[session.kind]


async def end(store: Store, keyring: Keyring, looking: Session, chosen: Callable[[Own], bool], *, now: int) -> int:
    """Ends the chosen ones of the person's other sessions at once; returns how many."""
    ended = [own for own in await living(store, keyring, looking, now=now) if not own.current and chosen(own)]
    for own in ended:
        await store.delete("session", own.key)
    await visits.forget(store, keyring, looking.person_id, *(own.key for own in ended))
    return len(ended)


def named(name: str) -> Callable[[Own], bool]:
    """Chooses the one session with this name."""
    return lambda own: same(own.name, name)


def _name(keyring: Keyring, looking: Session, key: bytes) -> str:
    return keyring.mac("ticket", "own session", looking.key, key).hex()[:32]

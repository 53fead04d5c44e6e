"""Browser sessions: who is signed in here, since when, how well proven (D23, C-135, C-319-C-321).

The cookie holds 256 bits that nobody guesses; the store knows only 128 bits of their keyed hash. A session never changes: whoever signs in, steps up
or proves himself again gets a new one, and the old one dies. What stays the same while one person goes on is the key that the first of them had, the
session's `mark`: what parties know a session by is derived from it, and release records keep it (`consent.participants`).
"""

from dataclasses import dataclass

import orjson

from idp.core import ids
from idp.core.crypto import Keyring
from idp.core.frozen import replace
from idp.core.store import Entry, Member, Store
from idp.signin import visits
from idp.signin.assurance import Level, level_of

IDLE = {"pupil": 3600, "staff": 3600}
LONGEST = {"pupil": 8 * 3600, "staff": 12 * 3600}
IDLE_AT_HOME = 30 * 60
IDLE_ON_DUTY = 15 * 60
NO_SCHOOL = 0
"""The school of a session of who has none: a party's contact, or the platform's own people."""
HOME = "home"
"""Among the ways of a session: it was opened at home, and holds on any network for half an hour of rest (D23)."""
NETWORK = "network"
"""Among the ways of a session: a network provider proved the person (D35)."""
ON_DUTY = "duty"
"""Among the ways of a session: somebody of the platform itself, who sees more than one school; it rests for a quarter of an hour only."""
LONGEST_REQUEST = 300
"""Seconds, and more than any request is under way: for so long the store remembers of a session that ended that nobody opens it again."""
_RESTS = {"h.": IDLE_AT_HOME, "p.": IDLE_ON_DUTY}
"""How the cookie of a session with a rest of its own begins: that is known before the store is asked."""


@dataclass(frozen=True, slots=True)
class Session:
    """A proven person in one browser. Moments are whole epoch seconds; `key` is the hash under which the store knows it."""

    key: bytes
    person_id: int
    kind: str
    school_id: int
    epoch: int
    created_at: int
    proven_at: int
    second_at: int | None
    ways: tuple[str, ...]
    root: bytes = b""

    @property
    def mark(self) -> bytes:
        """The key under which this person's session began in this browser. Nobody gets into a session with it."""
        return self.root or self.key

    @property
    def level(self) -> Level:
        """How well this person was proven."""
        return level_of(self.kind, self.ways, second_factor=self.second_at is not None)

    @property
    def rest(self) -> int:
        """Seconds after which it is over where nobody comes by."""
        if ON_DUTY in self.ways:
            return IDLE_ON_DUTY
        return IDLE_AT_HOME if self.at_home else IDLE[self.kind]

    @property
    def at_home(self) -> bool:
        """Whether it was opened at home, so that it asks for no school's network. A child that its network provider brings may be anywhere."""
        return HOME in self.ways or (self.kind == "pupil" and NETWORK in self.ways)


def create(keyring: Keyring, session: Session, *, drawn: str = "") -> tuple[str, Session, Entry]:
    """A session under fresh random bits, or under those that were drawn: the cookie's value, the session, and how the store keeps it."""
    begins = "p." if ON_DUTY in session.ways else "h." if session.at_home else ""
    cookie = begins + (drawn or ids.token())
    made = _moved(session, _key(keyring, cookie))
    return cookie, made, ("session", made.key, _written(made), made.rest)


async def begin(store: Store, made: Session, stored: Entry, *others: Entry | Member) -> Session | None:
    """The session that begins here, kept with all else in one trip; or the one that the same button opened a moment ago. None where that is over
    already: whoever signed out meanwhile is not brought back (C-320).
    """
    raw = await store.put_first(stored, *others)
    if raw is None:
        return made
    before = _read(made.key, raw) if raw else None
    return before if before is not None and before.epoch == made.epoch else None


async def move_on(
    store: Store,
    keyring: Keyring,
    session: Session,
    *,
    epoch: int,
    second_at: int | None,
    ways: tuple[str, ...] = (),
    school_id: int | None = None,
) -> tuple[Session, str] | None:
    """The same session under a new id, after a change that ended all others, or for another school; and the cookie's value.

    `epoch` is the one of the very transaction that made the change: a later one may have ended this session too. `ways` were proven beside the
    former ones. None when the session ended meanwhile, in another tab or from another browser: what is over does not begin again (C-320).
    """
    told = tuple(dict.fromkeys((*session.ways, *ways)))
    changed = replace(session, epoch=epoch, second_at=second_at, ways=told, school_id=school_id or session.school_id)
    cookie, made, entry = create(keyring, replace(changed, root=session.mark))
    visit = (await visits.noted(store, keyring, session.person_id)).get(session.key)
    # Of two who move it on, or of one who does and one who ends it, exactly one finds it.
    if not await end(store, session):
        return None
    if visit is None:
        await store.put(entry, *trace(made))
    else:
        await store.put(entry, *trace(made), visits.entry(keyring, session.person_id, made.key, visit))
        await visits.forget(store, keyring, session.person_id, session.key)
    return made, cookie


def trace(made: Session) -> tuple[Entry, ...]:
    """What leads from the mark of a session that goes on under another key to where it is now; nothing where it is the first."""
    return (("moved", made.root, made.key, LONGEST[made.kind]),) if made.root else ()


async def marked(store: Store, mark: bytes, *, now: int) -> Session | None:
    """The living session with this mark; None when it is over. Raises `Unavailable`."""
    session = await peek(store, mark)
    if session is None and (key := await store.get("moved", mark)) is not None:
        session = await peek(store, key)
    return session if session is not None and now < session.created_at + LONGEST[session.kind] else None


async def find(store: Store, keyring: Keyring, cookie: str, *, now: int) -> Session | None:
    """The session of a cookie, its idle time begun anew; None when it is unknown, idle or too old. Raises `Unavailable`."""
    key = _key(keyring, cookie)
    raw = await store.refresh("session", key, _RESTS.get(cookie[:2], IDLE["staff"]))
    if not raw:
        return None
    session = _read(key, raw)
    if now >= session.created_at + LONGEST[session.kind]:
        await store.delete("session", key)
        return None
    return session


async def peek(store: Store, key: bytes) -> Session | None:
    """The session with this key as it stands, its idle time going on; None when there is none."""
    raw = await store.get("session", key)
    return _read(key, raw) if raw else None


async def stands(store: Store, key: bytes, *, now: int) -> bool:
    """Whether the session with this key still stands; asking does not keep it alive. Raises `Unavailable`."""
    session = await peek(store, key)
    return session is not None and now < session.created_at + LONGEST[session.kind]


def _read(key: bytes, raw: bytes) -> Session:
    person_id, kind, school_id, epoch, created_at, proven_at, second_at, ways, *root = orjson.loads(raw)
    known = bytes.fromhex(root[0]) if root else b""
    return Session(key, person_id, kind, school_id, epoch, created_at, proven_at, second_at, tuple(ways), known)


async def end(store: Store, session: Session) -> bool:
    """Ends a session; a replayed cookie finds nothing (C-320). Tells whether it did: it may have ended, or gone on, already."""
    return await end_by_key(store, session.key)


async def end_by_key(store: Store, key: bytes) -> bool:
    """As `end`, of a session of which only the key is known."""
    return await store.take("session", key, bars=LONGEST_REQUEST) is not None


def _key(keyring: Keyring, cookie: str) -> bytes:
    return keyring.mac("token", "session", cookie)[:16]


def _moved(session: Session, key: bytes) -> Session:
    return Session(
        key,
        session.person_id,
        session.kind,
        session.school_id,
        session.epoch,
        session.created_at,
        session.proven_at,
        session.second_at,
        session.ways,
        session.root,
    )


def _written(s: Session) -> bytes:
    own = s.person_id, s.kind, s.school_id, s.epoch, s.created_at, s.proven_at, s.second_at, s.ways
    return orjson.dumps((*own, s.root.hex()) if s.root else own)

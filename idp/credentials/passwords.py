"""Passwords of staff: Argon2id in a pool of its own (D1, D28).

Hashing costs 20 ms of CPU, so it has few threads and a bounded queue: when that is full the answer is "busy", never a slower sign-in for all.
"""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select, update

from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.hot import Hot, Statement
from idp.core.settings import Settings
from idp.credentials import known_passwords, terms
from idp.credentials.models import MailedLink, Password

T = TypeVar("T")

SHORTEST = 8


class Hasher:
    """Argon2id with the installation's parameters, bounded in threads and, by `place`, in waiting."""

    def __init__(self, settings: Settings) -> None:
        self._argon2 = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        self._pool = ThreadPoolExecutor(settings.argon2_threads, thread_name_prefix="argon2")
        self._free = settings.argon2_queue
        self._for_known_devices = settings.argon2_queue // 4
        # Verified for unknown accounts, so that they cost the same time (C-313).
        self._nobody = self._argon2.hash("nobody has this password")

    @contextmanager
    def place(self, *, first: bool = True) -> Iterator[None]:
        """A place in the queue, for whoever answers a request: taken before a try is counted, so that being busy costs nobody a try.

        A quarter of the places are for who goes `first`: a flood from anywhere must not keep out the owner of an account on his own device.
        Raises `Problem("busy")` when no place is left.
        """
        if self._free <= (0 if first else self._for_known_devices):
            raise Problem("busy", status=503, detail="argon2 queue is full", headers={"Retry-After": "2"})
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    async def hash(self, password: str) -> str:
        """The PHC string of a password."""
        return await self._run(lambda: self._argon2.hash(_normal(password)))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether the password fits the PHC string; None stands for an account that does not exist and costs the same."""

        def check() -> bool:
            try:
                return self._argon2.verify(known or self._nobody, _normal(password)) and known is not None
            except (VerificationError, InvalidHashError):
                return False

        return await self._run(check)

    def outdated(self, known: str) -> bool:
        """Whether a PHC string was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(known)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=True)


def _normal(password: str) -> str:
    # The same characters typed on another keyboard may arrive in another composition (C-310).
    return unicodedata.normalize("NFC", password)


def refuse_weak(password: str, *, longest: int, names: tuple[str, ...] = ()) -> str | None:
    """Why a new password is not good enough, as a code, or None (D1). `names` are names of the school and the person."""
    plain = _normal(password).casefold()
    rules = (
        ("too_short", len(password) < SHORTEST),
        ("too_long", len(password) > longest),
        ("no_letter", not any(c.isalpha() for c in password)),
        ("no_digit", not any(c.isdigit() for c in password)),
        ("holds_name", _holds(plain, names) or len(_without_words_of(plain, names)) < min(SHORTEST, len(plain))),
        ("too_common", _too_common(plain)),
    )
    return next((code for code, broken in rules if broken), None)


def _holds(plain: str, names: tuple[str, ...]) -> bool:
    return any(len(name) > 3 and _normal(name).casefold() in plain for name in names)


def _without_words_of(plain: str, names: tuple[str, ...]) -> str:
    # Who is at "De Regenboog" tries "regenboog1". A passphrase that is long enough without the word may hold it.
    for name in names:
        for word in re.split(r"[\W\d_]+", _normal(name).casefold()):
            plain = plain.replace(word, "") if len(word) > 3 else plain
    return plain


# What people put in the place of a letter, so that a program asks for nothing more.
_DISGUISES = str.maketrans("013457@$!", "oieastasi")
_ROWS = ("0123456789012", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop")
_SHORTEST_RUN, _LONGEST_RUN = 4, 26


def _too_common(plain: str) -> bool:
    """What leaked, a single word with digits after it, few different characters, or hardly anything beside runs such as 12345."""
    core = _core(plain)
    words = {_letters(plain), _letters(core.translate(_DISGUISES))}
    if not COMMON.isdisjoint(words) or len(_varied(plain)) < 4:
        return True
    return any(known_passwords.holds(word) for word in {plain, core, core.translate(_DISGUISES)} if len(word) > 3)


def _letters(plain: str) -> str:
    return "".join(c for c in plain if c.isalpha())


def _core(plain: str) -> str:
    # Without the digits and signs that follow: "p@ssw0rd2024!" is "p@ssw0rd".
    return re.sub(r"[\W\d_]+$", "", plain)


def _varied(plain: str) -> set[str]:
    """The different characters that are left when runs along the alphabet, the digits or a row of keys are taken out."""
    left, place = set(), 0
    while place < len(plain):
        lengths = range(min(len(plain) - place, _LONGEST_RUN), _SHORTEST_RUN - 1, -1)
        length = next((n for n in lengths if _is_run(plain[place : place + n])), 0)
        if not length:
            left.add(plain[place])
        place += length or 1
    return left


def _is_run(part: str) -> bool:
    return any(part in row or part[::-1] in row for row in _ROWS)


COMMON = frozenset(
    {
        "abc",
        "abcd",
        "abcdef",
        "admin",
        "administrator",
        "azerty",
        "basisschool",
        "changeme",
        "docent",
        "geheim",
        "herfst",
        "iloveyou",
        "inloggen",
        "juf",
        "leerkracht",
        "lente",
        "letmein",
        "meester",
        "password",
        "qwerty",
        "qwertyuiop",
        "school",
        "test",
        "wachtwoord",
        "welcome",
        "welkom",
        "wijzigmij",
        "winter",
        "zomer",
    }
)


async def set_password(db: Db, person_id: int, phc: str, *, now: datetime) -> None:
    """Makes the PHC string this person's only password; links that were mailed to choose one die with it (C-314)."""
    changed = await db.execute(update(Password).where(Password.person_id == person_id).values(hash=phc, changed_at=now))
    if changed.rowcount == 0:
        await db.execute(insert(Password).values(person_id=person_id, hash=phc, changed_at=now))
    await db.execute(delete(MailedLink).where(MailedLink.person_id == person_id))


async def rehash(db: Db, person_id: int, *, old: str, new: str) -> bool:
    """Keeps the same password under newer parameters; not where it was changed meanwhile, which is what False says."""
    kept = await db.execute(
        update(Password).where(Password.person_id == person_id, Password.hash == old).values(hash=new)
    )
    return kept.rowcount == 1


_KNOWN = Statement(
    """SELECT per.id, per.epoch, per.ledger_id, pw.hash,
        EXISTS (SELECT 1 FROM terms_read te WHERE te.person_id = per.id AND te.version = $2)
    FROM persons per LEFT JOIN passwords pw ON pw.person_id = per.id
    WHERE per.email = $1 AND per.kind = 'staff' AND NOT per.disabled""",
)


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """A staff account with what its password is compared with; None where it has none yet. `terms_read`: in their present version."""

    person_id: int
    epoch: int
    ledger_id: str
    hash: str | None = field(repr=False)
    terms_read: bool


async def known(hot: Hot, email: str) -> KnownAccount | None:
    """The staff account with this address (as it is stored: lower case), unless disabled."""
    row = await hot.row(_KNOWN, email, terms.VERSION)
    return KnownAccount(row[0], row[1], row[2], row[3], terms_read=bool(row[4])) if row else None


async def known_hash(db: Db, person_id: int) -> str | None:
    """The PHC string of a person, or None."""
    return (await db.execute(select(Password.hash).where(Password.person_id == person_id))).scalar()

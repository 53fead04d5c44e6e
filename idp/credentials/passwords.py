"""Passwords of staff: Argon2id in a pool of its own (D1, D28).

Hashing costs 20 ms of CPU, so it has few threads and a bounded queue: when that is full the answer is "busy", never a slower sign-in for all.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, insert, select

from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.settings import Settings
from idp.credentials.models import Password

T = TypeVar("T")

SHORTEST = 8


class Hasher:
    """Argon2id with the installation's parameters, bounded in threads and in waiting."""

    def __init__(self, settings: Settings) -> None:
        self._argon2 = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        self._pool = ThreadPoolExecutor(settings.argon2_threads, thread_name_prefix="argon2")
        self._free = settings.argon2_queue
        # Verified for unknown accounts, so that they cost the same time (C-313).
        self._nobody = self._argon2.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The PHC string of a password. Raises `Problem("busy")`."""
        return await self._run(lambda: self._argon2.hash(_normal(password)))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether the password fits the PHC string; None stands for an account that does not exist and costs the same."""

        def check() -> bool:
            try:
                return self._argon2.verify(known or self._nobody, _normal(password)) and known is not None
            except (VerifyMismatchError, InvalidHashError):
                return False

        return await self._run(check)

    def outdated(self, known: str) -> bool:
        """Whether a PHC string was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(known)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._free <= 0:
            raise Problem("busy", status=503, detail="argon2 queue is full", headers={"Retry-After": "2"})
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._free += 1

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=True)


def _normal(password: str) -> str:
    # The same characters typed on another keyboard may arrive in another composition (C-310).
    return unicodedata.normalize("NFC", password)


def refuse_weak(password: str, *, longest: int, names: tuple[str, ...] = ()) -> str | None:
    """Why a new password is not good enough, as a code, or None (D1). `names` are names of the school and the person."""
    plain = password.casefold()
    rules = (
        ("too_short", len(password) < SHORTEST),
        ("too_long", len(password) > longest),
        ("no_letter", not any(c.isalpha() for c in password)),
        ("no_digit", not any(c.isdigit() for c in password)),
        ("holds_name", any(len(name) > 3 and name.casefold() in plain for name in names)),
        ("too_common", _too_common(plain)),
    )
    return next((code for code, broken in rules if broken), None)


def _too_common(plain: str) -> bool:
    letters = "".join(c for c in plain if c.isalpha())
    return letters in COMMON or len(set(plain)) < 4


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
    """Makes the PHC string this person's only password."""
    await db.execute(delete(Password).where(Password.person_id == person_id))
    await db.execute(insert(Password).values(person_id=person_id, hash=phc, changed_at=now))


async def known_hash(db: Db, person_id: int) -> str | None:
    """The PHC string of a person, or None."""
    return (await db.execute(select(Password.hash).where(Password.person_id == person_id))).scalar()

"""A child's secret: four digits, or three of twelve pictures in order (R111, D28, D29).

Sealed, not hashed: 10,000 values make a hash no protection, and the teacher must be able to show it again.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, cast

from sqlalchemy import delete, insert, select

from directory.addresses import AT_SCHOOL, Address, packed, plain
from idp.core.crypto import Keyring, same
from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.credentials.models import PupilSecret

SecretKind = Literal["pin", "pictures"]

PICTURES = ("tree", "boat", "apple", "key", "moon", "kite", "drum", "bear", "shell", "bell", "fish", "hat")
PICKED = 3


def new_secret(kind: SecretKind) -> str:
    """A random secret in its canonical writing: `4711`, or three picture names with commas."""
    if kind == "pin":
        return f"{secrets.randbelow(10_000):04}"
    return ",".join(secrets.SystemRandom().sample(PICTURES, PICKED))


def well_formed(kind: SecretKind, given: str) -> bool:
    """Whether something can be a secret of this kind at all."""
    if kind == "pin":
        return len(given) == 4 and given.isascii() and given.isdigit()
    parts = given.split(",")
    return len(parts) == PICKED and all(part in PICTURES for part in parts)


async def set_secrets(db: Db, keyring: Keyring, given: Mapping[int, tuple[SecretKind, str]], *, now: datetime) -> None:
    """Gives each person (by id) the secret; a former one is gone. Raises `ValueError` for a malformed one."""
    rows = []
    for person_id, (kind, secret) in given.items():
        if not well_formed(kind, secret):
            raise ValueError("not a well-formed pupil secret")
        sealed = keyring.seal(secret.encode(), bound_to=f"pupil_secrets.sealed.{person_id}", purpose="pin")
        rows.append({"person_id": person_id, "kind": kind, "sealed": sealed, "changed_at": now})
    if rows:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id.in_(given)))
        await db.execute(insert(PupilSecret), rows)


async def kinds_of(db: Db, person_ids: Collection[int]) -> dict[int, SecretKind]:
    """Which kind of secret each of the given people has; who has none is not in the answer."""
    rows = await db.execute(
        select(PupilSecret.person_id, PupilSecret.kind).where(PupilSecret.person_id.in_(list(person_ids)))
    )
    return {row.person_id: cast(SecretKind, row.kind) for row in rows}


async def renew(db: Db, keyring: Keyring, wanted: Mapping[int, SecretKind], *, now: datetime) -> None:
    """Gives each person (by id) a new random secret of the wanted kind; a former one is gone."""
    await set_secrets(db, keyring, {person_id: (kind, new_secret(kind)) for person_id, kind in wanted.items()}, now=now)


_KNOWN = Statement(
    f"""SELECT per.id, per.epoch, per.ledger_id, sec.kind, sec.sealed
    FROM enrolments en JOIN persons per ON per.id = en.person_id
    JOIN schools s ON s.id = en.school_id AND s.closed_at IS NULL
    LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
    WHERE en.school_id = $1 AND per.id = $2 AND en.active AND NOT per.disabled
        AND (en.ends_on IS NULL OR en.ends_on >= $3)
        AND ($4::bytea IS NULL OR {AT_SCHOOL.format(school="$1", address="$4")})"""  # noqa: S608 - constants only
)


@dataclass(frozen=True, slots=True)
class KnownChild:
    """An active child of a school with what its secret is compared with; None where nobody gave it one."""

    person_id: int
    epoch: int
    ledger_id: str
    kind: SecretKind | None
    sealed: bytes | None = field(repr=False)


async def known(hot: Hot, school_id: int, person_id: int, *, today: date, address: Address | None) -> KnownChild | None:
    """The child, if it is active at this school, and the address (where there is one to ask about) is one of the school's (R108)."""
    where = packed(plain(address)) if address is not None else None
    row = await hot.row(_KNOWN, school_id, person_id, today, where)
    return KnownChild(*row) if row else None


def fits(keyring: Keyring, child: KnownChild, given: str) -> bool:
    """Whether this is the child's secret."""
    if child.kind is None or child.sealed is None or not well_formed(child.kind, given):
        return False
    return same(keyring.open(child.sealed, bound_to=f"pupil_secrets.sealed.{child.person_id}"), given)


async def without_secret(db: Db, person_ids: Iterable[int]) -> list[int]:
    """Those of the given people who have no secret yet."""
    wanted = list(person_ids)
    have = set((await db.execute(select(PupilSecret.person_id).where(PupilSecret.person_id.in_(wanted)))).scalars())
    return [person_id for person_id in wanted if person_id not in have]

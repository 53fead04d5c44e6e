"""A child's secret: four digits, or three of twelve pictures in order (R111, D28, D29).

Sealed, not hashed: 10,000 values make a hash no protection, and the teacher must be able to show it again.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, cast

from sqlalchemy import delete, func, insert, or_, select

from directory.models import Enrolment, Person
from directory.standing import SEEN_TODAY, Standing, as_parameters, read
from idp.core.crypto import Keyring, same
from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.credentials.models import PupilSecret

SecretKind = Literal["pin", "pictures"]

PICTURES = ("tree", "boat", "apple", "key", "moon", "kite", "drum", "bear", "shell", "bell", "fish", "hat")
PICKED = 3

_RUN: Final = "01234567890"
_WITHIN_REACH: Final = ("2580", "0852")
"""Straight down and up a keypad."""
_YEARS: Final = range(1950, 2050)
"""Years of birth, a child's own or a teacher's, and the present one."""


def new_secret(kind: SecretKind) -> str:
    """A random secret in its canonical writing: `4711`, or three picture names with commas. Never one that is guessed first."""
    if kind == "pin":
        while weak("pin", made := f"{secrets.randbelow(10_000):04}"):
            pass
        return made
    return ",".join(secrets.SystemRandom().sample(PICTURES, PICKED))


def well_formed(kind: SecretKind, given: str) -> bool:
    """Whether something can be a secret of this kind at all."""
    if kind == "pin":
        return len(given) == 4 and given.isascii() and given.isdigit()
    parts = given.split(",")
    return len(parts) == PICKED and all(part in PICTURES for part in parts)


def weak(kind: SecretKind, secret: str) -> bool:
    """Whether a well-formed secret is one that a classmate tries first: 1111, 1234, 4321, 1212, 2580, a year; three times one picture."""
    if kind == "pictures":
        return len(set(secret.split(","))) == 1
    runs = secret in _RUN or secret[::-1] in _RUN
    return runs or secret[:2] == secret[2:] or secret in _WITHIN_REACH or int(secret) in _YEARS


async def set_secrets(db: Db, keyring: Keyring, given: Mapping[int, tuple[SecretKind, str]], *, now: datetime) -> None:
    """Gives each person (by id) the secret; a former one is gone, but not when it was first used. Raises `ValueError` for a malformed one."""
    rows = []
    # A button that is pressed twice, or by two teachers: the second waits here. A weak lock: sign-ins go on.
    theirs = select(Person.id).where(Person.id.in_(given)).order_by(Person.id)
    await db.execute(theirs.with_for_update(key_share=True))
    known = select(PupilSecret.person_id, PupilSecret.first_used_at).where(PupilSecret.person_id.in_(given))
    used = {row.person_id: row.first_used_at for row in await db.execute(known)}
    for person_id, (kind, secret) in given.items():
        if not well_formed(kind, secret):
            raise ValueError("not a well-formed pupil secret")
        sealed = keyring.seal(secret.encode(), bound_to=f"pupil_secrets.sealed.{person_id}", purpose="pin")
        row = {"person_id": person_id, "kind": kind, "sealed": sealed, "changed_at": now}
        rows.append({**row, "first_used_at": used.get(person_id)})
    if rows:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id.in_(given)))
        await db.execute(insert(PupilSecret), rows)


async def kinds_of(db: Db, person_ids: Collection[int]) -> dict[int, SecretKind]:
    """Which kind of secret each of the given people has; who has none is not in the answer."""
    rows = await db.execute(
        select(PupilSecret.person_id, PupilSecret.kind).where(PupilSecret.person_id.in_(list(person_ids)))
    )
    return {row.person_id: cast(SecretKind, row.kind) for row in rows}


@dataclass(frozen=True, slots=True)
class SecretState:
    """What may be told of a secret without showing it; `used`: the child signed in with it, or with a former one."""

    kind: SecretKind
    used: bool


async def states(db: Db, person_ids: Collection[int]) -> dict[int, SecretState]:
    """How it stands with the secrets of the given people; who has none is not in the answer."""
    query = select(PupilSecret.person_id, PupilSecret.kind, PupilSecret.first_used_at)
    rows = await db.execute(query.where(PupilSecret.person_id.in_(list(person_ids))))
    return {row.person_id: SecretState(cast(SecretKind, row.kind), used=row.first_used_at is not None) for row in rows}


async def any_used(db: Db, school_id: int) -> bool:
    """Whether any pupil of this school ever signed in with a secret."""
    here = Enrolment.school_id == school_id, PupilSecret.first_used_at.is_not(None)
    query = select(PupilSecret.person_id).join(Enrolment, Enrolment.person_id == PupilSecret.person_id)
    return (await db.execute(query.where(*here).limit(1))).first() is not None


async def lacking(db: Db, school_id: int, *, today: date) -> int:
    """How many pupils who are at this school today have no secret."""
    query = select(func.count()).select_from(Enrolment).join(Person, Person.id == Enrolment.person_id)
    query = query.outerjoin(PupilSecret, PupilSecret.person_id == Enrolment.person_id)
    present = Enrolment.active, ~Person.disabled, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today)
    here = Enrolment.school_id == school_id, PupilSecret.person_id.is_(None), *present
    return (await db.execute(query.where(*here))).scalar_one()


async def opened(db: Db, keyring: Keyring, person_ids: Collection[int]) -> dict[int, tuple[SecretKind, str]]:
    """The secrets themselves, for the group's teacher (D28). The caller records the view."""
    query = select(PupilSecret.person_id, PupilSecret.kind, PupilSecret.sealed)
    rows = await db.execute(query.where(PupilSecret.person_id.in_(list(person_ids))))
    return {
        row.person_id: (
            cast(SecretKind, row.kind),
            keyring.open(row.sealed, bound_to=f"pupil_secrets.sealed.{row.person_id}").decode(),
        )
        for row in rows
    }


# At half past eight every child is one of the first, so this is the hot path too.
_BEGIN_USE = Statement(
    "SELECT $1::bigint AS child, $2::timestamptz AS at",
    "UPDATE pupil_secrets SET first_used_at = p.at FROM p WHERE person_id = p.child AND first_used_at IS NULL",
)


async def begin_use(hot: Hot, person_id: int, *, now: datetime) -> None:
    """The child signed in for the first time; later times change nothing. Raises `Unavailable`."""
    await hot.row(_BEGIN_USE, person_id, now)


async def renew(db: Db, keyring: Keyring, wanted: Mapping[int, SecretKind], *, now: datetime) -> None:
    """Gives each person (by id) a new random secret of the wanted kind; a former one is gone."""
    await set_secrets(db, keyring, {person_id: (kind, new_secret(kind)) for person_id, kind in wanted.items()}, now=now)


_KNOWN = Statement(
    f"""SELECT per.id, per.epoch, per.ledger_id, sec.kind, sec.sealed, sec.first_used_at IS NOT NULL,
        {SEEN_TODAY.format(school="$1", address="$4", device="$5", today="$3")}
    FROM enrolments en JOIN persons per ON per.id = en.person_id
    JOIN schools s ON s.id = en.school_id AND s.closed_at IS NULL
    LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
    WHERE en.school_id = $1 AND per.id = $2 AND en.active AND NOT per.disabled
        AND (en.ends_on IS NULL OR en.ends_on >= $3)"""  # noqa: S608 - constants only
)


@dataclass(frozen=True, slots=True)
class KnownChild:
    """An active child of a school with what its secret is compared with; None where nobody gave it one. `used`: it signed in before.

    `seen`: a child signed in today from the same network and device; they need not be written down again.
    """

    person_id: int
    epoch: int
    ledger_id: str
    kind: SecretKind | None
    sealed: bytes | None = field(repr=False)
    used: bool = True
    seen: bool = True


async def known(
    hot: Hot, school_id: int, person_id: int, *, today: date, standing: Standing | None
) -> KnownChild | None:
    """The child, if it is active at this school, and whoever asks (where that is asked about) stands there (R108)."""
    row = await hot.row(_KNOWN, school_id, person_id, today, *as_parameters(standing))
    if row is None:
        return None
    found, epoch, ledger_id, kind, sealed, used, network, device = row
    here = read(network, device)
    if standing is not None and not here.at_school:
        return None
    return KnownChild(found, epoch, ledger_id, kind, sealed, used, here.today)


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

"""Login codes for home: ten characters that stand for one pupil at one school until the first of August (R123, D28, D29).

Random, not derived: a code that replaced another one follows from nothing that anybody knows, and whoever got hold of the one key that makes
hashes could compute every child's code. So the table keeps a keyed hash to find a code by, and the code sealed like a PIN, bound to its row, for the
teacher who prints it once more. A code alone opens nothing: the child's own secret is asked for as at school.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, delete, insert, select

from directory.home import WAY_OF, Way
from directory.models import Enrolment
from idp.core.clock import AMSTERDAM
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.core.purging import PORTION, delete_some
from idp.credentials.models import HomeCode
from idp.credentials.pupil_secrets import KnownChild

ALPHABET: Final = "23456789BCDFGHJKLMNPQRTVWXYZ"
"""28 characters without vowels, so that no code is a word, and without what is read for another: no 0 and O, no 1 and I, no S beside 5."""
LENGTH: Final = 10
KEPT: Final = timedelta(days=61)
"""How long a code that is over is still known, so that who has it and the secret reads that it is over; then its row is purged (D40)."""

_MEANT: Final = str.maketrans("1IS", "LL5")
_UNSEEN: Final = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014\u00a0.")


def new_code() -> str:
    """A random code, 48 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def written(code: str) -> str:
    """A code as it is printed: two fives."""
    return f"{code[:5]}-{code[5:]}"


def read(typed: str) -> str | None:
    """The code that was meant, however it was typed: small letters, spaces, look-alikes. None for what cannot be one."""
    plain = typed[:64].translate(_UNSEEN).strip().upper().translate(_MEANT)
    return plain if len(plain) == LENGTH and all(char in ALPHABET for char in plain) else None


def lookup(keyring: Keyring, code: str) -> bytes:
    """What the table and the counters know a code by."""
    return keyring.mac("token", "home code", code)


def last_day_after(now: datetime) -> date:
    """The first of August (Amsterdam) on which a code made now is over (D29)."""
    today = now.astimezone(AMSTERDAM).date()
    this_year = date(today.year, 8, 1)
    return this_year if today < this_year else this_year.replace(year=today.year + 1)


@dataclass(frozen=True, slots=True)
class CodeState:
    """What may be told of a code without showing it; `live` until its day has come. `lookup` is how the counters know it."""

    made_at: datetime
    expires_on: date
    live: bool
    lookup: bytes = field(repr=False)


async def states(db: Db, school_id: int, person_ids: Collection[int], *, today: date) -> dict[int, CodeState]:
    """How it stands with the codes of these pupils at this school; who has none is not in the answer."""
    columns = Enrolment.person_id, HomeCode.made_at, HomeCode.expires_on, HomeCode.lookup
    rows = await db.execute(_of(select(*columns), school_id, person_ids))
    return {row.person_id: CodeState(row.made_at, row.expires_on, today < row.expires_on, row.lookup) for row in rows}


async def opened(
    db: Db, keyring: Keyring, school_id: int, person_ids: Collection[int], *, today: date
) -> dict[int, str]:
    """The living codes themselves, for the group's teacher. The caller records the view."""
    columns = Enrolment.person_id, HomeCode.enrolment_id, HomeCode.sealed
    rows = await db.execute(_of(select(*columns), school_id, person_ids).where(HomeCode.expires_on > today))
    return {
        row.person_id: keyring.open(row.sealed, bound_to=f"home_codes.sealed.{row.enrolment_id}").decode()
        for row in rows
    }


async def hold(db: Db, school_id: int, person_ids: Collection[int]) -> list[int]:
    """Makes others who give these pupils of the school a code wait until this transaction ends; returns their places, by enrolment id."""
    mine = Enrolment.school_id == school_id, Enrolment.person_id.in_(list(person_ids))
    rows = select(Enrolment.id).where(*mine).order_by(Enrolment.id).with_for_update(key_share=True)
    return list((await db.execute(rows)).scalars())


async def renew(db: Db, keyring: Keyring, school_id: int, person_ids: Collection[int], *, now: datetime) -> None:
    """Gives each of these pupils of the school a new code; a former one is dead with the commit."""
    places = await hold(db, school_id, person_ids)
    if not places:
        return
    await db.execute(delete(HomeCode).where(HomeCode.enrolment_id.in_(places)))
    rows = []
    for enrolment_id, code in (await _unused(db, keyring, places)).items():
        sealed = keyring.seal(code.encode(), bound_to=f"home_codes.sealed.{enrolment_id}", purpose="pin")
        row = {"enrolment_id": enrolment_id, "lookup": lookup(keyring, code), "sealed": sealed}
        rows.append({**row, "made_at": now, "expires_on": last_day_after(now)})
    await db.execute(insert(HomeCode), rows)


async def _unused(db: Db, keyring: Keyring, places: Collection[int]) -> Mapping[int, str]:
    """A code for each place that nobody has: a million and a half of them meet each other once in a few hundred years."""
    made = {place: new_code() for place in places}
    marks = [lookup(keyring, code) for code in made.values()]
    taken = (await db.execute(select(HomeCode.lookup).where(HomeCode.lookup.in_(marks)).limit(1))).scalar()
    return made if taken is None and len(set(marks)) == len(marks) else await _unused(db, keyring, places)


async def withdraw(db: Db, school_id: int, person_ids: Collection[int]) -> list[int]:
    """Ends the codes of these pupils of the school with the commit; returns who had one."""
    had = await db.execute(_of(select(Enrolment.person_id), school_id, person_ids))
    gone = list(had.scalars())
    places = select(Enrolment.id).where(Enrolment.school_id == school_id, Enrolment.person_id.in_(gone))
    await db.execute(delete(HomeCode).where(HomeCode.enrolment_id.in_(places)))
    return gone


def _of(query: Select[*tuple[Any, ...]], school_id: int, person_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    mine = Enrolment.school_id == school_id, Enrolment.person_id.in_(list(person_ids))
    return query.select_from(HomeCode).join(Enrolment, Enrolment.id == HomeCode.enrolment_id).where(*mine)


_KNOWN = Statement(
    f"""SELECT per.id, per.epoch, per.ledger_id, sec.kind, sec.sealed, sec.first_used_at IS NOT NULL, en.school_id,
        code.expires_on > $2,
        s.closed_at IS NULL AND en.active AND NOT per.disabled AND (en.ends_on IS NULL OR en.ends_on >= $2),
        {WAY_OF.format(group="g", rules="rules")}, g.id
    FROM home_codes code JOIN enrolments en ON en.id = code.enrolment_id JOIN persons per ON per.id = en.person_id
    JOIN schools s ON s.id = en.school_id LEFT JOIN groups g ON g.id = en.group_id
    LEFT JOIN home_rules rules ON rules.school_id = s.id
    LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
    WHERE code.lookup = $1"""  # noqa: S608 - constants only
)


@dataclass(frozen=True, slots=True)
class Found:
    """The pupil of a code with what its secret is compared with, and the conditions of home, told only after that secret.

    `live`: the code's day has not come; `present`: the pupil is active at a school that is open.
    """

    child: KnownChild
    school_id: int
    live: bool
    present: bool
    way: Way
    group_id: int | None = None


async def find(hot: Hot, mark: bytes, *, today: date) -> Found | None:
    """Whose code has this lookup, living or over; None for nobody's."""
    row = await hot.row(_KNOWN, mark, today)
    if row is None:
        return None
    return Found(KnownChild(*row[:6]), row[6], live=bool(row[7]), present=bool(row[8]), way=row[9], group_id=row[10])


async def purge(db: Db, *, today: date, most: int = PORTION) -> int:
    """Removes at most so many codes that have long been over; returns how many (D40)."""
    return await delete_some(db, HomeCode, HomeCode.expires_on < today - KEPT, most=most)

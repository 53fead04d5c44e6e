"""What a school's data would do at this moment: planned behind nobody's back and for nobody's record (R29, R37)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import orjson

from directory import eckid
from directory.imports import brake, history, kept
from directory.imports.brake import NOBODY, Braked
from directory.imports.elsewhere import keep_names
from directory.imports.history import today
from directory.imports.load import load_snapshot
from directory.imports.plan import Plan, check_school, compare_sifted, first_day, has_begun
from directory.imports.records import Administration
from directory.imports.same import Sieve
from directory.imports.steps import Kind
from directory.imports.table_groups import known_by_name
from directory.schools import KnownSchool
from idp.core.crypto import Keyring
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it is at this moment: all of it, what the brake leaves of it, and what it comes down to."""

    whole: Plan
    braked: Braked
    fingerprint: str
    begun: bool


async def preview(
    db: Db, school: KnownSchool, administration: Administration, *, now: datetime, keyring: Keyring
) -> Planned:
    """What these data would do to this school; of a coming year, on its first day. Raises `ImportRefused`."""
    check_school(
        administration.school, brin=school.brin, location=school.location, instelling_ref=school.instelling_ref
    )

    def lookup(value: str) -> bytes:
        return eckid.index(keyring, value)

    if not administration.addressed:
        administration = await known_by_name(db, school.id, administration)
    sieve = Sieve(administration, lookup=lookup)
    snapshot = await load_snapshot(db, school.id, administration, but_for=sieve)
    begun = has_begun(snapshot, administration, now=now)
    on = today(now) if begun else first_day(administration.school.school_year)
    compared = compare_sifted(snapshot, sieve.sifted(), on=on, lookup=lookup)
    whole = await keep_names(db, school.id, compared)
    somebody_leaves = any(whole.counts()[noun][Kind.GONE] for noun in ("pupils", "staff"))
    lately = await history.left_lately(db, school.id, now=now) if begun and somebody_leaves else NOBODY
    return Planned(whole, brake.brake(whole, on=on, lately=lately), fingerprint_of(whole, keyring), begun)


async def replan(db: Db, school: KnownSchool, run_id: int, *, now: datetime, keyring: Keyring) -> Planned:
    """What a run that waits would do now; of a coming year, on its first day. Raises `LookupError`, `RunRefused`, `ImportRefused`."""
    row = await history.stored(db, school.id, run_id, "planned", "held", "waiting", otherwise="not_waiting")
    return await preview(db, school, kept.open_content(keyring, run_id, row.content), now=now, keyring=keyring)


def fingerprint_of(made: Plan, keyring: Keyring) -> str:
    """What a plan comes down to, in 64 hexadecimal digits: two plans that would do different things to the same people differ."""
    told = sha256()
    for about, steps in (("group", made.groups), ("pupil", made.pupils), ("staff", made.staff)):
        for step in steps:
            if step.kind not in (Kind.UNCHANGED, Kind.PAST):
                # One by one: of 200,000 newcomers nobody holds the whole text.
                told.update(_line((about, step.kind, step.record, step.current, step.fields)))
    told.update(_line(made.doubts))
    return keyring.mac("ticket", "import plan", told.digest()).hex()


def _line(value: object) -> bytes:
    return orjson.dumps(value, default=_in_order, option=orjson.OPT_APPEND_NEWLINE)


def _in_order(value: object) -> object:
    """Sets and bytes, as JSON can hold them."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)

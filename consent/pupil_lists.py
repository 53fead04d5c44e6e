"""The list of a school's pupils that a network provider may fetch, so that it can name them to us (D35, R165): minimal, consented, recorded.

Only for a school that ticked the provider, only the fields that it ticked, only pupils who go by it, and nobody who is kept away from it. Tick and
pupils are read, and what leaves is recorded, in one transaction with a share lock on the tick: a withdrawal's commit waits for a list that is
under way, and none follows it (D9). A pupil of whom the provider knows all there is leaves no second record (D11).

What changed is found by comparing, when somebody asks, with what was told before: no import, transfer or merger has to know of it. Every change
has a number, and a provider keeps the last one that it has (`Marker`): by numbers it goes from page to page, and from day to day.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, exists, func, insert, select, text, update

from consent import agreements, pupil_rows
from consent.data import NEEDED, Caller
from consent.fields import Fields, FieldSets
from consent.models import ListedPupil, PupilList, Release, Tick, VoidGrant
from consent.pupil_rows import Found, Pupil
from consent.release import GROUND
from directory.models import School
from idp.core.crypto import Keyring
from idp.core.db import Database, Db, Moment
from metadata.models import OidcClient, Party

WIRE: Final = "list"
"""How release records call this road."""
GOOD_FOR: Final = timedelta(days=30)
"""How long a marker tells what changed. Who left is remembered for longer than that, though not forever (D40)."""
MOST: Final = 500
"""Changes in one answer."""
LARGEST: Final = 1 << 62

NameOf = Callable[[bytes], str]
"""By what name the party knows whom a seed belongs to."""


@dataclass(frozen=True, slots=True)
class Marker:
    """How far a provider is: in which list, at which change, and the day on which it was told so."""

    list_id: int
    change: int
    day: date

    def __str__(self) -> str:
        return f"{self.list_id}.{self.change}.{self.day.toordinal()}"


def read_marker(given: str, *, today: date) -> Marker | None:
    """A marker as somebody wrote it; None for what is none, or too old: then the list begins anew."""
    parts = given.split(".")
    if len(given) > 60 or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    list_id, change, day = (int(part) for part in parts)
    if max(list_id, change) >= LARGEST or not 0 <= today.toordinal() - day <= GOOD_FOR.days:
        return None
    return Marker(list_id, change, date.fromordinal(day))


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list. `whole`: it begins here, and who is on none of its pages is not in it. `gone` are the names of who is in it no more.

    `marker` is how far the provider is with this page; `more` that another one follows at once.
    """

    fields: Fields
    pupils: tuple[tuple[str, Pupil], ...] = field(repr=False)
    gone: tuple[str, ...] = field(repr=False)
    whole: bool
    marker: Marker
    more: bool


@dataclass(slots=True)
class _Told:
    """What stands in the list of a pupil."""

    digest: bytes
    change: int
    told: int
    gone: bool


@dataclass(frozen=True, slots=True)
class _Chosen:
    people: list[int]
    whole: bool
    marker: Marker
    more: bool


async def page(
    database: Database,
    sets: FieldSets,
    keyring: Keyring,
    caller: Caller,
    instelling_ref: str,
    asked: Fields,
    name_of: NameOf,
    *,
    after: str,
    now: datetime,
    today: date,
    most: int = MOST,
) -> Page | bool | None:
    """What changed in the list of this school behind the marker `after`, at most so many pupils; recorded before it is returned.

    `asked` is the most that the caller may ask. False: nothing of this school is for it; None: it may ask nothing at all. Raises `Unavailable`.
    """
    asked_id = await sets.id(asked)
    async with database.begin() as db:
        if not await _may_ask(db, caller):
            return None
        agreed = await _agreed(db, caller.party_id, instelling_ref, today=today)
        if agreed is None:
            return False
        school_id, ticked_id = agreed
        fields = asked & await sets.fields(ticked_id)
        if not {NEEDED, "subject"} <= fields:
            return False
        list_id, latest = await _held(db, school_id, caller.party_id, now=now)
        rows = await pupil_rows.current(db, keyring, school_id, caller.party_id, fields, today=today)
        told = await _told(db, list_id)
        latest = await _compare(db, list_id, latest, rows, told)
        chosen = _choose(list_id, latest, told, read_marker(after, today=today), today=today, most=most)
        new = [one for one in chosen.people if told[one].told < told[one].change]
        leaving = [(one, name_of(rows[one].pupil.seed)) for one in new if one in rows]
        await _record(db, keyring, caller, school_id, leaving, (asked_id, ticked_id), now=now)
        await _note_told(db, list_id, new)
        left = await pupil_rows.seeds(db, caller.party_id, [one for one in chosen.people if one not in rows])
        await db.execute(update(PupilList).where(PupilList.id == list_id).values(latest=latest, fetched_at=now))
    pupils = [pupil_rows.opened(keyring, rows[one]) for one in chosen.people if one in rows]
    return Page(
        fields,
        tuple((name_of(pupil.seed), pupil) for pupil in pupils),
        tuple(name_of(left[one]) for one in chosen.people if one in left),
        chosen.whole,
        chosen.marker,
        chosen.more,
    )


async def _may_ask(db: Db, caller: Caller) -> bool:
    """Whether the connection is what this process knows, its token good, and its party a network provider: nobody else is told who our pupils are."""
    query = select(OidcClient.id).join(Party, Party.id == OidcClient.party_id)
    this = OidcClient.id == caller.connection_id, OidcClient.version == caller.version, OidcClient.enabled
    whose = Party.id == caller.party_id, Party.enabled, Party.kind == "network"
    void = exists().where(VoidGrant.grant_id == caller.token_id)
    return (await db.execute(query.where(*this, *whose, ~void))).first() is not None


async def _agreed(db: Db, party_id: int, instelling_ref: str, *, today: date) -> tuple[int, int] | None:
    """The school and the set of fields that it ticked, held until the end of the transaction."""
    query = select(School.id, School.board_id, Tick.field_set_id).join(Tick, Tick.school_id == School.id)
    query = query.where(School.instelling_ref == instelling_ref, School.closed_at.is_(None))
    query = query.where(Tick.party_id == party_id, Tick.given).with_for_update(read=True, of=Tick)
    row = (await db.execute(query)).one_or_none()
    if row is None or not await agreements.in_force(db, row.id, row.board_id, today=today):
        return None
    return row.id, row.field_set_id


async def _held(db: Db, school_id: int, party_id: int, *, now: datetime) -> tuple[int, int]:
    """The list, made if there is none, and its last change. Of two who ask at once the second waits for the first."""
    await db.execute(_MAKE, {"school_id": school_id, "party_id": party_id, "now": now})
    here = PupilList.school_id == school_id, PupilList.party_id == party_id
    row = (await db.execute(select(PupilList.id, PupilList.latest).where(*here).with_for_update())).one()
    return row.id, row.latest


_MAKE: Final = text(
    """INSERT INTO pupil_lists (school_id, party_id, latest, fetched_at) VALUES (:school_id, :party_id, 0, :now)
    ON CONFLICT (school_id, party_id) DO NOTHING"""
).bindparams(bindparam("now", type_=Moment))


async def _told(db: Db, list_id: int) -> dict[int, _Told]:
    columns = ListedPupil.person_id, ListedPupil.digest, ListedPupil.change, ListedPupil.told, ListedPupil.gone
    rows = await db.execute(select(*columns).where(ListedPupil.list_id == list_id))
    return {row.person_id: _Told(row.digest, row.change, row.told, row.gone) for row in rows}


async def _compare(db: Db, list_id: int, latest: int, rows: Mapping[int, Found], told: dict[int, _Told]) -> int:
    """Gives each pupil that came, changed or went a new number in `told` and in the table; returns the last one."""
    changed = []
    for one in sorted(rows.keys() | told.keys()):
        found, had = rows.get(one), told.get(one)
        if had is None and found is not None:
            had = told[one] = _Told(found.digest, 0, 0, False)
        elif had is None or not _differs(found, had):
            continue
        latest += 1
        had.change, had.gone, had.digest = latest, found is None, found.digest if found else had.digest
        changed.append({"list_id": list_id, "person_id": one, "digest": had.digest, "change": latest, "gone": had.gone})
    if changed:
        await db.execute(_CHANGE, changed)
    return latest


def _differs(found: Found | None, had: _Told) -> bool:
    return not had.gone if found is None else had.gone or found.digest != had.digest


_CHANGE: Final = text(
    """INSERT INTO listed_pupils (list_id, person_id, digest, change, told, gone)
    VALUES (:list_id, :person_id, :digest, :change, 0, :gone)
    ON CONFLICT (list_id, person_id) DO UPDATE SET digest = excluded.digest, change = excluded.change, gone = excluded.gone"""
)


def _choose(
    list_id: int, latest: int, told: Mapping[int, _Told], marker: Marker | None, *, today: date, most: int
) -> _Chosen:
    """Who is on the page, in the order of the changes. That somebody went is told to who was told that he was there."""
    whole = marker is None or marker.list_id != list_id or marker.change > latest
    since = 0 if marker is None or whole else marker.change
    wanted = sorted(
        (row.change, one)
        for one, row in told.items()
        if row.change > since and not (row.gone and (whole or row.told == 0))
    )
    shown, more = wanted[:most], len(wanted) > most
    return _Chosen([one for _, one in shown], whole, Marker(list_id, shown[-1][0] if more else latest, today), more)


async def _record(
    db: Db,
    keyring: Keyring,
    caller: Caller,
    school_id: int,
    leaving: Collection[tuple[int, str]],
    recorded: tuple[int, int],
    *,
    now: datetime,
) -> None:
    """That something leaves about these pupils, and by which name each of them comes back."""
    if not leaving:
        return
    asked_id, ticked_id = recorded
    row = {"at": now, "school_id": school_id, "party_id": caller.party_id, "connection_id": caller.connection_id}
    row |= {"asked_set_id": asked_id, "ticked_set_id": ticked_id, "ground": GROUND, "wire": WIRE}
    await db.execute(insert(Release), [{**row, "person_id": one} for one, _ in leaving])
    names = [
        {"party_id": caller.party_id, "person_id": one, "name": name_index(keyring, caller.party_id, name)}
        for one, name in leaving
    ]
    await db.execute(_NAME, names)


_NAME: Final = text(
    """INSERT INTO listed_names (party_id, person_id, name) VALUES (:party_id, :person_id, :name)
    ON CONFLICT (party_id, name) DO NOTHING"""
)


async def _note_told(db: Db, list_id: int, people: Iterable[int]) -> None:
    here = ListedPupil.list_id == list_id, ListedPupil.person_id.in_(list(people))
    await db.execute(update(ListedPupil).where(*here).values(told=ListedPupil.change))


def name_index(keyring: Keyring, party_id: int, name: str) -> bytes:
    """How the name that a provider got from us is kept: equal for equal ones at one provider, worthless without the key."""
    return keyring.mac("token", "listed name", str(party_id), name)


@dataclass(frozen=True, slots=True)
class Fetched:
    """When a provider last asked for the pupils of a school, and how many are in its list."""

    at: datetime
    pupils: int


async def fetched(db: Db, school_id: int, party_id: int) -> Fetched | None:
    """How a school's list at a provider stands; None while nobody asked for it."""
    here = PupilList.school_id == school_id, PupilList.party_id == party_id
    told = ListedPupil.list_id == PupilList.id, ListedPupil.told > 0, ~ListedPupil.gone
    count = select(func.count()).select_from(ListedPupil).where(*told).correlate(PupilList).scalar_subquery()
    row = (await db.execute(select(PupilList.fetched_at, count).where(*here))).one_or_none()
    return Fetched(row[0], row[1]) if row is not None else None

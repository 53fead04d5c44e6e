"""Undoing an import: its inverse put back, where nobody has changed the same thing since (D17).

Who came with the import goes with it: deleted where nothing ever happened to them, inactive where somebody else knows them already.
Who left comes back with everything. The coupling is on manual afterwards, so that the next night does not redo the mistake.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, column, delete, exists, insert, or_, select, table, update

from directory import people, roles
from directory.imports import couplings, history, kept
from directory.imports.history import today
from directory.imports.inverse import LINKS, ROWS, merged
from directory.imports.models import Coupling
from directory.imports.runs import lock
from directory.imports.words import RunRefused
from directory.models import BoardRole, Employment, EmploymentRole, Enrolment, Group, GroupTeacher, Person
from directory.placeless import hold
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.portions import portions

# Tables of others, read by name: whoever stands in one of them was more than a line in a file.
_KNOWING: Final = tuple(table(one, column("person_id")) for one in ("releases", "passwords", "totps", "upstream_links"))
_SEATS: Final = table("substitute_seats", column("id"), column("group_id"))
_BINDINGS: Final = table("substitute_bindings", column("seat_id"))

_COORDINATES: Final = exists().where(
    EmploymentRole.employment_id == Employment.id, EmploymentRole.role == roles.ICT_COORDINATOR
)

_ENDS: Final[Mapping[str, tuple[Any, Any]]] = {
    "eck_ids": (Person, Person),
    "employment_roles": (Employment, None),
    "subgroup_members": (Enrolment, Group),
    "group_teachers": (Employment, Group),
}
"""What the first two columns of a link point to."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing did, in numbers: people deleted as if they had never come, people made inactive, values and links put back."""

    deleted: int
    made_inactive: int
    put_back: int


async def undo(db: Db, school: KnownSchool, run_id: int, *, by: str, now: datetime, keyring: Keyring) -> Undone:
    """Puts the school back to before this run, its newest that changed something. Raises `LookupError`, `RunRefused`."""
    await lock(db, school.id)
    row = await history.stored(db, school.id, run_id, "applied", "held", otherwise="not_undoable")
    if row.inverse is None or row.undo_until is None or row.undo_until < today(now):
        raise RunRefused("not_undoable")
    if await history.newest_change(db, school.id) != run_id:
        raise RunRefused("newer_first")
    back = merged(kept.open_inverse(keyring, run_id, row.inverse))
    rows = await _but_coordinators(db, school.id, back["rows"])
    away = await _signed_out(db, rows)
    await _put_rows_back(db, school.id, rows)
    await _put_links_back(db, school.id, back)
    deleted, inactive = await _send_away(db, school.id, back["made"], now=now)
    await _end_sessions(db, {*away, *inactive})
    await _close_groups(db, school.id, back["made"]["groups"])
    await history.change(db, run_id, state="undone", content=None, inverse=None, undo_until=None, ended_at=now)
    await couplings.to_manual(db, [school.id], now=now, by=by)
    # The system must send everything again, also what it thinks we have.
    await db.execute(update(Coupling).where(Coupling.school_id == school.id).values(received_until=None))
    done = Undone(len(deleted), len(inactive), len(rows) + sum(len(links) for links in back["lost"].values()))
    told = {"run": run_id, "deleted": done.deleted, "made_inactive": done.made_inactive, "put_back": done.put_back}
    await ledger.record(db, "import.undone", now=now, by=by, school_id=school.id, detail=told)
    return done


async def _but_coordinators(db: Db, school_id: int, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Whoever came back with the import and coordinates the school now goes on working: a file does not take a coordinator away (D16)."""
    found = select(Employment.id).where(Employment.school_id == school_id, _COORDINATES)
    working = set((await db.execute(found)).scalars())
    return [row for row in rows if row[0] != "employments" or row[1] not in working]


async def _signed_out(db: Db, rows: Iterable[Sequence[Any]]) -> set[int]:
    """The people who came back with the import and leave with its undoing."""
    found: set[int] = set()
    for name, model in (("enrolments", Enrolment), ("employments", Employment)):
        again = [row[1] for row in rows if row[0] == name and row[2] == "active" and row[3] is False]
        for portion in portions(again):
            found |= set((await db.execute(select(model.person_id).where(model.id.in_(portion)))).scalars())
    return found


async def _put_rows_back(db: Db, school_id: int, rows: Iterable[Sequence[Any]]) -> None:
    """Every value that still is what the import made of it."""
    here = set((await db.execute(select(Group.id).where(Group.school_id == school_id))).scalars())
    by_column: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for name, id_, attribute, was, then in rows:
        if attribute == "group_id" and was is not None and was not in here:
            continue
        values = {"b_of": id_, "b_was": _typed(attribute, was), "b_then": _typed(attribute, then)}
        by_column[name, attribute].append(values)
    for (name, attribute), values_ in by_column.items():
        model: Any = ROWS[name][0]
        changed = getattr(model, attribute)
        then = changed.is_not_distinct_from(bindparam("b_then", type_=changed.type))
        query = update(model).where(model.id == bindparam("b_of"), then, *_of_school(model, school_id))
        # One at a time and in this order: of two changes of one value the newer is undone first.
        await db.execute(query.values({attribute: bindparam("b_was", type_=changed.type)}), values_)


def _of_school(model: Any, school_id: int) -> tuple[ColumnElement[bool], ...]:
    """Whoever belongs to another school by now is left alone."""
    return (model.school_id == school_id,) if model in (Group, Enrolment, Employment) else ()


def _typed(attribute: str, value: Any) -> Any:
    if value is None:
        return None
    if attribute == "inactive_since":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if attribute == "ends_on" else value


async def _put_links_back(db: Db, school_id: int, back: Mapping[str, Any]) -> None:
    """Takes away what the import linked, and links again what it took away, where both ends are still there."""
    for name, (model, columns) in LINKS.items():
        mine: Any = model
        for won in back["won"][name]:
            at = [getattr(mine, one) == value for one, value in zip(columns, _link(name, won), strict=True)]
            await db.execute(delete(mine).where(*at))
        for lost in back["lost"][name]:
            values = dict(zip(columns, _link(name, lost), strict=True))
            if name != "eck_ids" and await _both_ends(db, school_id, name, lost, mine, columns):
                await db.execute(insert(mine).values(values))


def _link(name: str, link: Sequence[Any]) -> list[Any]:
    return [link[0], bytes.fromhex(link[1])] if name == "eck_ids" else list(link)


async def _both_ends(
    db: Db, school_id: int, name: str, link: Sequence[Any], model: Any, columns: Sequence[str]
) -> bool:
    """Whether what the link ties together is there, and not tied yet."""
    for end, id_ in zip(_ENDS[name], link, strict=False):
        if end is not None and not await _there(db, select(end.id).where(end.id == id_, *_of_school(end, school_id))):
            return False
    tied = [getattr(model, one) == value for one, value in zip(columns[:2], link, strict=False)]
    return not await _there(db, select(getattr(model, columns[0])).where(*tied))


async def _there(db: Db, query: Any) -> bool:
    return (await db.execute(query)).first() is not None


async def _send_away(
    db: Db, school_id: int, made: Mapping[str, Sequence[int]], *, now: datetime
) -> tuple[set[int], set[int]]:
    """Deletes or makes inactive who came with the import; returns both, by person id."""
    deleted: set[int] = set()
    inactive: set[int] = set()
    for model, ids in ((Enrolment, made["pupils"]), (Employment, made["staff"])):
        for portion in portions(ids):
            here = select(model.person_id).where(model.school_id == school_id, model.person_id.in_(portion))
            present = set((await db.execute(here)).scalars()) - await _settled(db, school_id, portion)
            await hold(db, present)
            known = await _known_to_somebody(db, school_id, present)
            deleted |= present - known
            inactive |= known
            for gone in portions(present - known):
                await db.execute(delete(Person).where(Person.id.in_(gone)))
            for left in portions(known):
                away = update(model).where(model.school_id == school_id, model.person_id.in_(left), model.active)
                await db.execute(away.values(active=False, inactive_since=now))
    for portion in portions(made["places"]):
        # Whoever accepted the invitation to a place has an account of their own: it stays, and works here no more.
        taken = update(Employment).where(
            Employment.school_id == school_id, Employment.id.in_(portion), Employment.active, ~_COORDINATES
        )
        ended = await db.execute(taken.values(active=False, inactive_since=now).returning(Employment.person_id))
        inactive |= set(ended.scalars())
    return deleted, inactive


async def _settled(db: Db, school_id: int, persons: Iterable[int]) -> set[int]:
    """Those to whom this school itself gave a role or a group since: they are not the import's any more, so the last coordinator stays (D16)."""
    here = select(Employment.person_id).where(Employment.school_id == school_id, Employment.person_id.in_(persons))
    role = exists().where(EmploymentRole.employment_id == Employment.id, EmploymentRole.role != roles.TEACHER)
    group = exists().where(GroupTeacher.employment_id == Employment.id, GroupTeacher.source == "platform")
    return set((await db.execute(here.where(or_(Employment.source == "platform", role, group)))).scalars())


async def _known_to_somebody(db: Db, school_id: int, persons: set[int]) -> set[int]:
    """Those whom a party, a password, a network provider, a board or another school knows: they are more than a line of this import."""
    found: set[int] = set()
    for portion in portions(persons):
        for query in (
            *(select(one.c.person_id).where(one.c.person_id.in_(portion)) for one in _KNOWING),
            select(BoardRole.person_id).where(BoardRole.person_id.in_(portion)),
            select(Enrolment.person_id).where(Enrolment.person_id.in_(portion), Enrolment.school_id != school_id),
            select(Employment.person_id).where(Employment.person_id.in_(portion), Employment.school_id != school_id),
        ):
            found |= set((await db.execute(query.distinct())).scalars())
    return found


async def _close_groups(db: Db, school_id: int, ids: Sequence[int]) -> None:
    """Deletes the groups that came with the import; one in which a substitute stood in stays, out of use, for that history."""
    stood_in = exists().where(_SEATS.c.group_id == Group.id, _BINDINGS.c.seat_id == _SEATS.c.id)
    for portion in portions(ids):
        mine = Group.school_id == school_id, Group.id.in_(portion)
        await db.execute(update(Group).where(*mine, stood_in).values(active=False))
        await db.execute(delete(Group).where(*mine, ~stood_in))


async def _end_sessions(db: Db, person_ids: Iterable[int]) -> None:
    for portion in portions(person_ids):
        await people.end_sessions(db, *portion)

"""Parents' accounts: an address, a password, and the children at whom a school entered that very address (D3, D15, D29, R128-R132).

An account exists as long as the address stands at a child, and is erased with the last one. It holds no role and no session: its password only
leads to the tiles of those children, who then give their own secret. Two parents of a child never see each other's address.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from directory.environments import CHOSEN
from directory.home import WAY_OF, Way
from directory.models import Enrolment
from idp.core import ids
from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.core.purging import PORTION, delete_some
from idp.credentials.models import Parent, ParentOfChild

MOST: Final = 2
"""Addresses at one child (R129)."""

Entered = Literal["entered", "there_already", "too_many"]


@dataclass(frozen=True, slots=True)
class Known:
    """An address at a child as its teacher sees it. `used`: the parent signed in since it was entered; `bounced`: mail to it came back (R169)."""

    parent_id: int
    email: str = field(repr=False)
    permission_on: date
    used: bool
    bounced: bool


async def of_children(db: Db, school_id: int, person_ids: Collection[int]) -> dict[int, list[Known]]:
    """The addresses that this school entered at these pupils, in the order of entering; who has none is not in the answer."""
    columns = Enrolment.person_id, Parent.id, Parent.email, Parent.bounced_at, ParentOfChild.permission_on
    query = select(*columns, ParentOfChild.used_at).order_by(ParentOfChild.entered_at, Parent.id)
    found: dict[int, list[Known]] = {}
    for row in await db.execute(_at(query, school_id, person_ids)):
        one = Known(row.id, row.email, row.permission_on, used=row.used_at is not None, bounced=bool(row.bounced_at))
        found.setdefault(row.person_id, []).append(one)
    return found


def _at(query: Select[*tuple[Any, ...]], school_id: int, person_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    mine = Enrolment.school_id == school_id, Enrolment.person_id.in_(list(person_ids))
    linked = query.select_from(ParentOfChild).join(Enrolment, Enrolment.id == ParentOfChild.enrolment_id)
    return linked.join(Parent, Parent.id == ParentOfChild.parent_id).where(*mine)


async def enter(
    db: Db, school_id: int, person_id: int, email: str, *, permission_on: date, now: datetime
) -> tuple[Entered, int]:
    """Lets a parent with this address (as it is stored) sign this pupil in at home; and the account's id, 0 where nothing was entered.

    An account that is there already, because of a brother or another school, gets the child as well. Raises `LookupError` for a pupil of
    another school.
    """
    place = select(Enrolment.id).where(Enrolment.school_id == school_id, Enrolment.person_id == person_id)
    enrolment_id = (await db.execute(place.with_for_update())).scalar()
    if enrolment_id is None:
        raise LookupError("no pupil of this school")
    there = select(Parent.email).join(ParentOfChild).where(ParentOfChild.enrolment_id == enrolment_id)
    entered = list((await db.execute(there)).scalars())
    if email in entered:
        return "there_already", 0
    if len(entered) >= MOST:
        return "too_many", 0
    parent_id = await _account(db, email, now=now)
    row = {"parent_id": parent_id, "enrolment_id": enrolment_id, "permission_on": permission_on, "entered_at": now}
    await db.execute(insert(ParentOfChild).values(**row))
    return "entered", parent_id


async def _account(db: Db, email: str, *, now: datetime) -> int:
    found = (await db.execute(select(Parent.id).where(Parent.email == email).with_for_update())).scalar()
    if found is not None:
        return found
    row = {"email": email, "ledger_id": ids.guid(), "created_at": now}
    try:
        async with db.begin_nested():
            made: int = (await db.execute(insert(Parent).values(**row).returning(Parent.id))).scalar_one()
            return made
    except IntegrityError:
        # At a brother or sister the address was entered a moment before.
        return (await db.execute(select(Parent.id).where(Parent.email == email).with_for_update())).scalar_one()


async def remove(db: Db, school_id: int, person_id: int, parent_id: int) -> bool:
    """Takes an address away from a pupil of this school; the account goes with its last child. False if it was not there."""
    places = select(Enrolment.id).where(Enrolment.school_id == school_id, Enrolment.person_id == person_id)
    this = ParentOfChild.parent_id == parent_id, ParentOfChild.enrolment_id.in_(places)
    if not (await db.execute(delete(ParentOfChild).where(*this))).rowcount:
        return False
    await _erase_childless(db, [parent_id])
    return True


async def remove_all(db: Db, school_id: int) -> list[int]:
    """Takes every address away that this school entered; returns the pupils (by person id) who had one."""
    here = select(Enrolment.id).where(Enrolment.school_id == school_id)
    linked = (
        select(ParentOfChild.parent_id, Enrolment.person_id).join(Enrolment).where(Enrolment.school_id == school_id)
    )
    gone = (await db.execute(linked)).all()
    await db.execute(delete(ParentOfChild).where(ParentOfChild.enrolment_id.in_(here)))
    await _erase_childless(db, {row.parent_id for row in gone})
    return sorted({row.person_id for row in gone})


async def count(db: Db, school_id: int) -> int:
    """At how many pupils this school entered an address."""
    linked = select(Enrolment.person_id).join(ParentOfChild).where(Enrolment.school_id == school_id).distinct()
    return len((await db.execute(linked)).all())


async def _erase_childless(db: Db, parent_ids: Iterable[int]) -> None:
    # Where the address is being entered at another child at this moment: wait, and then look whether the account is still nobody's.
    these = select(Parent.id).where(Parent.id.in_(list(parent_ids))).order_by(Parent.id).with_for_update()
    parent_ids = list((await db.execute(these)).scalars())
    childless = ~exists().where(ParentOfChild.parent_id == Parent.id)
    await db.execute(delete(Parent).where(Parent.id.in_(parent_ids), childless))


async def purge(db: Db, *, most: int = PORTION) -> int:
    """Erases at most so many accounts whose children were all deleted; returns how many (D40)."""
    childless = ~exists().where(ParentOfChild.parent_id == Parent.id)
    return await delete_some(db, Parent, childless, most=most)


async def bounced(db: Db, email: str, *, now: datetime) -> bool:
    """A mail to this address came back: the teacher sees it (R169). False when no parent has the address."""
    return (await db.execute(update(Parent).where(Parent.email == email).values(bounced_at=now))).rowcount > 0


async def forget_bounce(db: Db, parent_id: int) -> None:
    """Another mail is on its way to this parent: whether that one comes back is to be seen."""
    await db.execute(update(Parent).where(Parent.id == parent_id).values(bounced_at=None))


@dataclass(frozen=True, slots=True)
class Account:
    """A parent's account with what its password is compared with; None where it has none yet."""

    id: int
    epoch: int
    ledger_id: str
    hash: str | None = field(repr=False)


_ACCOUNT = Statement("SELECT id, epoch, ledger_id, hash FROM parents WHERE email = $1")


async def account(hot: Hot, email: str) -> Account | None:
    """The account with this address (as it is stored: lower case)."""
    row = await hot.row(_ACCOUNT, email)
    return Account(*row) if row else None


async def rehash(db: Db, parent_id: int, *, old: str, new: str) -> None:
    """Keeps the same password under newer parameters, unless it was changed meanwhile."""
    await db.execute(update(Parent).where(Parent.id == parent_id, Parent.hash == old).values(hash=new))


async def note_use(db: Db, parent_id: int, *, now: datetime) -> None:
    """The parent signed in: every address entered until now is in use, and reached."""
    unused = ParentOfChild.parent_id == parent_id, ParentOfChild.used_at.is_(None)
    await db.execute(update(ParentOfChild).where(*unused).values(used_at=now))
    await db.execute(
        update(Parent).where(Parent.id == parent_id, Parent.bounced_at.is_not(None)).values(bounced_at=None)
    )


@dataclass(frozen=True, slots=True)
class Child:
    """A child as its parent's page shows it. `can`: it has a secret and its way home is `here`."""

    person_id: int
    school_id: int
    school_name: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    picture: str
    secret_kind: str | None
    way: Way
    network_name: str
    network_url: str

    @property
    def can(self) -> bool:
        """Whether this child can sign in from here now."""
        return self.way == "here" and self.secret_kind is not None


_CHILDREN = Statement(
    f"""SELECT per.id, s.id, s.name, per.first_name, per.prefix, per.surname, en.picture, sec.kind,
        {WAY_OF.format(group="g", rules="rules")}, COALESCE(env.name, rules.network_name),
        CASE WHEN env.id IS NULL THEN rules.network_url ELSE COALESCE(env.url, '') END
    FROM parents pa JOIN parents_of_children link ON link.parent_id = pa.id JOIN enrolments en ON en.id = link.enrolment_id
    JOIN persons per ON per.id = en.person_id JOIN schools s ON s.id = en.school_id AND s.closed_at IS NULL
    JOIN home_rules rules ON rules.school_id = s.id AND rules.parents
    LEFT JOIN groups g ON g.id = en.group_id LEFT JOIN parties env ON env.id = {CHOSEN.format(group="g")}
    LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
    WHERE pa.id = $1 AND pa.epoch = $2 AND en.active AND NOT per.disabled AND (en.ends_on IS NULL OR en.ends_on >= $3)
    ORDER BY s.name, s.id, per.first_name, per.id"""  # noqa: S608 - constants only
)


async def children(hot: Hot, parent_id: int, *, epoch: int, today: date) -> tuple[Child, ...]:
    """The active children at whom this parent's address stands, by school and roepnaam; none once the password is another one (`epoch`)."""
    return tuple(Child(*row) for row in await hot.rows(_CHILDREN, parent_id, epoch, today))

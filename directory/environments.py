"""Which network provider a group of pupils goes by, where its school ticks several (D35). Without a choice it may go by any of them.

A choice counts while the school ticks that provider; whoever unticks it is back where it was before the choice.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Boolean, Column, MetaData, String, Table, exists, select, update

from directory.models import Group
from idp.core.db import BigId, Db

CHOSEN = """(SELECT nt.party_id FROM ticks nt JOIN parties np ON np.id = nt.party_id AND np.enabled
    WHERE nt.school_id = {group}.school_id AND nt.party_id = {group}.network_id AND nt.given)"""
"""The provider that a group's school chose for it and ticks still, for prepared statements; NULL for any that the school ticks."""

# Above this package stand parties and ticks: their tables are known here by name.
_metadata = MetaData()
_PARTIES: Final = Table(
    "parties",
    _metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String),
    Column("kind", String),
    Column("url", String),
    Column("enabled", Boolean),
)
_TICKS: Final = Table(
    "ticks",
    _metadata,
    Column("school_id", BigId, primary_key=True),
    Column("party_id", BigId, primary_key=True),
    Column("given", Boolean),
)
_UPSTREAMS: Final = Table(
    "upstreams", _metadata, Column("party_id", BigId, primary_key=True), Column("for_staff", Boolean)
)


@dataclass(frozen=True, slots=True)
class Environment:
    """A network provider that a school ticks for its pupils; `url` is where its environment begins, if it says so."""

    party_id: int
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class GoingGroup:
    """A stamgroep of this school year, and the provider that was chosen for it, if one was."""

    id: int
    name: str
    party_id: int | None


async def ticked(db: Db, school_id: int) -> list[Environment]:
    """The network providers by which the pupils of a school can go, by name. A board's provider of its staff is none of them."""
    of_staff = exists().where(_UPSTREAMS.c.party_id == _PARTIES.c.id, _UPSTREAMS.c.for_staff)
    rows = await db.execute(
        select(_PARTIES.c.id, _PARTIES.c.name, _PARTIES.c.url)
        .join(_TICKS, _TICKS.c.party_id == _PARTIES.c.id)
        .where(_TICKS.c.school_id == school_id, _TICKS.c.given, _PARTIES.c.enabled)
        .where(_PARTIES.c.kind == "network", ~of_staff)
        .order_by(_PARTIES.c.name, _PARTIES.c.id)
    )
    return [Environment(row.id, row.name, row.url or "") for row in rows]


async def groups(db: Db, school_id: int, *, school_year: str) -> list[GoingGroup]:
    """The stamgroepen of a school, by name."""
    here = Group.school_id == school_id, Group.school_year == school_year, Group.kind == "stamgroep", Group.active
    rows = await db.execute(select(Group.id, Group.name, Group.network_id).where(*here).order_by(Group.name, Group.id))
    return [GoingGroup(row.id, row.name, row.network_id) for row in rows]


async def chosen(db: Db, school_id: int) -> dict[int, int]:
    """The provider that was chosen for a group, by the group's number, whether the school ticks it still or not."""
    rows = await db.execute(
        select(Group.id, Group.network_id).where(Group.school_id == school_id, Group.network_id.is_not(None))
    )
    return {group_id: party_id for group_id, party_id in rows if party_id is not None}


async def of_last_year(db: Db, school_id: int, *, school_year: str) -> dict[tuple[str, str], int | None]:
    """What was chosen for the groups of the years before, by kind and name, the last one of a name: a new group goes as that one did, so that no
    other provider is told of its pupils on the first of August."""
    columns = Group.kind, Group.name, Group.network_id
    query = select(*columns).where(Group.school_id == school_id, Group.school_year < school_year)
    chosen = exists().where(Group.school_id == school_id, Group.network_id.is_not(None))
    rows = await db.execute(query.where(chosen).order_by(Group.school_year, Group.id))
    return {(kind, name): party_id for kind, name, party_id in rows}


async def choose(db: Db, school_id: int, group_id: int, party_id: int | None) -> bool:
    """From now on this group of the school goes by that provider (which the school ticks), None for any; False when nothing changed."""
    this = Group.id == group_id, Group.school_id == school_id, Group.network_id.is_distinct_from(party_id)
    return (await db.execute(update(Group).where(*this).values(network_id=party_id))).rowcount > 0


async def of_group(db: Db, school_id: int, group_id: int | None) -> Environment | None:
    """The provider that was chosen for a group of this school, while the school ticks it."""
    chosen = select(Group.network_id).where(Group.id == group_id, Group.school_id == school_id)
    party_id = (await db.execute(chosen)).scalar() if group_id is not None else None
    found = await ticked(db, school_id) if party_id is not None else []
    return next((one for one in found if one.party_id == party_id), None)

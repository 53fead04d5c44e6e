"""How the pupils of a school sign in at home: here, with a code or by a parent's account, or by way of a network environment (D3, D35, R127)."""

from dataclasses import dataclass
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update

from directory import environments, schools
from directory.environments import CHOSEN
from directory.models import Group, HomeRules
from idp.core.db import Db

Way = Literal["here", "network"]
WAYS: Final[tuple[Way, ...]] = ("here", "network")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a school decided about home. `parents`: it lets parents have accounts.

    `way` follows how pupils sign in at school; with `network` they go by the environment of that name, which `network_url` leads to.
    """

    parents: bool = False
    way: Way = "here"
    network_name: str = ""
    network_url: str = ""


USUAL: Final = Rules()
"""A login code from the teacher, no accounts for parents (D3)."""

WAY_OF = f"COALESCE({{group}}.home_way, CASE WHEN {CHOSEN} IS NOT NULL THEN 'network' END, {{rules}}.way, 'here')"
"""How a child signs in at home, for prepared statements of other rooms: its group's way; by the environment that was chosen for its group; else its
school's."""


async def rules(db: Db, school_id: int) -> Rules:
    """What this school decided."""
    columns = HomeRules.parents, HomeRules.way, HomeRules.network_name, HomeRules.network_url
    row = (await db.execute(select(*columns).where(HomeRules.school_id == school_id))).one_or_none()
    return Rules(row.parents, cast(Way, row.way), row.network_name, row.network_url) if row else USUAL


async def rules_to_change(db: Db, school_id: int) -> Rules:
    """The same, for who changes them in this transaction: others who do wait until it ends, so that no decision undoes another one."""
    await schools.hold(db, school_id)
    return await rules(db, school_id)


async def decide(db: Db, school_id: int, wanted: Rules) -> None:
    """From now on the school does as `wanted` says, which was made from `rules_to_change`."""
    await db.execute(delete(HomeRules).where(HomeRules.school_id == school_id))
    values = {
        "parents": wanted.parents,
        "way": wanted.way,
        "network_name": wanted.network_name,
        "network_url": wanted.network_url,
    }
    await db.execute(insert(HomeRules).values(school_id=school_id, **values))


@dataclass(frozen=True, slots=True)
class HomeGroup:
    """A stamgroep of this school year; `way` is None where it does as its school does."""

    id: int
    name: str
    way: Way | None


async def groups(db: Db, school_id: int, *, school_year: str) -> list[HomeGroup]:
    """The stamgroepen of a school, by name."""
    here = Group.school_id == school_id, Group.school_year == school_year, Group.kind == "stamgroep", Group.active
    rows = await db.execute(select(Group.id, Group.name, Group.home_way).where(*here).order_by(Group.name, Group.id))
    return [HomeGroup(row.id, row.name, cast(Way | None, row.home_way)) for row in rows]


async def choose_for_group(db: Db, school_id: int, group_id: int, way: Way | None) -> bool:
    """From now on this group of the school signs in at home this way, None for the school's; False when nothing changed."""
    this = Group.id == group_id, Group.school_id == school_id, Group.home_way.is_distinct_from(way)
    return (await db.execute(update(Group).where(*this).values(home_way=way))).rowcount > 0


async def way_of_group(db: Db, school_id: int, group_id: int) -> Way:
    """How the children of this group sign in at home."""
    own = (await db.execute(select(Group.home_way).where(Group.id == group_id, Group.school_id == school_id))).scalar()
    if own is not None:
        return cast(Way, own)
    chosen = await environments.of_group(db, school_id, group_id)
    return "network" if chosen is not None else (await rules(db, school_id)).way


async def environment(db: Db, school_id: int, group_id: int | None) -> tuple[str, str]:
    """Name and address of the environment by which the children of a group go: the one chosen for it, else the one that its school named."""
    chosen = await environments.of_group(db, school_id, group_id)
    if chosen is not None:
        return chosen.name, chosen.url
    known = await rules(db, school_id)
    return known.network_name, known.network_url


def read_way(text: str) -> Way | None:
    """A way by its name, None for any other text."""
    return next((way for way in WAYS if way == text), None)


def is_https(url: str) -> bool:
    """Whether an address that a school typed can stand on a page as a link: https, a host, no name or password in it, one word."""
    try:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and " " not in url
        return plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False

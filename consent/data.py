"""What a party's server may know of the schools that agreed to it, with nobody signed in (R34, R70, R71): which they are, and their groups.

Read anew at each call, with tick, agreement, connection and token in the same statement (D9, D11). Nobody in particular is in it, so there is no
release record of a person to write.
"""

from dataclasses import dataclass
from datetime import date

from consent.fields import Fields, FieldSets
from consent.release import AGREEMENT
from idp.core.hot import Hot, Statement

NEEDED = "instelling_ref"
"""The name by which party and school know each other: a school that did not tick it is not told of at all."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is: a connection of a party as this process knows it, the token that it came with, and the most that its party may ask."""

    connection_id: int
    version: int
    party_id: int
    token_id: bytes
    may_ask: Fields


@dataclass(frozen=True, slots=True)
class AgreedSchool:
    """A school that ticked the party, and what it ticked of what the party may ask. `location` is a two-digit code, empty where there is one."""

    instelling_ref: str
    brin: str | None
    location: str
    name: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Agreed:
    """Some of the schools, by INSTELLING_REF; behind `last` there may be more."""

    schools: tuple[AgreedSchool, ...]
    last: str | None


@dataclass(frozen=True, slots=True)
class TaughtGroup:
    """A group of this school year: `stamgroep`, or a `subgroep` beside it (D21)."""

    name: str
    kind: str
    year_group: str | None


_STANDS = """FROM oidc_clients c
JOIN parties pa ON pa.id = c.party_id AND pa.enabled
LEFT JOIN ticks t ON t.party_id = pa.id AND t.given
LEFT JOIN schools s ON s.id = t.school_id AND s.closed_at IS NULL AND s.instelling_ref {wanted}
    AND {agreement}
"""
_WHERE = """WHERE c.id = $1 AND c.version = $2 AND c.enabled AND pa.id = $3
    AND NOT EXISTS (SELECT 1 FROM void_grants v WHERE v.grant_id = $4::bytea)"""

# The connection is read from the left: without any school there is one row of nothing, and no row says that the token opens nothing.
_SCHOOLS = Statement(
    f"""SELECT s.instelling_ref, s.brin, s.location, s.name, t.field_set_id
{_STANDS.format(wanted="> $6::text", agreement=AGREEMENT.format(today="$5"))}{_WHERE}
ORDER BY s.instelling_ref IS NULL, s.instelling_ref LIMIT $7"""
)
_GROUPS = Statement(
    f"""SELECT s.instelling_ref, t.field_set_id, g.name, g.kind, g.year_group
{_STANDS.format(wanted="= $6::text", agreement=AGREEMENT.format(today="$5"))}
LEFT JOIN groups g ON g.school_id = s.id AND g.active AND g.school_year = s.school_year
{_WHERE} ORDER BY s.instelling_ref IS NULL, g.kind, g.name"""
)


async def schools(hot: Hot, sets: FieldSets, caller: Caller, *, after: str, most: int, today: date) -> Agreed | None:
    """The schools that agreed to the party, behind `after` and at most so many; None when the caller may ask nothing at all. Raises `Unavailable`."""
    rows = await hot.rows(_SCHOOLS, *_who(caller), today, after, most)
    if not rows:
        return None
    found = [
        AgreedSchool(ref, brin, location, name, caller.may_ask & await sets.fields(ticked))
        for ref, brin, location, name, ticked in rows
        if ref is not None
    ]
    told = tuple(school for school in found if NEEDED in school.fields)
    return Agreed(told, found[-1].instelling_ref if len(found) == most else None)


async def groups(
    hot: Hot, sets: FieldSets, caller: Caller, instelling_ref: str, *, today: date
) -> list[TaughtGroup] | None:
    """The groups of a school that agreed to the party and ticked groups; an empty list for any other school, None when the caller may ask nothing
    at all. Raises `Unavailable`."""
    rows = await hot.rows(_GROUPS, *_who(caller), today, instelling_ref)
    if not rows:
        return None
    found = [row for row in rows if row[0]]
    ticked = await sets.fields(found[0][1]) if found else frozenset[str]()
    if not {NEEDED, "groups"} <= caller.may_ask & ticked:
        return []
    return [TaughtGroup(name, kind, year_group) for _, _, name, kind, year_group in found if name is not None]


def _who(caller: Caller) -> tuple[int, int, int, bytes]:
    return caller.connection_id, caller.version, caller.party_id, caller.token_id

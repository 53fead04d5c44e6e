"""What the ticks of a school let its people reach: the ways in by network providers, the parties, and from which of them one person is kept away."""

from sqlalchemy import and_, exists, func, select

from consent.models import Exclusion, Release, ReleaseCount, Tick
from idp.core.db import Db
from metadata.models import Party, Upstream, UpstreamLink


async def networks(db: Db, school_id: int) -> tuple[str, ...]:
    """The network providers by which the people of this school can come in now, by name (D35)."""
    way_in = exists().where(Upstream.party_id == Party.id, Upstream.enabled)
    query = select(Party.name).join(Tick, Tick.party_id == Party.id).order_by(Party.name)
    return tuple(
        (await db.execute(query.where(Tick.school_id == school_id, Tick.given, Party.enabled, way_in))).scalars()
    )


async def linked(db: Db, school_id: int, person_id: int) -> bool:
    """Whether a network provider that this school ticked has a name of ours for this person."""
    ticked = and_(Tick.party_id == Upstream.party_id, Tick.school_id == school_id, Tick.given)
    query = select(UpstreamLink.id).join(Upstream, Upstream.id == UpstreamLink.upstream_id).join(Tick, ticked)
    return (await db.execute(query.where(UpstreamLink.person_id == person_id).limit(1))).first() is not None


async def kinds(db: Db, school_id: int) -> dict[str, int]:
    """How many parties of each kind this school ticks now."""
    query = select(Party.kind, func.count()).join(Tick, Tick.party_id == Party.id).group_by(Party.kind)
    rows = await db.execute(query.where(Tick.school_id == school_id, Tick.given, Party.enabled))
    return {row.kind: row[1] for row in rows}


async def anybody_went(db: Db, school_id: int) -> bool:
    """Whether anybody of this school ever went on to a party; after 13 months the numbers still tell."""
    query = select(exists().where(Release.school_id == school_id) | exists().where(ReleaseCount.school_id == school_id))
    return bool((await db.execute(query)).scalar_one())


async def ticked(db: Db, school_id: int) -> int:
    """How many parties this school ticks now."""
    return sum((await kinds(db, school_id)).values())


async def kept_from(db: Db, school_id: int, person_id: int) -> tuple[str, ...]:
    """The ticked parties from which this school keeps this person away, by name."""
    given = and_(Tick.party_id == Exclusion.party_id, Tick.school_id == school_id, Tick.given)
    query = select(Party.name).join(Exclusion, Exclusion.party_id == Party.id).join(Tick, given).order_by(Party.name)
    here = Exclusion.school_id == school_id, Exclusion.person_id == person_id
    return tuple((await db.execute(query.where(*here))).scalars())

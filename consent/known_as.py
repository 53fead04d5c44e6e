"""By which seed a party knows somebody at a school: what names of that person are made of, at the release and whenever the party says one."""

from sqlalchemy import and_, func, select

from directory.lifecycle.models import SubstituteSeat
from directory.models import Employment, SubjectAlias, SubjectSeed
from idp.core.db import Db


async def seed(db: Db, person_id: int, school_id: int, party_id: int) -> bytes:
    """The seat's for a substitute (D4), the one that a merger kept for the party (D19), else the person's own. Raises `LookupError` for nobody."""
    here = Employment.person_id == SubjectSeed.person_id, Employment.school_id == school_id
    kept = SubjectAlias.person_id == SubjectSeed.person_id, SubjectAlias.party_id == party_id
    query = (
        select(func.coalesce(SubstituteSeat.seed, SubjectAlias.seed, SubjectSeed.seed))
        .select_from(SubjectSeed)
        .outerjoin(Employment, and_(*here))
        .outerjoin(SubstituteSeat, SubstituteSeat.id == Employment.seat_id)
        .outerjoin(SubjectAlias, and_(*kept))
    )
    found = (await db.execute(query.where(SubjectSeed.person_id == person_id))).scalar()
    if found is None:
        raise LookupError("no such person")
    return found

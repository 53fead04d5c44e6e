"""Who received what about a person, and why: read from the release records, for the school and for the person or a parent (GDPR art. 15).

The records hold which fields left, never their values; after 13 months only numbers are left of them (D40), and those name nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from consent.fields import Fields
from consent.models import FieldSet, Release
from directory.called import belongs
from directory.models import Person
from idp.core.db import Db
from metadata import field_lists
from metadata.field_lists import KnownList
from metadata.models import Party


@dataclass(frozen=True, slots=True)
class About:
    """About whom."""

    person_id: int
    ledger_id: str
    kind: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """The same fields to the same party: how often, the first time and the last. Without a name the party is gone."""

    party_id: int
    party_name: str | None
    ground: str
    fields: Fields
    first: datetime
    last: datetime
    times: int
    lists: tuple[KnownList, ...]

    def why(self, name: str) -> list[tuple[str, str, str]]:
        """What the party said at the time that it needs a field for: service, and the purpose in Dutch and English."""
        return [
            (one.service, each.purpose_nl, each.purpose_en)
            for one in self.lists
            for each in one.fields
            if each.name == name
        ]


async def about(db: Db, school_id: int, person_id: int) -> About:
    """A person of this school, former ones too. Raises `LookupError` for nobody of it."""
    columns = Person.id, Person.ledger_id, Person.kind, Person.first_name, Person.prefix, Person.surname
    row = (await db.execute(select(*columns).where(Person.id == person_id, belongs(school_id)))).one_or_none()
    if row is None:
        raise LookupError("nobody of this school")
    return About(*row)


async def of_person(db: Db, school_id: int, person_id: int) -> list[Received]:
    """What left about this person from this school, the party that got something last first."""
    alike = Release.party_id, Release.ground, Release.asked_set_id, Release.ticked_set_id
    query = (
        select(*alike, Party.name, func.min(Release.at), func.max(Release.at), func.count())
        .outerjoin(Party, Party.id == Release.party_id)
        .where(Release.person_id == person_id, Release.school_id == school_id)
        .group_by(*alike, Party.name)
    )
    rows = (await db.execute(query)).all()
    sets = await _sets(db, {each for row in rows for each in (row[2], row[3])})
    versions = {party_id: await field_lists.versions(db, party_id) for party_id in {row[0] for row in rows}}
    found: dict[tuple[int, str, Fields], Received] = {}
    for party_id, ground, asked, ticked, name, first, last, times in rows:
        fields = sets[asked] & sets[ticked]
        had = found.get((party_id, ground, fields))
        if had is not None:
            first, last, times = min(first, had.first), max(last, had.last), times + had.times
        lists = said_at(versions[party_id], last)
        found[party_id, ground, fields] = Received(party_id, name, ground, fields, first, last, times, lists)
    return sorted(found.values(), key=lambda one: one.last, reverse=True)


def said_at(versions: Sequence[KnownList], moment: datetime) -> tuple[KnownList, ...]:
    """Of each service the list that held at that moment; `versions` are the newest first."""
    found: dict[str, KnownList] = {}
    for one in versions:
        if one.published_at <= moment:
            found.setdefault(one.service, one)
    return tuple(one for _, one in sorted(found.items()))


async def _sets(db: Db, ids: set[int]) -> dict[int, Fields]:
    rows = await db.execute(select(FieldSet.id, FieldSet.fields).where(FieldSet.id.in_(sorted(ids))))
    return {known: frozenset(fields.split()) for known, fields in rows}

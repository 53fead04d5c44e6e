"""Which subject a party keeps when two persons turn out to be one, or are made one (D19). The rule is pure; the facts are read beside it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select

from directory.lifecycle.other_rooms import RELEASES
from directory.models import SubjectAlias, SubjectSeed
from idp.core.db import Db
from idp.core.portions import portions

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""When a party first knew an alias: before anything that the release records still tell."""


@dataclass(frozen=True, slots=True)
class Known:
    """One person's subjects: the own seed, those of earlier joins by party, and since when each party knows the person."""

    person_id: int
    seed: bytes = field(repr=False)
    aliases: Mapping[int, bytes] = field(repr=False)
    since: Mapping[int, datetime]

    def at(self, party_id: int) -> bytes:
        """The seed of this person's subject at a party."""
        return self.aliases.get(party_id, self.seed)


@dataclass(frozen=True, slots=True)
class Kept:
    """After a join: the aliases that the survivor gets, and the parties that knew both and will see one of them no more."""

    aliases: Mapping[int, bytes] = field(repr=False)
    knew_both: tuple[int, ...] = ()


def keep(survivor: Known, folded: Known) -> Kept:
    """What a party knows already stays. If it knew both, what it knew first stays; of equals the survivor's."""
    aliases: dict[int, bytes] = {}
    both: list[int] = []
    for party_id, since in sorted(folded.since.items()):
        if party_id not in survivor.since:
            aliases[party_id] = folded.at(party_id)
        elif survivor.at(party_id) != folded.at(party_id):
            both.append(party_id)
            if since < survivor.since[party_id]:
                aliases[party_id] = folded.at(party_id)
    return Kept({p: seed for p, seed in aliases.items() if survivor.at(p) != seed}, tuple(both))


async def load(db: Db, person_ids: Iterable[int]) -> dict[int, Known]:
    """The subjects of these persons, by person."""
    wanted = set(person_ids)
    seeds: dict[int, bytes] = {}
    aliases: dict[int, dict[int, bytes]] = defaultdict(dict)
    since: dict[int, dict[int, datetime]] = defaultdict(dict)
    for portion in portions(wanted):
        first = func.min(RELEASES.c.at)
        told = select(RELEASES.c.person_id, RELEASES.c.party_id, first).where(RELEASES.c.person_id.in_(portion))
        for person_id, party_id, at in await db.execute(told.group_by(RELEASES.c.person_id, RELEASES.c.party_id)):
            since[person_id][party_id] = at
        for row in await db.execute(select(SubjectAlias).where(SubjectAlias.person_id.in_(portion))):
            aliases[row.person_id][row.party_id] = row.seed
            since[row.person_id][row.party_id] = LONG_AGO
        own = await db.execute(select(SubjectSeed).where(SubjectSeed.person_id.in_(portion)))
        seeds |= {row.person_id: row.seed for row in own}
    return {who: Known(who, seed, aliases.get(who, {}), since.get(who, {})) for who, seed in seeds.items()}

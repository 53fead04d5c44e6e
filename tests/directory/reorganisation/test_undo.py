"""Whatever is carried out and undone leaves every table as it was: for any two schools, and every kind of reorganisation."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from directory import roles
from directory.lifecycle import reorganisation_asking, reorganisations
from directory.lifecycle.reorganisation_requests import Choice, Closure, CodeChange, Merger, Split, Transfer, Wanted
from directory.models import Enrolment
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from tests.clock import Clock
from tests.directory.eckids import KEYRING, add_pupil
from tests.directory.reorganisation import world
from tests.storage import Storage


@dataclass(frozen=True)
class Child:
    """A made-up pupil: which ECK-iD, which name and group, and what else hangs on it."""

    eckid: str | None
    name: str
    group: int
    active: bool
    secret: bool
    known_at: tuple[int, ...]
    away: bool


children = st.builds(
    Child,
    eckid=st.sampled_from([None, None, "a", "b", "c", "d"]),
    name=st.sampled_from(["Noor", "Sam", "Finn", "Lies"]),
    group=st.integers(0, 1),
    active=st.sampled_from([True, True, False]),
    secret=st.booleans(),
    known_at=st.sampled_from([(), (0,), (1,), (0, 1)]),
    away=st.booleans(),
)
# No school lists one ECK-iD twice: its own import refuses that.
rolls = st.lists(children, max_size=4, unique_by=lambda child: child.eckid or id(child))
staffs = st.lists(
    st.tuples(st.sampled_from(["juf", "meester", "ib"]), st.sampled_from(roles.ROLES), st.integers(0, 1)),
    max_size=3,
    unique_by=lambda one: one[0],
)


class Over(Exception):
    """Ends an example without a trace: the next one begins where this one began."""


class Example:
    """Two schools of one example; nothing in it is known to other examples but by chance, which is as it is in the world."""

    def __init__(self, db: Db, clock: Clock) -> None:
        self.db, self.clock = db, clock
        self.groups: dict[int, list[int]] = {}

    async def school(self, name: str, roll: list[Child], staff: list[tuple[str, str, int]]) -> KnownSchool:
        at = await world.school(self.db, self.clock, name, None)
        groups = [await world.group(self.db, at, key) for key in ("6a", "6b")]
        subgroup = await world.group(self.db, at, "plus", "subgroep")
        self.groups[at.id] = groups
        await world.coupled(self.db, at, "manual")
        for number, child in enumerate(roll):
            await self._child(at, number, child, groups[child.group], subgroup)
        for who, role, group in staff:
            person = await world.colleague(self.db, self.clock, at, f"{who}@school.example", role, groups[group])
            await world.arranges_substitutes(self.db, at, person)
        return at

    async def _child(self, at: KnownSchool, number: int, child: Child, group: int, subgroup: int) -> None:
        db, clock = self.db, self.clock
        named = {"has": child.eckid, "key": str(number)}
        who = await add_pupil(db, at.id, child.name, clock, group_id=group, active=child.active, **named)
        mine = select(Enrolment.id).where(Enrolment.person_id == who)
        await world.place(db, (await db.execute(mine)).scalar_one(), subgroup)
        if child.secret:
            await world.secret(db, clock, who, "4711")
        for party in child.known_at:
            await world.told(db, at, who, self.parties[party], clock.now - timedelta(days=number))
        if child.away:
            await world.keep_away(db, at, who, self.parties[0])

    async def fill(
        self, left: list[Child], right: list[Child], staff: tuple[list[tuple[str, str, int]], ...]
    ) -> tuple[KnownSchool, KnownSchool]:
        self.parties = [await world.party(self.db, self.clock, name) for name in ("Rekenrijk", "Taalpaleis")]
        one = await self.school("De Ene", left, staff[0])
        self.clock.move(days=1)
        other = await self.school("De Andere", right, staff[1])
        return one, other


async def wanted_for(kind: str, example: Example, one: KnownSchool, other: KnownSchool) -> Wanted | None:
    """What such a reorganisation of these two would be; None where they have nothing for it."""
    group, _ = example.groups[one.id]
    match kind:
        case "merger":
            return Merger((one.id,), other.id)
        case "split":
            return Split(one.id, {str(group): other.id})
        case "closure":
            return Closure(one.id)
        case "codes":
            return CodeChange(one.id, "97ZZ", "")
    query = select(Enrolment.person_id).order_by(Enrolment.id)
    left, arrived = [
        (await example.db.execute(query.where(Enrolment.school_id == at.id))).scalars().first() for at in (one, other)
    ]
    return Transfer(one.id, other.id, arrived, left) if left is not None and arrived is not None else None


async def there_and_back(
    db: Db, clock: Clock, kind: str, left: list[Child], right: list[Child], staff: Any, word: Choice
) -> None:
    example = Example(db, clock)
    one, other = await example.fill(left, right, staff)
    wanted = await wanted_for(kind, example, one, other)
    if wanted is None:
        return
    before = await world.everything(db)
    both = world.coordinator(one, other)
    made = await world.agreed(db, clock, wanted, world.HELPDESK, both)
    shown = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
    assert await world.everything(db) == before
    for _ in range(len(left)):
        if doubts := {meeting.choice: word for meeting in shown.doubts}:
            await reorganisation_asking.choose(
                db,
                made,
                doubts,
                by=world.HELPDESK,
                now=clock.now,
                keyring=KEYRING,
            )
            shown = await reorganisations.rehearse(db, made, now=clock.now, keyring=KEYRING)
            word = "different"
    await reorganisation_asking.agree(db, made, by=both, now=clock.now, keyring=KEYRING)
    if shown.obstacles:
        assert (kind, shown.obstacles) == ("transfer", ("eckids_differ",))
        return
    await world.do(db, clock, made, fingerprint=shown.fingerprint)
    assert await world.everything(db) != before
    clock.move(days=7)
    await world.undone(db, clock, made)
    assert await world.everything(db) == before


def test_done_and_undone_is_as_if_it_never_was(storage: Storage) -> None:
    # One loop and one engine for all examples: compiling every statement anew is most of the work.
    with asyncio.Runner() as runner:
        url, _ = storage.fresh()
        database = Database(url)

        async def once(example: tuple[Any, ...]) -> None:
            with contextlib.suppress(Over):
                async with database.begin() as db:
                    await there_and_back(db, Clock(), *example)
                    raise Over

        @settings(
            max_examples=12,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(
            st.tuples(
                st.sampled_from(["merger", "merger", "split", "closure", "codes", "transfer"]),
                rolls,
                rolls,
                st.tuples(staffs, staffs),
                st.sampled_from(["same", "different"]),
            )
        )
        def whatever(example: tuple[Any, ...]) -> None:
            runner.run(once(example))

        try:
            whatever()
        finally:
            runner.run(database.close())

"""The nightly imports against a stand-in for an administration system: every outcome is a run that the school can see (R26, R29, D5, D6)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from sqlalchemy import select, update

from directory.imports import couplings, hours, locations, nights, seen_locations
from directory.imports.couplings import Mode
from directory.imports.models import AdministrationSystem, Coupling, ImportRun
from directory.imports.uwlr.faults import FAULTS, Refused
from directory.models import Enrolment
from directory.schools import KnownSchool
from idp.credentials.models import MailedLink, PupilSecret
from idp.demo import las_answers
from idp.demo.las import Las, SchoolThere
from idp.jobs import evidence, imports, loop
from idp.jobs.evidence import KnownRun
from idp.jobs.shift import Shift
from tests.clock import Clock
from tests.directory.uwlr.standing import KEY, conversing, edexml, http, request, serving
from tests.jobs import country
from tests.jobs.coupled import couple

THERE = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class Country:
    """An administration system with schools in it, and the same schools here."""

    shift: Shift
    las: Las
    endpoint: str

    async def couple(self, brin: str = "99XX", *, there: bool = True, mode: Mode = "automatic") -> KnownSchool:
        """A school that is coupled; its data are there."""
        if there:
            self.las.add(SchoolThere(brin, "", KEY, edexml(brin=brin), THERE))
        return await couple(self.shift, self.endpoint, brin, mode=mode)

    async def states(self) -> list[tuple[str, str | None]]:
        rows = await country.ask(self.shift, select(ImportRun.state, ImportRun.error).order_by(ImportRun.id))
        return [(row.state, row.error) for row in rows]

    async def evidence(self) -> list[KnownRun]:
        async with self.shift.floor.database.read() as db:
            return list(await evidence.listed(db, job="imports"))


@pytest.fixture
async def nation(shift: Shift) -> AsyncIterator[Country]:
    las = Las()
    async with serving(las) as endpoint:
        yield Country(shift, las, endpoint)


async def test_nobody_is_asked_before_the_night_and_everybody_once_in_it(nation: Country, clock: Clock) -> None:
    for brin in ("99AA", "99BB", "99CC"):
        await nation.couple(brin)
    assert await loop.imports(nation.shift) == 0
    clock.move(days=1)
    assert await loop.imports(nation.shift) == 3
    assert await loop.imports(nation.shift) == 0
    assert await nation.states() == [("applied", None)] * 3
    assert len(await country.ask(nation.shift, select(Enrolment.id))) == 72
    without = select(Enrolment.id).where(Enrolment.person_id.not_in(select(PupilSecret.person_id)))
    assert await country.ask(nation.shift, without) == []
    assert await country.ask(nation.shift, select(MailedLink.person_id)) != []
    (run,) = await nation.evidence()
    assert (run.counts, run.error, run.ended_at) == ({"schools": 3, "applied": 3}, None, clock.now)


async def test_two_workers_share_the_schools(nation: Country, clock: Clock) -> None:
    for brin in ("99AA", "99BB", "99CC", "99DD", "99EE"):
        await nation.couple(brin)
    clock.move(days=1)
    asked = await asyncio.gather(loop.imports(nation.shift), loop.imports(nation.shift))
    assert sum(asked) == 5
    assert await nation.states() == [("applied", None)] * 5


async def test_nothing_new_touches_nobody(nation: Country, clock: Clock) -> None:
    school = await nation.couple()
    clock.move(days=1)
    await loop.imports(nation.shift)
    before = await country.active(nation.shift, school)
    clock.move(days=1)
    await loop.imports(nation.shift)
    assert await nation.states() == [("applied", None), ("nothing", None)]
    assert await country.active(nation.shift, school) == before


@pytest.mark.parametrize(
    ("trouble", "error", "again"),
    [
        ("Server.TijdelijkNietBeschikbaar", "las_unavailable", timedelta(minutes=10)),
        ("Client.OngeldigBericht", "las_bad_request", None),
    ],
)
async def test_a_refusal_is_a_run_with_a_sentence_and_is_tried_again(
    nation: Country, clock: Clock, trouble: str, error: str, again: timedelta | None
) -> None:
    school = await nation.couple()
    nation.las.trouble = trouble
    clock.move(days=1)
    await loop.imports(nation.shift)
    assert await nation.states() == [("failed", error)]
    assert FAULTS[error].nl
    ((due, attempts),) = await country.ask(nation.shift, select(Coupling.next_run_at, Coupling.attempts))
    assert due == (clock.now + again if again else hours.next_night(school.id, clock.now))
    assert attempts == (1 if again else 0)
    nation.las.trouble = None
    clock.now = due
    await loop.imports(nation.shift)
    assert [state for state, _ in await nation.states()] == ["failed", "applied"]
    assert [run.counts for run in await nation.evidence()] == [
        {"applied": 1, "schools": 1},
        {"refused": 1, "schools": 1},
    ]


async def test_a_refused_key_stops_the_coupling_and_is_mailed(nation: Country, clock: Clock) -> None:
    school = await nation.couple()
    await country.coordinator(nation.shift, school)
    nation.las.schools["99XX", ""].key = "another"
    clock.move(days=1)
    await loop.imports(nation.shift)
    assert await nation.states() == [("failed", "las_key_refused")]
    assert [to for to, _ in await country.mails(nation.shift)] == ["ict@school.example"]
    clock.move(days=2)
    assert await loop.imports(nation.shift) == 0


async def test_content_that_cannot_be_used_changes_nothing(nation: Country, clock: Clock) -> None:
    school = await nation.couple()
    clock.move(days=1)
    await loop.imports(nation.shift)
    before = await country.active(nation.shift, school)
    twice = edexml(pupils=30).replace(b'<leerling key="', b'<leerling key="x" was="')
    nation.las.add(SchoolThere("99XX", "", KEY, twice, clock.now))
    clock.move(days=1)
    await loop.imports(nation.shift)
    state, error = (await nation.states())[-1]
    assert (state, error) == ("failed", "duplicate_key")
    assert await country.active(nation.shift, school) == before


async def test_a_system_that_has_nothing_about_this_year_says_so_and_nobody_leaves(
    nation: Country, clock: Clock
) -> None:
    school = await nation.couple()
    clock.move(days=1)
    await loop.imports(nation.shift)
    before = await country.active(nation.shift, school)
    nation.las.add(SchoolThere("99XX", "", KEY, edexml(year="2025-2026"), clock.now))
    clock.move(days=1)
    await loop.imports(nation.shift)
    assert (await nation.states())[-1] == ("nothing", "no_data")
    assert await country.active(nation.shift, school) == before


async def test_in_june_the_coming_year_is_asked_for_too_and_waits(nation: Country, clock: Clock) -> None:
    clock.now = datetime(2026, 6, 10, 8, tzinfo=UTC)
    school = await nation.couple()
    await country.take_in(nation.shift, school, year="2025-2026")
    # The stand-in knows one year: the coming one.
    clock.move(days=1)
    await loop.imports(nation.shift)
    assert await nation.states() == [("applied", None), ("nothing", "no_data"), ("waiting", None)]
    assert await country.year_of(nation.shift, school) == "2025-2026"
    (run,) = await nation.evidence()
    assert run.counts == {"schools": 1, "unchanged": 1, "waiting": 1}


async def test_in_winter_the_coming_year_is_not_asked_for(nation: Country, clock: Clock) -> None:
    school = await nation.couple()
    await country.take_in(nation.shift, school, year="2026-2027")
    nation.las.add(SchoolThere("99XX", "", KEY, edexml(year="2027-2028"), THERE))
    clock.move(days=1)
    await loop.imports(nation.shift)
    assert list(nation.las.asked) == ["leerlinggegevens"]


def _with_location(content: bytes, pupils: int) -> bytes:
    """The same administration, in which that many pupils are at the location `v2`."""
    edex = etree.fromstring(content)
    school = edex.find("school")
    assert school is not None
    places = etree.fromstring('<vestigingen><vestiging key="v2"><naam>Dependance</naam></vestiging></vestigingen>')
    school.addnext(places)
    for pupil in edex.findall("leerlingen/leerling")[:pupils]:
        before = pupil.find("samengestelde_groepen")
        last = before if before is not None else pupil.find("groep")
        assert last is not None
        last.addnext(etree.fromstring('<vestiging key="v2"/>'))
    return etree.tostring(edex)


async def test_one_administration_of_two_locations_fills_both_schools_once_both_agreed(
    nation: Country, clock: Clock
) -> None:
    school = await nation.couple()
    other = await country.open_school(nation.shift, "99YY")
    nation.las.profile = "whole"
    nation.las.add(SchoolThere("99XX", "", KEY, _with_location(edexml(), 9), THERE))
    async with nation.shift.floor.database.begin() as db:
        made = await locations.deliver(db, school.id, "v2", to=other.id, now=clock.now, by="test")
        await locations.agree(db, other.id, made.id, now=clock.now, by="test")
    clock.move(days=1)
    assert await loop.imports(nation.shift) == 1
    assert (await country.active(nation.shift, other))["pupils"] == 9
    assert (await country.active(nation.shift, school))["pupils"] == 15
    (run,) = await nation.evidence()
    assert run.counts == {"schools": 1, "applied": 2}
    async with nation.shift.floor.database.read() as db:
        named = await seen_locations.of_school(db, school.id)
        assert [(one.key, one.pupils) for one in named if one.key == "v2"] == [("v2", 9)], "of the whole file"
        assert await seen_locations.of_school(db, other.id) == [], "whose administration it is not"


async def test_a_school_is_asked_now_also_when_its_coupling_is_manual(nation: Country, clock: Clock) -> None:
    school = await nation.couple(mode="manual")
    clock.move(days=1)
    assert await loop.imports(nation.shift) == 0
    (run,) = await imports.ask_now(nation.shift, school, by="ledger-id")
    assert (run.state, run.origin, run.by) == ("applied", "now", "ledger-id")
    async with nation.shift.floor.database.begin() as db:
        await nights.open_now(db, school, now=clock.now, keyring=nation.shift.floor.keyring)
    with pytest.raises(Refused) as refused:
        await imports.ask_now(nation.shift, school, by="ledger-id")
    assert refused.value.code == "busy"


async def test_an_answer_that_came_too_late_is_thrown_away(nation: Country, clock: Clock) -> None:
    school = await nation.couple()
    clock.move(days=1)

    async def meanwhile() -> None:
        async with nation.shift.floor.database.begin() as db:
            await couplings.set_mode(db, school.id, "manual", now=clock.now, by="test")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await meanwhile()
        answer = las_answers.data(
            "leerlinggegevens", etree.fromstring(edexml()), profile="narrow", with_eckid=True, groups=frozenset()
        )
        writer.write(http(answer))
        await writer.drain()

    async with conversing(talk) as endpoint:
        await country.change(nation.shift, update(AdministrationSystem).values(endpoint=endpoint))
        assert await loop.imports(nation.shift) == 1
    assert await nation.states() == []
    assert (await country.active(nation.shift, school))["pupils"] == 0


async def test_a_mistake_of_ours_is_visible_to_the_school_and_keeps_no_other_one(nation: Country, clock: Clock) -> None:
    broken = await nation.couple("99AA")
    sound = await nation.couple("99BB")
    clock.move(days=1)
    await loop.imports(nation.shift)
    nation.las.add(SchoolThere("99AA", "", KEY, edexml(brin="99AA", pupils=30), clock.now))
    clock.move(days=1)
    # Nothing to give to newcomers.
    pictureless = Shift(nation.shift.floor, ())
    with pytest.raises(BaseExceptionGroup):
        await loop.imports(pictureless)
    rows = await country.ask(
        nation.shift, select(ImportRun.school_id, ImportRun.state, ImportRun.error).order_by(ImportRun.id).offset(2)
    )
    assert {tuple(row) for row in rows} == {(broken.id, "failed", "our_mistake"), (sound.id, "nothing", None)}
    (run, _) = await nation.evidence()
    assert run.counts["failed"] == 1

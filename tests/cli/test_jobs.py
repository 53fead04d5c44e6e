"""`idp jobs` and `idp school-year`, as an operator sees them."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from directory.imports import edexml, runs
from directory.imports.models import ImportRun
from directory.models import Enrolment, Group, School
from idp.core import clock
from idp.core.floor import Floor
from idp.jobs.models import Appointment
from idp.jobs.shift import Shift
from idp.jobs.timetable import JOBS
from tests.cli.conftest import Installation
from tests.directory.schools import school_file
from tests.jobs.country import change
from tests.listening import NOWHERE


def _change(idp: Installation, *statements: object) -> None:
    idp.on_floor(lambda laid: change(Shift(laid, ()), *statements))  # type: ignore[arg-type]


def test_every_job_is_listed_with_its_next_hour_before_anything_was_done(idp: Installation) -> None:
    shown = idp.json("jobs", "list")
    assert [job["job"] for job in shown["jobs"]] == ["imports", *(job.name for job in JOBS)]
    assert all(job["due_at"] > "2026" and job["failures"] == 0 for job in shown["jobs"][1:])
    assert shown["jobs"][0]["due_at"] is None
    assert shown["runs"] == []
    assert "Nothing was done yet." in idp("jobs", "list").out


def test_a_job_is_done_now_and_leaves_evidence(idp: Installation) -> None:
    done = idp.json("jobs", "run", "retention")
    assert done["finished"] is True
    assert set(done["counts"].values()) == {0}
    (run,) = idp.json("jobs", "list", "--job", "retention")["runs"]
    assert (run["job"], run["error"], run["counts"]) == ("retention", None, done["counts"])
    assert idp.json("jobs", "list", "--job", "inactivity")["runs"] == []
    assert "retention: nothing to do" in idp("jobs", "list").out
    assert "Done: nothing to do." in idp("jobs", "run", "inactivity").out


def test_an_unknown_job_is_refused_with_the_known_ones(idp: Installation) -> None:
    ended = idp("jobs", "run", "nonsense", "--json")
    assert (ended.code, ended.error["error"]) == (1, "not_found")
    assert "retention" in ended.error["message"]
    assert idp("jobs", "list", "--job", "nonsense").code == 1


def test_a_job_that_a_worker_has_is_left_to_it(idp: Installation) -> None:
    until = clock.utc_now() + timedelta(minutes=5)
    row = {"due_at": clock.utc_now() - timedelta(minutes=1), "claimed_until": until}
    _change(idp, insert(Appointment).values(job="retention", **row))
    ended = idp("jobs", "run", "retention", "--json")
    assert (ended.code, ended.error["error"]) == (1, "busy")
    (listed,) = [job for job in idp.json("jobs", "list")["jobs"] if job["job"] == "retention"]
    assert listed["claimed_until"] is not None


def test_imports_that_are_due_are_done_now(idp: Installation) -> None:
    assert idp.json("jobs", "run", "imports") == {"finished": True, "counts": {}}
    assert idp.json("jobs", "list", "--job", "imports")["runs"] == []


def test_one_school_is_asked_now_if_it_can_be(school: Installation) -> None:
    assert school("jobs", "run", "retention", "--school", "99XX").code == 1
    ended = school("jobs", "run", "imports", "--school", "99XX", "--json")
    assert (ended.code, ended.error["error"]) == (1, "not_found")
    assert "coupling" in ended.error["message"]
    for words in (("choose", "99XX", "eduscope"), ("agree", "99XX", "--side", "school"), ("mode", "99XX", "manual")):
        assert school("couplings", *words).code == 0
    # Nobody can be asked at this address.
    name = ["--customer-code", "poortwachter", "--customer-name", "Poortwachter"]
    nobody = f"http://{NOWHERE}/uwlr"
    assert school("systems", "configure", "eduscope", "--endpoint", nobody, *name).code == 0
    ended = school("jobs", "run", "imports", "--school", "99XX", "--json")
    assert (ended.code, ended.error["error"]) == (1, "unreachable")
    (run,) = school.ask(lambda db: db.execute(select(ImportRun.state, ImportRun.origin, ImportRun.error)))
    assert tuple(run) == ("failed", "now", "unreachable")


def _last_year() -> str:
    first = int(clock.school_year(clock.utc_now())[:4])
    return f"{first - 1}-{first}"


@pytest.fixture
def behind(school: Installation) -> Installation:
    """School 99XX with the groups and pupils of last year."""

    async def take_in(laid: Floor) -> None:
        from directory import schools

        told = school_file(school_year=_last_year(), brin="99XX", pupils=12, groups=3)
        async with laid.database.begin() as db:
            known = await schools.by_code(db, "99XX")
            await runs.receive(
                db,
                known,
                edexml.read([told]),
                source="edexml",
                origin="command",
                by="test",
                now=laid.now,
                keyring=laid.keyring,
                pictures=("cat", "dog"),
            )

    school.on_floor(take_in)
    return school


def test_a_school_that_is_behind_is_shown_and_rolled_over_once(behind: Installation) -> None:
    this_year = clock.school_year(clock.utc_now())
    country = behind.json("school-year", "show")
    assert (country["school_year"], country["schools"], country["behind"]) == (this_year, 1, 1)
    before = behind.json("school-year", "show", "--school", "99XX")
    assert (before["school_year"], before["pupils"], before["state"]) == (_last_year(), 12, "awaited")
    done = behind.json("school-year", "roll-over", "--school", "99XX")
    assert (done["finished"], done["counts"]["pupils_inactive"]) == (True, 12)
    after = behind.json("school-year", "show", "--school", "99XX")
    assert (after["school_year"], after["pupils"], after["groups"], after["without_data"]) == (this_year, 0, 0, True)
    again = behind("school-year", "roll-over", "--school", "99XX", "--json")
    assert (again.code, again.error["error"]) == (1, "nothing_to_do")


def test_the_whole_country_is_rolled_over_at_once(behind: Installation) -> None:
    assert "12 pupils inactive" in behind("school-year", "roll-over").out
    assert behind.json("school-year", "roll-over")["counts"] == {}
    active = behind.ask(lambda db: db.execute(select(Enrolment.id).where(Enrolment.active)))
    assert active.all() == []
    groups = behind.ask(lambda db: db.execute(select(Group.id).where(Group.active)))
    assert groups.all() == []
    assert "begins on" in behind("school-year", "show").out
    assert "without data    yes" in behind("school-year", "show", "--school", "99XX").out


def test_what_fails_is_told_and_the_rest_is_done(behind: Installation) -> None:
    this_year = clock.school_year(clock.utc_now())
    (school_id,) = behind.ask(lambda db: db.execute(select(School.id))).one()
    row = {"source": "uwlr", "origin": "night", "by": "x", "state": "waiting", "counts": {}, "doubts": {}}
    waiting = insert(ImportRun).values(
        school_id=school_id, started_at=clock.utc_now(), school_year=this_year, content=b"not sealed", **row
    )
    _change(behind, waiting)
    ended = behind("school-year", "roll-over", "--json")
    assert (ended.code, ended.error["error"]) == (1, "partly_failed")
    assert "not sealed" not in ended.err
    _change(behind, update(ImportRun).values(state="replaced"), update(Appointment).values(claimed_until=None))
    assert behind.json("school-year", "roll-over")["counts"]["schools"] == 1

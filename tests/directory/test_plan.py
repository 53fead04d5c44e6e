"""What a file would do: rule by rule, and the algebra of all of it (D14-D18, D21, D46)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.imports.plan import Plan, check_school, plan, plan_for_unknown_school
from directory.imports.records import Administration, GroupLink, GroupRecord, PupilRecord, SchoolRecord, StaffRecord
from directory.imports.refusals import DOUBTS, ImportRefused
from directory.imports.snapshot import NOTHING, CurrentColleague, Snapshot
from directory.imports.steps import Doubt, Kind, Step
from tests.directory.files import ECKID, read
from tests.directory.model import outcome, seen_in
from tests.directory.schools import school_file

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
YEAR = "2026-2027"
OTHER_ECKID = ECKID[:-1] + "0"

GROUPS = (
    GroupRecord("g3", "Groep 3", "3", "stamgroep"),
    GroupRecord("g4", "Groep 4", "4", "stamgroep"),
    GroupRecord("s1", "Plusgroep", None, "subgroep"),
)


def pupil(key: str = "p1", **stated: Any) -> PupilRecord:
    usual: dict[str, Any] = {
        "eckid": None,
        "first_name": "Fien",
        "prefix": None,
        "surname": "Vos",
        "year_group": "3",
        "group_key": "g3",
        "subgroup_keys": (),
        "location_key": None,
        "starts_on": None,
        "ends_on": None,
    }
    return PupilRecord(key, **(usual | stated))


def colleague(key: str = "m1", *, groups: tuple[str, ...] = ("g3",), **stated: Any) -> StaffRecord:
    usual: dict[str, Any] = {
        "first_name": "Els",
        "prefix": "de",
        "surname": "Wit",
        "email": "els@school.example",
        "roles": (),
    }
    links = tuple(GroupLink(group, "stamgroep") for group in groups)
    return StaffRecord(key, **(usual | stated), groups=links)


def file(
    *people: PupilRecord | StaffRecord, groups: tuple[GroupRecord, ...] = GROUPS, year: str = YEAR
) -> Administration:
    return Administration(
        school=SchoolRecord(year, "99XX", "", None, None),
        locations=(),
        groups=groups,
        pupils=tuple(person for person in people if isinstance(person, PupilRecord)),
        staff=tuple(person for person in people if isinstance(person, StaffRecord)),
        warnings=(),
    )


def planned(current: Snapshot, administration: Administration, *, now: datetime = NOW) -> Plan:
    return plan(seen_in(current, administration.school.school_year), administration, now=now, lookup=str.encode)


def after(*administrations: Administration, current: Snapshot = NOTHING) -> Snapshot:
    """The school when these files have been applied one after the other."""
    for administration in administrations:
        seen = seen_in(current, administration.school.school_year)
        current = outcome(seen, planned(seen, administration), lookup=str.encode)
    return current


def steps_of(made: Plan) -> list[Step[Any, Any]]:
    """The steps of pupils and staff together."""
    return [*made.pupils, *made.staff]


def kinds(made: Plan) -> dict[str, str]:
    """Kind by key, for pupils and staff; who is not in the file any more by the key we know."""
    known: list[tuple[Any, Kind]] = [(step.record or step.current, step.kind) for step in steps_of(made)]
    return {person.key: kind.value for person, kind in known}


def fields(made: Plan) -> tuple[str, ...]:
    """What differs in the first step in which something does."""
    return next(step.fields for step in steps_of(made) if step.fields)


def entered_here(**stated: Any) -> CurrentColleague:
    """A coordinator whom the school's operator entered before any file came."""
    usual: dict[str, Any] = {
        "key": None,
        "email": "els@school.example",
        "first_name": "Els",
        "prefix": None,
        "surname": "Wit-Zwart",
        "groups": frozenset(),
        "roles": frozenset({"ict-coordinator"}),
        "from_administration": False,
        "active": True,
    }
    return CurrentColleague(id=1, person_id=1, **(usual | stated))


# Schools and years


def test_a_plan_for_an_unknown_school_is_all_new() -> None:
    """D46."""
    made = plan_for_unknown_school(read(school_file()), now=NOW)
    counts = made.counts()
    assert (counts["pupils"]["new"], counts["groups"]["new"], counts["staff"]["new"]) == (225, 13, 16)
    assert counts["staff"]["doubtful"] == 3
    assert sum(counts["pupils"].values()) == 225


@pytest.mark.parametrize(
    ("brin", "location", "element"),
    [("99XY", "", "brincode"), ("99XX", "01", "dependancecode"), (None, "", "brincode")],
)
def test_a_file_of_another_school_is_refused(brin: str | None, location: str, element: str) -> None:
    check_school(SchoolRecord(YEAR, "99XX", "", None, None), brin="99XX", location="")
    with pytest.raises(ImportRefused) as refused:
        check_school(SchoolRecord(YEAR, "99XX", "", None, None), brin=brin, location=location)
    assert (refused.value.code, refused.value.element) == ("other_school", element)


def test_a_file_of_an_earlier_year_does_not_take_the_school_back() -> None:
    with pytest.raises(ImportRefused) as refused:
        planned(after(file(pupil())), file(pupil(), year="2025-2026"))
    assert refused.value.code == "older_year"


def test_the_next_year_waits_for_1_august() -> None:
    current, coming = after(file(pupil())), file(pupil(), year="2027-2028")
    with pytest.raises(ImportRefused) as refused:
        planned(current, coming, now=datetime(2027, 7, 31, 21, 59, tzinfo=UTC))
    assert refused.value.code == "year_not_begun"
    made = planned(current, coming, now=datetime(2027, 7, 31, 22, 1, tzinfo=UTC))
    assert made.counts()["groups"] == {kind.value: 0 for kind in Kind} | {"new": 3, "gone": 3}
    assert kinds(made) == {"p1": "moved"}


@pytest.mark.parametrize("year", ["2019-2020", "2026-2027", "2027-2028"])
def test_a_school_that_has_nothing_yet_may_begin_with_any_year_but_a_far_one(year: str) -> None:
    assert kinds(planned(NOTHING, file(pupil(), year=year))) == {"p1": "new"}
    with pytest.raises(ImportRefused) as refused:
        planned(NOTHING, file(pupil(), year="2031-2032"))
    assert refused.value.code == "far_year"


# Groups


def test_groups_are_new_changed_gone_and_come_back() -> None:
    current = after(file(pupil()))
    renamed = (replace(GROUPS[0], name="Groep 3 - De Uilen"), GROUPS[1])
    made = planned(current, file(pupil(), groups=renamed))
    assert [(step.kind.value, step.fields) for step in made.groups] == [
        ("changed", ("name",)),
        ("unchanged", ()),
        ("gone", ()),
    ]
    back = planned(after(file(pupil(), groups=renamed), current=current), file(pupil()))
    assert [(step.kind.value, step.fields) for step in back.groups] == [
        ("changed", ("name",)),
        ("unchanged", ()),
        ("changed", ("returned",)),
    ]


# Pupils


@pytest.mark.parametrize(
    ("stated", "kind", "differing"),
    [
        ({}, "unchanged", ()),
        ({"first_name": "Fientje"}, "changed", ("name",)),
        ({"prefix": "de"}, "changed", ("name",)),
        ({"year_group": "4"}, "changed", ("year_group",)),
        ({"ends_on": date(2027, 1, 31)}, "changed", ("last_day",)),
        ({"subgroup_keys": ("s1",)}, "changed", ("subgroups",)),
        ({"eckid": ECKID}, "changed", ("eckid",)),
        ({"group_key": "g4"}, "moved", ("group",)),
        ({"group_key": None}, "moved", ("group",)),
    ],
)
def test_a_pupil_changes_or_moves(stated: dict[str, Any], kind: str, differing: tuple[str, ...]) -> None:
    made = planned(after(file(pupil())), file(pupil(**stated)))
    assert [(step.kind.value, step.fields) for step in made.pupils] == [(kind, differing)]


def test_who_is_not_in_the_file_any_more_is_gone_and_may_come_back() -> None:
    both = after(file(pupil("p1"), pupil("p2")))
    assert kinds(planned(both, file(pupil("p2")))) == {"p1": "gone", "p2": "unchanged"}
    one = after(file(pupil("p2")), current=both)
    assert kinds(planned(one, file(pupil("p2")))) == {"p2": "unchanged"}
    made = planned(one, file(pupil("p1"), pupil("p2")))
    assert kinds(made) == {"p1": "changed", "p2": "unchanged"}
    assert fields(made) == ("returned",)


@pytest.mark.parametrize(
    "left", [{"year_group": "H"}, {"ends_on": date(2026, 11, 20)}, {"year_group": "H", "ends_on": date(2027, 7, 1)}]
)
def test_historic_pupils_are_gone_and_never_new(left: dict[str, Any]) -> None:
    assert kinds(planned(NOTHING, file(pupil(**left)))) == {"p1": "past"}
    assert kinds(planned(after(file(pupil())), file(pupil(**left)))) == {"p1": "gone"}
    assert kinds(planned(after(file(pupil()), file(pupil(**left))), file(pupil(**left)))) == {"p1": "past"}


def test_on_the_last_day_a_pupil_is_still_there() -> None:
    last = file(pupil(ends_on=date(2026, 11, 21)))
    assert kinds(planned(NOTHING, last, now=datetime(2026, 11, 21, 22, 59, tzinfo=UTC))) == {"p1": "new"}
    assert kinds(planned(NOTHING, last, now=datetime(2026, 11, 21, 23, 1, tzinfo=UTC))) == {"p1": "past"}


def test_the_eckid_finds_a_pupil_under_a_new_key() -> None:
    made = planned(after(file(pupil("old", eckid=ECKID))), file(pupil("new", eckid=ECKID)))
    assert kinds(made) == {"new": "changed"}
    assert fields(made) == ("key",)


def test_the_key_finds_a_pupil_whose_eckid_arrives_later() -> None:
    """D18: the person, and so the subject, stays the same."""
    current = after(file(pupil()))
    made = planned(current, file(pupil(eckid=ECKID)))
    assert made.pupils[0].current == current.pupils[0]


def test_an_eckid_that_the_file_leaves_out_is_kept() -> None:
    assert kinds(planned(after(file(pupil(eckid=ECKID))), file(pupil()))) == {"p1": "unchanged"}


def test_the_eckid_goes_before_the_key() -> None:
    """Two children whose keys were swapped stay who they are."""
    current = after(file(pupil("a", eckid=ECKID, first_name="Ali"), pupil("b", eckid=OTHER_ECKID, first_name="Bo")))
    made = planned(
        current, file(pupil("b", eckid=ECKID, first_name="Ali"), pupil("a", eckid=OTHER_ECKID, first_name="Bo"))
    )
    assert [(step.kind.value, step.fields) for step in made.pupils] == [("changed", ("key",))] * 2


def test_a_replaced_eckid_still_finds_the_child_and_changes_nothing() -> None:
    current = after(file(pupil("old", eckid=ECKID)))
    known = replace(current.pupils[0], eckid_aliases=frozenset({OTHER_ECKID.encode()}))
    told = file(pupil("new", eckid=OTHER_ECKID))
    assert kinds(planned(replace(current, pupils=(known,)), told)) == {"new": "changed"}
    assert fields(planned(replace(current, pupils=(known,)), told)) == ("key",)


def test_a_key_with_another_eckid_is_a_doubt_and_changes_nobody() -> None:
    made = planned(after(file(pupil(eckid=ECKID))), file(pupil(eckid=OTHER_ECKID, first_name="Ander")))
    assert kinds(made) == {"p1": "doubtful"}
    assert made.doubts == (Doubt("pupil", "p1", "eckid_differs"),)
    assert made.changes_nothing


def test_a_name_never_finds_anybody() -> None:
    assert kinds(planned(after(file(pupil("a"))), file(pupil("b")))) == {"b": "new", "a": "gone"}


def test_an_unstable_key_finds_a_pupil_only_while_nothing_contradicts() -> None:
    current = after(file(pupil("#1")))
    assert kinds(planned(current, file(pupil("#1", group_key="g4")))) == {"#1": "moved"}
    made = planned(current, file(pupil("#1", first_name="Ander")))
    assert kinds(made) == {"#1": "doubtful"}
    assert made.doubts == (Doubt("pupil", "#1", "unstable_key"),)


def test_pupils_without_roepnaam_or_group_come_in_with_a_doubt() -> None:
    made = planned(NOTHING, file(pupil(first_name=None, group_key=None)))
    assert kinds(made) == {"p1": "new"}
    assert made.doubts == (Doubt("pupil", "p1", "no_first_name"), Doubt("pupil", "p1", "no_group"))


# Sections that say nothing


def test_what_the_file_does_not_speak_of_does_not_change() -> None:
    current = after(file(pupil(subgroup_keys=("s1",)), colleague()))
    assert planned(current, file(colleague())).pupils == ()
    assert planned(current, file(pupil(subgroup_keys=("s1",)))).staff == ()
    unlinked = file(pupil(group_key=None), colleague(groups=()), groups=())
    made = planned(current, unlinked)
    assert made.groups == ()
    assert kinds(made) == {"p1": "unchanged", "m1": "unchanged"}


# The algebra of all of it

KEYS = ("a", "b", "c", "#d")
ECKIDS = (ECKID, OTHER_ECKID, ECKID[:-1] + "1")
GROUP_KEYS = ("g3", "g4")


@st.composite
def administrations(draw: st.DrawFn) -> Administration:
    """Small schools that have everything in common, so that files contradict each other in every way."""
    groups = draw(st.sampled_from([GROUPS, GROUPS[:1], (replace(GROUPS[0], name="De Uilen"), GROUPS[2]), ()]))
    stam = [group.key for group in groups if group.kind == "stamgroep"]
    sub = [group.key for group in groups if group.kind == "subgroep"]
    a_group = st.sampled_from([None, *stam])
    eckids = draw(st.permutations([*ECKIDS, None, None, None]))
    pupils = [
        pupil(
            key,
            eckid=eckid,
            first_name=draw(st.sampled_from(["Ali", "Bo", None])),
            year_group=draw(st.sampled_from(["3", "H", None])),
            group_key=draw(a_group),
            subgroup_keys=tuple(draw(st.lists(st.sampled_from(sub), unique=True))) if sub else (),
            ends_on=draw(st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1)])),
        )
        for key, eckid in zip(draw(st.lists(st.sampled_from(KEYS), unique=True)), eckids, strict=False)
    ]
    staff = [
        colleague(
            key,
            email=draw(st.sampled_from(["a@x.example", "b@x.example", "C@x.example", "c@x.example", "?", None])),
            groups=tuple(draw(st.lists(st.sampled_from(stam), unique=True))) if stam else (),
            surname=draw(st.sampled_from(["Wit", "Zwart"])),
        )
        for key in draw(st.lists(st.sampled_from(KEYS), unique=True))
    ]
    return file(*pupils, *staff, groups=groups, year=draw(st.sampled_from([YEAR, YEAR, YEAR, "2025-2026"])))


START = st.sampled_from(
    [
        NOTHING,
        replace(NOTHING, staff=(entered_here(email="a@x.example"),)),
        replace(
            NOTHING,
            staff=(entered_here(email="c@x.example", active=False),),
        ),
    ]
)


@settings(max_examples=75, deadline=None)
@given(START, st.lists(administrations(), min_size=1, max_size=4))
def test_whatever_came_before_a_file_applied_twice_changes_nothing_the_second_time(
    current: Snapshot, files: list[Administration]
) -> None:
    for each in files:
        if current.newest_year is not None and each.school.school_year < current.newest_year:
            continue
        current = seen_in(current, each.school.school_year)
        made = planned(current, each)
        then = outcome(current, made, lookup=str.encode)
        _nobody_is_lost(current, then, made, each)
        again = planned(then, each)
        assert again.changes_nothing
        assert outcome(then, again, lookup=str.encode) == then
        current = then


def _nobody_is_lost(before: Snapshot, then: Snapshot, made: Plan, each: Administration) -> None:
    """Everybody of the file has one step, nobody has two, nobody disappears, and no ECK-iD passes from one person to another."""
    told = [step.record.key for step in made.pupils if step.record]
    assert told == [record.key for record in each.pupils]
    known = [step.current.id for step in made.pupils if step.current]
    assert len(known) == len(set(known))
    colleagues = [step.current.id for step in made.staff if step.current]
    assert len(colleagues) == len(set(colleagues))
    eckids = {child.id: child.eckid for child in then.pupils}
    for child in before.pupils:
        assert eckids[child.id] == child.eckid or child.eckid is None
    assert len({value for value in eckids.values() if value}) == len([value for value in eckids.values() if value])
    still = {person.id for person in then.staff if person.active}
    assert all(person.id in still for person in before.staff if person.active and not person.from_administration)
    addresses = [person.email for person in then.staff if person.email]
    assert len(addresses) == len(set(addresses))
    assert {doubt.reason for doubt in made.doubts} <= DOUBTS.keys()

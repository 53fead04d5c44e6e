"""What a coordinator sees of a plan, and of an import that is done: everybody, by group, in words, and what deserves a second look (R29)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from directory.imports import past, words
from directory.imports.brake import brake
from directory.imports.describe import Change, Description, describe
from directory.imports.notable import looks_like_substitute
from directory.imports.records import Administration
from directory.imports.refusals import DOUBTS
from directory.imports.snapshot import NOTHING, Snapshot
from directory.imports.steps import Kind
from idp.core.db import Database
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.desk import Desk, opened
from tests.directory.files import ECKID
from tests.directory.test_brake import NOVEMBER
from tests.directory.test_plan import GROUPS, after, colleague, file, planned, pupil

BEFORE = file(
    pupil("a", first_name="Ali", eckid=ECKID),
    pupil("b", first_name="Bo"),
    pupil("c", first_name="Cas", group_key="g4"),
    colleague("m1"),
)


@pytest.fixture
async def desk(settings: Settings, clock: Clock, database: Database) -> AsyncIterator[Desk]:
    async with opened(settings, clock, database) as desk:
        yield desk


def described(current: Snapshot, administration: Administration) -> Description:
    made = planned(current, administration)
    return describe(made, brake(made, on=NOVEMBER), fingerprint="f" * 64)


def lines(changes: tuple[Change, ...]) -> list[tuple[Any, ...]]:
    return [(one.name, one.kind, one.fields, one.from_groups, one.to_groups) for one in changes]


def warned(told: Description, language: words.Language = "nl") -> dict[str, str]:
    return {one.code: one.text(language) for one in told.warnings}


def test_everybody_to_whom_something_happens_stands_with_the_group_that_they_are_in() -> None:
    told = described(
        after(BEFORE),
        file(
            pupil("a", first_name="Ali", eckid=ECKID, group_key="g4"),
            pupil("d", first_name="Dirk"),
            pupil("c", first_name="Cas", surname="Bos", group_key="g4"),
            pupil("e", first_name="Eva", group_key=None),
            colleague("m1", groups=("g4",)),
        ),
    )
    three, four, plus = told.groups
    assert (three.name, four.name, plus.name) == ("Groep 3", "Groep 4", "Plusgroep")
    assert lines(three.pupils) == [("Bo Vos", "gone", (), ("Groep 3",), ()), ("Dirk Vos", "new", (), (), ("Groep 3",))]
    assert lines(four.pupils) == [
        ("Ali Vos", "moved", ("group",), ("Groep 3",), ("Groep 4",)),
        ("Cas Bos", "changed", ("name",), ("Groep 4",), ("Groep 4",)),
    ]
    assert lines(told.without_group) == [("Eva Vos", "new", (), (), ())]
    assert lines(told.staff) == [("Els de Wit", "moved", ("groups",), ("Groep 3",), ("Groep 4",))]
    assert [(one.name, one.reasons) for one in told.doubts] == [("Eva Vos", ("no_group",))]


def test_who_stays_as_is_is_counted_and_not_listed() -> None:
    told = described(after(BEFORE), BEFORE)
    assert told.changes_nothing
    assert [(part.change, part.pupils, part.unchanged) for part in told.groups] == [
        ("unchanged", (), 2),
        ("unchanged", (), 1),
        ("unchanged", (), 0),
    ]


def test_departures_that_would_be_held_say_so() -> None:
    many = [pupil(f"p{n}", first_name=f"Kind{n}") for n in range(10)]
    told = described(after(file(*many)), file(many[0]))
    assert {one.kind for one in told.groups[0].pupils} == {"held"}
    assert told.held["pupils"] == 9
    assert warned(told)["departures_held"].startswith("9 leerlingen en medewerkers zouden vertrekken: ongewoon veel")


def test_children_who_leave_with_their_group_are_not_lost_from_sight() -> None:
    told = described(after(BEFORE), file(pupil("c", first_name="Cas", group_key="g4"), groups=(GROUPS[1],)))
    assert [(part.key, part.change) for part in told.groups] == [("g3", "gone"), ("g4", "unchanged"), ("s1", "gone")]
    assert lines(told.without_group) == [
        ("Ali Vos", "gone", (), ("Groep 3",), ()),
        ("Bo Vos", "gone", (), ("Groep 3",), ()),
    ]


def test_helpful_warnings_are_said_in_both_languages() -> None:
    told = described(
        after(BEFORE),
        file(
            *BEFORE.pupils,
            pupil("new", first_name="Nina"),
            colleague("m1"),
            colleague("m2", email="dir@school.example", groups=()),
            colleague("m3", email="con@school.example", groups=(), first_name="Jan", prefix=None, surname="Bakker"),
            colleague("m4", first_name="Inval", surname="Groep 4", email="inval4@school.example", groups=("g4",)),
            colleague("m5", email=None),
        ),
    )
    assert warned(told) == {
        "staff_without_group": "2 medewerkers zonder groep: geen account. Koppel hen in het LAS aan een groep, of voeg hen hier met de hand toe.",
        "looks_like_substitute": "1 medewerker uit het LAS lijkt een invalaccount. Gebruik het invalaccount van de groep zelf: Groep 4.",
        "staff_without_address": "1 medewerker zonder e-mailadres. Vul het adres in bij Medewerkers; dan volgt een activatielink.",
        "returns_as_new": words.WARNINGS["returns_as_new"][0],
        "eckids": "Leerlingen met een ECK-iD: 1 van 4. Wat te doen staat in de ECK-iD-checklist.",
    }
    assert "1 of 4" in warned(told, "en")["eckids"]
    (unlinked,) = [one for one in told.warnings if one.code == "staff_without_group"]
    assert unlinked.names == ("Jan Bakker", "Els de Wit")
    assert "Bakker" not in repr(told)


def test_a_first_import_does_not_speak_of_coming_back() -> None:
    assert "returns_as_new" not in warned(described(NOTHING, BEFORE))


@pytest.mark.parametrize(
    ("stated", "alike"),
    [
        ({"first_name": "Inval", "surname": "5"}, True),
        ({"first_name": "Vervanger", "surname": "Groep 8"}, True),
        ({"email": "inval.groep3@school.example"}, True),
        ({"email": "invaller2@school.example"}, True),
        ({"first_name": "Els", "surname": "Poolman"}, False),
        ({"first_name": "Vera", "surname": "van Invaldegem"}, False),
    ],
)
def test_who_looks_like_a_substitute(stated: dict[str, Any], alike: bool) -> None:
    assert looks_like_substitute(colleague(**stated)) is alike


def test_there_is_a_word_for_everything_that_can_be_said() -> None:
    assert {kind.value for kind in Kind} | {"held"} == set(words.KINDS)
    for said in (words.KINDS, words.FIELDS, words.WARNINGS, words.STATES, words.REFUSED, DOUBTS):
        for code, texts in said.items():
            assert len(texts) == 2, code
            assert all(texts), code


async def test_what_a_night_did_can_be_looked_up_as_long_as_it_can_be_undone(desk: Desk) -> None:
    await desk.receive(BEFORE)
    told = file(
        pupil("a", first_name="Alie", eckid=ECKID, group_key="g4"),
        pupil("c", first_name="Cas", group_key="g4", subgroup_keys=("s1",)),
        pupil("d", first_name="Dirk"),
        colleague("m1", groups=("g4",)),
        colleague("m2", email="bo@school.example", surname="Zwart"),
    )
    run = await desk.receive(told)
    async with desk.floor.database.read() as db:
        found = await past.changes_made(db, desk.school, run.id, keyring=desk.floor.keyring)
    assert lines(found) == [
        ("Alie Vos", "moved", ("group", "name"), ("Groep 3",), ("Groep 4",)),
        ("Bo Vos", "gone", (), (), ()),
        ("Cas Vos", "changed", ("subgroups",), (), ()),
        ("Dirk Vos", "new", (), (), ("Groep 3",)),
        ("Els de Wit", "moved", ("groups",), (), ()),
        ("Els de Zwart", "new", (), (), ()),
    ]


async def test_what_the_first_import_did_is_that_everybody_came(desk: Desk) -> None:
    run = await desk.receive(replace(BEFORE, staff=()))
    async with desk.floor.database.read() as db:
        found = await past.changes_made(db, desk.school, run.id, keyring=desk.floor.keyring)
        with pytest.raises(LookupError):
            await past.changes_made(db, replace(desk.school, id=desk.school.id + 1), run.id, keyring=desk.floor.keyring)
    assert {(one.kind, one.fields) for one in found} == {("new", ())}

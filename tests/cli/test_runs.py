"""`idp imports`: what was imported, saying yes to what waits, undoing (D17, R29)."""

from sqlalchemy import func, select

from directory.lifecycle.school_year import following
from directory.models import Enrolment, Person
from idp.core.clock import school_year, utc_now
from tests.cli.conftest import Installation


def active(school: Installation) -> int:
    return school.ask(lambda db: db.scalar(select(func.count()).where(Enrolment.active))) or 0


def test_every_import_is_listed_with_what_became_of_it(school: Installation) -> None:
    file = school.school_file()
    school.json("schools", "import", file, "--apply")
    school.json("schools", "import", file, "--apply")
    rows = school.json("imports", "list", "99XX")
    assert [(row["state"], row["new"], row["undoable"]) for row in rows] == [
        ("nothing", 0, False),
        ("applied", 18, True),
    ]
    assert [row["run"] for row in school.json("imports", "list", "99XX", "--before", str(rows[0]["run"]))] == [1]
    assert "applied" in school("imports", "list", "99XX").out


def test_departures_that_wait_are_shown_and_let_go(school: Installation) -> None:
    school.json("schools", "import", school.school_file(pupils=16), "--apply")
    few = school.school_file(pupils=8)
    told = school("schools", "import", few, "--apply")
    assert "The departure of 8 pupils and 0 members of staff waits: idp imports show 99XX 2" in told.out
    assert active(school) == 16
    shown = school.json("imports", "show", "99XX", "2")
    assert (shown["state"], shown["held"], shown["plan"]["pupils"]["gone"]) == ("held", 8, 8)
    seen = shown["plan"]["fingerprint"]
    for wrong in (seen[:7], "0" * 64):
        ended = school("imports", "let-go", "99XX", "2", "--seen", wrong, "--json")
        assert (ended.code, ended.error["error"]) == (1, "plan_changed")
    assert f"seen: {seen}" in school("imports", "show", "99XX", "2").out
    assert school.json("imports", "let-go", "99XX", "2", "--seen", seen[:8])["state"] == "applied"
    assert active(school) == 8
    again = school("imports", "let-go", "99XX", "2", "--seen", seen, "--json")
    assert again.error["error"] == "not_waiting"


def test_an_import_is_undone_and_no_older_one_before_it(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    school.json("schools", "import", school.school_file(pupils=14), "--apply")
    done = school.json("imports", "show", "99XX", "2")["changes"]
    assert {"about": "pupil", "kind": "new", "key": "L00014", "fields": []} in done
    assert school("imports", "undo", "99XX", "1", "--json").error["error"] == "newer_first"
    assert school.json("imports", "undo", "99XX", "2")["deleted"] == 2
    assert active(school) == 12
    assert "undone" in school("imports", "undo", "99XX", "1").out
    assert active(school) == 0


def test_what_waits_for_its_year_is_kept_shown_and_put_aside(school: Installation) -> None:
    file = school.school_file()
    school.json("schools", "import", file, "--apply")
    with open(file, "rb") as whole:
        coming = school.file(
            "coming.xml", whole.read().replace(b"2026-2027", following(school_year(utc_now())).encode())
        )
    shown = school.json("schools", "import", coming, "--apply")
    assert (shown["state"], shown["applied"], shown["run"]) == ("waiting", False, 2)
    assert school.json("imports", "show", "99XX", "2")["plan"]["groups"]["gone"] == 6
    assert school.json("imports", "discard", "99XX", "2")["state"] == "discarded"
    assert school("imports", "discard", "99XX", "2", "--json").error["error"] == "not_waiting"
    assert active(school) == 12


def test_nobody_is_named(school: Installation) -> None:
    school.json("schools", "import", school.school_file(pupils=16), "--apply")
    school.json("schools", "import", school.school_file(pupils=8), "--apply")
    names = school.ask(lambda db: db.execute(select(Person.first_name, Person.surname))).all()
    told = school("imports", "show", "99XX", "2").out + str(school.json("imports", "show", "99XX", "2"))
    assert not [name for row in names for name in row if name and len(name) > 4 and name in told]


def test_an_import_of_another_school_does_not_exist(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    for words in (("show",), ("undo",), ("discard",), ("carry-out", "--seen", "0" * 64)):
        ended = school("imports", words[0], "99YY", "1", *words[1:], "--json")
        assert (ended.code, ended.error["error"]) == (1, "not_found")

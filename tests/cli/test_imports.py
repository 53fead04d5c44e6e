"""`idp schools import`: the plan, and carrying it out (D14, D28, D39, D46)."""

import random
from pathlib import Path

import pytest
from sqlalchemy import func, select

from directory.models import Enrolment, Person
from idp.credentials.models import PupilSecret
from tests.cli.conftest import Installation

COUNTS = {"new": 0, "changed": 0, "moved": 0, "gone": 0, "unchanged": 0, "doubtful": 0, "past": 0}


def pupils(idp: Installation) -> int:
    return idp.ask(lambda db: db.scalar(select(func.count()).select_from(Enrolment))) or 0


def test_a_plan_needs_neither_database_nor_secret(idp: Installation) -> None:
    database = idp.folder / "absent.sqlite"
    url = f"sqlite+aiosqlite:///{database}"
    shown = idp.json("schools", "import", idp.school_file(), IDP_SECRET_KEY=None, IDP_DATABASE_URL=url)
    assert shown["school"] == {"code": "99XX", "name": None, "known": False, "school_year": "2026-2027"}
    assert shown["pupils"] == {**COUNTS, "new": 12}
    assert shown["groups"] == {**COUNTS, "new": 6}
    assert shown["applied"] is False
    assert not database.exists()


def test_an_unknown_school_needs_no_secret_beside_a_database_of_others(school: Installation) -> None:
    shown = school.json("schools", "import", school.school_file(brin="99YY"), IDP_SECRET_KEY=None)
    assert (shown["school"]["known"], shown["pupils"]["new"]) == (False, 12)


def test_a_known_school_is_compared_with_the_keys_and_not_without(school: Installation) -> None:
    file = school.school_file()
    school.json("schools", "import", file, "--apply")
    shown = school.json("schools", "import", file)
    assert shown["school"] == {"code": "99XX", "name": "De Poort", "known": True, "school_year": "2026-2027"}
    assert (shown["pupils"], shown["changes_nothing"]) == ({**COUNTS, "unchanged": 12}, True)
    ended = school("schools", "import", file, IDP_SECRET_KEY=None)
    assert (ended.code, ended.out) == (78, "")


def test_an_empty_database_is_not_migrated_for_a_plan(idp: Installation) -> None:
    database = idp.folder / "empty.sqlite"
    database.touch()
    url = f"sqlite+aiosqlite:///{database}"
    assert idp.json("schools", "import", idp.school_file(), IDP_DATABASE_URL=url)["pupils"]["new"] == 12
    assert idp.json("migrate", IDP_DATABASE_URL=url)["before"] is None


def test_a_plan_changes_nothing(school: Installation) -> None:
    told = school("schools", "import", school.school_file())
    assert told.code == 0
    assert "Nothing was changed" in told.out
    assert pupils(school) == 0


def test_applying_gives_every_child_a_secret_of_its_group(school: Installation) -> None:
    shown = school.json("schools", "import", school.school_file(), "--apply")
    assert (shown["applied"], shown["secrets_given"]) == (True, 12)
    assert pupils(school) == 12
    # With 18 children, 9 to 12 move from the third group to the second, and 13 to 18 are new in the third.
    school.json("schools", "groups", "99XX", "--set-secret", "G3=pictures")
    again = school.json("schools", "import", school.school_file(pupils=18), "--apply")
    assert again["pupils"]["new"] == again["secrets_given"] == 6
    by_key = select(Enrolment.las_key, PupilSecret.kind).join(PupilSecret, PupilSecret.person_id == Enrolment.person_id)
    kinds = {row.las_key: row.kind for row in school.ask(lambda db: db.execute(by_key))}
    assert kinds == {f"L{n:05}": "pictures" if n > 8 else "pin" for n in range(1, 19)}


def test_applying_again_keeps_the_secrets(school: Installation) -> None:
    file = school.school_file()
    school.json("schools", "import", file, "--apply")
    sealed = select(PupilSecret.person_id, PupilSecret.sealed).order_by(PupilSecret.person_id)
    before = school.ask(lambda db: db.execute(sealed)).all()
    assert school.json("schools", "import", file, "--apply")["secrets_given"] == 0
    assert school.ask(lambda db: db.execute(sealed)).all() == before


def test_who_is_gone_is_in_the_plan_by_key_and_never_by_name(school: Installation) -> None:
    school.json("schools", "import", school.school_file(pupils=12), "--apply")
    shown = school.json("schools", "import", school.school_file(pupils=11))
    assert shown["pupils"]["gone"] == 1
    assert {"about": "pupil", "kind": "gone", "key": "L00012", "fields": []} in shown["steps"]
    names = school.ask(lambda db: db.execute(select(Person.first_name, Person.surname))).all()
    told = school("schools", "import", school.school_file(pupils=11)).out + str(shown)
    assert not [name for row in names for name in row if name and len(name) > 4 and name in told]


def test_doubts_are_told_with_a_reason(school: Installation) -> None:
    file = school.school_file()
    shown = school.json("schools", "import", file)
    doubt = next(doubt for doubt in shown["doubts"] if doubt["reason"] == "no_group")
    assert doubt["message"] == "Linked to no group."
    assert f"doubt: staff {doubt['key']}: Linked to no group." in school("schools", "import", file).out


def test_a_school_must_be_added_before_its_people_come(idp: Installation) -> None:
    ended = idp("schools", "import", idp.school_file(location="02"), "--apply", "--json")
    assert (ended.code, ended.error["error"]) == (1, "not_found")
    assert "idp schools add --brin 99XX --location 02" in ended.error["message"]
    assert pupils(idp) == 0


def test_a_file_comes_to_the_school_that_it_names_and_no_other(school: Installation) -> None:
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    file = school.school_file()
    for words in ((), ("--apply",)):
        ended = school("schools", "import", file, "--school", "99YY", *words, "--json")
        assert (ended.code, ended.error["error"]) == (1, "other_school")
    ref = school.json("schools", "show", "99XX")["instelling_ref"]
    assert school.json("schools", "import", file, "--school", ref, "--apply")["pupils"]["new"] == 12


def test_a_named_school_that_is_unknown_is_planned_only_if_the_file_is_its_own(idp: Installation) -> None:
    file = idp.school_file()
    assert idp.json("schools", "import", file, "--school", "99XX")["school"]["known"] is False
    assert idp("schools", "import", file, "--school", "99YY").code == 1
    assert idp("schools", "import", file, "--school", "99XX", "--apply").code == 1


@pytest.mark.parametrize("words", [(), ("--apply",)])
def test_a_bad_file_is_told_with_its_line_and_changes_nothing(school: Installation, words: tuple[str, ...]) -> None:
    text = Path(school.school_file()).read_text()
    broken = school.file("broken.xml", text.replace('<leerling key="L00002"', '<leerling key="L00001"', 1).encode())
    ended = school("schools", "import", broken, *words, "--json")
    assert ended.code == 1
    assert ended.error["error"] == "duplicate_key"
    line = ended.error["line"]
    assert 'key="L00002"' in text.splitlines()[line - 1]
    assert f"line {line}" in school("schools", "import", broken, *words).err
    assert pupils(school) == 0


def test_no_random_bytes_make_it_fail_otherwise(school: Installation) -> None:
    noise = random.Random(5).randbytes(4000)
    ended = school("schools", "import", school.file("noise.xml", noise), "--json")
    assert (ended.code, set(ended.error)) == (1, {"error", "message", "line", "element"})


def test_a_file_that_is_not_there_is_wrong_usage(school: Installation) -> None:
    assert school("schools", "import", "nowhere.xml").code == 2

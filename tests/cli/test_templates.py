"""`idp schools template`: the table of a school without an administration system, there and back (R31)."""

from pathlib import Path

import pytest

from directory.imports import files
from idp.core import clock
from tests.cli.conftest import Installation


@pytest.mark.parametrize("name", ["school.xlsx", "School.CSV"])
def test_an_empty_template_names_the_school_and_the_year(school: Installation, name: str) -> None:
    shown = school.json("schools", "template", "99XX", name)
    assert (shown["school"], shown["people"]) == ("99XX", 0)
    whole = files.read([(school.folder / name).read_bytes()]).administration
    assert (whole.school.brin, whole.school.school_year) == ("99XX", clock.school_year(clock.utc_now()))
    assert (whole.pupils, whole.staff) == ((), ())


@pytest.mark.parametrize("name", ["people.xlsx", "people.csv"])
def test_a_filled_one_brings_the_same_people_again(school: Installation, name: str) -> None:
    file = school.school_file()
    school.json("schools", "import", file, "--apply")
    shown = school.json("schools", "template", "99XX", name, "--filled", "--school-year", "2026-2027", "--english")
    before, after = (
        files.read([Path(file).read_bytes()]).administration,
        files.read([(school.folder / name).read_bytes()]),
    )
    assert after.source == "table"
    assert shown["people"] == len(after.administration.pupils) + len(after.administration.staff)
    named = {pupil.key: (pupil.first_name, pupil.prefix, pupil.surname, pupil.year_group) for pupil in before.pupils}
    assert named == {
        pupil.key: (pupil.first_name, pupil.prefix, pupil.surname, pupil.year_group)
        for pupil in after.administration.pupils
    }
    planned = school.json("schools", "import", str(school.folder / name))
    assert (planned["pupils"]["new"], planned["pupils"]["gone"], planned["staff"]["gone"]) == (0, 0, 0)


def test_a_school_without_a_brin_is_named_by_its_reference(idp: Installation) -> None:
    ref = idp.json("schools", "add", "--name", "Abroad")["instelling_ref"]
    other = idp.json("schools", "add", "--name", "Elsewhere")["instelling_ref"]
    idp.json("schools", "template", ref, "abroad.csv", "--school-year", "2026-2027")
    row = "leerling;1;Fien;;Vos;3;Groep 3;\n"
    with (idp.folder / "abroad.csv").open("a", encoding="utf-8") as out:
        out.write(row)
    ended = idp("schools", "import", "abroad.csv", "--school", other, "--apply", "--json")
    assert (ended.code, ended.error["error"]) == (1, "other_school")
    assert idp.json("schools", "import", "abroad.csv", "--school", ref, "--apply")["pupils"]["new"] == 1


def test_a_template_that_somebody_filled_in_is_not_overwritten(school: Installation) -> None:
    kept = school.file("school.csv", b"mine")
    ended = school("schools", "template", "99XX", kept, "--json")
    assert (ended.code, ended.error["error"]) == (1, "refused")
    assert Path(kept).read_bytes() == b"mine"


@pytest.mark.parametrize("words", [("99XX", "school.ods"), ("99XX", "school.csv", "--school-year", "2026-2028")])
def test_what_cannot_be_written_is_refused(school: Installation, words: tuple[str, ...]) -> None:
    ended = school("schools", "template", *words, "--json")
    assert (ended.code, ended.error["error"]) == (1, "refused")
    assert not (school.folder / words[1]).exists()

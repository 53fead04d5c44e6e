"""The table of a school without an administration system (R31): what its rows mean, in CSV; workbooks mean the same."""

import pickle

import pytest

from directory.imports import files
from directory.imports.plan import check_school
from directory.imports.records import GroupLink, GroupRecord, PupilRecord, Remark, StaffRecord
from directory.imports.refusals import ImportRefused
from directory.imports.tables import MOST_ROWS
from tests.directory.tables import HEAD, PUPIL, STAFF, read, refusal

REF = "7f5b6f39-8a39-4f0e-9d0a-0f1e2d3c4b5a"


def test_a_table_is_an_administration() -> None:
    whole = read(HEAD + PUPIL + STAFF)
    assert (whole.school.brin, whole.school.location, whole.school.school_year) == ("99XX", "", "2026-2027")
    assert whole.groups == (
        GroupRecord("groep 3", "Groep 3", "3", "stamgroep"),
        GroupRecord("plusgroep", "Plusgroep", None, "subgroep"),
    )
    assert whole.pupils == (
        PupilRecord("1", None, "Fien", "van de", "Vos", "3", "groep 3", ("plusgroep",), None, None, None),
    )
    assert whole.staff == (StaffRecord("m1", "Jan", None, "Bos", None, (), (GroupLink("groep 3", "stamgroep"),)),)
    assert whole.warnings == ()


@pytest.mark.parametrize(
    ("code", "brin", "location", "ref"),
    [
        ("99XX", "99XX", "", None),
        ("99xx01", "99XX", "01", None),
        ("99XX-00", "99XX", "", None),
        (REF.upper(), None, "", REF),
    ],
)
def test_the_first_row_says_whose_it_is(code: str, brin: str | None, location: str, ref: str | None) -> None:
    school = read(HEAD.replace("99XX", code) + PUPIL).school
    assert (school.brin, school.location, school.instelling_ref) == (brin, location, ref)


def test_a_table_by_instelling_ref_belongs_to_that_school_only() -> None:
    school = read(HEAD.replace("99XX", REF) + PUPIL).school
    check_school(school, brin=None, location="", instelling_ref=REF)
    for other in ({"brin": None, "instelling_ref": REF.replace("7", "8")}, {"brin": None}, {"brin": "99XX"}):
        with pytest.raises(ImportRefused) as refused:
            check_school(school, location="", **other)
        assert refused.value.code == "other_school"


def test_english_heads_and_words_and_another_order_mean_the_same() -> None:
    head = "School;99XX;School year;2026-2027\nNumber;KIND;Groups;Surname;First name;Prefix;Year group;Subgroups\n"
    assert read(head + "1;Pupil;Groep 3;Vos;Fien;van de;3;Plusgroep\nm1;staff;Groep 3;Bos;Jan;;;\n") == read(
        HEAD + PUPIL + STAFF
    )


def test_a_group_is_its_name_whatever_the_capitals() -> None:
    whole = read(HEAD + PUPIL + "leerling;2;Bo;;As;3;GROEP 3;\n" + STAFF.replace("Groep 3", "groep  3"))
    assert [group.name for group in whole.groups if group.kind == "stamgroep"] == ["Groep 3"]
    assert (
        {pupil.group_key for pupil in whole.pupils} == {"groep 3"} == {link.group_key for link in whole.staff[0].groups}
    )


def test_children_of_two_years_make_a_combinatiegroep() -> None:
    whole = read(HEAD + PUPIL + PUPIL.replace(";1;", ";2;").replace(";3;", ";groep 4;"))
    assert (whole.groups[0].year_group, [pupil.year_group for pupil in whole.pupils]) == ("C", ["3", "4"])


def test_staff_may_have_several_groups_and_pupils_one() -> None:
    both = HEAD + PUPIL + "leerling;2;Bo;;As;4;Groep 4;\n"
    linked = read(both + "medewerker;m1;Jan;;Bos;;Groep 3, Groep 4;\n").staff[0].groups
    assert [link.group_key for link in linked] == ["groep 3", "groep 4"]
    assert refusal(HEAD + "leerling;1;Fien;;Vos;3;Groep 3, Groep 4;\n") == ("table_two_groups", 3)


def test_a_slip_of_the_pen_makes_no_group_of_a_teacher() -> None:
    assert refusal(HEAD + PUPIL + STAFF.replace("Groep 3", "Grope 3")) == ("table_no_group", 4)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("leraar;1;Fien;;Vos;3;Groep 3;\n", "table_kind"),
        (";1;Fien;;Vos;3;Groep 3;\n", "table_kind"),
        ("leerling;;Fien;;Vos;3;Groep 3;\n", "missing"),
        ("leerling;1;;;;3;Groep 3;\n", "missing"),
        ("leerling;1;=1+1;;Vos;3;Groep 3;\n", "formula"),
        ("leerling;1;@SUM(A1);;Vos;3;Groep 3;\n", "formula"),
        ("leerling;1;+31;;Vos;3;Groep 3;\n", "formula"),
        ("leerling;1;-x;;Vos;3;Groep 3;\n", "formula"),
        ("leerling;1;Fien;;Vos;3;1-feb;\n", "date_cell"),
        ("leerling;1;Fien;;Vos;3;Groep 3;2-mrt\n", "date_cell"),
        (f"leerling;1;{'x' * 65};;Vos;3;Groep 3;\n", "too_long"),
        (f"leerling;{'1' * 257};Fien;;Vos;3;Groep 3;\n", "too_long"),
        (f"leerling;1;Fien;;Vos;3;{'x' * 65};\n", "too_long"),
        (f"leerling;1;Fien;;{'x' * 5000};3;Groep 3;\n", "too_long"),
    ],
)
def test_what_is_wrong_is_told_by_its_row(row: str, code: str) -> None:
    assert refusal(HEAD + "\n" + row) == (code, 4)


@pytest.mark.parametrize(
    ("content", "nl", "en"),
    [
        (HEAD + PUPIL + STAFF.replace("Groep 3", "Grope 3"), '("Grope 3", kolom Groepen, regel 4)', "column Groups"),
        (HEAD + PUPIL.replace("Groep 3", "Groep 3, Groep 4"), "(kolom Groepen, regel 3)", "column Groups"),
        (HEAD + PUPIL + PUPIL, "(kolom Nummer, regel 4)", "column Number"),
        (HEAD + "leerling;1;;;;3;Groep 3;\n", "(kolom Achternaam, regel 3)", "column Surname"),
        (HEAD.replace("2026-2027", "2026-2028") + PUPIL, "(kolom Schooljaar, regel 1)", "column School year"),
        (HEAD + f"leerling;1;{'x' * 65};;Vos;3;Groep 3;\n", "(kolom Roepnaam, regel 3)", "column First name"),
    ],
    ids=["no such group", "two groups", "number", "nameless", "year", "long"],
)
def test_who_filled_in_a_table_reads_of_columns_and_rows(content: str, nl: str, en: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read(content)
    assert refused.value.text("nl").endswith(nl)
    assert en in refused.value.text("en")
    assert "<" not in refused.value.text("nl")
    assert "Grope" not in repr(refused.value), "what is in the file stands in no log"


def test_a_table_of_another_school_or_year_is_refused_without_names_of_elements() -> None:
    with pytest.raises(ImportRefused) as refused:
        check_school(read(HEAD + PUPIL).school, brin="98XX", location="")
    assert refused.value.text("nl") == "Dit bestand is van een andere school. (de BRIN)"
    assert ImportRefused("older_year", element="schooljaar").text("en").endswith("school uses.")


def test_two_of_one_number_are_refused_and_a_pupil_and_a_teacher_may_share_it() -> None:
    assert refusal(HEAD + PUPIL + PUPIL) == ("table_number", 4)
    assert len(read(HEAD + PUPIL + STAFF.replace("m1", "1")).staff) == 1


def test_a_quoted_sign_and_a_dash_for_nothing_are_no_formulas() -> None:
    pupil = read(HEAD + "leerling;'-1;Fien;-;'=Vos;3;Groep 3;--\n").pupils[0]
    assert (pupil.key, pupil.prefix, pupil.surname, pupil.subgroup_keys) == ("-1", None, "=Vos", ())


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (HEAD.replace("99XX", "school"), "table_school", 1),
        (HEAD.replace("Schooljaar;", ""), "table_school", 1),
        (HEAD.replace("2026-2027", "2026-2028"), "bad_value", 1),
        (HEAD.partition("\n")[2], "table_school", 1),
        (HEAD.partition("\n")[0], "table_columns", 2),
        (HEAD.replace("Nummer", "Nr"), "table_columns", 2),
        (HEAD.replace("Tussenvoegsel", "Roepnaam"), "table_columns", 2),
        ("Beste school, hierbij de lijst.\nGroet", "not_table", None),
        ("key;naam\n1;Fien\n", "not_table", None),
        ("\n \n;;;\n", "empty", None),
    ],
)
def test_the_first_two_rows_are_those_of_the_template(content: str, code: str, line: int | None) -> None:
    assert refusal(content) == (code, line)


def test_what_the_template_has_no_column_for_is_not_read() -> None:
    head = HEAD.replace("Subgroepen", "Subgroepen;BSN;E-mail")
    whole = read(head + PUPIL.replace("Plusgroep", "Plusgroep;999990019;fien@school.example"))
    assert whole.warnings == (Remark("column_ignored", 2, 2),)
    kept = pickle.dumps(whole)
    assert b"999990019" not in kept
    assert b"school.example" not in kept


def test_somebody_who_is_a_bother_gets_no_endless_table() -> None:
    rows = "".join(f"leerling;{number};A;;;3;Groep 3;\n" for number in range(MOST_ROWS + 1))
    assert refusal(HEAD + rows) == ("too_many", MOST_ROWS + 3)


def test_a_table_without_people_says_nothing_about_anybody() -> None:
    assert [remark.code for remark in read(HEAD).warnings] == ["no_pupils"]


def test_nothing_of_the_file_is_in_a_refusal() -> None:
    with pytest.raises(ImportRefused) as refused:
        files.read([(HEAD + "leerling;1;Geheim;;Vos;3;Groep 3;\nleerling;1;Geheim;;Vos;3;Groep 3;\n").encode()])
    assert "Geheim" not in repr(refused.value) + refused.value.reason

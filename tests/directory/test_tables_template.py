"""The table that we write is the table that we read, whoever is in it."""

import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from directory.imports import tables_template
from directory.imports.edexml_elements import cleaned
from directory.imports.refusals import Language
from directory.imports.tables import COLUMNS
from directory.imports.tables_template import EXPLANATION, Form
from tests.directory.tables import read

PEOPLE = [
    {
        "kind": "leerling",
        "number": "007",
        "first_name": "Zoë",
        "prefix": "in 't",
        "surname": "=Veld & <Zn>",
        "year_group": "3",
    }
    | {"groups": "Groep 1-2", "subgroups": "Plus, Leeskring"},
    {
        "kind": "leerkracht",
        "number": "7",
        "first_name": "Jan",
        "surname": "Bos",
        "groups": "Groep 1-2",
        "subgroups": "Plus",
    },
]
FORMS: tuple[Form, ...] = ("csv", "xlsx")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_is_written_is_read_back(form: Form, language: Language) -> None:
    content = tables_template.write(form, school="99XX01", school_year="2026-2027", people=PEOPLE, language=language)
    whole = read(content)
    assert (whole.school.brin, whole.school.location, whole.school.school_year) == ("99XX", "01", "2026-2027")
    assert [(pupil.key, pupil.first_name, pupil.prefix, pupil.surname) for pupil in whole.pupils] == [
        ("007", "Zoë", "in 't", "=Veld & <Zn>")
    ]
    assert whole.pupils[0].subgroup_keys == ("plus", "leeskring")
    assert [link.group_key for link in whole.staff[0].groups] == ["groep 1-2", "plus"]


NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co")), min_size=1, max_size=40
).map(cleaned)


def plain(name: str) -> bool:
    """Whether a name neither means nothing nor begins with a sign that is quoted already."""
    return bool(name.strip("-")) and name[:1] != "'"


@given(first=NAME.filter(plain), surname=NAME.filter(plain), form=st.sampled_from(FORMS))
def test_any_name_survives(first: str, surname: str, form: Form) -> None:
    person = {**PEOPLE[0], "first_name": first, "surname": surname, "prefix": ""}
    pupil = read(tables_template.write(form, school="99XX", school_year="2026-2027", people=[person])).pupils[0]
    assert (pupil.first_name, pupil.surname or "") == (first, surname)


def test_csv_opens_well_and_holds_no_formula() -> None:
    content = tables_template.write("csv", school="99XX", school_year="2026-2027", people=PEOPLE)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1] == [names[0] for names in COLUMNS.values()]
    assert rows[2][4] == "'=Veld & <Zn>"


def test_a_workbook_is_whole_the_same_every_time_and_text_only() -> None:
    content = tables_template.write("xlsx", school="99XX", school_year="2026-2027", people=PEOPLE)
    assert content == tables_template.write("xlsx", school="99XX", school_year="2026-2027", people=PEOPLE)
    with ZipFile(BytesIO(content)) as archive:
        parts = {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}
    named = {part.get("PartName", "") for part in parts["[Content_Types].xml"].iter() if part.get("PartName")}
    assert {f"/{name}" for name in parts if not name.endswith(".rels") and name != "[Content_Types].xml"} == named
    cells = parts["xl/worksheets/sheet1.xml"].findall(".//{*}c")
    assert {(cell.get("t"), cell.get("s")) for cell in cells} == {("inlineStr", "1"), ("inlineStr", "2")}
    # Text is what empty cells are too: number format 49.
    assert {column.get("style") for column in parts["xl/worksheets/sheet1.xml"].findall(".//{*}col")} == {"1"}
    assert [xf.get("numFmtId") for xf in parts["xl/styles.xml"].findall(".//{*}cellXfs/{*}xf")] == ["0", "49", "49"]
    said = ["".join(map(str, text.itertext())) for text in parts["xl/worksheets/sheet2.xml"].findall(".//{*}is")]
    assert said == [dutch for dutch, _ in EXPLANATION]


def test_there_is_no_column_for_addresses_or_numbers_of_the_state() -> None:
    names = " ".join(name for both in COLUMNS.values() for name in both).casefold()
    assert [word for word in ("mail", "bsn", "eck", "geboorte", "birth", "geslacht") if word in names] == []

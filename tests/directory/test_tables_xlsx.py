"""Tables as XLSX: what programs write, and what only an attacker would."""

import struct
import time
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile

import pytest

from tests.directory.tables import MAIN, PERSON, archive, cell, parts, read, refusal, sheet, workbook

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "tables"
MIB = 1024 * 1024


@pytest.mark.parametrize("name", ["openpyxl", "xlsxwriter", "rich", "extra_column"])
def test_workbooks_of_other_writers_are_read(name: str) -> None:
    whole = read((CORPUS / f"{name}.xlsx").read_bytes())
    assert "Zoë" in [pupil.first_name for pupil in whole.pupils] or name == "openpyxl"
    assert len(whole.staff) >= 1
    assert [remark.code for remark in whole.warnings] == ["column_ignored"] * (name == "extra_column")


@pytest.mark.parametrize(("name", "code"), [("formula", "formula"), ("date", "date_cell")])
def test_formulas_and_dates_are_refused_by_their_row(name: str, code: str) -> None:
    assert refusal((CORPUS / f"{name}.xlsx").read_bytes()) == (code, 4)


def test_every_way_to_write_a_text_is_read() -> None:
    texts = "<si><t>Fi</t></si><si><r><t>Fi</t></r><r><t>en</t></r><rPh><t>stil</t></rPh></si><si><t>Vos</t></si><si/>"
    told = (("leerling", "inlineStr"), ("7.0", "n"), ("1", "s"), ("3", "s"), ("2", "s"), ("3", "n"))
    row = "".join(cell(f"{column}3", value, kind=kind) for column, (value, kind) in zip("ABCDEF", told, strict=True))
    row += "<c t='inlineStr'><is><r><t>Groep </t></r><r><t>3</t></r></is></c>"
    pupil = read(workbook(sheet(row), strings=f"<sst {MAIN}>{texts}</sst>")).pupils[0]
    assert (pupil.key, pupil.first_name, pupil.prefix, pupil.surname) == ("7", "Fien", None, "Vos")
    assert (pupil.year_group, pupil.group_key) == ("3", "groep 3")


def test_rows_and_cells_need_no_numbers_and_empty_ones_are_skipped() -> None:
    told = sheet(PERSON).replace('r="3"', "").replace("</sheetData>", "<row/><row><c/><c t='s'/></row></sheetData>")
    assert len(read(workbook(told)).pupils) == 1


@pytest.mark.parametrize(
    ("shown", "date"),
    [
        ('<xf numFmtId="14"/>', True),
        ('<xf numFmtId="49"/>', False),
        ('<xf numFmtId="0"/>', False),
        ('<xf numFmtId="170"/>', True),
        ('<xf numFmtId="171"/>', False),
    ],
)
def test_a_figure_that_shows_as_a_day_is_a_date(shown: str, date: bool) -> None:
    formats = '<numFmts><numFmt numFmtId="170" formatCode="[$-413]d mmm"/><numFmt numFmtId="171" formatCode="0 &quot;dag&quot;"/></numFmts>'
    styles = f"<styleSheet {MAIN}>{formats}<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs>{shown}</cellXfs></styleSheet>"
    content = workbook(sheet(PERSON.replace(cell("G3", "Groep 3"), cell("G3", "46054", kind="n"))), styles=styles)
    if date:
        assert refusal(content) == ("date_cell", 3)
    else:
        assert read(content).pupils[0].group_key == "46054"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (cell("B3", "1.5", kind="n"), "bad_value"),
        (cell("B3", "1E+400", kind="n"), "bad_value"),
        (cell("B3", "#REF!", kind="e"), "bad_value"),
        (cell("B3", "1", kind="b"), "bad_value"),
        (cell("B3", "2026-02-01", kind="d"), "date_cell"),
        (cell("B3", "1") + cell("B3", "2"), "bad_value"),
        (cell("B3", "1") + cell("A3", "2"), "bad_value"),
        (cell("3B", "1"), "bad_value"),
        (cell("B3", "x" * 5000), "bad_value"),
        ("<c r='B3'><f>1+1</f><v>2</v></c>", "formula"),
    ],
)
def test_a_cell_that_is_no_plain_value_is_refused_by_its_row(row: str, code: str) -> None:
    assert refusal(workbook(sheet(row))) == (code, 3)


def test_a_column_that_is_not_ours_may_hold_anything() -> None:
    aside = "<c r='J3'><f>1+1</f><v>2</v></c><c r='XFD3' t='e'><v>#REF!</v></c>"
    assert len(read(workbook(sheet(PERSON + aside))).pupils) == 1


# Not a workbook, or a broken one


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 a zip file",
        b"PK",
        archive({"content.xml": "<office/>"}),
        archive(parts(sheet(PERSON), workbook="<workbook/>")),
        archive(parts(sheet(PERSON), rels="<Relationships/>")),
        archive({name: text for name, text in parts(sheet(PERSON)).items() if "sheet1" not in name}),
        workbook(sheet(PERSON).replace("</row>", "")),
        workbook(sheet(PERSON, begin="<!DOCTYPE worksheet [<!ENTITY a 'b'>]>")),
        workbook("<x>" * 100 + "</x>" * 100),
        workbook(sheet(cell("B3", "0", kind="s"))),
        workbook(sheet(PERSON))[:-30],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    ],
    ids=[
        "junk",
        "two bytes",
        "ods",
        "no sheet",
        "no relation",
        "part gone",
        "broken xml",
        "doctype",
        "deep",
        "no texts",
        "cut",
        "xls",
    ],
)
def test_what_is_no_whole_workbook_is_refused(content: bytes) -> None:
    assert refusal(content)[0] == "not_workbook"


def test_a_workbook_that_leads_outside_reaches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(sheet(PERSON))
    for target in (str(secret), f"../../..{secret}", secret.as_uri(), "http://127.0.0.1:9/sheet.xml"):
        leading = parts(sheet(PERSON))
        leading["xl/_rels/workbook.xml.rels"] = leading["xl/_rels/workbook.xml.rels"].replace(
            "worksheets/sheet1.xml", target
        )
        assert refusal(archive(leading))[0] == "not_workbook"


def test_a_hole_in_an_unknown_compression_or_password_is_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_LZMA) as made:
        for name, text in parts(sheet(PERSON)).items():
            made.writestr(name, text)
    assert refusal(out.getvalue())[0] == "not_workbook"
    locked = bytearray(workbook(sheet(PERSON)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(mark)
        while at >= 0:
            locked[at + place] |= 1
            at = locked.find(mark, at + 4)
    assert refusal(bytes(locked))[0] == "not_workbook"


# Bombs


@pytest.mark.parametrize(
    ("bomb", "code"),
    [
        (sheet("<x/>" * 3_000_000), "too_large"),
        (sheet(" " * 30 * MIB), "too_large"),
        (sheet("<c><v>" + "x" * 3 * MIB + "</v></c>"), "bad_value"),
        (sheet("<c t='" + "x" * 3 * MIB + "'/>"), "too_large"),
        (sheet(*[cell(f"B{n}", "1") for n in range(3, 25_000)]), "too_many"),
    ],
    ids=["elements", "spaces", "value", "attribute", "rows"],
)
def test_what_unpacks_without_end_is_refused_early(bomb: str, code: str) -> None:
    content = workbook(bomb)
    assert len(content) < MIB
    began = time.process_time()
    assert refusal(content)[0] == code
    assert time.process_time() - began < 2


def test_what_the_archive_says_of_sizes_is_not_believed() -> None:
    content = workbook(sheet(" " * 30 * MIB))
    at = content.rfind(b"PK\x01\x02")
    lying = bytearray(content)
    lying[at + 24 : at + 28] = struct.pack("<I", 100)
    assert refusal(bytes(lying))[0] in ("too_large", "not_workbook")


def test_an_archive_of_countless_or_double_parts_is_refused() -> None:
    many = parts(sheet(PERSON)) | {f"part{number}": "" for number in range(600)}
    assert refusal(archive(many))[0] == "not_workbook"
    out = BytesIO()
    with ZipFile(out, "w") as made:
        for name, text in (*parts(sheet(PERSON)).items(), *parts(sheet()).items()):
            if name not in made.namelist() or "sheet1" in name:
                with pytest.warns(UserWarning, match="Duplicate") if name in made.namelist() else nullcontext():
                    made.writestr(name, text)
    assert refusal(out.getvalue())[0] == "not_workbook"

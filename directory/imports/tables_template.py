"""Writes the table that `tables` reads: the empty template, or a school as it is, to change and hand in again. CSV or XLSX.

Every cell has the type Text, so that no spreadsheet program makes a date of group 1-2 or takes the zeros off a number.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO, StringIO
from typing import Literal
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from directory.imports.refusals import Language
from directory.imports.tables import COLUMNS, FORMULA_SIGNS, KINDS, SCHOOL, SCHOOL_YEAR

Form = Literal["csv", "xlsx"]

EXPLANATION: tuple[tuple[str, str], ...] = (
    (
        "Eén regel voor iedere leerling en iedere medewerker. Laat de eerste twee regels staan.",
        "One row for every pupil and every member of staff. Leave the first two rows as they are.",
    ),
    (
        "Soort: leerling of medewerker.",
        "Kind: pupil or staff.",
    ),
    (
        "Nummer: blijft altijd van dezelfde persoon, ook volgend schooljaar. Gebruik een nummer nooit opnieuw.",
        "Number: always belongs to the same person, next school year too. Never use a number again.",
    ),
    (
        "Jaargroep: 1 tot en met 8, S (sbo of so) of V (vso). Bij medewerkers blijft deze kolom leeg.",
        "Year group: 1 to 8, S (special primary) or V (special secondary). Left empty for staff.",
    ),
    (
        "Groepen: de naam van de groep. Een leerling zit in één groep. Bij een medewerker staat een komma tussen de groepen.",
        "Groups: the name of the group. A pupil is in one group. A member of staff's groups have a comma between them.",
    ),
    (
        "Subgroepen: mag leeg blijven. Een komma tussen de subgroepen.",
        "Subgroups: may be left empty. A comma between them.",
    ),
    (
        "Lever altijd de hele school aan: wie niet meer in de tabel staat, wordt inactief.",
        "Always hand in the whole school: whoever is no longer in the table becomes inactive.",
    ),
    (
        "Zet hier geen e-mailadressen, geboortedatums of andere gegevens in: ze worden niet gelezen.",
        "Do not put e-mail addresses, birth dates or anything else in here: they are not read.",
    ),
)
"""What the second sheet of a workbook and the page beside the download say."""

_SHEETS = (("Mensen", "Uitleg"), ("People", "Explanation"))
_WIDTHS = (14, 14, 20, 14, 28, 11, 28, 28)
_SPREADSHEETML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write(
    form: Form, *, school: str, school_year: str, people: Iterable[Mapping[str, str]] = (), language: Language = "nl"
) -> bytes:
    """The file. `school` is its code or INSTELLING_REF; each of `people` has texts by the names of `tables.COLUMNS`, `kind` being an
    element's name of `tables.KINDS`, and several groups joined by a comma."""
    place = 0 if language == "nl" else 1
    rows = [[SCHOOL[place], school, SCHOOL_YEAR[place], school_year], [names[place] for names in COLUMNS.values()]]
    rows += (_row(person, place) for person in people)
    return _csv(rows) if form == "csv" else _xlsx(rows, place)


def _row(person: Mapping[str, str], place: int) -> list[str]:
    said = dict(person) | {"kind": KINDS[person["kind"]][place]}
    return [_harmless(said.get(column, "")) for column in COLUMNS]


def _csv(rows: list[list[str]]) -> bytes:
    """With `;` and a byte order mark: what Dutch spreadsheet programs open well by a double click."""
    out = StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """A name that begins like a formula must not become one in whatever opens the file, or what that saves."""
    return f"'{text}" if text and text[0] in FORMULA_SIGNS else text


def _xlsx(rows: list[list[str]], place: int) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in _parts(rows, place):
            # The same table gives the same bytes, whenever it is made.
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, _XML + content)
    return out.getvalue()


def _parts(rows: list[list[str]], place: int) -> Iterator[tuple[str, str]]:
    sheets = range(1, 3)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in sheets
    )
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>'
    )
    yield "[Content_Types].xml", types
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    named = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(_SHEETS[place], start=1)
    )
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_SPREADSHEETML}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
    )
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in sheets]
    yield "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
    yield "xl/styles.xml", _styles()
    yield "xl/worksheets/sheet1.xml", _people_sheet(rows, place)
    said = [[texts[place]] for texts in EXPLANATION]
    yield "xl/worksheets/sheet2.xml", _sheet(said, "", '<cols><col min="1" max="1" width="110" style="1"/></cols>')


def _relations(targets: list[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _styles() -> str:
    """Style 0 is the program's own, 1 is Text (number format 49), 2 is Text in bold."""
    return (
        f'<styleSheet xmlns="{_SPREADSHEETML}">'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Standaard" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _people_sheet(rows: list[list[str]], place: int) -> str:
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" style="1" customWidth="1"/>'
        for number, width in enumerate(_WIDTHS, start=1)
    )
    # The first two rows stay in sight.
    view = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="2" topLeftCell="A3" state="frozen"/></sheetView></sheetViews>'
    words = ",".join(each[place] for each in KINDS.values())
    choice = (
        '<dataValidations count="1"><dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="A3:A5000">'
        f"<formula1>&quot;{words}&quot;</formula1></dataValidation></dataValidations>"
    )
    return _sheet(rows, choice, f"{view}<cols>{widths}</cols>", bold_to=2)


def _sheet(rows: list[list[str]], after: str, before: str, *, bold_to: int = 0) -> str:
    written = "".join(
        f'<row r="{number}">{_cells(row, number, 2 if number <= bold_to else 1)}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_SPREADSHEETML}">{before}<sheetData>{written}</sheetData>{after}</worksheet>'


def _cells(row: list[str], number: int, style: int) -> str:
    return "".join(
        f'<c r="{"ABCDEFGH"[place]}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
        for place, text in enumerate(row)
        if text
    )

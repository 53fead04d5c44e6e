"""Small tables for tests, as text and as workbooks in every way that programs write them."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from directory.imports import files
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused

HEAD = "School;99XX;Schooljaar;2026-2027\nSoort;Nummer;Roepnaam;Tussenvoegsel;Achternaam;Jaargroep;Groepen;Subgroepen\n"
PUPIL = "leerling;1;Fien;van de;Vos;3;Groep 3;Plusgroep\n"
STAFF = "medewerker;m1;Jan;;Bos;;Groep 3;\n"

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def read(content: str | bytes) -> Administration:
    """What the reader of files makes of it; it must be a table."""
    found = files.read([content.encode() if isinstance(content, str) else content])
    assert found.source == "table"
    return found.administration


def refusal(content: str | bytes) -> tuple[str, int | None]:
    """Why it is refused, and where; fails where it is not."""
    with pytest.raises(ImportRefused) as refused:
        read(content)
    assert refused.value.reason
    return refused.value.code, refused.value.line


def cell(place: str, value: str, *, kind: str = "str", style: int = 0) -> str:
    """A cell of a sheet as XML; `kind` is the format's own letter."""
    inner = f"<is><t>{value}</t></is>" if kind == "inlineStr" else f"<v>{value}</v>"
    return f'<c r="{place}" t="{kind}" s="{style}">{inner}</c>'


def sheet(*rows: str, begin: str = "", end: str = "") -> str:
    """A sheet with the two first rows and these below them, numbered from 3."""
    first = [line.split(";") for line in HEAD.splitlines()]
    heads = [
        "".join(cell(f"{'ABCDEFGH'[place]}{number}", text) for place, text in enumerate(row))
        for number, row in enumerate(first, 1)
    ]
    numbered = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate((*heads, *rows), 1))
    return f"{begin}<worksheet {MAIN}><sheetData>{numbered}</sheetData>{end}</worksheet>"


PERSON = "".join(
    cell(f"{place}3", text)
    for place, text in zip("ABCEFG", ("leerling", "1", "Fien", "Vos", "3", "Groep 3"), strict=True)
)
"""A pupil in row 3."""


def parts(content: str, **others: str) -> dict[str, str]:
    """The parts of a workbook with this sheet; `others` by the last word of their names."""
    told = {
        "workbook": f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "rels": f'<Relationships><Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        **others,
    }
    names = {
        "workbook": "xl/workbook.xml",
        "rels": "xl/_rels/workbook.xml.rels",
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
    }
    return {names[name]: text for name, text in told.items()} | {"xl/worksheets/sheet1.xml": content}


def workbook(content: str, **others: str) -> bytes:
    """A whole workbook with this sheet."""
    return archive(parts(content, **others))


def archive(contents: dict[str, str]) -> bytes:
    """An archive with these parts."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name, text in contents.items():
            made.writestr(name, text)
    return out.getvalue()

"""Small EDEXML files for tests, and where the official ones lie."""

from pathlib import Path

import pytest

from directory.imports import edexml
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused

STANDARDS = Path(__file__).resolve().parents[3] / "shared" / "standards"
ECKID = "https://ketenid.nl/pilot/" + "0123456789abcdef" * 8

SCHOOL = "<schooljaar>2026-2027</schooljaar><brincode>99XX</brincode>"
GROUPS = """<groep key="g1"><naam>Groep 1/2</naam><jaargroep>C</jaargroep></groep>
<groep key="g3"><naam>Groep 3</naam><jaargroep>3</jaargroep></groep>
<samengestelde_groep key="s1"><naam>Plusgroep</naam></samengestelde_groep>
<samengestelde_groep key="s2"><naam>Leeskring</naam></samengestelde_groep>"""
PUPILS = '<leerling key="p1"><roepnaam>Fien</roepnaam><jaargroep>3</jaargroep><groep key="g3"/></leerling>'
STAFF = '<leerkracht key="m1"><achternaam>Vos</achternaam><groepen><groep key="g3"/></groepen></leerkracht>'


def standard(name: str) -> Path:
    """A file of the standards; skips the test where they are not at hand."""
    path = STANDARDS / name
    if not path.exists():
        pytest.skip("the standards' files are not here")
    return path


def document(*, school: str = SCHOOL, groups: str = GROUPS, pupils: str = PUPILS, staff: str = STAFF) -> str:
    """A whole file; of the usual parts, the groups begin on line 4, the pupils on 8 and the staff on 9."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"<school>{school}</school>\n"
        f"<groepen>{groups}</groepen>\n"
        f"<leerlingen>{pupils}</leerlingen>\n"
        f"<leerkrachten>{staff}</leerkrachten>\n"
        "</EDEX>\n"
    )


def read(text: str | bytes) -> Administration:
    """What the reader makes of a file that arrives in one piece."""
    return edexml.read([text.encode() if isinstance(text, str) else text])


def refusal(text: str | bytes, *, limits: edexml.Limits = edexml.LIMITS) -> ImportRefused:
    """Why the reader refuses a file; fails where it does not."""
    with pytest.raises(ImportRefused) as refused:
        edexml.read([text.encode() if isinstance(text, str) else text], limits=limits)
    return refused.value

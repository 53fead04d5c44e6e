"""A whole made-up school as a file, for tests that want a real one."""

from io import BytesIO
from typing import Any

from lxml import etree

from idp.demo.generator import write_school

FORBIDDEN = ("bsn", "geboortedatum", "gebruikersnaam", "emailadres", "fotourl", "postcodenl", "opmerking", "voornamen")


def school_file(**chosen: Any) -> bytes:
    """The generator's file; seed, school year and BRIN have values unless chosen."""
    out = BytesIO()
    write_school(out, **{"seed": 1, "school_year": "2026-2027", "brin": "99XX", **chosen})
    return out.getvalue()


def forbidden_values(content: bytes) -> frozenset[str]:
    """Every value of the pupils in a file that must never get in."""
    pupils = etree.fromstring(content).find("leerlingen")
    assert pupils is not None
    return frozenset(element.text or "" for name in FORBIDDEN for element in pupils.iter(name))

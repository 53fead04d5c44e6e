"""What a file is, its bytes say, however they arrive and whatever it is called."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from directory.imports import edexml, files
from directory.imports.files import MOST_TABLE, FileReader
from directory.imports.refusals import ImportRefused
from tests.directory.files import document
from tests.directory.tables import HEAD, PERSON, PUPIL, sheet, workbook

EDEXML = document()
TABLE = HEAD + PUPIL


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (EDEXML.encode(), "edexml"),
        (b"\n  " + EDEXML.partition("\n")[2].encode(), "edexml"),
        (EDEXML.encode("utf-8-sig"), "edexml"),
        (EDEXML.replace("UTF-8", "UTF-16").encode("utf-16"), "edexml"),
        (TABLE.encode(), "table"),
        (TABLE.encode("utf-8-sig"), "table"),
        (TABLE.encode("utf-16"), "table"),
        (workbook(sheet(PERSON)), "table"),
    ],
    ids=["xml", "space", "bom", "utf16", "csv", "csv bom", "csv utf16", "xlsx"],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_file_is_known_by_its_first_bytes(content: bytes, source: str, size: int) -> None:
    found = files.read(pieces(content, size))
    assert (found.source, [pupil.first_name for pupil in found.administration.pupils]) == (source, ["Fien"])
    assert files.read(BytesIO(content)) == found


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<", "not_xml"),
        (b"<html>", "not_edexml"),
        (b"%PDF-1.7\n" + b"\0" * 100, "not_table"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not_table"),
        (b"\xff\xd8\xff\xe0" + b"\x90" * 100, "bad_bytes"),
        (b'{"leerlingen": []}', "not_table"),
        (b"\xff\xfe\0\0", "not_table"),
        (b"\xff\xfe\0", "bad_bytes"),
    ],
)
def test_anything_else_is_refused_in_words(content: bytes, code: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        files.read([content])
    assert refused.value.code == code
    assert refused.value.__context__ is None


def test_a_table_is_held_only_up_to_its_size_and_edexml_not_at_all() -> None:
    reader = FileReader()
    reader.feed(b"x" * 100)
    with pytest.raises(ImportRefused, match="too large"):
        reader.feed(b"x" * MOST_TABLE)
    with pytest.raises(ImportRefused, match="too large"):
        files.read([b"x" * (MOST_TABLE + 1)])
    long = EDEXML.replace("<leerlingen>", "<leerlingen>" + " " * MOST_TABLE)
    assert files.read(pieces(long.encode(), 65536)).source == "edexml"


def test_the_limits_of_edexml_are_passed_on() -> None:
    with pytest.raises(ImportRefused, match="too large"):
        files.read([EDEXML.encode()], limits=edexml.Limits(size=100))

"""Tables as CSV, in every way that spreadsheet programs and people write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports import files
from directory.imports.files import MOST_TABLE
from directory.imports.refusals import ImportRefused
from tests.directory.tables import HEAD, PUPIL, STAFF, read, refusal

WHOLE = HEAD + PUPIL.replace("Fien", "Zoë") + STAFF


@pytest.mark.parametrize(
    "content",
    [
        WHOLE.encode(),
        WHOLE.encode("utf-8-sig"),
        WHOLE.encode("utf-16"),
        b"\xfe\xff" + WHOLE.encode("utf-16-be"),
        WHOLE.encode("cp1252"),
        WHOLE.replace("\n", "\r\n").encode(),
        WHOLE.replace("\n", "\r").encode(),
        WHOLE.replace(";", ",").encode(),
        WHOLE.replace(";", "\t").encode("utf-16"),
        ("sep=;\r\n" + WHOLE).encode(),
        ("SEP=|\n" + WHOLE.replace(";", "|")).encode(),
        WHOLE.replace("Zoë", '"Zoë"').encode(),
        WHOLE.rstrip("\n").encode(),
        ("\n;;\n" + WHOLE.replace("\n", ";;;\n\n")).encode(),
    ],
    ids=[
        "utf8",
        "bom",
        "utf16",
        "utf16be",
        "cp1252",
        "crlf",
        "cr",
        "comma",
        "tab",
        "sep",
        "sep|",
        "quotes",
        "no end",
        "padded",
    ],
)
def test_the_same_table_whatever_wrote_it(content: bytes) -> None:
    assert (read(content).pupils, read(content).staff) == (read(WHOLE).pupils, read(WHOLE).staff)
    assert read(content).pupils[0].first_name == "Zoë"


@pytest.mark.parametrize("text", ["Zoë", "Ma’s", "Noé"])
def test_half_a_character_is_not_taken_for_another_encoding(text: str) -> None:
    whole = (HEAD + PUPIL.replace("Fien", text)).encode()
    assert refusal(whole + b"leerling;2;Bo\xc3") == ("bad_bytes", None)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert refusal(HEAD.encode() + b"leerling;1;\x81\x8d;;Vos;3;Groep 3;\n") == ("bad_bytes", None)
    assert refusal(HEAD.encode() + b"leerling;1;\0;;Vos;3;Groep 3;\n") == ("not_table", None)


@pytest.mark.parametrize("quoted", ['"Fien', '"Fien"x', '"Fien\n' * 60, '"Fi"en"'])
def test_a_quotation_mark_out_of_place_is_told_by_its_row(quoted: str) -> None:
    assert refusal(HEAD + PUPIL.replace("Fien", quoted)) == ("quotes", 3)


def test_a_quoted_value_may_have_separators_and_lines() -> None:
    whole = read(HEAD + 'leerling;1;"Fi\nen";;"Vos; de tweede";3;Groep 3;"Plus\nLeeskring"\n' + STAFF)
    assert (whole.pupils[0].first_name, whole.pupils[0].surname) == ("Fi en", "Vos; de tweede")
    assert whole.pupils[0].subgroup_keys == ("plus", "leeskring")
    assert refusal(HEAD + 'leerling;1;"Fi\nen";;;3;Groep 3;\n' + PUPIL.replace("leerling", "kind")) == ("table_kind", 5)


def test_a_row_is_no_hundred_lines_long() -> None:
    assert read(HEAD + PUPIL.replace("Fien", '"Fi' + "\n" * 40 + 'en"')).pupils[0].first_name == "Fi en"
    assert refusal(HEAD + PUPIL + '"a\n";' * 100) == ("quotes", 4)


@pytest.mark.parametrize(
    "flood",
    [
        ";" * 1_000_000,
        '"' * 1_000_001,
        '"x\n' + "x\n" * 1_000_000,
        "x" * 1_000_000,
        "x;\n" * 1_000_000,
        '"";' * 300_000,
    ],
    ids=["separators", "quotes", "open quote", "value", "rows", "empties"],
)
def test_a_flood_costs_little(flood: str) -> None:
    began = time.process_time()
    assert refusal(HEAD + flood)[0] in ("too_long", "quotes", "too_many", "table_kind")
    assert time.process_time() - began < 1


def test_a_table_has_a_size() -> None:
    assert refusal(HEAD.encode() + b"\n" * MOST_TABLE) == ("too_large", None)
    reader = files.FileReader()
    reader.feed(HEAD.encode())
    for _ in range(MOST_TABLE // 65536 - 1):
        reader.feed(b"\n" * 65536)
    with pytest.raises(ImportRefused, match="too large"):
        reader.feed(b"\n" * 65536)


CELL = st.text(st.characters(exclude_characters=';"\n\r\t,\0', exclude_categories=("Cc", "Cs")), max_size=70)


@given(st.lists(st.lists(CELL, max_size=9), max_size=5), st.sampled_from(["utf-8", "utf-16"]))
def test_whatever_is_in_the_cells_it_is_read_or_refused(rows: list[list[str]], encoding: str) -> None:
    content = (HEAD + PUPIL + "\n".join(";".join(row) for row in rows)).encode(encoding)
    try:
        keys = [pupil.key for pupil in read(content).pupils]
    except ImportRefused as refused:
        keys, line = ["1"], refused.line or 3
    else:
        line = 3
    assert (keys[0], line >= 3) == ("1", True)

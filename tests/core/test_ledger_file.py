"""A file of the log opens in a spreadsheet of any country, and nothing in it begins to reckon there."""

import csv

import pytest

from idp.core import ledger_file

SEPARATORS = (",", ";", "\t", "|")
SIGNS = ("=", "+", "-", "@", *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))
"""And as wide as a Chinese character, which some spreadsheets read as the same."""
HOSTILE = tuple(
    f"{before}{sign}HYPERLINK(1)"
    for before in (
        "",
        " ",
        '"',
        *(f"Noor{mark}{gap}" for mark in (*SEPARATORS, "\n", "\r") for gap in ("", " ", '"', ' "')),
    )
    for sign in SIGNS
)


@pytest.mark.parametrize("separator", SEPARATORS, ids=["comma", "semicolon", "tab", "bar"])
def test_no_name_begins_to_reckon_however_a_spreadsheet_splits_the_line(separator: str) -> None:
    for name in HOSTILE:
        for cells in ((name,), ("1", "signin.passed", name, "x"), ("1", f'{{"name":"{name}"}}')):
            told = ledger_file.line(cells)
            for row in csv.reader(told.splitlines(keepends=True), delimiter=separator):
                assert not [cell for cell in row if cell.strip(' "\r\n').startswith(SIGNS)], told


def test_what_harms_nobody_stands_as_it_was_written() -> None:
    for cell in (
        "Noor van den Berg-Vries",
        '{"party":1,"fields":["a-b"],"at":"-"}',
        "a=b; c",
        "2026-09-01",
        "o'Neil, x",
    ):
        assert ledger_file.text(cell) == cell

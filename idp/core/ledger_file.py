"""A school's part of the ledger as a file: one line for each entry as it stands there, and the newest head as the last line (D41)."""

import csv
import io
import re
from typing import Final

import orjson

from idp.core.ledger_reading import Entry

COLUMNS: Final = ("id", "at", "action", "by", "subject", "detail")
SIGNS: Final = "=+-@\uff1d\uff0b\uff0d\uff20"
"""With these a spreadsheet would begin to reckon: also as wide as a Chinese character."""
FORMULA: Final = (*SIGNS, "\t", "\r")
_BEGINS: Final = re.compile(rf"""(?:^|[;,|\t\r\n])[ "]*(?=[{re.escape(SIGNS)}])""")
"""Where a cell begins for one that separates by another sign than ours: a Dutch one by `;`."""


def row(entry: Entry) -> tuple[str, ...]:
    """One entry in the order of `COLUMNS`; it names people by their ledger id only."""
    detail = orjson.dumps(entry.detail, option=orjson.OPT_SORT_KEYS).decode()
    return str(entry.id), f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", entry.action, entry.by, entry.subject or "", detail


def last_row(head: str | None) -> tuple[str, ...]:
    """The line that is no entry: without it the file broke off. `head` is the newest one as it is printed."""
    return "", "", "ledger.head", "", "", head or "-"


def line(cells: tuple[str, ...]) -> str:
    """A line of CSV without its end; no cell begins to reckon."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(map(text, cells))
    return out.getvalue()


def text(cell: str) -> str:
    """A cell as it stands in a file for people: one with which a spreadsheet would begin to reckon is text to it, wherever it splits a line."""
    guarded = _BEGINS.sub(r"\g<0>'", cell)
    return f"'{guarded}" if guarded.startswith(FORMULA) else guarded

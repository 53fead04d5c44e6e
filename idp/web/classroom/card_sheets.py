"""Sign-in cards, fourteen to a page of labels or of paper to cut: whose it is, the code, and what to do when it is lost."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.web import qr
from idp.web.classroom import sheets
from idp.web.classroom.sheets import INK, SHEETS, Sheet, line, picture

if TYPE_CHECKING:
    from fpdf import FPDF

COLUMNS: Final = 2
_GREY: Final = "#b8b8b8"


@dataclass(frozen=True, slots=True)
class Card:
    """One card: the name on the child's tile, its group and picture, and what the code holds."""

    name: str = field(repr=False)
    group: str
    picture: str
    code: str = field(repr=False)


def make(cards: Sequence[Card], *, lost: Sequence[str], foot: str) -> bytes:
    """The sheets; the lines of `lost` and the `foot` stand small on every card. For a thread, as `sheets.make`."""
    return sheets.make(cards, functools.partial(_draw, lost=lost, foot=foot), sheet=SHEETS[COLUMNS])


def _draw(pdf: "FPDF", sheet: Sheet, card: Card, x: float, y: float, *, lost: Sequence[str], foot: str) -> None:
    pdf.set_draw_color(_GREY)
    pdf.rect(x + 1, y + 1, sheet.width - 2, sheet.height - 2)
    side = sheet.height - 4
    _code(pdf, card.code, x + sheet.width - side - 2, y + 2, side)
    left, words = x + 4, sheet.width - side - 8
    picture(pdf, card.picture, left, y + 4, 15)
    line(pdf, card.name, left + 17, y + 6, words - 17, size=15, style="B")
    line(pdf, card.group, left + 17, y + 13.5, words - 17, size=10)
    for number, told in enumerate(lost):
        line(pdf, told, left, y + 23 + number * 3.2, words, size=7.5)
    line(pdf, foot, left, y + sheet.height - 4.8, words, size=6.5)


def _code(pdf: "FPDF", code: str, x: float, y: float, side: float) -> None:
    """The code as dark rectangles, one for each run of dark modules, with its quiet zone."""
    rows = qr.modules(code)
    size = side / len(rows)
    pdf.set_fill_color(INK)
    for row, modules in enumerate(rows):
        start = None
        for column, dark in enumerate((*modules, False)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                pdf.rect(x + start * size, y + row * size, (column - start) * size, size, style="F")
                start = None

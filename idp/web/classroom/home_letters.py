"""Login codes for home on paper: a letter for each child, or labels. The child's secret is on neither."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.web.classroom import sheets
from idp.web.classroom.sheets import PAGE, SHEETS, Sheet, line, paragraph, picture

if TYPE_CHECKING:
    from fpdf import FPDF

COLUMNS: Final = 2
"""Of a sheet of labels: a code is longer than a PIN."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A child with its code as it is printed; `until` is the sentence about its last day."""

    name: str = field(repr=False)
    group: str
    picture: str
    code: str = field(repr=False)
    until: str


@dataclass(frozen=True, slots=True)
class Words:
    """What every letter says: title, introduction, the three steps, what to do with the letter, and school and day at its foot."""

    title: str
    intro: str
    steps: tuple[str, str, str]
    after: tuple[str, ...]
    foot: str


def letters(coded: Sequence[Coded], words: Words) -> bytes:
    """A page for each. For a thread, as `sheets.make`."""
    return sheets.make(coded, functools.partial(_letter, words=words), sheet=PAGE)


def labels(coded: Sequence[Coded], words: Words) -> bytes:
    """The same on label sheets of fourteen. For a thread, as `sheets.make`."""
    return sheets.make(coded, functools.partial(_label, words=words), sheet=SHEETS[COLUMNS])


def _letter(pdf: "FPDF", sheet: Sheet, one: Coded, x: float, y: float, *, words: Words) -> None:
    line(pdf, words.foot, x, y, sheet.width, size=10)
    line(pdf, words.title, x, y + 16, sheet.width, size=28, style="B")
    picture(pdf, one.picture, x, y + 34, 24)
    line(pdf, one.name, x + 30, y + 38, sheet.width - 30, size=20, style="B")
    line(pdf, one.group, x + 30, y + 48, sheet.width - 30, size=13)
    below = paragraph(pdf, words.intro, x, y + 68, sheet.width, size=13)
    first, second, third = words.steps
    below = _step(pdf, 1, first, x, below + 6, sheet.width)
    below = _step(pdf, 2, second, x, below + 4, sheet.width)
    pdf.rect(x + 10, below + 3, sheet.width - 20, 24, style="D", round_corners=True, corner_radius=3)
    line(pdf, one.code, x + 18, below + 9, sheet.width - 36, size=34, style="B")
    below = _step(pdf, 3, third, x, below + 33, sheet.width)
    below += 8
    for told in (one.until, *words.after):
        below = paragraph(pdf, told, x, below + 3, sheet.width, size=11.5)


def _step(pdf: "FPDF", number: int, text: str, x: float, y: float, width: float) -> float:
    line(pdf, f"{number}.", x, y + 0.9, 8, size=14, style="B")
    return paragraph(pdf, text, x + 10, y, width - 10, size=14)


def _label(pdf: "FPDF", sheet: Sheet, one: Coded, x: float, y: float, *, words: Words) -> None:
    inner = sheet.width - 8
    picture(pdf, one.picture, x + 4, y + 3, 12)
    line(pdf, one.name, x + 19, y + 4.5, inner - 15, size=14, style="B")
    line(pdf, one.group, x + 19, y + 10.5, inner - 15, size=9)
    line(pdf, one.code, x + 4, y + 17.5, inner, size=24, style="B")
    line(pdf, words.steps[0], x + 4, y + 28, inner, size=8)
    line(pdf, f"{one.until} {words.foot}", x + 4, y + sheet.height - 4.8, inner, size=6.5)

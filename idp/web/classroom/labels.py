"""Labels for a group: per child its picture, name, group and secret, on the sheets that offices sell."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idp.web.classroom import sheets
from idp.web.classroom.sheets import SHEETS, Sheet, line, picture

if TYPE_CHECKING:
    from fpdf import FPDF


@dataclass(frozen=True, slots=True)
class Label:
    """One label. `pin` has four digits, or `pictures` are three (drawing, word) in their order."""

    name: str = field(repr=False)
    group: str
    picture: str
    pin: str | None = field(repr=False)
    pictures: tuple[tuple[str, str], ...] = field(repr=False)


def make(labels: Sequence[Label], *, columns: int, foot: str) -> bytes:
    """The sheets; `foot` stands small on every label. For a thread, as `sheets.make`. Raises `KeyError` for other columns."""
    return sheets.make(labels, functools.partial(_draw, foot=foot), sheet=SHEETS[columns])


def _draw(pdf: "FPDF", sheet: Sheet, label: Label, x: float, y: float, *, foot: str) -> None:
    inner, tile = sheet.width - 8, sheet.height * 0.4
    # Beside the name where there is room, else below it.
    wide = sheet.width > 150
    words = inner * 0.46 - tile - 3 if wide else inner - tile - 3
    picture(pdf, label.picture, x + 4, y + 3, tile)
    line(pdf, label.name, x + 7 + tile, y + 3 + tile * 0.1, words, size=15, style="B")
    line(pdf, label.group, x + 7 + tile, y + 3 + tile * 0.58, words, size=10)
    if wide:
        _secret(pdf, label, x + 4 + inner * 0.48, y + 5, inner * 0.52, sheet.height - 13)
    else:
        _secret(pdf, label, x + 4, y + tile + 3.5, inner, sheet.height - tile - 9)
    line(pdf, foot, x + 4, y + sheet.height - 4.2, inner, size=6.5)


def _secret(pdf: "FPDF", label: Label, x: float, y: float, width: float, height: float) -> None:
    if label.pin is not None:
        size = min(height * 2.2, 40)
        line(pdf, " ".join(label.pin), x, y + (height - size * 0.353) / 2, width, size=size, style="B")
    step = width / 3
    drawn = min(height - 3.2, step - 2)
    for place, (drawing, word) in enumerate(label.pictures):
        picture(pdf, drawing, x + place * step, y, drawn)
        line(pdf, f"{place + 1} {word}", x + place * step, y + drawn + 0.4, step - 1.5, size=7)

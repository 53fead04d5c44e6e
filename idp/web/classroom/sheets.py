"""Paper as offices have it: A4 sheets of labels, our letters and our drawings on them. Made in memory, never written to disk.

The library that draws is imported when somebody first prints (D43). Letters are those of `fonts/`: Latin, Greek and Cyrillic.
"""

import functools
import io
import logging
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from idp.http.pages import WEB

if TYPE_CHECKING:
    from fpdf import FPDF

FONTS: Final = Path(__file__).parent / "fonts"
INK: Final = "#16202c"
# A drawing's washes as on a light page; on paper without colour they are light greys.
_COLOURS: Final[Mapping[str, str]] = {
    "wash-gate": "#cfe4e0",
    "wash-sun": "#fbe0a3",
    "wash-rose": "#f6cfc4",
    "wash-leaf": "#cfe5c8",
    "wash-sky": "#cbdff0",
    "wash-sand": "#eadfce",
    "blank": "#ffffff",
}
_TALKATIVE: Final = ("fpdf", "fontTools")
"""Loggers that would tell which letters a sheet has, and which of a name they lack."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An A4 sheet of labels, in millimetres: two and three columns are the usual ones of 14 and 21, one column is to be cut."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float

    def place(self, number: int) -> tuple[int, float, float]:
        """Page (from 0) and upper left corner of the label with this number (from 0)."""
        page, on_page = divmod(number, self.columns * self.rows)
        row, column = divmod(on_page, self.columns)
        return page, self.left + column * (self.width + self.gap), self.top + row * self.height


SHEETS: Final[Mapping[int, Sheet]] = {
    1: Sheet(columns=1, rows=6, width=180, height=46, left=15, top=10.5, gap=0),
    2: Sheet(columns=2, rows=7, width=99.1, height=38.1, left=4.65, top=15.1, gap=2.5),
    3: Sheet(columns=3, rows=7, width=63.5, height=38.1, left=7.2, top=15.1, gap=2.5),
}
PAGE: Final = Sheet(columns=1, rows=1, width=170, height=257, left=20, top=20, gap=0)
"""A whole page for each: a letter."""

Item = TypeVar("Item")


def make(items: Sequence[Item], draw: Callable[["FPDF", Sheet, Item, float, float], None], *, sheet: Sheet) -> bytes:
    """The sheets, each item drawn at the corner of its own label. Blocks for a tenth of a second and more: for a thread."""
    from fpdf import FPDF

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font("labels", "", FONTS / "DejaVuSans.ttf")
    pdf.add_font("labels", "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_text_color(INK)
    pages = 0
    for number, item in enumerate(items):
        page, x, y = sheet.place(number)
        if page == pages:
            pdf.add_page()
            pages += 1
        draw(pdf, sheet, item, x, y)
    return bytes(pdf.output())


def line(pdf: "FPDF", text: str, x: float, y: float, width: float, *, size: float, style: str = "") -> None:
    """One line of text, smaller or cut where it would not fit; a line to write on where our letters cannot write it."""
    said = unicodedata.normalize("NFC", text)
    if not _writable(pdf, said):
        pdf.line(x, y + size * 0.35, x + width * 0.9, y + size * 0.35)
        return
    pdf.set_font("labels", style, size)
    if (wide := pdf.get_string_width(said)) > width:
        pdf.set_font_size(max(size * width / wide, size * 0.6))
    while len(said) > 2 and pdf.get_string_width(said) > width + 0.01:
        said = said[:-2] + "…"
    pdf.set_xy(x, y)
    pdf.cell(w=width, h=size * 0.353, text=said)


def paragraph(pdf: "FPDF", text: str, x: float, y: float, width: float, *, size: float) -> float:
    """Writes our own words over as many lines as they need; returns where they end."""
    pdf.set_font("labels", "", size)
    pdf.set_xy(x, y)
    pdf.multi_cell(w=width, h=size * 0.48, text=text, align="L", new_x="LMARGIN", new_y="NEXT")
    return float(pdf.get_y())


def _writable(pdf: "FPDF", text: str) -> bool:
    """Whether our letters can write this; a name in another script is left for a pen."""
    return all(ord(char) in getattr(font, "cmap", {}) for font in pdf.fonts.values() for char in text)


def picture(pdf: "FPDF", key: str, x: float, y: float, size: float) -> None:
    """One of our drawings, in fixed colours. Raises `KeyError`."""
    pdf.image(io.BytesIO(_drawing(key)), x=x, y=y, w=size, h=size)


@functools.cache
def _drawings() -> Mapping[str, str]:
    source = (WEB / "static" / "pictures.svg").read_text("utf-8")
    found = re.finditer(r'<symbol id="([a-z-]+)" viewBox="0 0 64 64">(.*?)</symbol>', source, re.S)
    return {one[1]: one[2] for one in found}


@functools.cache
def _drawing(key: str) -> bytes:
    """One of our drawings as a picture of its own, in fixed colours. Raises `KeyError`."""
    inner = re.sub(r"var\(--([a-z-]+)\)", lambda used: _COLOURS[used[1]], _drawings()[key]).replace("currentColor", INK)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<g fill="none" stroke="{INK}" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">{inner}</g></svg>'
    ).encode()

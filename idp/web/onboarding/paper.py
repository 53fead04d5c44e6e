"""The letter that a board's director signs: one A4 page made from what the form said (R12, R13)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from directory.names import full_name
from directory.onboarding.answers import Answers
from idp.web.classroom import sheets
from idp.web.classroom.sheets import PAGE, Sheet, line, paragraph

if TYPE_CHECKING:
    from fpdf import FPDF

Text = Callable[..., str]
"""A text of the pages by its key."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands in it. `parts` are headings, each with its labels and what was answered."""

    title: str
    foot: str
    asks: str
    knows: str
    parts: Sequence[tuple[str, Sequence[tuple[str, str]]]] = field(repr=False)
    signs: Sequence[str]
    after: str


def words(text: Text, asked: Answers, number: int, today: date) -> Letter:
    """The letter in words."""

    def part(name: str, *rows: tuple[str, str]) -> tuple[str, Sequence[tuple[str, str]]]:
        return text(f"onboarding.part.{name}"), [(text(f"onboarding.field.{key}"), said) for key, said in rows if said]

    director = full_name(asked.director_first_name, asked.director_prefix, asked.director_surname)
    coordinator = full_name(asked.first_name, asked.prefix, asked.surname)
    code = f"{asked.brin} {asked.location}".strip()
    day = f"{today.day} {text(f'month.{today.month}')} {today.year}"
    return Letter(
        title=text("onboarding.letter.title"),
        foot=text("onboarding.letter.foot", number=number, day=day),
        asks=text("onboarding.letter.asks"),
        knows=text("onboarding.letter.knows"),
        parts=(
            part("board", ("board_name", asked.board_name), ("board_number", asked.board_number)),
            part(
                "school",
                ("school_name", asked.school_name),
                ("brin", code),
                ("place", asked.place),
                ("country", asked.country),
            ),
            part("director", ("name", director), ("director_function", asked.director_function)),
            part("coordinator", ("name", coordinator), ("email", asked.email)),
        ),
        signs=(
            text("onboarding.letter.place"),
            text("onboarding.letter.day"),
            text("onboarding.letter.signature"),
        ),
        after=text("onboarding.letter.after"),
    )


def make(letter: Letter) -> bytes:
    """The page as PDF. For a thread, as `sheets.make`."""
    return sheets.make([letter], _draw, sheet=PAGE)


def _draw(pdf: "FPDF", sheet: Sheet, letter: Letter, x: float, y: float) -> None:
    width = sheet.width
    line(pdf, letter.foot, x, y, width, size=9.5)
    line(pdf, letter.title, x, y + 10, width, size=19, style="B")
    below = paragraph(pdf, letter.asks, x, y + 24, width, size=11)
    for heading, rows in letter.parts:
        below += 6
        line(pdf, heading, x, below, width, size=12.5, style="B")
        below += 7
        for label, said in rows:
            line(pdf, label, x, below, 52, size=10)
            line(pdf, said, x + 54, below, width - 54, size=11, style="B")
            below += 6.5
    below = paragraph(pdf, letter.knows, x, below + 6, width, size=11)
    below += 10
    for label, high in zip(letter.signs, (11, 11, 26), strict=True):
        line(pdf, label, x, below + high - 6, 52, size=10)
        pdf.line(x + 54, below + high - 1, x + width, below + high - 1)
        below += high
    paragraph(pdf, letter.after, x, below + 10, width, size=9.5)

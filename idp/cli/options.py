"""Options that several commands share, and how what people type is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, also for errors (on stderr).")]
AtSchool = Annotated[
    str, typer.Option("--school", metavar="CODE", help="BRIN, BRIN with location code, or INSTELLING_REF.")
]
SchoolCode = Annotated[str, typer.Argument(metavar="SCHOOL", help="BRIN, BRIN with location code, or INSTELLING_REF.")]
GivenFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)]


def one_line(text: str, *, most: int) -> str:
    """A name or label as it is stored: white space made single, at most so many characters. Raises `ValueError`."""
    line = " ".join(text.split())
    if not line or len(line) > most or not line.isprintable():
        raise ValueError(f"must be 1 to {most} printable characters")
    return line


def line(most: int) -> Callable[[str | None], str | None]:
    """A typer callback for an option that holds a name or label."""

    def read(given: str | None) -> str | None:
        if given is None:
            return None
        try:
            return one_line(given, most=most)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return read


OnRequest = Annotated[
    str | None,
    typer.Option(
        "--request", metavar="REF", help="The school's written request; asked for outside the demo.", callback=line(100)
    ),
]

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
KnownEmail = Annotated[str, typer.Argument(metavar="EMAIL")]
NewEmail = Annotated[str, typer.Option("--email", help="The address, which is also the user name.")]
InvitedEmail = Annotated[str, typer.Option("--email", help="Where the invitation goes; it becomes the user name.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")]
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
_FIRST_NAME = typer.Option("--first-name", callback=line(64))
_SURNAME = typer.Option("--surname", callback=line(200))
FirstName = Annotated[str, _FIRST_NAME]
Prefix = Annotated[str | None, typer.Option("--prefix", help="Tussenvoegsel.", callback=line(16))]
Surname = Annotated[str, _SURNAME]
KnownFirstName = Annotated[str | None, _FIRST_NAME]
KnownSurname = Annotated[str | None, _SURNAME]
"""Where the account may exist already and then keeps its name."""

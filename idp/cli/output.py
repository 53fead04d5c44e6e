"""What commands print: lines and tables for people, JSON for machines, and one clear sentence when something is refused."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from idp.core.crypto import CannotOpen
from idp.core.errors import Misconfigured, Problem, Unavailable

REFUSED: Final = 1
UNAVAILABLE: Final = 3
MISCONFIGURED: Final = 78
"""EX_CONFIG of sysexits.h."""
MOST_SHOWN: Final = 20


class Refused(Exception):
    """A command that cannot be carried out; nothing was changed. `code` is for machines, `more` goes into the JSON beside it."""

    def __init__(self, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.code = code
        self.more = more


EXPECTED: Final = (Refused, Problem, Misconfigured, CannotOpen, LookupError, ValueError)
"""What `failure` can tell; its subclasses that mean a mistake of ours, such as KeyError, it raises again."""


def failure(error: Exception, *, as_json: bool = False) -> SystemExit:
    """Tells on stderr what is wrong and returns the exit that belongs to it. Raises what nobody expected."""
    status, code, more = _reading(error)
    message = _printable(_sentence(error))
    if as_json:
        _write(sys.stderr, _json({"error": code, "message": message, **more}))
    else:
        _write(sys.stderr, f"idp: {message}")
    return SystemExit(status)


def _reading(error: Exception) -> tuple[int, str, Mapping[str, object]]:
    match error:
        case Refused():
            return REFUSED, error.code, error.more
        case Unavailable():
            return UNAVAILABLE, error.code, {}
        case Problem():
            return REFUSED, error.code, {}
        case Misconfigured() | CannotOpen():
            return MISCONFIGURED, "misconfigured", {}
    # The domain says "no such thing" and "not like that" with exactly these two.
    if type(error) is LookupError:
        return REFUSED, "not_found", {}
    if type(error) is ValueError:
        return REFUSED, "refused", {}
    raise error


def _sentence(error: Exception) -> str:
    match error:
        case Unavailable():
            return f"the {error.code.partition('.')[0]} cannot be reached; nothing was changed ({error.detail})"
        case Problem():
            return error.detail
        case _:
            return str(error)


def answer(data: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Prints the data for machines, or the lines for people."""
    _write(sys.stdout, _json(data) if as_json else "\n".join(_printable(line) for line in lines))


def beginning(lines: Sequence[str]) -> list[str]:
    """The first lines of what may be very many, and how many more there are."""
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], *([f"and {more} more; --json shows all"] if more > 0 else [])]


def table(data: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Prints rows as JSON, or as a table of the given columns (heading to key)."""
    if as_json:
        _write(sys.stdout, _json(data))
        return
    from rich.console import Console
    from rich.table import Table

    # A pipe has no width: what reads it wants whole values, not a table squeezed into 80 columns.
    console = Console(width=None if sys.stdout.isatty() else 240, markup=False, highlight=False, emoji=False)
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in data:
        shown.add_row(*(_cell(row[key]) for key in columns.values()))
    console.print(shown)


def difference(name: str, what: Mapping[str, Any]) -> list[str]:
    """What changed of one field, a line for each thing: - was, + is."""
    gone, come = what.get("removed", [what.get("before")]), what.get("added", [what.get("now")])
    return [f"- {name}: {_plain(one)}" for one in gone] + [f"+ {name}: {_plain(one)}" for one in come]


def _plain(one: object) -> str:
    if isinstance(one, Mapping):
        return " ".join(str(value) for value in one.values() if value is not None)
    return str(one)


def moment(value: datetime) -> str:
    """A moment for people, to the minute."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment(value)
        case list() | tuple():
            return _printable(" ".join(map(str, value)))
        case _:
            return _printable(str(value))


def _json(data: object) -> str:
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()


def _printable(text: str) -> str:
    """Names come from files of others: no escape sequence among them reaches a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _write(stream: Any, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()

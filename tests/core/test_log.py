"""One event, one line of JSON; nothing that is logged can forge another line (C-323, ASVS 16.4.1)."""

import json
import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from idp.core.log import JsonLines


def line(message: str, **extra: object) -> str:
    logger = logging.getLogger("poortwachter.test")
    made = logger.makeRecord("poortwachter.test", logging.WARNING, "file", 1, message, (), None, extra=extra)
    return JsonLines().format(made)


TEXTS = st.text(st.characters(), max_size=50) | st.text(st.characters(categories=["Cs", "Cc"]), max_size=5)


@given(message=TEXTS, value=TEXTS | st.integers() | st.none())
def test_an_event_is_one_line_whatever_it_holds(message: str, value: object) -> None:
    written = line(message, code=value)
    assert "\n" not in written
    assert "\r" not in written
    read = json.loads(written)
    if not any("\ud800" <= char <= "\udfff" for char in f"{message}{value}"):
        assert (read["event"], read["code"]) == (message, value)


def test_it_says_when_how_bad_and_where() -> None:
    read = json.loads(line("started", reference="ABCD-2345"))
    assert set(read) == {"at", "level", "logger", "event", "reference"}
    assert (read["level"], read["logger"], read["reference"]) == ("warning", "poortwachter.test", "ABCD-2345")
    assert read["at"].endswith("+00:00")


def test_a_trace_stays_within_its_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "file", 1, "crash", (), sys.exc_info())
    written = JsonLines().format(record)
    assert "\n" not in written
    assert "ValueError" in json.loads(written)["trace"]


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert json.loads(line("x", where=ValueError("a")))["where"] == "a"

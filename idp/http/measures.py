"""What this process did, counted in memory: answers by operation, refusals and problems by code, in OpenMetrics text.

A label is a path of the table of routes, a class of status or a code of a problem: nothing that a request brings. So no line can name a school, a
party or a person, let alone two of them together (D37). Counting asks no database and no store.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final, Protocol

OTHER: Final = "other"
"""The operation of what is on no list, such as an address that somebody made up."""
TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Measures:
    """The counters of one process, since it started."""

    __slots__ = ("_answers", "_problems", "_refusals", "_seconds", "_started")

    def __init__(self, *, started: float) -> None:
        """`started` in epoch seconds."""
        self._answers: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, float] = {}
        self._problems: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._started = started

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """A request of this operation was answered, after so many seconds."""
        self._answers[operation, status // 100] += 1
        self._seconds[operation] = self._seconds.get(operation, 0.0) + seconds

    def problem(self, code: str) -> None:
        """A request could not go on for this reason."""
        self._problems[code] += 1

    def refused(self, code: str) -> None:
        """A page told somebody why a sign-in ends here."""
        self._refusals[code] += 1

    def text(self) -> str:
        """All of them as OpenMetrics 1.0 text."""
        return "\n".join((*self._lines(), "# EOF", ""))

    def _lines(self) -> Iterator[str]:
        yield "# TYPE poortwachter_requests counter"
        yield "# HELP poortwachter_requests Answered requests by operation and class of status."
        for (operation, status), count in sorted(self._answers.items()):
            yield f'poortwachter_requests_total{{operation="{operation}",status="{status}xx"}} {count}'
        yield "# TYPE poortwachter_request_seconds summary"
        yield "# UNIT poortwachter_request_seconds seconds"
        yield "# HELP poortwachter_request_seconds Time until the answer was made, by operation."
        counts: Counter[str] = Counter()
        for (operation, _), count in self._answers.items():
            counts[operation] += count
        for operation, count in sorted(counts.items()):
            yield f'poortwachter_request_seconds_count{{operation="{operation}"}} {count}'
            yield f'poortwachter_request_seconds_sum{{operation="{operation}"}} {self._seconds[operation]:.6f}'
        told = (
            ("problems", "Requests that could not go on, by the code that stands in the log.", self._problems),
            ("refusals", "Pages that told why a sign-in ends, by code.", self._refusals),
        )
        for name, about, counted in told:
            yield f"# TYPE poortwachter_{name} counter"
            yield f"# HELP poortwachter_{name} {about}"
            for code, count in sorted(counted.items()):
                yield f'poortwachter_{name}_total{{code="{code}"}} {count}'
        yield from since(self._started)


def since(started: float) -> Iterator[str]:
    """The lines that tell when this process started, in epoch seconds: from then on everything was counted."""
    yield "# TYPE process_start_time_seconds gauge"
    yield "# UNIT process_start_time_seconds seconds"
    yield "# HELP process_start_time_seconds When this process started."
    yield f"process_start_time_seconds {started:.3f}"


class Counted(Protocol):
    """Counters that a process can show."""

    def text(self) -> str:
        """All of them as OpenMetrics 1.0 text."""
        ...

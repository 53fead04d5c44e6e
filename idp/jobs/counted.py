"""What a worker did, counted in memory: turns by kind and by how they ended, what was done in them, and how long they took.

A label is the name of a kind of work and nothing else, so that no line can name a school, a party or a person (D37).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol


class Tally(Protocol):
    """Whoever wants to know of turns that were taken."""

    def turned(self, kind: str, done: int | None, seconds: float) -> None:
        """A turn of this kind ended after so many seconds: so much was done in it, None where it failed."""
        ...


class NoTally:
    """Nobody wants to know."""

    __slots__ = ()

    def turned(self, kind: str, done: int | None, seconds: float) -> None:
        """Lets it pass."""


class Turns:
    """The counters of one worker, since it started."""

    __slots__ = ("_done", "_seconds", "_turns")

    def __init__(self) -> None:
        self._turns: Counter[tuple[str, str]] = Counter()
        self._done: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}

    def turned(self, kind: str, done: int | None, seconds: float) -> None:
        """As `Tally.turned`."""
        self._turns[kind, "failed" if done is None else "ended"] += 1
        self._done[kind] += done or 0
        self._seconds[kind] = self._seconds.get(kind, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        """All of them as lines of OpenMetrics 1.0 text."""
        yield "# TYPE poortwachter_turns counter"
        yield "# HELP poortwachter_turns Turns of background work by kind; a failed one is tried again and stands in the log."
        for (kind, outcome), count in sorted(self._turns.items()):
            yield f'poortwachter_turns_total{{kind="{kind}",outcome="{outcome}"}} {count}'
        yield "# TYPE poortwachter_work counter"
        yield "# HELP poortwachter_work What was done in them: mails sent, parties told, schools asked, sources read, jobs finished."
        for kind, count in sorted(self._done.items()):
            yield f'poortwachter_work_total{{kind="{kind}"}} {count}'
        yield "# TYPE poortwachter_turn_seconds counter"
        yield "# UNIT poortwachter_turn_seconds seconds"
        yield "# HELP poortwachter_turn_seconds Time that turns took, by kind."
        for kind, seconds in sorted(self._seconds.items()):
            yield f'poortwachter_turn_seconds_total{{kind="{kind}"}} {seconds:.6f}'

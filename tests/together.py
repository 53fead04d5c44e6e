"""The whole suite: in two browsers, on PostgreSQL and Valkey, and on SQLite with what stores nothing, at once; what each says follows in turn.

Reading ten thousand tests takes as long as running half of them, so they are read once; then the process splits into those that run them.
Processes of one run take the next module from one queue, so that all have something to do until the end.
`python -m tests.together`; more arguments go to pytest. Ends with 1 if a process failed, and takes all along when it is ended early.
"""

import gc
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from struct import Struct
from types import FrameType
from typing import IO, Any, Final

import pytest

OF_OTHERS: Final = any(name in os.environ for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"))
"""Whether the servers run already: those hold the tests of one process at a time."""
THE_DEMONSTRATION: Final = "tests/e2e/"
THE_PAGES: Final = "tests/web/test_in_a_browser.py"


def touches_storage(item: pytest.Item) -> bool:
    """Whether a test has to do with storage, so that it runs on both."""
    return "storage" in getattr(item, "fixturenames", ())


def in_a_browser(item: pytest.Item) -> bool:
    """Whether the test needs a real browser; those bring storage of their own."""
    return item.nodeid.startswith((THE_DEMONSTRATION, THE_PAGES))


@dataclass(frozen=True, slots=True)
class Run:
    """A part of the suite, the storage it runs on, and in how many processes."""

    title: str
    storage: str
    processes: int
    takes: Callable[[pytest.Item], bool]


RUNS: Final = (
    # One after the other these would take longest of all, for they wait as often as they work.
    Run("the pages in a browser", "embedded", 1, lambda item: item.nodeid.startswith(THE_PAGES)),
    Run("the demonstration in a browser", "embedded", 1, lambda item: item.nodeid.startswith(THE_DEMONSTRATION)),
    Run(
        "PostgreSQL and Valkey",
        "servers",
        1 if OF_OTHERS else 2,
        lambda item: touches_storage(item) and not in_a_browser(item),
    ),
    Run("SQLite, and what stores nothing", "embedded", 2, lambda item: not in_a_browser(item)),
)

NUMBER: Final = Struct("H")
Modules = list[list[pytest.Item]]
"""Tests that share what was made for their module, and so one process."""


class Together:
    """A plugin of pytest: when everything is collected it goes on in the processes of each run."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In a run's process: runs what it takes. In the first: waits for them, and has the exit status be theirs."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        _read_templates()
        started: list[tuple[int, IO[bytes]]] = []
        with _taken_along(started):
            for run in RUNS:
                modules = [list(each) for _, each in groupby(filter(run.takes, session.items), lambda item: item.path)]
                queue = queue_of(len(modules))
                for _ in range(run.processes):
                    said = tempfile.TemporaryFile()  # noqa: SIM115 - its run closes it, and whoever reads it in the end
                    sys.stdout.flush()
                    sys.stderr.flush()
                    if not (pid := os.fork()):
                        for _, of_another in started:
                            of_another.close()
                        _become(session, run, said)
                        _run(session, modules, queue)
                        return True
                    started.append((pid, said))
                os.close(queue)
            return _told(session, started)


def _read_templates() -> None:
    """Before the process splits: it takes three seconds, and each of the five would read nearly all of them for itself."""
    from idp.http import pages  # here only: what pytest reads as a plugin must not be loaded before

    for environment in pages.shared()._environments.values():
        for name in environment.list_templates():
            environment.get_template(name)
    gc.freeze()


def queue_of(length: int) -> int:
    """A pipe that gives each number below `length` to one of those who read it, and then ends."""
    gives, takes = os.pipe()
    os.write(takes, b"".join(map(NUMBER.pack, range(length))))
    os.close(takes)
    return gives


def _become(session: pytest.Session, run: Run, said: IO[bytes]) -> None:
    """Makes this process one of a run, that says in a file what comes of its tests."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    random.seed()  # the processes choose ports by chance, and not the same ones
    plugins = session.config.pluginmanager
    capturing: Any = plugins.getplugin("capturemanager")
    capturing.stop_global_capturing()
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    said.close()
    capturing.start_global_capturing()
    capturing.suspend_global_capture()
    session.config.option.storage = run.storage
    reporter: Any = plugins.getplugin("terminalreporter")
    reporter._show_progress_info = False  # how many tests it will take nobody knows
    reporter.write_sep("=", run.title)


def _run(session: pytest.Session, modules: Modules, queue: int) -> None:
    """Runs one module after the other, as long as there are some left, as pytest would run them all."""
    for item, following in pairwise(chain(taken(modules, queue), (None,))):
        assert item is not None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)


def taken(modules: Modules, queue: int) -> Iterator[pytest.Item]:
    """The tests of each module that nobody took from the queue yet; it is taken when its first test is asked for."""
    while number := os.read(queue, NUMBER.size):
        yield from modules[NUMBER.unpack(number)[0]]


def _told(session: pytest.Session, started: list[tuple[int, IO[bytes]]]) -> bool:
    """Says what the runs said as soon as they are done, in their order. None of these is a failure of its own; no tests in none is."""
    session.config.pluginmanager.unregister(name="terminalreporter")
    codes = set()
    for pid, said in started.copy():
        _, status = os.waitpid(pid, 0)
        started.remove((pid, said))
        codes.add(os.waitstatus_to_exitcode(status))
        with said:
            said.seek(0)
            sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
    session.testsfailed = len(codes - {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED})
    session.testscollected = len(codes - {pytest.ExitCode.NO_TESTS_COLLECTED})
    return True


@contextmanager
def _taken_along(started: list[tuple[int, IO[bytes]]]) -> Iterator[None]:
    """Whatever ends this process early ends those that it started; a run's own process takes nobody along."""
    first = os.getpid()

    def end(_: int, __: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        if os.getpid() == first:
            for pid, _said in started:
                os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(pytest.main(sys.argv[1:], plugins=[Together()]))

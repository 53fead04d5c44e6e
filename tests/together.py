"""The whole suite: in a browser, on PostgreSQL and Valkey, without storage, and on SQLite, at once; what each says follows in turn.

Reading ten thousand tests takes as long as running half of them, so they are read once; then the process splits into one for each run.
`python -m tests.together`; more arguments go to pytest. Ends with 1 if one of the runs failed, and takes them along when it is ended early.
"""

import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import IO, Any, Final

import pytest

IN_A_BROWSER: Final = ("tests/e2e/", "tests/web/test_in_a_browser.py")


def touches_storage(item: pytest.Item) -> bool:
    """Whether a test has to do with storage, so that it runs on both."""
    return "storage" in getattr(item, "fixturenames", ())


def in_a_browser(item: pytest.Item) -> bool:
    """Whether the test needs a real browser; those bring storage of their own."""
    return item.nodeid.startswith(IN_A_BROWSER)


@dataclass(frozen=True, slots=True)
class Run:
    """A part of the suite and the storage it runs on."""

    title: str
    storage: str
    takes: Callable[[pytest.Item], bool]


RUNS: Final = (
    Run("in a browser", "embedded", in_a_browser),
    Run("PostgreSQL and Valkey", "servers", lambda item: touches_storage(item) and not in_a_browser(item)),
    Run("what stores nothing", "embedded", lambda item: not touches_storage(item) and not in_a_browser(item)),
    Run("SQLite", "embedded", lambda item: touches_storage(item) and not in_a_browser(item)),
)


class Together:
    """A plugin of pytest: when everything is collected it goes on in one process for each run."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In a run's process: leaves pytest to go on with the tests of that run. In the first: waits for them, and has the exit status be theirs."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        started: list[tuple[int, IO[bytes]]] = []
        with _taken_along(started):
            for run in RUNS:
                said = tempfile.TemporaryFile()  # noqa: SIM115 - its run closes it, and whoever reads it in the end
                sys.stdout.flush()
                sys.stderr.flush()
                if not (pid := os.fork()):
                    for _, of_another in started:
                        of_another.close()
                    _become(session, run, said)
                    return None
                started.append((pid, said))
            return _told(session, started)


def _become(session: pytest.Session, run: Run, said: IO[bytes]) -> None:
    """Makes this process the one that takes the tests of a run and says it in a file."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    random.seed()  # the runs choose ports by chance, and not the same ones
    plugins = session.config.pluginmanager
    capturing: Any = plugins.getplugin("capturemanager")
    capturing.stop_global_capturing()
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    said.close()
    capturing.start_global_capturing()
    capturing.suspend_global_capture()
    session.config.option.storage = run.storage
    session.items[:] = [item for item in session.items if run.takes(item)]
    session.testscollected = len(session.items)
    reporter: Any = plugins.getplugin("terminalreporter")
    reporter.write_sep("=", f"{run.title}: {len(session.items)} tests")


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

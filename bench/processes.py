"""Processes of a server under test: started on their core, counted with all their children, ended again."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
TO_THE_NANOSECOND = Path("/proc/self/schedstat").exists()
"""Whether the system counts so finely: the ticks of `stat` are a tenth of a short repeat."""
SERVER_CORE = 0
CLIENT_CORE = 1
STOPS_WITHIN = 10.0


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """What starts inside runs on this core; on a machine without it, wherever it likes."""
    before = os.sched_getaffinity(0)
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def spawn(
    command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts a server on the server's core, in a process group of its own; what it prints goes into `log`."""
    with on_core(SERVER_CORE), log.open("ab") as out:
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd or log.parent,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """Ends servers that `spawn` started and everything in their groups, politely first."""
    given = list(processes)
    for process in given:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOPS_WITHIN
    for process in given:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system seconds so far of these processes, all their living children and those they have reaped."""
    seconds = 0.0
    for pid in tree(roots):
        with contextlib.suppress(OSError):
            own, reaped = _stat(pid)[11:13], _stat(pid)[13:15]
            ticks = reaped if TO_THE_NANOSECOND else own + reaped
            seconds += sum(map(int, ticks)) / TICKS_PER_SECOND
            if TO_THE_NANOSECOND:
                seconds += sum(_running_ns(thread) for thread in Path(f"/proc/{pid}/task").iterdir()) / 1e9
    return seconds


def memory_mib(roots: Iterable[int]) -> float:
    """Resident memory of these processes and their children in MiB, each counted whole."""
    kib = 0
    for pid in tree(roots):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            kib += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return round(kib / 1024, 1)


def tree(roots: Iterable[int]) -> set[int]:
    """The process numbers of these processes and everything below them."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(int(entry))[1]), []).append(int(entry))
    found: set[int] = set()
    todo = list(roots)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += children.get(pid, [])
    return found


def _running_ns(thread: Path) -> int:
    return int((thread / "schedstat").read_text().split()[0])


def _stat(pid: int) -> list[str]:
    """The fields of proc(5)'s `stat` from the third on; the second, the name, may itself hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()

"""Real PostgreSQL and Valkey servers for as long as a `with` block lasts: for the tests, for `make bench`, for a look.

    with postgres(fsync=False) as database_url, valkey(append_only=False) as redis_url: ...

TEST_DATABASE_URL and TEST_REDIS_URL name servers that run already; those stay untouched. Otherwise a server of ours
starts (`tests/programs.py` says from which programs) on a free port of 127.0.0.1 with its data in a temporary folder,
and both go when the block ends, on ^C, and even when this process is killed. As root it runs as `nobody`.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.programs import (
    NoServerError,
    environment,
    identity,
    postgres_programs,
    run,
    server_account,
    succeeds,
    valkey_programs,
    within_reach,
)

IN_MEMORY = Path("/dev/shm")
ROOM = 2**31
"""Bytes that must be free there; a run needs a tenth."""
CARELESS = (
    "--fsync=off",
    "--full_page_writes=off",
    "--wal_level=minimal",
    "--max_wal_senders=0",
    "--max_wal_size=128MB",
    "--autovacuum=off",
    "--jit=off",
)
"""What PostgreSQL does for when the power fails, and for who stays for weeks: tests need not pay for it. A server that is killed loses nothing."""
STARTS_WITHIN = 30.0  # seconds; a cold disk takes two
STOPS_WITHIN = 10.0
PORTS_TRIED = 5
IN_CI = os.environ.get("CI") == "true"

# Its standard input ends when this process does, however that came about; then the server and its folder go too.
WATCH = """
read -r _
kill -"$1" "$2" 2>/dev/null
n=10
while [ $n -gt 0 ] && kill -0 "$2" 2>/dev/null; do n=$((n - 1)); sleep 0.1; done
rm -rf "$3"
"""


@dataclass(slots=True)
class Server:
    """One server process of ours, or (without `command`) the address of somebody else's.

    `url` stays valid over `stop()` and `start()`: same port, same data.
    """

    url: str
    command: Sequence[str | Path] = ()
    answers: Callable[[], bool] = lambda: True
    folder: Path = Path("/")
    account: pwd.struct_passwd | None = None
    ending: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _watch: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process to count processor time of, its children with it; none while it is stopped or not ours."""
        return () if self._process is None else (self._process.pid,)

    def start(self) -> None:
        """Returns when the server answers; raises RuntimeError, with the end of its log, when it does not."""
        if not self.command:
            raise RuntimeError("this server is not ours to start")
        log = self.folder / "server.log"
        try:
            with log.open("ab") as out:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,  # ^C in the terminal is for us; the server ends after its last user
                    **identity(self.account),
                )
            watch = ["/bin/sh", "-c", WATCH, "watch", self.ending.name[3:], str(self._process.pid), str(self.folder)]
            self._watch = subprocess.Popen(watch, cwd="/", stdin=subprocess.PIPE, start_new_session=True)
            give_up_at = time.monotonic() + STARTS_WITHIN
            while not self.answers():
                if self._process.poll() is not None or time.monotonic() > give_up_at:
                    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.01)
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """kill -9 of the process and of those that it started, which have no time to write anything any more."""
        if self._process is not None:
            pids = (self._process.pid, *_children(self._process.pid))
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            give_up_at = time.monotonic() + STOPS_WITHIN
            while (
                _any_lives(pids) and time.monotonic() < give_up_at
            ):  # PostgreSQL does not start beside what is left of it
                time.sleep(0.01)
        self.stop()

    def stop(self) -> None:
        """Ends the process without ceremony, as a crash would; does nothing when it runs no more."""
        if self._watch is not None:
            self._watch.kill()  # before the server: afterwards its number may be another's
            self._watch.communicate()
            self._watch = None
        if self._process is not None:
            self._process.send_signal(self.ending)
            try:
                self._process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _children(pid: int) -> list[int]:
    return [child for child, parent, _ in _processes() if parent == pid]


def _any_lives(pids: Sequence[int]) -> bool:
    return any(pid in pids and not state.startswith("Z") for pid, _, state in _processes())


def _processes() -> Iterator[tuple[int, int, str]]:
    """Number, parent's number and state of every process, as Linux tells (proc(5)): no program of the system is needed for it."""
    for told in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, parent, *_ = told.read_text().rpartition(")")[2].split()
            yield int(told.parent.name), int(parent), state


def memory() -> Path | None:
    """The folder that is no disk, where there is one with room."""
    there = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    return IN_MEMORY if there else None


@contextmanager
def postgres(*, fsync: bool) -> Iterator[str]:
    """The address, in SQLAlchemy's words, of an empty PostgreSQL database as a user who may create more of them.

    Without `fsync` a test run is faster and a power cut loses everything (D44: never in `make bench` or fault tests).
    """
    with postgres_server(fsync=fsync) as server:
        yield server.url


@contextmanager
def valkey(*, append_only: bool) -> Iterator[str]:
    """The address of an empty Valkey that evicts nothing; with `append_only` its contents survive its restart."""
    with valkey_server(append_only=append_only) as server:
        yield server.url


@contextmanager
def postgres_server(*, fsync: bool) -> Iterator[Server]:
    """As `postgres`, for those who also stop and start the server or count its processor time."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Server(url)
        return
    programs, account = postgres_programs(), server_account()
    with _home(account, kept=fsync) as folder:
        bin_ = within_reach(programs, folder=folder, account=account)
        data = folder / "data"
        password = secrets.token_urlsafe(16)  # the port is open to everybody on this machine
        (folder / "password").write_text(password)
        locale = ["-E", "UTF8", "--locale=C.UTF-8"]
        # Asked for a password, PostgreSQL reckons 3 ms with each connection, or with md5 nothing to speak of.
        access: list[str | Path] = ["-U", "postgres", "-A", "md5", "--pwfile", folder / "password"]
        run([bin_ / "initdb", "-D", data, *locale, *access, "--no-sync"], cwd=folder, account=account)
        settings = [*(() if fsync else CARELESS), "--listen_addresses=127.0.0.1", "--unix_socket_directories="]

        def on(port: int) -> Server:
            return Server(
                url=f"postgresql+asyncpg://postgres:{password}@127.0.0.1:{port}/postgres",
                command=[bin_ / "postgres", "-D", data, "-p", str(port), *settings],
                answers=lambda: succeeds([bin_ / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]),
                folder=folder,
                account=account,
                ending=signal.SIGQUIT,
            )

        with _running(on) as server:
            yield server


@contextmanager
def valkey_server(*, append_only: bool) -> Iterator[Server]:
    """As `valkey`, for those who also stop and start the server or count its processor time."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield Server(url)
        return
    programs, account = valkey_programs(), server_account()
    with _home(account, kept=append_only) as folder:
        program = within_reach(programs, folder=folder, account=account) / programs.names[0]
        limits = ["--maxmemory-policy", "noeviction", "--save", "", "--appendonly", "yes" if append_only else "no"]

        def on(port: int) -> Server:
            return Server(
                url=f"redis://127.0.0.1:{port}/0",
                command=[program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, *limits],
                answers=lambda: _pong(port),
                folder=folder,
                account=account,
            )

        with _running(on) as server:
            yield server


@contextmanager
def or_skip(server: AbstractContextManager[str], *, required: bool = IN_CI) -> Iterator[str]:
    """For fixtures, around `postgres` or `valkey`: without one the tests are skipped in one line; in CI it is an error."""
    import pytest  # here only: the benchmark uses the rest of this module without it

    with ExitStack() as stack:
        try:
            url = stack.enter_context(server)
        except NoServerError as absent:
            if required:
                raise
            pytest.skip(str(absent))
        yield url


@contextmanager
def _home(account: pwd.struct_passwd | None, *, kept: bool) -> Iterator[Path]:
    """A temporary folder that belongs to `account`; for root's servers not below root's own TMPDIR. What need not be kept is written to memory."""
    place = None if kept else memory()
    if place and os.statvfs(place).f_flag & os.ST_NOEXEC:  # programs may have to be copied there
        place = None
    folder = Path(tempfile.mkdtemp(prefix="server-", dir=place or ("/tmp" if account else None)))
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(on: Callable[[int], Server]) -> Iterator[Server]:
    """`on(port)`, started; where another process was quicker to take the port, on the next free one."""
    for left in reversed(range(PORTS_TRIED)):
        server = on(free_port())
        try:
            server.start()
            break
        except RuntimeError:
            if not left:
                raise
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def _pong(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as s:
            s.sendall(b"PING\r\n")
            return s.recv(16).startswith(b"+PONG")
    except OSError:
        return False

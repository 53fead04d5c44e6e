"""The launcher of the real servers: they keep what they should, and they are gone when nobody needs them (D44)."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis

from tests.programs import NoServerError, Programs, postgres_programs, server_account, succeeds, within_reach
from tests.servers import Server, or_skip, postgres, postgres_server, valkey_server

HERE = Path(__file__).resolve().parent.parent
OURS = pytest.mark.skipif(
    bool(os.environ.get("TEST_DATABASE_URL") or os.environ.get("TEST_REDIS_URL")), reason="the servers are not ours"
)


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture
def store() -> Iterator[Server]:
    with valkey_server(append_only=True) as server:
        yield server


async def test_postgres_answers_and_may_create_databases() -> None:
    with or_skip(postgres(fsync=False)) as url:
        assert await ask(url, "select rolcreatedb from pg_roles where rolname = current_user") is True


@OURS
@pytest.mark.parametrize(("fsync", "shown"), [(True, "on"), (False, "off")])
async def test_fsync_is_as_asked(fsync: bool, shown: str) -> None:
    with postgres(fsync=fsync) as url:
        assert await ask(url, "show fsync") == shown


@OURS
async def test_postgres_wants_its_password() -> None:
    with postgres(fsync=False) as url:
        address = url.rpartition("@")[2]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(f"postgresql://postgres:guess@{address}", "select 1")


@OURS
async def test_committed_rows_survive_a_crash_of_the_server() -> None:
    with postgres_server(fsync=True) as server:
        await ask(server.url, "create table kept (n int)")
        await ask(server.url, "insert into kept values (7)")
        server.stop()
        assert server.pids == ()
        with pytest.raises(OSError):  # noqa: PT011 - which one differs between systems
            await ask(server.url, "select 1")
        server.start()
        assert await ask(server.url, "select n from kept") == 7


def test_valkey_evicts_nothing(store: Server) -> None:
    with redis.Redis.from_url(store.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@OURS
@pytest.mark.parametrize(("append_only", "kept"), [(True, b"here"), (False, None)])
def test_valkey_keeps_its_keys_over_a_restart_only_when_asked(append_only: bool, kept: bytes | None) -> None:
    with valkey_server(append_only=append_only) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "here")
        server.stop()
        server.start()
        assert client.get("key") == kept


@OURS
def test_nothing_stays_behind(store: Server) -> None:
    with postgres_server(fsync=False) as database:
        folder, (pid,) = database.folder, database.pids
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


# Starts both servers, says which processes and folders they are, and waits to be ended.
PROGRAM = """
import signal, sys
from tests.servers import postgres_server, valkey_server
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts the tests beside itself has it ignored
with postgres_server(fsync=False) as a, valkey_server(append_only=False) as b:
    print(*a.pids, *b.pids, a.folder, b.folder, flush=True)
    sys.stdin.read()
"""


@OURS
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux lets us wait for another's process")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_servers_end_with_the_process_that_started_them(ending: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        *pids, first_folder, second_folder = starter.stdout.readline().split()
        servers = [os.pidfd_open(int(pid)) for pid in pids]
        starter.send_signal(ending)
        starter.stdout.read()  # ends when the last of those that clean up has ended
    for server in servers:
        assert select.select([server], [], [], 5) == ([server], [], [])  # readable once the process has ended
        os.close(server)
    assert not Path(first_folder).exists()
    assert not Path(second_folder).exists()


BORROW = """
from tests.servers import valkey_server
with valkey_server(append_only=False) as server:
    print(server.url, *server.pids)
    server.start()
"""


def test_a_server_of_somebody_else_is_used_and_left_alone(store: Server) -> None:
    borrower = subprocess.run(
        [sys.executable, "-c", BORROW],
        cwd=HERE,
        env=os.environ | {"TEST_REDIS_URL": store.url},
        capture_output=True,
        text=True,
    )
    assert borrower.stdout.split() == [store.url]
    assert "not ours to start" in borrower.stderr
    with redis.Redis.from_url(store.url) as client:
        assert client.ping()


class Absent:
    """What `postgres(...)` is where no program is found."""

    def __enter__(self) -> str:
        raise NoServerError("no PostgreSQL here")

    def __exit__(self, *_: object) -> None:
        return None


def test_without_a_server_a_test_is_skipped_in_one_line() -> None:
    with pytest.raises(pytest.skip.Exception, match="no PostgreSQL here"), or_skip(Absent(), required=False):
        pass


def test_without_a_server_ci_fails() -> None:
    with pytest.raises(NoServerError), or_skip(Absent(), required=True):
        pass


@OURS
def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = Server(
        url="", command=["/bin/sh", "-c", "echo out of order; exit 1"], answers=lambda: False, folder=tmp_path
    )
    with pytest.raises(RuntimeError, match="out of order"):
        server.start()
    assert server.pids == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_programs_in_a_private_home_are_copied_for_the_servers_account(tmp_path: Path) -> None:
    programs, account = postgres_programs(), server_account()
    assert account is not None
    if not programs.trees:
        pytest.skip("the programs are the system's")
    private, folder = tmp_path / "private", tmp_path / "server"
    for tree in programs.trees:
        shutil.copytree(tree, private / tree.relative_to(programs.root), ignore=shutil.ignore_patterns("include"))
    hidden = Programs(
        private / programs.bin.relative_to(programs.root),
        programs.names,
        private,
        tuple(private / tree.relative_to(programs.root) for tree in programs.trees),
    )
    for parent in (tmp_path.parent.parent, tmp_path.parent, tmp_path):
        parent.chmod(0o755)
    private.chmod(0o700)
    folder.mkdir()
    reachable = within_reach(hidden, folder=folder, account=account)
    assert reachable.is_relative_to(folder)
    assert succeeds([reachable / "initdb", "--version"], account=account)

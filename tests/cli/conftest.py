"""An installation of which the tests see what an operator sees: commands, what they print, and how they end."""

import asyncio
import contextlib
import functools
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from idp.cli import application
from idp.core import floor
from idp.core.db import Database, Db
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.demo.generator import write_school
from tests.storage import Storage

T = TypeVar("T")
KEPT = "installation with a school"
"""Under which name the storage keeps it."""

CLIENT = {"client_id": "rekenrijk", "client_secret": "g" * 40, "redirect_uris": ["https://rekenrijk.example/callback"]}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `error` is the JSON on stderr of a command with --json."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.err)
        return found


@functools.cache
def _command(asked: str | None) -> TyperGroup:
    """The commands of a noun, or all of them. Reading them off the functions takes longer than most of them do."""
    made = get_command(application(asked))
    assert isinstance(made, TyperGroup)
    return made


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings and a folder; calling it runs a command in this process, as `idp` would."""

    folder: Path
    settings: Mapping[str, str]

    def __call__(self, *words: str, stdin: str | bytes = "", **settings: str | None) -> Ended:
        unset = {name: None for name in os.environ if name.startswith("IDP_")}
        asked = next((word for word in words if not word.startswith("-")), None)
        outside = CliRunner().isolation(input=stdin, env={**unset, **self.settings, **settings})
        with contextlib.chdir(self.folder), outside as (out, err, _):
            with pytest.raises(SystemExit) as ended:
                _command(asked).main(args=words, prog_name="idp")
            sys.stdout.flush()
            sys.stderr.flush()
            return Ended(int(ended.value.code or 0), out.getvalue().decode(), err.getvalue().decode())

    def json(self, *words: str, stdin: str = "", **settings: str | None) -> Any:
        """What a command answers in JSON; it must succeed."""
        done = self(*words, "--json", stdin=stdin, **settings)
        assert done.code == 0, done.err
        return json.loads(done.out)

    def ask(self, question: Callable[[Db], Awaitable[T]]) -> T:
        """What the database answers."""

        async def read() -> T:
            database = Database(self.settings["IDP_DATABASE_URL"])
            try:
                async with database.read() as db:
                    return await question(db)
            finally:
                await database.close()

        return asyncio.run(read())

    def on_floor(self, work: Callable[[Floor], Awaitable[T]]) -> T:
        """Does something with the installation's own keys."""

        async def run() -> T:
            url, secret = self.settings["IDP_DATABASE_URL"], self.settings["IDP_SECRET_KEY"]
            laid = await floor.lay(
                Settings(
                    _env_file=None,
                    base_url=self.settings["IDP_BASE_URL"],
                    database_url=url,
                    redis_url=self.settings.get("IDP_REDIS_URL"),
                    secret_key=secret,
                    argon2_memory_kib=8,
                    argon2_passes=1,
                )
            )
            try:
                return await work(laid)
            finally:
                await laid.close()

        return asyncio.run(run())

    def file(self, name: str, content: object) -> str:
        """Writes a file (JSON unless it is bytes); its path."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    def school_file(self, name: str = "school.xml", *, brin: str = "99XX", location: str = "", pupils: int = 12) -> str:
        """Writes a small school of three groups as EDEXML; its path."""
        path = self.folder / name
        with path.open("wb") as out:
            write_school(out, seed=7, school_year="2026-2027", brin=brin, location=location, pupils=pupils, groups=3)
        return str(path)


@pytest.fixture
def idp(request: pytest.FixtureRequest, storage: Storage, tmp_path: Path) -> Installation:
    """An empty, migrated installation in production settings, but for the cost of a password."""
    database_url, redis_url = storage.fresh(recalled="school" in request.fixturenames)
    settings = {
        "IDP_BASE_URL": "https://inloggen.example",
        "IDP_SECRET_KEY": "a secret of thirty-two characters or more",
        "IDP_DATABASE_URL": database_url,
        "IDP_ARGON2_MEMORY_KIB": "8",
        "IDP_ARGON2_PASSES": "1",
        # The made-up schools' ECK-iDs are those of a pilot.
        "IDP_ECKID_ENVIRONMENT": "pilot",
        **({"IDP_REDIS_URL": redis_url} if redis_url else {}),
    }
    return Installation(tmp_path, settings)


@pytest.fixture
def school(idp: Installation, storage: Storage) -> Installation:
    """The same with school 99XX."""
    if storage.recall(KEPT) is None:
        idp.json("schools", "add", "--brin", "99XX", "--name", "De Poort")
        storage.keep(KEPT, "school 99XX")
    return idp

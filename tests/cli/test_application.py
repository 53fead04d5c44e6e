"""The command line as a whole: what it lists, what it loads, how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.cli import NOUNS, PROCESSES
from tests.cli.conftest import Installation
from tests.listening import NOWHERE
from tests.storage import Storage

HEAVY = {"sqlalchemy", "alembic", "saml2", "uvicorn", "pydantic", "cryptography", "lxml", "fastapi"}


def loaded_by(code: str, tmp_path: Path) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded at the end of this code."""
    told = f"import sys\n{code}\nprint('LOADED', *{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", told], cwd=tmp_path, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_help_lists_everything_and_loads_nothing_of_the_product(tmp_path: Path) -> None:
    code = "sys.argv = ['idp', '--help']\nimport idp.cli\ntry:\n    idp.cli.main()\nexcept SystemExit as end:\n    assert not end.code"
    assert not loaded_by(code, tmp_path) & HEAVY


def test_what_runs_for_months_does_not_carry_the_command_line(tmp_path: Path) -> None:
    code = "sys.argv = ['idp', 'serve', '--help']\nimport idp.cli\ntry:\n    idp.cli.main()\nexcept SystemExit as end:\n    assert not end.code"
    # D43.
    assert not loaded_by(code, tmp_path) & {"typer", "rich", "click", "alembic", "saml2", "uvicorn"}


def test_every_noun_and_process_is_listed(idp: Installation) -> None:
    listed = idp("--help").out
    assert all(f" {name} " in listed for name in (*NOUNS, *PROCESSES))


@pytest.mark.parametrize("noun", [name for name in NOUNS if name != "migrate"])
def test_every_command_of_a_noun_explains_itself(idp: Installation, noun: str) -> None:
    assert list(_explained(idp, noun)), "a noun without commands"


def _explained(idp: Installation, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command under these words, those of a group within a group too; each says what it does and speaks JSON."""
    told = idp(*words, "--help")
    assert told.code == 0
    _, group, listed = told.out.partition("Commands")
    if not group:
        assert "--json" in told.out, words
        yield words
    for line in listed.splitlines():
        if line.startswith("│ ") and line[2] != " ":
            yield from _explained(idp, *words, line.split()[1])


@pytest.mark.parametrize(
    "words",
    [(), ("nonsense",), ("schools",), ("schools", "nonsense"), ("schools", "add"), ("keys", "list", "--nonsense")],
)
def test_wrong_usage_ends_with_2(idp: Installation, words: tuple[str, ...]) -> None:
    assert idp(*words).code == 2


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("IDP_SECRET_KEY", "", "IDP_SECRET_KEY is not set"),
        ("IDP_SECRET_KEY", "demo-secret-that-protects-nothing-and-is-known-to-everyone", "demo secret"),
        ("IDP_BASE_URL", "http://inloggen.example", "https://"),
        ("IDP_BASE_URL", "nonsense", "IDP_BASE_URL must be an origin"),
        ("IDP_DATABASE_URL", "mysql://root:geheim@localhost/x", "IDP_DATABASE_URL: must begin with"),
        ("IDP_REDIS_URL", "memcached://localhost", "IDP_REDIS_URL: must begin with"),
        ("IDP_DATABASE_POOL", "geheim", "IDP_DATABASE_POOL"),
    ],
)
def test_wrong_settings_end_with_78_and_a_sentence_without_the_value(
    idp: Installation, setting: str, value: str, told: str
) -> None:
    ended = idp("keys", "list", "--json", **{setting: value})
    assert ended.code == 78
    assert ended.error["error"] == "misconfigured"
    assert told in ended.error["message"]
    assert "geheim" not in ended.err


def test_a_secret_that_does_not_open_the_database_ends_with_78(idp: Installation) -> None:
    idp.json("keys", "list")
    ended = idp("keys", "list", IDP_SECRET_KEY="another secret of thirty-two characters")
    assert (ended.code, ended.out) == (78, "")
    assert ended.err.startswith("idp: no secret of IDP_SECRET_KEY opens")


def test_a_database_that_is_away_ends_with_3(idp: Installation) -> None:
    url = f"postgresql+asyncpg://nobody:geheim@{NOWHERE}/nothing"
    ended = idp("schools", "list", "--json", IDP_DATABASE_URL=url)
    assert ended.code == 3
    assert ended.error["error"] == "database.unavailable"
    assert "geheim" not in ended.err


def test_a_store_that_is_away_ends_with_3(idp: Installation) -> None:
    ended = idp("schools", "list", "--json", IDP_REDIS_URL=f"redis://{NOWHERE}/0")
    assert (ended.code, ended.error["error"]) == (3, "store.unavailable")


def test_what_is_told_never_steers_a_terminal(idp: Installation) -> None:
    ended = idp("parties", "show", "\x1b]0;title\x07")
    assert ended.err == "idp: no party with id, client_id or entityID \ufffd]0;title\ufffd\n"


def test_the_embedded_database_is_made_and_migrated_by_the_first_command(idp: Installation) -> None:
    url = f"sqlite+aiosqlite:///{idp.folder / 'new.sqlite'}"
    assert idp.json("schools", "list", IDP_DATABASE_URL=url) == []
    told = idp.json("migrate", IDP_DATABASE_URL=url)
    assert told["before"] == told["revision"]


def test_migrate_needs_no_secret_and_tells_what_it_did(idp: Installation) -> None:
    url = f"sqlite+aiosqlite:///{idp.folder / 'new.sqlite'}"
    first = idp.json("migrate", IDP_DATABASE_URL=url, IDP_SECRET_KEY="")
    assert first["before"] is None
    assert first["revision"] == idp.json("migrate", IDP_DATABASE_URL=url, IDP_SECRET_KEY="")["before"]
    assert "it was already" in idp("migrate", IDP_DATABASE_URL=url).out


def test_another_database_is_never_migrated_unasked(idp: Installation, storage: Storage) -> None:
    if storage.postgres is None:
        pytest.skip("needs PostgreSQL")
    ended = idp("schools", "list", IDP_DATABASE_URL=storage.postgres.rpartition("/")[0] + "/postgres")
    assert ended.code == 78
    assert "Run: idp migrate" in ended.err


def test_the_installed_command_is_this_one(idp: Installation) -> None:
    command = Path(sys.executable).with_name("idp")
    environment = {"PATH": os.environ["PATH"], **idp.settings}
    done = subprocess.run(
        [command, "schools", "show", "11AA", "--json"], cwd=idp.folder, env=environment, capture_output=True
    )
    assert done.returncode == 1
    assert json.loads(done.stderr) == {"error": "not_found", "message": "no school 11AA"}
    assert done.stdout == b""

"""`idp serve`: what it refuses before it begins, and that it begins and ends well."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.cli.conftest import CLIENT, Installation
from tests.listening import NOWHERE
from tests.servers import free_port
from tests.storage import Storage

COMMAND = Path(sys.executable).with_name("idp")
SECONDS = 60


@contextmanager
def running(idp: Installation, *words: str, until: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A process of the product that has said something."""
    environment = {"PATH": os.environ["PATH"], **idp.settings, **settings}
    process = subprocess.Popen([COMMAND, *words], cwd=idp.folder, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if until in line:
                break
        else:
            pytest.fail("".join(lines))
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def serving(idp: Installation, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The product's address, as soon as its port is open there: that it has started is said a moment earlier."""
    address = f"http://127.0.0.1:{free_port()}"
    ready = (
        "Application startup complete" if words else "Uvicorn running on"
    )  # several share a port that is open before they start
    with running(idp, "serve", *words, until=ready, IDP_BASE_URL=address) as process:
        yield address, process


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        ((), {"IDP_SECRET_KEY": "too short"}, "at least 32 characters"),
        ((), {"IDP_BASE_URL": "http://inloggen.example"}, "must begin with https://"),
        (("--workers", "2"), {"IDP_REDIS_URL": ""}, "set IDP_REDIS_URL"),
        ((), {"IDP_BASE_URL": "nonsense"}, "must be an origin"),
    ],
)
def test_unsafe_settings_are_refused_before_anything_starts(
    idp: Installation, words: Sequence[str], settings: dict[str, str], told: str
) -> None:
    done = idp("serve", *words, **settings)
    assert (done.code, done.out) == (78, "")
    assert done.err.startswith("idp: ")
    assert told in done.err
    assert done.err.count("\n") == 1


def test_a_process_of_its_own_ends_so_too(idp: Installation) -> None:
    environment = {"PATH": os.environ["PATH"], **idp.settings, "IDP_SECRET_KEY": "too short"}
    done = subprocess.run(
        [COMMAND, "serve"],
        cwd=idp.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (78, "", 1)


def test_a_database_of_another_shape_is_refused(idp: Installation, storage: Storage) -> None:
    if storage.postgres is None:
        pytest.skip("needs PostgreSQL")
    done = idp("serve", IDP_DATABASE_URL=storage.postgres.rpartition("/")[0] + "/postgres")
    assert (done.code, "Run: idp migrate" in done.err) == (78, True)


def test_a_store_that_is_away_is_refused(idp: Installation) -> None:
    done = idp("serve", IDP_REDIS_URL=f"redis://{NOWHERE}/0")
    assert (done.code, "the store cannot be reached" in done.err) == (3, True)


@pytest.mark.parametrize(
    "words", [("--port", "0"), ("--port", "x"), ("--workers", "0"), ("--nonsense",), ("--por", "8000")]
)
def test_wrong_options_end_with_2(idp: Installation, words: Sequence[str]) -> None:
    assert idp("serve", *words).code == 2


def test_it_serves_on_the_port_of_its_own_address_and_stops_when_told(idp: Installation) -> None:
    with serving(idp) as (address, process):
        answer = httpx.get(f"{address}/livez")
        assert answer.status_code == 200
        assert "date" in answer.headers
        assert "server" not in answer.headers
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
        assert process.returncode in (0, -signal.SIGTERM)


def test_what_commands_do_holds_on_a_running_server(idp: Installation) -> None:
    asked = {
        "client_id": CLIENT["client_id"],
        "redirect_uri": "https://rekenrijk.example/callback",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    with serving(idp) as (address, _):
        assert httpx.get(f"{address}/oidc/authorize", params=asked).status_code == 400
        idp.json("parties", "add-oidc", idp.file("client.json", CLIENT))
        answer = httpx.get(f"{address}/oidc/authorize", params=asked)
        assert (answer.status_code, "/signin/" in answer.headers["location"]) == (303, True)


def test_several_workers_share_a_store(idp: Installation, storage: Storage) -> None:
    if storage.valkey is None:
        pytest.skip("needs a store")
    with serving(idp, "--workers", "2") as (address, process):
        assert httpx.get(f"{address}/readyz").status_code == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
        assert process.returncode == 0


def test_the_worker_works_until_it_is_told_to_stop(idp: Installation) -> None:
    with running(idp, "worker", until="mails wait until it is") as process:
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
        assert process.returncode in (0, -signal.SIGTERM)


def test_the_worker_too_refuses_unsafe_settings(idp: Installation) -> None:
    assert idp("worker", IDP_SECRET_KEY="").code == 78
    assert idp("worker", "--nonsense").code == 2

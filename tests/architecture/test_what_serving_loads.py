"""What the serving process loads, and what that costs (D43): a lean set, imported once; the rest waits until somebody needs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_SERVING = (
    "alembic",
    "saml2",
    "authlib",
    "typer",
    "rich",
    "webauthn",
    "click",
    "pytest",
    "hypothesis",
    "requests",
    "aiosmtpd",
    "redis",
    "tests",
    "bench",
    "idp.cli",
    "idp.demo",
    "idp.web.desk",
    "idp.web.classroom",
    "idp.web.board",
    "idp.web.party",
    "idp.web.onboarding",
    "idp.web.helpdesk",
    "idp.sandbox.explaining",
    "fpdf",
    "PIL",
    "lxml",
    "directory.imports.apply",
    "directory.lifecycle.reorganisations",
)
MOST_MEMORY_MIB = 110

SERVE = """
import asyncio, json, sys, time
began = time.perf_counter()
from idp.core.settings import Settings
from idp.main import create_app
imported = time.perf_counter()

PATHS = ("/", "/readyz", "/.well-known/openid-configuration", "/saml/metadata")

async def ask(app, path):
    said = {}
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        said.setdefault("status", message.get("status"))
    await app({
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": [(b"accept", b"text/html")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }, receive, send)
    return said["status"]

async def main():
    settings = Settings(_env_file=None, database_url=sys.argv[1], secret_key="a secret of thirty-two characters or more")
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        answered = [await ask(app, path) for path in PATHS]
        answer_s = round(time.perf_counter() - began, 2)
        rss = int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
        print(json.dumps({
            "status": answered,
            "import_s": round(imported - began, 2),
            "answer_s": answer_s,
            "rss_mib": round(rss),
            "modules": sorted(sys.modules),
        }))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a serving process says about itself after its first answer; its database is there already, as on every start but the first."""
    path = tmp_path_factory.mktemp("serving") / "idp.sqlite"
    command = [sys.executable, "-c", SERVE, f"sqlite+aiosqlite:///{path}"]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    shown = {key: value for key, value in found.items() if key != "modules"}
    print(f"serving process, first answer: {shown}")
    return found


@pytest.mark.parametrize("name", NOT_FOR_SERVING)
def test_what_serving_does_not_need_is_not_loaded(serving: dict[str, object], name: str) -> None:
    modules = serving["modules"]
    assert isinstance(modules, list)
    assert "idp.main" in modules
    assert [module for module in modules if module == name or module.startswith(name + ".")] == []


def test_the_process_answers_and_stays_lean(serving: dict[str, object]) -> None:
    assert serving["status"] == [200] * 4
    assert isinstance(serving["rss_mib"], int)
    assert serving["rss_mib"] <= MOST_MEMORY_MIB

"""What the serving process carries (D43): nothing that only commands, migrations, the demo or tests need."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, json, sys
import httpx2
from idp.core.settings import Settings
from idp.main import create_app

async def main():
    app = create_app(Settings(_env_file=None, base_url="https://inloggen.example", secret_key="s" * 40, database_url=sys.argv[1]))
    async with app.router.lifespan_context(app):
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://inloggen.example") as client:
            for path in ("/", "/readyz", "/.well-known/openid-configuration", "/saml/metadata"):
                assert (await client.get(path)).status_code == 200, path
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))

asyncio.run(main())
"""

HEAVY = {
    "alembic",
    "saml2",
    "authlib",
    "typer",
    "rich",
    "webauthn",
    "requests",
    "aiosmtpd",
    "hypothesis",
    "pytest",
    "redis",
}


def test_the_serving_process_stays_lean(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'lean.sqlite'}"
    # The first start makes the database, which takes Alembic; the second is the one that lasts.
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", PROGRAM, url], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert loaded & HEAVY == set()

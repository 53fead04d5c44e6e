"""The npm package oidc-provider on node, its records in memory or in Valkey (append-only, as ours is measured)."""

import contextlib
import hashlib
import json
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

from joserfc.jwk import RSAKey

from bench import oidc, processes
from bench.client import Browser
from bench.journeys import sign_in
from bench.load import Operation, Subject, WrongAnswerError, fetch
from bench.target import AbsentError, Target, pids_of, until_ready
from tests.servers import free_port, valkey_server

HERE = Path(__file__).parent
INSTALLED = HERE.parent / ".peers/node"
KEYS = ("oidc_sso_rs256", "staff_login_nohash", "jwks", "discovery")
EMAIL, PASSWORD = "somebody@example.org", "Correct-Horse-7-Battery"


def install() -> None:
    """Fetches the package with npm; raises AbsentError where node or npm is missing or npm fails."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise AbsentError("oidc-provider needs node and npm (Debian: apt install npm)")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", INSTALLED)
    if not (INSTALLED / "node_modules/oidc-provider").is_dir():
        npm = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        if subprocess.run(npm, cwd=INSTALLED, stdout=subprocess.DEVNULL).returncode:
            raise AbsentError("npm could not install oidc-provider")


@contextlib.asynccontextmanager
async def running(folder: Path, *, redis: bool) -> AsyncIterator[Target]:
    """The provider with one client and one account."""
    install()
    with contextlib.ExitStack() as stack:
        with processes.on_core(processes.SERVER_CORE):
            store = stack.enter_context(valkey_server(append_only=True)) if redis else None
        port, secret = free_port(), secrets.token_urlsafe(32)
        origin = f"http://127.0.0.1:{port}"
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "bench"})
        client = {
            "client_id": "bench",
            "client_secret": secret,
            "redirect_uris": [oidc.REDIRECT_URI],
            "id_token_signed_response_alg": "RS256",
        }
        configuration = {
            "port": port,
            "issuer": origin,
            "redis": store.url if store else None,
            "modules": str(INSTALLED / "package.json"),
            "keys": [key.as_dict(private=True)],
            "cookieKey": secrets.token_urlsafe(32),
            "accounts": {EMAIL: hashlib.sha256(PASSWORD.encode()).hexdigest()},
            "clients": [client],
        }
        (folder / "oidc_provider.json").write_text(json.dumps(configuration))
        command: list[str | Path] = ["node", HERE / "oidc_provider_app.mjs", folder / "oidc_provider.json"]
        log = folder / "oidc_provider.log"
        server = processes.spawn(command, log=log, env={"NODE_ENV": "production"})
        stack.callback(processes.end, [server])
        await until_ready(origin, oidc.DISCOVERY, server, log=log)
        rp = await oidc.register(origin, "bench", secret, scope="openid profile email")
        pids = pids_of(server, more=store.pids if store else ())
        yield Target(_name(redis=redis), _subjects(rp, origin, pids), log)


def _subjects(rp: oidc.RelyingParty, origin: str, pids: tuple[int, ...]) -> dict[str, Subject]:
    def subject(operation: Operation, prepare: Operation | None = None) -> Subject:
        return Subject(origin, operation, pids, prepare)

    async def sso(browser: Browser) -> None:
        await oidc.sso(rp, browser)

    async def signed_in(browser: Browser) -> None:
        browser.jar.forget()
        answers = {"email": EMAIL, "password": PASSWORD}
        answer = await sign_in(browser, oidc.request(rp).url, answers, until=oidc.REDIRECT_URI)
        if "code=" not in answer.header("location"):
            raise WrongAnswerError("sign-in", answer)

    return {
        "oidc_sso_rs256": subject(sso, signed_in),
        "staff_login_nohash": subject(signed_in),
        "jwks": subject(fetch(rp.provider["jwks_uri"])),
        "discovery": subject(fetch(origin + oidc.DISCOVERY)),
    }


def _name(*, redis: bool) -> str:
    about = json.loads((INSTALLED / "node_modules/oidc-provider/package.json").read_text())
    return f"oidc-provider {about['version']}, {'Valkey' if redis else 'in memory'}"

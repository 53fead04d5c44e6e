"""Debian's SimpleSAMLphp as identity provider behind nginx and php-fpm, sessions in PHP's own files."""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

from bench import processes, saml
from bench.certificates import self_signed
from bench.client import Browser
from bench.journeys import sign_in
from bench.load import Operation, Subject, fetch
from bench.target import AbsentError, Target, pids_of, until_ready
from tests.servers import free_port

ROOT = Path("/usr/share/simplesamlphp")
PACKAGES = ("simplesamlphp", "php-fpm", "php-cli", "php-xml", "php-mbstring", "nginx-light")
KEYS = ("saml_sso_rsa", "saml_metadata")
USER, PASSWORD = "somebody", "Correct-Horse-7-Battery"


def install() -> None:
    """Installs Debian's packages when we are root; raises AbsentError where that cannot be."""
    if _fpm() and ROOT.is_dir() and _nginx():
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise AbsentError(f"SimpleSAMLphp is not installed (Debian: apt install {' '.join(PACKAGES)})")
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # installed, but no service started
    apt = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *PACKAGES]
    subprocess.run(["apt-get", "update", "-qq"], env=os.environ | quiet, stdout=subprocess.DEVNULL)
    if subprocess.run(apt, env=os.environ | quiet, stdout=subprocess.DEVNULL).returncode:
        raise AbsentError("apt-get could not install SimpleSAMLphp")


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Target]:
    """The identity provider with one service provider and one account.

    One signature, on the assertion, as ours; the password is hashed as cheaply as bcrypt can, for it is not measured.
    """
    install()
    fpm = _fpm()
    if fpm is None:
        raise AbsentError("php-fpm is not installed")
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    metadata = f"{origin}/simplesaml/saml2/idp/metadata.php"
    _configure(folder, origin=origin, metadata=metadata, port=port)
    php = processes.spawn([fpm, "-y", folder / "fpm.conf"], log=folder / "fpm.log")
    web = processes.spawn([_nginx() or "nginx", "-c", folder / "nginx.conf"], log=folder / "nginx.log")
    try:
        await until_ready(origin, "/simplesaml/saml2/idp/metadata.php", web, log=folder / "nginx.log")
        sp = await saml.register(origin, metadata)
        yield Target(_name(), _subjects(sp, origin, metadata, pids_of(php, web)), folder / "nginx.log")
    finally:
        processes.end([web, php])


def _subjects(sp: saml.ServiceProvider, origin: str, metadata: str, pids: tuple[int, ...]) -> dict[str, Subject]:
    def subject(operation: Operation, prepare: Operation | None = None) -> Subject:
        return Subject(origin, operation, pids, prepare)

    async def sso(browser: Browser) -> None:
        await saml.sso(sp, browser)

    async def signed_in(browser: Browser) -> None:
        url, number = saml.request(sp)
        saml.check(sp, await sign_in(browser, url, {"username": USER, "password": PASSWORD}), number)

    return {"saml_sso_rsa": subject(sso, signed_in), "saml_metadata": subject(fetch(metadata))}


def _configure(folder: Path, *, origin: str, metadata: str, port: int) -> None:
    folder.chmod(0o755)  # php-fpm's workers are another account
    for name in ("cfg", "meta", "sess", "tmp", "logs", "data"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    key, certificate = self_signed()
    (folder / "idp.key").write_bytes(key)
    (folder / "idp.crt").write_bytes(certificate)
    hashing = 'echo password_hash($argv[1], PASSWORD_BCRYPT, ["cost" => 4]);'
    hashed = subprocess.run(["php", "-r", hashing, PASSWORD], check=True, capture_output=True, text=True).stdout
    values = {
        "folder": str(folder),
        "root": str(ROOT),
        "origin": origin,
        "port": str(port),
        "metadata": metadata,
        "user": USER,
        "hash": hashed,
        "salt": secrets.token_hex(16),
        "entity_id": saml.ENTITY_ID,
        "acs": saml.ACS,
        "account": "user = www-data\ngroup = www-data" if os.geteuid() == 0 else "",
        "nginx_account": "user www-data;" if os.geteuid() == 0 else "",
    }
    for template in sorted((Path(__file__).parent / "simplesamlphp").iterdir()):
        text = template.read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        # `meta_saml20-sp-remote.php` becomes meta/saml20-sp-remote.php
        (folder / template.name.replace("_", "/", 1)).write_text(text)


def _fpm() -> Path | None:
    return max(Path("/usr/sbin").glob("php-fpm*"), default=None)


def _nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _name() -> str:
    query = ["dpkg-query", "-W", "-f=${Version}", "simplesamlphp"]
    return f"SimpleSAMLphp {subprocess.run(query, capture_output=True, text=True).stdout.partition('-')[0]}"

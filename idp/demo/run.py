"""`idp demo`: seeds once, then serves the product, the publishers and the mailbox in this one process until Ctrl-C.

`IDP_DEMO_PORT` is the first of six ports in a row (8000), `IDP_DEMO_FOLDER` where everything is kept (`demo`). No other setting of the
environment counts: a demonstration is the same on every machine.
"""

import asyncio
import importlib.util
import logging
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from socket import socket
from typing import Final

from aiosmtpd.smtp import SMTP
from starlette.types import ASGIApp

from idp.core import floor, log
from idp.core.clock import Clock, utc_now
from idp.core.errors import Misconfigured
from idp.core.settings import DEMO_SECRET, Settings
from idp.demo import guide, mailbox, notes, publisher_oidc, publisher_saml, seed, serving, sockets, terminal
from idp.demo.guide import Guide
from idp.demo.mailbox import Mailbox
from idp.demo.notes import Notes
from idp.demo.pages import Brand
from idp.demo.sites import FIRST_PORT, PORTS, Sites
from idp.demo.sockets import Sockets
from idp.http.pages import Pages
from idp.main import create_app

PORT_SETTING: Final = "IDP_DEMO_PORT"
FOLDER_SETTING: Final = "IDP_DEMO_FOLDER"
DATABASE: Final = "poortwachter.sqlite"
SETTINGS_FILE: Final = "settings.env"


def run(environment: Mapping[str, str] = os.environ) -> None:
    """Runs the demonstration to its end. Raises `ValueError` for a port that is taken or none at all, and `Misconfigured`."""
    if importlib.util.find_spec("httpx2") is None:
        raise Misconfigured("the demonstration needs the requirements that `make setup` installs")
    sites = Sites(_first_port(environment.get(PORT_SETTING, "")))
    folder = Path(environment.get(FOLDER_SETTING) or "demo").resolve()
    otherwise = f"choose {PORTS} free ones in a row, such as: {PORT_SETTING}=8100 make demo"
    with sockets.opened(sites, otherwise=otherwise) as bound:
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_run(sites, folder, bound))


def _first_port(text: str) -> int:
    if not text:
        return FIRST_PORT
    port = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1024 <= port <= 65536 - PORTS:
        raise ValueError(f"{PORT_SETTING} must be a number from 1024 to {65536 - PORTS}")
    return port


def settings_for(sites: Sites, folder: Path) -> Settings:
    """The settings of a demonstration; none of them comes from the environment."""
    return Settings(
        _env_file=None,
        base_url=sites.idp,
        database_url=f"sqlite+aiosqlite:///{folder / DATABASE}",
        redis_url=None,
        secret_key=DEMO_SECRET,
        smtp_url=f"smtp://127.0.0.1:{sites.smtp_port}",
        mail_from="poort@poortwachter.example",
        trusted_proxies=(),
        demo=True,
    )


async def prepare(settings: Settings, sites: Sites, folder: Path, *, clock: Clock = utc_now) -> tuple[Notes, Guide]:
    """Seeds what is not there, or not to its end; then the notes of the seeding and the guide to it."""
    known = notes.read(folder, first_port=sites.first_port)
    if known is None:
        for name in (notes.FILE, *(DATABASE + rest for rest in ("", "-wal", "-shm"))):
            (folder / name).unlink(missing_ok=True)
    base = await floor.lay(settings, clock=clock)
    try:
        known = await (seed.seed(base, sites, folder) if known is None else seed.keep_current(base, folder, known))
        return known, await guide.guide(base, known, sites)
    finally:
        await base.close()


async def _run(sites: Sites, folder: Path, bound: Sockets) -> None:
    settings = settings_for(sites, folder)
    known, shown = await prepare(settings, sites, folder)
    product = create_app(settings)
    product.state.demo_guide = lambda: shown
    # The terminal belongs to the guide; what goes wrong still gets its line.
    log.set_up(logging.WARNING)
    # A publisher says on its own page what it did not believe.
    logging.getLogger("saml2").setLevel(logging.CRITICAL)
    letters = Mailbox(utc_now)
    loop = asyncio.get_running_loop()
    written = _write_settings(settings, folder)
    told = "\n".join(terminal.lines(shown, Pages(), folder=folder, settings=written))
    async with serving.serving_mail(lambda: SMTP(letters, loop=loop), bound.smtp):
        around = _around(sites, folder, known, letters, bound)
        await serving.serve([(product, bound.idp), *around], started=lambda: print(told, flush=True))


def _around(
    sites: Sites, folder: Path, known: Notes, letters: Mailbox, bound: Sockets
) -> list[tuple[ASGIApp, tuple[socket, ...]]]:
    """Everything beside the product, each with its socket."""
    idp, secret = sites.idp, known.client_secrets
    rekenrijk = Brand("rekenrijk", "Rekenrijk", "Elke som een stap verder", sites.rekenrijk)
    taalpaleis = Brand("taalpaleis", "Taalpaleis", "Woorden openen deuren", sites.taalpaleis)
    wereldwijs = Brand("wereldwijs", "Wereldwijs", "De wereld in je klas", sites.wereldwijs)
    postbus = Brand("postbus", "De postbus", "Mails van de poort", sites.mailbox)
    return [
        (publisher_oidc.create(rekenrijk, idp=idp, client_secret=secret["rekenrijk"]), (bound.rekenrijk,)),
        (publisher_oidc.create(wereldwijs, idp=idp, client_secret=secret["wereldwijs"]), (bound.wereldwijs,)),
        (publisher_saml.create(taalpaleis, idp=idp, folder=folder), (bound.taalpaleis,)),
        (mailbox.create(postbus, letters, idp=idp), (bound.mailbox,)),
    ]


def _write_settings(settings: Settings, folder: Path) -> Path:
    """The settings as a file for the shell, so that other commands can work on the same demonstration."""
    chosen = {
        "IDP_DEMO": "true",
        "IDP_BASE_URL": settings.base_url,
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_SECRET_KEY": settings.secret_key,
    }
    file = folder / SETTINGS_FILE
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in chosen.items()), "utf-8")
    return file

"""The whole demonstration: seeded where it has to be, then the product and everything around it, served together."""

import asyncio
import logging
import shlex
from pathlib import Path
from socket import socket
from typing import Final

from aiosmtpd.smtp import SMTP
from starlette.types import ASGIApp

from idp.core import floor, log
from idp.core.clock import Clock, utc_now
from idp.core.settings import DEMO_SECRET, Settings
from idp.demo import (
    administration,
    guide,
    mailbox,
    network,
    networks,
    notes,
    publisher_oidc,
    publisher_saml,
    seed,
    serving,
    terminal,
)
from idp.demo.guide import Guide
from idp.demo.mailbox import Mailbox
from idp.demo.notes import Notes
from idp.demo.pages import Brand
from idp.demo.sites import Sites
from idp.demo.sockets import Sockets
from idp.http.pages import Pages
from idp.main import create_app

DATABASE: Final = "poortwachter.sqlite"
SETTINGS_FILE: Final = "settings.env"


def settings_for(sites: Sites, folder: Path) -> Settings:
    """The settings of a demonstration; none of them comes from the environment."""
    return Settings(
        _env_file=None,
        _env_prefix="NOT_READ_BY_THE_DEMONSTRATION_",
        base_url=sites.idp,
        database_url=f"sqlite+aiosqlite:///{folder / DATABASE}",
        secret_key=DEMO_SECRET,
        smtp_url=f"smtp://127.0.0.1:{sites.smtp_port}",
        mail_from="poort@poortwachter.example",
        demo=True,
        eckid_environment="pilot",
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


async def show(sites: Sites, folder: Path, bound: Sockets) -> None:
    """Prepares a demonstration in `folder` and serves it on these sockets until it is told to stop."""
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
    klasboek = Brand("klasboek", administration.NAME, "Wie zit er in welke groep", sites.klasboek)
    netwerk = Brand("netwerk", networks.NAME, "Alles van school op een plek", sites.netwerk)
    postbus = Brand("postbus", "De postbus", "Mails van de poort", sites.mailbox)
    return [
        (publisher_oidc.create(rekenrijk, idp=idp, client_secret=secret["rekenrijk"]), (bound.rekenrijk,)),
        (publisher_oidc.create(wereldwijs, idp=idp, client_secret=secret["wereldwijs"]), (bound.wereldwijs,)),
        (publisher_saml.create(taalpaleis, idp=idp, folder=folder), (bound.taalpaleis,)),
        (administration.create(klasboek, administration.opened(known, now=utc_now()), idp=idp), (bound.klasboek,)),
        (_network(netwerk, sites, folder, known), (bound.netwerk,)),
        (mailbox.create(postbus, letters, idp=idp), (bound.mailbox,)),
    ]


def _network(brand: Brand, sites: Sites, folder: Path, known: Notes) -> ASGIApp:
    lesson, people = sites.rekenrijk + networks.LESSON, known.network
    return network.create(
        brand, idp=sites.idp, folder=folder, people=people, lesson=lesson, secrets=known.client_secrets
    )


def _write_settings(settings: Settings, folder: Path) -> Path:
    """The settings as a file for the shell, so that other commands can work on the same demonstration."""
    chosen = {
        "IDP_DEMO": "true",
        "IDP_ECKID_ENVIRONMENT": settings.eckid_environment,
        "IDP_BASE_URL": settings.base_url,
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_SECRET_KEY": settings.secret_key,
    }
    file = folder / SETTINGS_FILE
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in chosen.items()), "utf-8")
    return file

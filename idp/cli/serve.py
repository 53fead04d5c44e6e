"""`idp serve`, `idp worker`, `idp demo`: processes that run until they are told to stop, started without typer (D43)."""

import argparse
import asyncio
import contextlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from idp.cli import PROCESSES, output
from idp.cli.acting import read_settings
from idp.core import floor, log
from idp.core.settings import Settings

PORT: Final = 8000
MOST_WORKERS: Final = 256
SEED_NATION: Final = "seed-nation"

# Addresses of people, hosts and schemes are read by us, from proxies that we trust, so uvicorn does not look at them.
UVICORN: Final[dict[str, Any]] = {
    "factory": True,
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "lifespan": "on",
    "interface": "asgi3",
    "access_log": False,
    "log_config": None,
    "proxy_headers": False,
    "server_header": False,
    "date_header": True,
    "backlog": 2048,
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": 15,
}


def serve(words: Sequence[str]) -> int:
    """Serves. Settings that must not serve people, or a database of another version, are refused before any worker starts."""
    asked = _serve_options().parse_args(words)
    try:
        settings = read_settings()
        asyncio.run(_prepare(settings, workers=asked.workers))
    except output.EXPECTED as error:
        raise output.failure(error) from None
    import uvicorn

    log.set_up()
    port = asked.port or _own_port(settings)
    uvicorn.run("idp.main:create_app", host=asked.host, port=port, workers=asked.workers, **UVICORN)
    return 0


def worker(words: Sequence[str]) -> int:
    """Does the background work until it is told to stop."""
    _options("worker").parse_args(words)
    from idp import worker as background

    try:
        asyncio.run(background.run(read_settings()))
    except output.EXPECTED as error:
        raise output.failure(error) from None
    return 0


def demo(words: Sequence[str]) -> int:
    """Runs the demonstration until Ctrl-C; with `seed-nation` makes up a country instead."""
    if words[:1] == [SEED_NATION]:
        return _seed_nation(words[1:])
    options = _options("demo")
    options.epilog = f"`idp demo {SEED_NATION} --help` tells how to make up a country in an empty database."
    options.parse_args(words)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            import_module("idp.demo.run").run()
        except output.EXPECTED as error:
            raise output.failure(error) from None
    return 0


def _seed_nation(words: Sequence[str]) -> int:
    with contextlib.suppress(KeyboardInterrupt):
        try:
            import_module("idp.demo.nation_command").run(read_settings, words)
        except output.EXPECTED as error:
            raise output.failure(error) from None
        return 0
    return 130


async def _prepare(settings: Settings, *, workers: int) -> None:
    """Everything that a worker will need is there and fits; it also makes the data keys, once for all workers."""
    await (await floor.lay(settings, workers=workers)).close()


def _own_port(settings: Settings) -> int:
    return urlsplit(settings.base_url).port or PORT


def _serve_options() -> argparse.ArgumentParser:
    options = _options("serve")
    options.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    port_help = f"port to listen on (default: that of IDP_BASE_URL, else {PORT})"
    options.add_argument("--port", type=_number(1, 65535), help=port_help)
    workers_help = "processes to serve with; more than one needs IDP_REDIS_URL (default: 1)"
    options.add_argument("--workers", type=_number(1, MOST_WORKERS), default=1, help=workers_help)
    return options


def _options(name: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(f"idp {name}", description=PROCESSES[name], allow_abbrev=False)


def _number(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number within bounds."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least} to {most}")
        return number

    return read

"""`idp demo`: seeds once, then serves the product, the publishers and the mailbox in this one process until Ctrl-C.

`IDP_DEMO_PORT` is the first of eight ports in a row (8000), `IDP_DEMO_FOLDER` where everything is kept (`demo`). No other setting of the
environment counts: a demonstration is the same on every machine.
"""

import asyncio
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from idp.core.errors import Misconfigured
from idp.demo import sockets
from idp.demo.sites import FIRST_PORT, PORTS, Sites

PORT_SETTING: Final = "IDP_DEMO_PORT"
FOLDER_SETTING: Final = "IDP_DEMO_FOLDER"
NEEDED: Final = "httpx2"
"""What the publishers are built on and an installation that serves people does not have."""


def run(environment: Mapping[str, str] = os.environ) -> None:
    """Runs the demonstration to its end. Raises `ValueError` for a port that is taken or none at all, and `Misconfigured`."""
    if importlib.util.find_spec(NEEDED) is None:
        raise Misconfigured(f"the demonstration needs {NEEDED}, which `make setup` installs")
    from idp.demo import together

    sites = Sites(_first_port(environment.get(PORT_SETTING, "")))
    folder = Path(environment.get(FOLDER_SETTING) or "demo").resolve()
    otherwise = f"choose {PORTS} free ones in a row, such as: {PORT_SETTING}=8100 make demo"
    with sockets.opened(sites, otherwise=otherwise) as bound:
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(together.show(sites, folder, bound))


def _first_port(text: str) -> int:
    if not text:
        return FIRST_PORT
    port = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1024 <= port <= 65536 - PORTS:
        raise ValueError(f"{PORT_SETTING} must be a number from 1024 to {65536 - PORTS}")
    return port

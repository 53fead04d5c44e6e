"""The demonstration as a person starts it: one process, on free ports, in a folder of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from idp.demo import terminal
from idp.demo.sites import Sites
from tests.demo import ports

STARTING = 60
ENDING = 15


@dataclass(frozen=True)
class Demo:
    """A demonstration that runs; `said` is what it told the terminal."""

    sites: Sites
    folder: Path
    said: str

    async def idp(self, *words: str) -> str:
        """Runs another command on the same demonstration; returns what it printed."""
        settings = (self.folder / "settings.env").read_text().replace("'", "")
        environment = dict(line.split("=", 1) for line in settings.splitlines())
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "idp.cli", *words),
            env=_environment(**environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await command.communicate()
        assert command.returncode == 0, said.decode()
        return said.decode()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Demo]:
    """Starts a demonstration in `folder`, waits until it answers, and ends it as Ctrl-C does; nothing may have gone wrong by then."""
    sites = ports.free()
    # Settings of another installation, as a developer may have them set: none of them counts.
    foreign = {
        "IDP_BASE_URL": "https://elders.example",
        "IDP_REDIS_URL": "redis://elders.example",
        "IDP_DATABASE_POOL": "geen",
    }
    chosen = {"IDP_DEMO_PORT": str(sites.first_port), "IDP_DEMO_FOLDER": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "idp.cli", "demo"),
        env=_environment(**foreign, **chosen),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        said = await asyncio.wait_for(process.stdout.readuntil(terminal.READY.encode()), STARTING)
        yield Demo(sites, folder, said.decode())
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(process.communicate(), ENDING)
    assert process.returncode == 0, errors.decode()
    assert '"level":"error"' not in errors.decode(), errors.decode()


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return {**kept, **more}

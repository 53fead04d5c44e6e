"""The npm packages of the clients in JavaScript, installed once beside their list."""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

PEERS = Path(__file__).parent
INSTALLED = PEERS / ".installed"
LISTS = ("package.json", "package-lock.json")


def installed() -> Path:
    """Where npm put the packages, exactly those of the lock file; skips the test where node or npm is missing or npm fails."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("clients in JavaScript need node and npm (Debian: apt install npm)")
    if _list_of(INSTALLED) != _list_of(PEERS):
        # Apart, and moved when it is whole: two runs may begin at once.
        with tempfile.TemporaryDirectory(dir=PEERS, prefix=".installed-") as folder:
            for name in LISTS:
                shutil.copy(PEERS / name, folder)
            npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
            if subprocess.run(npm, cwd=folder, capture_output=True, timeout=120, check=False).returncode:
                pytest.skip("npm could not install the clients in JavaScript")
            if _list_of(INSTALLED) != _list_of(PEERS):
                shutil.rmtree(INSTALLED, ignore_errors=True)
                with suppress(OSError):
                    Path(folder).rename(INSTALLED)
            Path(folder).mkdir(exist_ok=True)
    return INSTALLED / "package.json"


def _list_of(folder: Path) -> list[bytes | None]:
    return [(folder / name).read_bytes() if (folder / name).is_file() else None for name in LISTS]

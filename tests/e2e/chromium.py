"""Where the browser is, and what it must leave alone on a machine that is not a desk."""

import os
import shutil
from typing import Final

PATH: Final = os.environ.get("E2E_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The one without a window where it is installed: a third less work, and the same engine."""
WINDOWLESS: Final = (PATH or "").endswith("headless-shell")
REQUIRED: Final = os.environ.get("CI") == "true"

_NOTED = "Autofocus processing was blocked because a document already has a focused element."


def complaints(said: str) -> list[str]:
    """What the browser's console holds against a page. That somebody was in a field before the page was done is no fault of either."""
    return [] if said == _NOTED else [said]


FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    # Nobody looks at what is drawn: the page is laid out all the same.
    "--in-process-gpu",
    "--disable-software-rasterizer",
    "--disable-extensions",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Without it nobody may ask for a frame.
    "--run-all-compositor-stages-before-draw",
    # One process for all sites: what it compiled for one page it has on the next.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
)

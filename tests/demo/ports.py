"""Rows of ports for demonstrations that tests start."""

import random

from idp.demo import sockets
from idp.demo.sites import PORTS, Sites


def free() -> Sites:
    """A row of ports that nobody uses at this moment, below those that systems hand out by themselves."""
    for _ in range(50):
        sites = Sites(random.randrange(20_000, 30_000, PORTS))
        try:
            with sockets.opened(sites, otherwise=""):
                return sites
        except ValueError:
            continue
    raise AssertionError("no free ports")

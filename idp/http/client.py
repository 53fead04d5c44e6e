"""Where a request comes from. Forwarding headers count only from peers that the installation trusts (C-303)."""

import functools
import ipaddress

from starlette.requests import HTTPConnection

from directory.addresses import Address, plain
from idp.core.settings import Network

NOWHERE = ipaddress.IPv6Address("::")
"""Stands for a peer without an address (a Unix socket); no school can register it."""


def address_of(connection: HTTPConnection, trusted: tuple[Network, ...]) -> Address:
    """The client's address: the last hop of `X-Forwarded-For` that is not one of our own proxies."""
    peer, ours = _read(connection.client.host if connection.client else "", trusted)
    if not ours:
        return peer
    hops = [hop.strip() for value in connection.headers.getlist("x-forwarded-for") for hop in value.split(",")]
    for hop in reversed(hops):
        peer, ours = _read(hop, trusted)
        if not ours:
            return peer
    return peer


# A school's children come from one address, and every request asks twice.
@functools.lru_cache(maxsize=4096)
def _read(text: str, trusted: tuple[Network, ...]) -> tuple[Address, bool]:
    """An address as it is written, and whether it is one of our own proxies."""
    try:
        address = plain(ipaddress.ip_address(text))
    except ValueError:
        return NOWHERE, False
    return address, any(address in network for network in trusted)

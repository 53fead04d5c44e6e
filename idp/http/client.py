"""Where a request comes from. Forwarding headers count only from peers that the installation trusts (C-303)."""

import ipaddress

from starlette.requests import HTTPConnection

from directory.addresses import Address, plain
from idp.core.settings import Network

NOWHERE = ipaddress.IPv6Address("::")
"""Stands for a peer without an address (a Unix socket); no school can register it."""


def address_of(connection: HTTPConnection, trusted: tuple[Network, ...]) -> Address:
    """The client's address: the last hop of `X-Forwarded-For` that is not one of our own proxies."""
    peer = _read(connection.client.host if connection.client else "")
    if not trusted or not _is_trusted(peer, trusted):
        return peer
    hops = [hop.strip() for value in connection.headers.getlist("x-forwarded-for") for hop in value.split(",")]
    for hop in reversed(hops):
        peer = _read(hop)
        if not _is_trusted(peer, trusted):
            return peer
    return peer


def _is_trusted(address: Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)


def _read(text: str) -> Address:
    try:
        return plain(ipaddress.ip_address(text))
    except ValueError:
        return NOWHERE

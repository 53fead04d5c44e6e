"""Which numeric addresses are somebody on the public internet, and which lie inside a house (C-128)."""

import ipaddress
from typing import Final

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")


def is_public(address: str) -> bool:
    """Whether a numeric address is one machine on the public internet; an IPv6 address that stands for an IPv4 one is judged as that."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    # Global unicast only: no mapped, compatible, 6to4, Teredo or documentation addresses.
    return ip in _UNICAST and ip.is_global and ip.sixtofour is None and ip.teredo is None

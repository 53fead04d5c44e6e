"""The networks from which a school's pupils sign in (R108-R110, D24)."""

import functools
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, false, insert, not_, or_, select

from directory import schools
from directory.models import School, SchoolAddress
from idp.core.db import Db

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WIDEST_4, WIDEST_6 = 24, 48
UNUSED_AFTER: Final = timedelta(days=60)
"""A network from which no child signed in for so long is offered for removal (R110); the summer holidays are shorter."""
SIZES_6: Final = (64, 60, 56, 48)
"""Prefix lengths that providers give to a school, the smallest network first."""
CARRIER_NAT = ipaddress.ip_network("100.64.0.0/10")


class AddressRefused(ValueError):
    """A network entry that cannot stand for a school; `code` names the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def packed(address: Address) -> bytes:
    """An address as the 16 bytes of its (mapped) IPv6 form; the order of bytes is the order of addresses."""
    if isinstance(address, ipaddress.IPv4Address):
        return b"\x00" * 10 + b"\xff\xff" + address.packed
    return address.packed


def plain(address: Address) -> Address:
    """An IPv4 address that arrived in IPv6 clothing, undressed."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


# A school's children come from one address, and each is counted for it more than once.
@functools.lru_cache(maxsize=4096)
def subscriber(address: Address) -> Network:
    """The network that one subscriber of a provider may have all of: an IPv4 address itself, an IPv6 address's /48. For counting, not for trust."""
    return ipaddress.ip_network((address, 32 if address.version == 4 else WIDEST_6), strict=False)


def read_network(text: str, *, loopback_allowed: bool = False) -> Network:
    """An address or network as a school enters it: `192.0.2.7`, `192.0.2.0/28`, `2001:db8::/56`. Raises `AddressRefused` (D24)."""
    if "%" in text:
        raise AddressRefused("malformed", f"{text!r} names an interface of one machine")
    try:
        network = ipaddress.ip_network(text.strip(), strict=True)
    except ValueError as error:
        raise AddressRefused("malformed", f"{text!r} is not an IP address or network: {error}") from None
    if network.is_loopback and loopback_allowed:
        return network
    widest = WIDEST_4 if network.version == 4 else WIDEST_6
    rules = (
        ("too_wide", network.prefixlen < widest, f"is wider than /{widest}"),
        ("loopback", network.is_loopback, "is this machine itself"),
        ("multicast", network.is_multicast, "is a multicast network"),
        (
            "carrier_nat",
            network.version == 4 and network.overlaps(CARRIER_NAT),
            "is shared by customers of a provider (carrier-grade NAT)",
        ),
        ("private", _private(network), "is a private network: enter the address that the school has on the internet"),
    )
    for code, broken, reason in rules:
        if broken:
            raise AddressRefused(code, f"{text} {reason}")
    return network


DOCUMENTATION = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def _private(network: Network) -> bool:
    # Documentation networks count as private in Python's tables; nobody has them, so they harm nobody and examples may use them.
    documented = any(network.version == known.version and network.subnet_of(known) for known in DOCUMENTATION)  # type: ignore[arg-type]
    return (
        network.is_private or network.is_link_local or network.is_reserved or network.is_unspecified
    ) and not documented


def alone(address: Address) -> Network:
    """The network of this address and no other."""
    here = plain(address)
    return ipaddress.ip_network((here, here.max_prefixlen))


def offered(address: Address) -> tuple[Network, ...]:
    """The networks that somebody at this address can choose from: an IPv4 address by itself, for IPv6 the prefixes that hold it (D24).

    A device changes its own IPv6 address every day; what stays is the prefix.
    """
    here = plain(address)
    return (
        (alone(here),)
        if here.version == 4
        else tuple(ipaddress.ip_network((here, size), strict=False) for size in SIZES_6)
    )


async def add(
    db: Db, school_id: int, network: Network, *, now: datetime, connection_type: str = "vast", label: str = ""
) -> bool:
    """Registers a network for a school; False if it was there already."""
    await schools.hold(db, school_id)
    first, last = packed(network[0]), packed(network[-1])
    same = SchoolAddress.school_id == school_id, SchoolAddress.first == first, SchoolAddress.last == last
    if (await db.execute(select(SchoolAddress.id).where(*same))).scalar() is not None:
        return False
    row = {"network": str(network), "first": first, "last": last, "connection_type": connection_type, "label": label}
    await db.execute(insert(SchoolAddress).values(school_id=school_id, added_at=now, **row))
    return True


async def remove(db: Db, school_id: int, network: Network) -> bool:
    """Takes a network away; False if it was not there."""
    gone = await db.execute(
        delete(SchoolAddress).where(SchoolAddress.school_id == school_id, SchoolAddress.network == str(network))
    )
    return gone.rowcount > 0


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """A registered network as a school sees it; `seen_on` is the last day on which a child signed in from it."""

    network: str
    connection_type: str
    label: str
    added_at: datetime
    seen_on: date | None

    def unused(self, today: date) -> bool:
        """Whether nobody signed in from here for so long that it may be the school's no longer."""
        return (self.seen_on or self.added_at.date()) < today - UNUSED_AFTER

    def holds(self, network: Network) -> bool:
        """Whether all of that network is in this one."""
        own = ipaddress.ip_network(self.network)
        return own.version == network.version and network.subnet_of(own)  # type: ignore[arg-type]


async def of_school(db: Db, school_id: int) -> list[KnownAddress]:
    """The networks of a school, lowest address first."""
    rows = await db.execute(
        select(SchoolAddress.network, SchoolAddress.connection_type, SchoolAddress.label)
        .add_columns(SchoolAddress.added_at, SchoolAddress.seen_on)
        .where(SchoolAddress.school_id == school_id)
        .order_by(SchoolAddress.first, SchoolAddress.last)
    )
    return [KnownAddress(**row._mapping) for row in rows]


async def at_another_board(db: Db, school_id: int, network: Network) -> bool:
    """Whether a school of another board registered an address of this network too; that needs the helpdesk's yes (D24).

    A school without a board, such as one abroad, shares it with nobody.
    """
    board = (await db.execute(select(School.board_id).where(School.id == school_id))).scalar()
    same_board = School.board_id == board if board is not None else false()
    found = await db.execute(
        select(SchoolAddress.id)
        .join(School, School.id == SchoolAddress.school_id)
        .where(SchoolAddress.first <= packed(network[-1]), SchoolAddress.last >= packed(network[0]))
        .where(School.id != school_id, or_(School.board_id.is_(None), not_(same_board)))
        .limit(1)
    )
    return found.scalar() is not None


def lowest(address: Address) -> bytes:
    """The first address of the widest network that could hold this one, packed."""
    # No entry is wider than /24 or /48 (loopback's /8 in the demo): bounding the index range keeps the look-up short with 20,000 entries.
    prefix = 8 if address.is_loopback and address.version == 4 else WIDEST_4 if address.version == 4 else WIDEST_6
    return packed(ipaddress.ip_network((address, prefix), strict=False)[0])

"""What a teacher has done to parents: one address is not mailed more often than somebody can want to read it (R125, R130), nor signed out.

Counted per school and address, so that what one school does neither shows nor counts at another one.
"""

from collections.abc import Iterable
from typing import Final

from idp.core import throttle
from idp.core.floor import Floor
from idp.core.throttle import Policy

TO_AN_ADDRESS: Final = Policy(free=5, first_pause=3600, longest_pause=3600, most=12)
"""A family of four children has its codes at once; then one mail in an hour, a few more in a day."""
OF_A_SCHOOL: Final = Policy(free=3000, first_pause=3600, longest_pause=3600, most=3050)
"""A school of a thousand pupils mails everybody's parents on one day; one that mails strangers stops here."""


SIGNED_OUT: Final = Policy(free=3, first_pause=15 * 60, longest_pause=15 * 60, most=20)
"""A lost tablet takes one. Any school can enter any address: none keeps a parent out by signing him out for ever."""


class TooOften(Exception):
    """Nothing is done: this address, or this school, had too many mails, or this parent was signed out too often."""


async def check_signing_out(floor: Floor, school_id: int, parent_id: int) -> None:
    """Counts that this school signs a parent out. Raises `TooOften`: to be asked in the transaction that then changes nothing."""
    if await throttle.enter(floor.store, _counter(floor, school_id, f"out {parent_id}"), SIGNED_OUT):
        raise TooOften


async def check_pace(floor: Floor, school_id: int, addresses: Iterable[str]) -> None:
    """Counts one mail to each of these addresses. Raises `TooOften`: to be asked in the transaction that then mails nothing."""
    for address in addresses:
        if await throttle.enter(floor.store, _counter(floor, school_id, address), TO_AN_ADDRESS):
            raise TooOften
        if await throttle.enter(floor.store, _counter(floor, school_id, "everybody"), OF_A_SCHOOL):
            raise TooOften


def _counter(floor: Floor, school_id: int, whom: str) -> bytes:
    return floor.keyring.mac("token", "throttle", "to parents", str(school_id), whom)

"""What of a session goes on in the one after it, and what does not (C-135, C-320)."""

import ipaddress
from dataclasses import replace

import pytest

from idp.core import ids
from idp.core.errors import Problem
from idp.http import cookies
from idp.signin import attempts, flow, logout, sessions
from idp.signin.attempts import Attempt, Proof
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from tests.house import AT_SCHOOL, House, signed_in

BROWSER = b"\x01" * 32


async def test_who_proves_himself_again_goes_on_unless_another_tab_signed_out_meanwhile(house: House) -> None:
    """The mark of a session that ended is void: a session that took it over would bring nobody to any party."""
    floor, now = house.floor, int(house.clock.now.timestamp())
    cookie, _ = (await signed_in(house, "juf")).cookies[cookies.SESSION]
    former = await sessions.find(floor.store, floor.keyring, cookie, now=now)
    assert former is not None
    visitor = Visitor(former, BROWSER, ipaddress.ip_address(AT_SCHOOL))
    proof = Proof(former.person_id, "staff", former.epoch, now, ("pwd",))
    attempt = replace(attempts.begin(house.floor.keyring, BROWSER, now=now, question=None), way="staff", proof=proof)

    async def opened(attempt: Attempt = attempt) -> Session:
        _, _, _, made = await flow.settle(floor, attempt, visitor)
        assert made is not None
        return made.session

    first, pressed_twice = await opened(), await opened()
    assert first.mark == pressed_twice.mark == former.mark
    await logout.set_aside(floor, pressed_twice)
    with pytest.raises(Problem, match=r"signin\.expired"):
        await opened()
    anew = await opened(replace(attempt, draw=ids.short_id()))
    assert anew.mark == anew.key != former.mark

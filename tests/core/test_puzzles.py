"""Work before a try: good for one form, once, for ten minutes; who has no scripts waits for it (D2)."""

import base64
import json
from collections.abc import Mapping

import altcha
import pytest

from idp.core import puzzles
from idp.core.floor import Floor
from idp.core.puzzles import GUESSES, LIFETIME, PATIENCE, ROUNDS, Puzzle
from tests.house import House
from tests.inside import lapse
from tests.puzzles import solved

FORM, WHOM = "password one", b"an account"


def made(house: House, form: str = FORM) -> Puzzle:
    return puzzles.make(house.floor.keyring, form, effort=1, now=int(house.clock.now.timestamp()))


async def earned(floor: Floor, fields: Mapping[str, str], form: str = FORM, whom: bytes = WHOM) -> bool:
    return await puzzles.earned(floor, form, fields, whom=whom)


async def test_a_solution_counts_for_its_own_form_and_once(house: House) -> None:
    fields = {"puzzle": solved(made(house).asked)}
    assert not await earned(house.floor, fields, "password two")
    assert await earned(house.floor, fields)
    assert not await earned(house.floor, fields), "spent"
    assert not await earned(house.floor, {"puzzle": fields["puzzle"] + "\n"}), "however it is written"


async def test_a_solution_that_comes_too_late_counts_no_more(house: House) -> None:
    one, other = (solved(made(house).asked) for _ in range(2))
    await lapse(house, seconds=LIFETIME)
    assert await earned(house.floor, {"puzzle": one})
    await lapse(house, seconds=1)
    assert not await earned(house.floor, {"puzzle": other})


async def test_nobody_makes_his_own_puzzle_an_easier_one_or_guesses(house: House) -> None:
    asked = json.loads(made(house).asked)
    easier = {**asked, "parameters": {**asked["parameters"], "keyPrefix": "", "cost": 1}}
    own = altcha.create_challenge("PBKDF2/SHA-256", 1, counter=1, data=asked["parameters"]["data"], hmac_secret=b"mine")
    later = {**asked, "parameters": {**asked["parameters"], "data": {**asked["parameters"]["data"], "at": 2**40}}}
    for forged in (json.dumps(easier), json.dumps(own.to_dict()), json.dumps(later)):
        assert not await earned(house.floor, {"puzzle": solved(forged)})
    wrong = {"challenge": asked, "solution": {"counter": 0, "derivedKey": "00" * 32, "time": 1}}
    assert not await earned(house.floor, {"puzzle": base64.b64encode(json.dumps(wrong).encode()).decode()})


@pytest.mark.parametrize(
    "given", ["", "x", "e30=", "bnVsbA==", "W10=", "\u00e9", base64.b64encode(b'{"challenge":{}}').decode()]
)
async def test_what_is_no_solution_is_none(house: House, given: str) -> None:
    assert not await earned(house.floor, {"puzzle": given, "since": given})


async def test_without_scripts_the_page_is_left_open_for_half_a_minute_one_at_a_time(house: House) -> None:
    first, second, elsewhere = (made(house).since for _ in range(3))
    assert first == second, "of one form at one moment"
    await lapse(house, seconds=PATIENCE - 1)
    assert not await earned(house.floor, {"since": first}), "too early"
    third = made(house).since
    await lapse(house, seconds=1)
    assert not await earned(house.floor, {"since": first}, "password two")
    assert await earned(house.floor, {"since": first})
    assert not await earned(house.floor, {"since": elsewhere}, whom=b"another account"), "spent"
    await lapse(house, seconds=PATIENCE - 1)
    assert not await earned(house.floor, {"since": third}), "one in half a minute for one account"
    await lapse(house, seconds=1)
    assert await earned(house.floor, {"since": third})


async def test_a_page_that_was_open_for_too_long_counts_no_more(house: House) -> None:
    since = made(house).since
    await lapse(house, seconds=LIFETIME + 1)
    assert not await earned(house.floor, {"since": since})


async def test_the_work_is_bounded_and_grows(house: House) -> None:
    """A phone makes some hundreds of guesses of a thousand rounds a second."""
    for effort in (1, 2):
        now = int(house.clock.now.timestamp())
        asked = puzzles.make(house.floor.keyring, FORM, effort=effort, now=now).asked
        parameters = json.loads(asked)["parameters"]
        assert (parameters["algorithm"], parameters["cost"]) == ("PBKDF2/SHA-256", ROUNDS)
        counter = json.loads(base64.b64decode(solved(asked)))["solution"]["counter"]
        assert counter < GUESSES * effort

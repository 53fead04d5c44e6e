"""C-324: a number of another school or board under one's own address, in the path or in a form, is as if it were not there (D14, D15)."""

from typing import Final

import pytest

from tests.board.seating import NUMBER
from tests.desk.sitting import ticket_on
from tests.tenancy.neighbours import NOBODYS, THERE, Neighbours
from tests.tenancy.sweeping import IDS, NAMED, alike, doors, everything_there, filled, names_in, of

DOINGS: Final = ("find", "ask", "end", "agree")
"""What the buttons of the desk say they do with something that a form names."""


async def test_what_is_another_boards_is_not_there_at_the_own_board(beside: Neighbours) -> None:
    """A role or an invitation of theirs, and one of their schools among those chosen; each with the right ticket."""
    browser, party = beside.browsers["board-coordinator"], str(beside.house.party_id)
    ticket = {"ticket": ticket_on(await browser.get(f"/board/{NUMBER}/people/new")), "seen": "0" * 32}
    before, named = await everything_there(beside), 0
    for method, path in of("/board/{board}/"):
        theirs = {"board": NUMBER, "party": party, "place": beside.theirs["board_place"]}
        nobodys = {**theirs, "place": NOBODYS}
        mine, others = (
            {**ticket, "invitation": numbers["invitation"], f"school_{numbers['school']}": "1"}
            for numbers in (beside.theirs, dict.fromkeys(("invitation", "school"), NOBODYS))
        )
        if "place" in path or (path.endswith(("withdraw", "tick", "untick")) and method == "POST"):
            assert await alike(browser, (method, path), theirs, nobodys, (others, mine)) == 404, path
            named += 1
    assert named == 5
    assert await everything_there(beside) == before


async def test_what_is_another_schools_is_not_there_at_the_own_desk(beside: Neighbours) -> None:
    """A number of a colleague, a run, a device, a link, a transfer or a reorganisation; with the right ticket where something changes."""
    browser, school = beside.browsers["coordinator"], beside.house.school.code
    desk, deputy = [f"/desk/{school}/{room}" for room in ("networks/new", f"deputy/{beside.house.groups['Groep 6']}")]
    tickets = {at: ticket_on(await browser.get(at)) for at in (desk, deputy)}
    before, named = await everything_there(beside), 0
    for route in of("/desk/{school}/"):
        if NAMED & set(names_in(route[1])):
            nobodys = {"school": school, **dict.fromkeys(NAMED, NOBODYS)}
            theirs = {**beside.theirs, "school": school}
            # Which software there is, every school knows; what another one ticked is in no number.
            theirs |= {"party": NOBODYS}
            form = {"ticket": tickets[deputy if "/deputy/" in route[1] else desk], "sure": "1", "do": "withdraw"}
            assert await alike(browser, route, theirs, nobodys, (form, form)) == 404, route
            named += 1
    assert named > 40
    assert await everything_there(beside) == before


@pytest.mark.parametrize("role", ["teacher", "ib", "substitute", "coordinator"])
async def test_what_is_another_schools_is_not_there_in_a_classroom(beside: Neighbours, role: str) -> None:
    """A foreign group under the own school, and a foreign child in the own group; with the right ticket where something changes."""
    browser, house = beside.browsers[role], beside.house
    mine = {"school": house.school.code, "group": str(house.groups["Groep 2" if role == "substitute" else "Groep 6"])}
    own = house.people["Sam" if role == "substitute" else "Noor"]
    form = {
        "ticket": ticket_on(await browser.get(f"/classroom/{mine['school']}/{mine['group']}/{own}")),
        "sure": "1",
        "kind": "pin",
        "pin": "8361",
    }
    form |= {"picture": "rocket", "email": "ouder@gezin.example", "permission": "1", "permission_on": "2026-11-23"}
    before = await everything_there(beside)
    group, child = beside.theirs["group"], beside.theirs["child"]
    routes = of("/classroom/{school}/{group}")
    theirs, nobodys = {**mine, "group": group, "child": child}, {**mine, "group": NOBODYS, "child": NOBODYS}
    assert await doors(browser, routes, theirs, nobodys, form) == {403}
    for route in routes:
        if "{child}" in route[1]:
            theirs, nobodys = {**mine, "child": child}, {**mine, "child": NOBODYS}
            assert await alike(browser, route, theirs, nobodys, (form, form)) in {403, 404}, route
    assert await everything_there(beside) == before


async def test_a_form_that_names_what_is_another_schools_does_nothing_and_tells_nothing(beside: Neighbours) -> None:
    """Every form of the desk, filled in with numbers of the other school and with numbers of nothing (D14, D15)."""
    browser, school = beside.browsers["coordinator"], beside.house.school.code
    ticket = ticket_on(await browser.get(f"/desk/{school}/networks/new"))
    before = await everything_there(beside)
    for route in of("/desk/{school}"):
        # Another school in a reorganisation is named by the code under which everybody knows it; what is asked of it: see tests/desk.
        if route[0] == "POST" and not {"kind", *NAMED} & set(names_in(route[1])):
            for do in DOINGS:
                common = {"ticket": ticket, "do": do, "sure": "1", "q": "x", "days": "1", "other": THERE}
                theirs = {**common, **{name: beside.theirs[name] for name in IDS}}
                theirs |= {f"group_{beside.theirs['group']}": "here"}
                nobodys = {**common, **dict.fromkeys(IDS, NOBODYS), f"group_{NOBODYS}": "here"}
                here = {"school": school}
                # What a form does to the own school, whatever it names, is done by then.
                await browser.request("POST", filled(route[1], here), data=nobodys)
                assert await alike(browser, route, here, here, (nobodys, theirs)) < 500, route
    assert await everything_there(beside) == before

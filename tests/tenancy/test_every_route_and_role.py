"""C-324: over every route of the table and for every role, what belongs to another school or party is as if it were not there.

Nothing is listed by hand but what a name in an address or a form stands for: a new route is swept by itself, and a new name fails until it is
said whose it is. "Not there" and "not yours" are the same page after the same questions to the database, so that neither text, count nor timing
tells them apart (D14, D15, D37).
"""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.board.seating import NUMBER
from tests.tenancy.neighbours import NOBODYS, NOBODYS_BOARD, NOWHERE, THEIR_BOARD, THERE, WORDS, Neighbours
from tests.tenancy.sweeping import (
    EVERYBODY,
    IDS,
    NAMED,
    NOT_OURS,
    ON_A_BOARD,
    ROUTES,
    SCHOOLS_OWN,
    alike,
    doors,
    entries,
    everything_there,
    filled,
    names_in,
    of,
)

OF_ONE_BROWSER: Final = {"attempt", "run", "request", "door"}
"""Drawn at random and good in one browser: what another browser began is not there. A door is one of a few words, or a group of its school."""
PUBLIC: Final = {
    "/static/{place:path}": "our own files",
    "/language/{lang}": "a language",
    "/logos/{digest}": "a picture that every publisher's page shows, by its hash",
    "/help/{subject}": "a question and its answer",
    "/network/oidc/callback/{issuer}": "a provider, known by its published name",
    "/data/schools/{instelling_ref}/groups": "for a party's server: see tests/conformance/test_data_access.py",
    "/data/schools/{instelling_ref}/pupils": "for a network provider's server: see tests/conformance/test_pupil_lists.py",
}
WORDED: Final = {
    *("after", "answer", "code", "days", "direction", "do", "effective_on", "email", "end", "ends_on", "fingerprint"),
    *("first_name", "given", "key", "keys", "kind", "label", "mode", "most", "name", "network", "network_name", "now"),
    *(
        "document",
        "version",
        "network_url",
        "offer",
        "other",
        "others",
        "overlap",
        "passkey",
        "password",
        "permission",
        "permission_on",
        "picture",
        "pin",
    ),
    *(
        "prefix",
        "q",
        "reason",
        "reference",
        "remove",
        "request",
        "sealed",
        "seen",
        "size",
        "sure",
        "surname",
        "system",
        "ticket",
        "until",
        "wanted",
    ),
    *("among", "role", "way", "year_group"),
}
"""Fields that hold words, codes that everybody may know, choices, or what only our own page can have written."""

AT_THE_HELPDESK: Final = {"agreement", "application", "board", "school", "request", "reorganisation", "notice"}
"""What an address of the helpdesk's pages names."""


def test_every_route_is_swept_or_is_of_nobody_for_a_reason() -> None:
    """A new address that names something is below the desk, the classroom, a board or a party, or it stands in a list above with its reason."""
    for route in ROUTES:
        names = set(names_in(route.path))
        if route.path.startswith(("/desk/{school}", "/classroom/{school}")):
            assert names <= {"school"} | NAMED | set(NOT_OURS), route.path
        elif route.path.startswith("/board/{board}"):
            assert names <= {"board", "party", "place"}, route.path
        elif route.path.startswith("/party/{party}"):
            assert names <= {"party", "person", "exchange", "client", "entity"}, route.path
        elif route.path.startswith("/helpdesk"):
            # Of the platform: what its people see of any school, tests/helpdesk look at.
            assert names <= AT_THE_HELPDESK, route.path
        else:
            assert route.path in PUBLIC or names <= OF_ONE_BROWSER, route.path


def test_every_field_of_a_form_is_known() -> None:
    """A new field that names something by its number is swept too."""
    rooms = Path(__file__).resolve().parents[2] / "idp/web"
    texts = [
        path.read_text()
        for room in ("desk", "classroom", "board", "party", "helpdesk")
        for path in sorted((rooms / room).glob("*.py"))
    ]
    found = {name for text in texts for name in re.findall(r'\bform(?:\.get\(|\[)"(\w+)"', text)}
    assert found <= IDS | WORDED, found - IDS - WORDED


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_foreign_school_is_as_closed_as_one_that_does_not_exist(before_doors: Neighbours, role: str) -> None:
    await closed_schools(before_doors, role, of("/desk/{school}") + of("/classroom/{school}"))


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_foreign_school_is_as_closed_on_either_storage(beside: Neighbours, role: str) -> None:
    """A route of each kind: the others have the same door."""
    firsts = {
        (method, path.split("/")[1]): (method, path)
        for method, path in of("/desk/{school}") + of("/classroom/{school}")
    }
    await closed_schools(beside, role, list(firsts.values()))


async def closed_schools(beside: Neighbours, role: str, routes: list[tuple[str, str]]) -> None:
    theirs, nobodys = ({**beside.theirs, "school": code} for code in (THERE, NOWHERE))
    before = await everything_there(beside), await entries(beside)
    assert await doors(beside.browsers[role], routes, theirs, nobodys, {}) == {303 if role == "nobody" else 403}
    assert (await everything_there(beside), await entries(beside)) == before


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_foreign_party_is_as_closed_as_one_that_does_not_exist(beside: Neighbours, role: str) -> None:
    for route in of("/party/{party}"):
        nobodys = dict.fromkeys(("party", "person", "client", "entity"), NOBODYS)
        theirs = {**beside.theirs, "person": beside.theirs["played"], "client": "1", "entity": "1"}
        status = await alike(beside.browsers[role], route, theirs, nobodys)
        assert status == {"nobody": 303, "pupil": 403, "parent": 403}.get(role, 404), route


@pytest.mark.parametrize("role", sorted({*EVERYBODY} - {"nobody", "coordinator", "duo", "board-coordinator"}))
async def test_the_desk_of_the_own_school_is_for_its_coordinators(before_doors: Neighbours, role: str) -> None:
    here, before = {**before_doors.theirs, "school": before_doors.house.school.code}, await entries(before_doors)
    for method, path in of("/desk/{school}"):
        page = await before_doors.browsers[role].request(
            method, filled(path, here), data={} if method == "POST" else None
        )
        assert page.status == 403, (method, path)
    assert await entries(before_doors) == before


@pytest.mark.parametrize("role", [*SCHOOLS_OWN, *ON_A_BOARD])
async def test_the_helpdesks_pages_are_there_for_nobody_else(before_doors: Neighbours, role: str) -> None:
    there = {**dict.fromkeys(AT_THE_HELPDESK, NOBODYS), "school": THERE}
    for method, path in of("/helpdesk"):
        page = await before_doors.browsers[role].request(method, filled(path, there), data={})
        assert page.status == {"nobody": 303, "pupil": 403, "parent": 403}.get(role, 404), (method, path)


LOOKERS: Final = {"coordinator": 40, "teacher": 15, "ib": 15, "substitute": 4, "contact": 3} | {
    "board-coordinator": 60,
    "board-director": 5,
}
"""Who has pages to look at, and how many there are at least: the sweep sees something."""


@pytest.mark.parametrize("role", LOOKERS)
async def test_no_page_of_ones_own_has_a_word_of_the_other_school(beside: Neighbours, role: str) -> None:
    """Not even about the child and the teacher who are at both (D14, D15); and a party's contact reads of no school at all (D37)."""
    house, seen = beside.house, 0
    group, child = ("Groep 2", "Sam") if role == "substitute" else ("Groep 6", "Noor")
    mine = {"school": house.school.code, "group": str(house.groups[group]), "child": str(house.people[child])}
    mine |= {"party": str(house.party_id), "colleague": str(beside.at_both)}
    mine |= {"person": mine["child"], "board": NUMBER}
    words = (*WORDS, *(("Regenboog", "van Beek") if role == "contact" else ()))
    for method, path in [*of("/account"), *of("/desk"), *of("/classroom"), *of("/board"), *of("/party")]:
        if method == "GET" and set(names_in(path)) <= mine.keys() and not path.endswith(".pdf"):
            page = await beside.browsers[role].request("GET", filled(path, mine))
            assert [word for word in words if word in page.text] == [], path
            seen += page.status == 200
    assert seen >= LOOKERS[role]


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_foreign_board_is_as_closed_as_one_that_does_not_exist(beside: Neighbours, role: str) -> None:
    theirs, nobodys = ({**beside.theirs, "board": number} for number in (THEIR_BOARD, NOBODYS_BOARD))
    before = await everything_there(beside), await entries(beside)
    shut = await doors(beside.browsers[role], of("/board/{board}"), theirs, nobodys, {})
    assert shut == {303 if role == "nobody" else 403}
    assert (await everything_there(beside), await entries(beside)) == before


@pytest.mark.parametrize("role", sorted({*EVERYBODY} - {"nobody", "board-coordinator"}))
async def test_what_a_board_decides_is_decided_by_who_coordinates_its_schools(beside: Neighbours, role: str) -> None:
    """A director looks; a school's own coordinator has nothing to do there."""
    here, before = {"board": NUMBER, "party": str(beside.house.party_id), "place": "1"}, await entries(beside)
    for method, path in of("/board/{board}"):
        looks = role == "board-director" and not re.search("people|tick", path)
        page = await beside.browsers[role].request(method, filled(path, here), data={} if method == "POST" else None)
        assert page.status == (200 if looks and method == "GET" else 403), (method, path)
    assert await entries(beside) == before

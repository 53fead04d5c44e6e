"""C-324: over every route of the table and for every role, what belongs to another school or party is as if it were not there.

Nothing is listed by hand but what a name in an address or a form stands for: a new route is swept by itself, and a new name fails until it is
said whose it is. "Not there" and "not yours" are the same page after the same questions to the database, so that neither text, count nor timing
tells them apart (D14, D15, D37).
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, event, func, select
from starlette.routing import Route

from idp.core.models import LedgerEntry
from idp.main import every_route
from tests.board.seating import NUMBER
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.desk.sitting import ticket_on
from tests.house import open_house, settings_on
from tests.storage import Storage
from tests.tenancy.neighbours import NOBODYS, NOBODYS_BOARD, NOWHERE, THEIR_BOARD, THERE, WORDS, Neighbours, settle
from tests.upstreams.kit import settings_for

ROUTES: Final = [route for route in every_route() if isinstance(route, Route)]
NAMED: Final = {
    "group",
    "child",
    "colleague",
    "run",
    "device",
    "link",
    "reorganisation",
    "transfer",
    "person",
    "party",
    "place",
}
"""Numbers in an address of a school or a party: whose they are is looked at."""
NOT_OURS: Final = {"kind": "codes", "file": "empty.csv", "exchange": "0" * 32}
"""What says nothing of a school or a party, and the name of an exchange, which is drawn."""
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
IDS: Final = {
    *(
        "binding",
        "child",
        "colleague",
        "group",
        "invitation",
        "location",
        "parent",
        "person",
        "pupil",
        "school",
        "target",
        "to",
        "which",
    )
}
"""Fields of forms that name something by its number."""
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

DOINGS: Final = ("find", "ask", "end", "agree")
"""What the buttons of the desk say they do with something that a form names."""


@pytest.fixture(scope="module")
async def beside(storage: Storage, shared: None) -> AsyncIterator[Neighbours]:
    """One house for all of these: nothing in it changes anything that another one looks at."""
    async with open_house(settings_for(storage), Clock(), storage) as house:
        yield await settle(house)


@pytest.fixture(scope="module")
async def before_doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Neighbours]:
    """As `beside`, with storage of its own, the same in each run: for thousands of requests that all end at a closed door, behind the same few
    look-ups of who somebody is. Those are asked on both storages by everybody who gets in, and by the first test with `beside`."""
    path = tmp_path_factory.mktemp("doors") / "house.sqlite"
    async with open_house(settings_on(f"sqlite+aiosqlite:///{path}", None), Clock()) as house:
        yield await settle(house)


def of(prefix: str) -> list[tuple[str, str]]:
    """(method, path) of every route below an address."""
    below = [route for route in ROUTES if route.path.startswith(prefix)]
    return [
        (method, route.path) for route in below for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def names_in(path: str) -> list[str]:
    """What a path names, in order."""
    return re.findall(r"\{(\w+)", path)


def filled(path: str, values: Mapping[str, str]) -> str:
    """The address of a route. Fails for a name of which nobody said whose it is."""
    # The place of a child is an enrolment, that of a colleague an employment.
    path = path.replace("/staff/{place", "/staff/{colleague")
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: {**NOT_OURS, **values}[found[1]], path)


def bare(page: Page, address: str, numbers: Iterable[str]) -> str:
    """What a page says, without what is drawn for every page and without what was asked for."""
    text = re.sub(r'"[\w-]{16,}"|[0-9A-Z]{4}-[0-9A-Z]{4}|/signin/[\w-]+', "", page.text.replace("%2F", "/"))
    text = text.replace(address, "#")
    for number in numbers:
        text = text.replace(f'="{number}"', '="#"')
    return f"{page.status} {re.sub(r'/signin/.*', '/signin/', page.location or '')} {text}"


_ASKED: ContextVar[list[str] | None] = ContextVar("asked", default=None)
"""The statements of a request of this test: the worker in the same process has a context of its own."""


def _note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    if (asked := _ASKED.get()) is not None:
        asked.append(statement)


@contextmanager
def questions() -> Iterator[list[str]]:
    """Every statement of the requests meanwhile."""
    asked: list[str] = []
    told = _ASKED.set(asked)
    event.listen(Engine, "before_cursor_execute", _note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", _note)
        _ASKED.reset(told)


async def told(
    browser: Browser, method: str, path: str, numbers: Mapping[str, str], form: Mapping[str, str]
) -> tuple[str, int, int]:
    """What the answer says, its status, and how many questions it took."""
    address = filled(path, numbers)
    with questions() as asked:
        page = await browser.request(method, address, data=dict(form) if method == "POST" else None)
    assert not any(word in page.text for word in WORDS), (method, path)
    return bare(page, address, {*numbers.values(), *form.values()}), page.status, len(asked)


async def alike(
    browser: Browser,
    route: tuple[str, str],
    theirs: Mapping[str, str],
    nobodys: Mapping[str, str],
    forms: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> int:
    """The status of a route for what is another's, which is that of what is not there, in every letter and at the same cost."""
    seen = [await told(browser, *route, numbers, form) for numbers, form in zip((nobodys, theirs), forms, strict=True)]
    assert seen[0][0] == seen[1][0], route
    assert seen[0][2] == seen[1][2], f"{route}: another number of questions"
    return seen[0][1]


async def doors(
    browser: Browser,
    routes: Iterable[tuple[str, str]],
    theirs: Mapping[str, str],
    nobodys: Mapping[str, str],
    form: Mapping[str, str],
) -> set[int]:
    """As `alike`, for routes that are closed before anything but their first two names is looked at: one door stands before all below an address."""
    closed: dict[str, tuple[str, int, int]] = {}
    for method, path in routes:
        door = f"{method} {'/'.join(path.split('/')[:4])}"
        if door not in closed:
            closed[door] = await told(browser, method, path, nobodys, form)
        assert await told(browser, method, path, theirs, form) == closed[door], path
    return {status for _, status, _ in closed.values()}


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


SCHOOLS_OWN: Final = ("nobody", "pupil", "parent", "teacher", "ib", "substitute", "coordinator", "duo", "contact")
ROLES: Final = (*SCHOOLS_OWN, "helpdesk", "operator")
ON_A_BOARD: Final = ("board-coordinator", "board-director")
EVERYBODY: Final = (*ROLES, *ON_A_BOARD)


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


async def entries(beside: Neighbours) -> int:
    """How much the ledger tells by now."""
    async with beside.house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(LedgerEntry))).scalar_one()


async def everything_there(beside: Neighbours) -> list[str]:
    """Every row about the other school and the other party, as it is now."""
    rows: list[str] = []
    keys = {
        "school_id": beside.other.id,
        "person_id": int(beside.theirs["child"]),
        "party_id": int(beside.theirs["party"]),
    }
    async with beside.house.floor.database.read() as db:
        for table in LedgerEntry.metadata.sorted_tables:
            for name in keys.keys() & set(table.c.keys()):
                found = await db.execute(select(table).where(table.c[name] == keys[name]))
                rows += sorted(f"{table.name} {tuple(row)}" for row in found)
    return rows


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

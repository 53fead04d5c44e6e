"""Sweeping the table of routes: what there is to ask for, whose a name in an address or a form is, and whether two answers are the same page."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Engine, event, func, select
from starlette.routing import Route

from idp.core.models import LedgerEntry
from idp.main import every_route
from tests.browser import Browser, Page
from tests.rows import rows
from tests.tenancy.neighbours import WORDS, Neighbours

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

SCHOOLS_OWN: Final = ("nobody", "pupil", "parent", "teacher", "ib", "substitute", "coordinator", "duo", "contact")
ROLES: Final = (*SCHOOLS_OWN, "helpdesk", "operator")
ON_A_BOARD: Final = ("board-coordinator", "board-director")
EVERYBODY: Final = (*ROLES, *ON_A_BOARD)


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


async def entries(beside: Neighbours) -> int:
    """How much the ledger tells by now."""
    async with beside.house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(LedgerEntry))).scalar_one()


async def everything_there(beside: Neighbours) -> dict[str, list[tuple[object, ...]]]:
    """Every row about the other school and the other party, as it is now."""
    keys = {
        "school_id": beside.other.id,
        "person_id": int(beside.theirs["child"]),
        "party_id": int(beside.theirs["party"]),
    }
    about = {
        f"{table.name} {name}": select(table).where(table.c[name] == keys[name])
        for table in LedgerEntry.metadata.sorted_tables
        for name in keys.keys() & set(table.c.keys())
    }
    async with beside.house.floor.database.read() as db:
        return await rows(db, about)

"""What the steps at home show (D3, D29). Until a right secret nothing on them depends on whose code was typed, or whether it is anybody's."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from directory import home as homes
from directory import names, schools
from directory.names import Named
from idp.core.frozen import replace
from idp.credentials.parents import Child
from idp.http import visitors
from idp.signin import answers, password_proofs
from idp.signin import home as at_home
from idp.signin.attempts import Home
from idp.signin.steps import Step, home_child
from idp.web.beginning import ADDRESS
from idp.web.puzzle import puzzle_shown
from idp.web.steps import Context, Page, Shown, shuffled


async def home(page: Page) -> Shown:
    """A code and how the child signs in at school; or by a parent's address."""
    wrong = page.attempt.wrong == "home_code"
    return "signin/home_way.html", {"error": "home.code.malformed" if wrong else None}


async def stopped(page: Page) -> Shown:
    """Why this child, who is known now, cannot sign in at home, and what the way is (R127)."""
    floor, attempt, at = page.desk.floor, page.attempt, page.attempt.home or Home()
    async with floor.database.read() as db:
        school = await schools.by_id(db, attempt.school_id or 0)
        name, url = await homes.environment(db, school.id, at.group_id)
    reason = at.stopped
    network = {"name": name, "url": url} if reason == "network" else None
    return "signin/home_stopped.html", {"error": None, "reason": reason, "school": school.name, "network": network}


async def parent(page: Page) -> Shown:
    """A parent's address and password."""
    remembered = visitors.remembered_email(page.request)
    context = {"email": page.attempt.email or remembered, "remember": bool(remembered), "puzzle": await _puzzle(page)}
    return "signin/parent.html", {**context, "error": page.error("home.parent"), "wait_seconds": page.wait_seconds}


async def _puzzle(page: Page) -> Context | None:
    if page.attempt.wrong not in {"work", "password"}:
        return None
    device = visitors.device_of(page.request, page.desk.floor.keyring, page.attempt.email, of="parent")
    asked = await password_proofs.puzzle(replace(page.desk, device=device), page.attempt, at_home.PARENTS)
    return puzzle_shown(asked, refused=page.attempt.wrong == "work")


async def school(page: Page) -> Shown:
    """The schools of a parent's children."""
    found = {child.school_id: child.school_name for child in page.known.children}
    choices = [{"at": _at(page, answers.home_door(school_id)), "name": name} for school_id, name in found.items()]
    return "signin/home_school.html", {"error": None, "schools": choices}


async def child(page: Page) -> Shown:
    """The tiles of a parent's children, at the chosen school where there are several; beside each that cannot sign in here why not."""
    shown = [one for one in page.known.children if page.attempt.school_id in {None, one.school_id}]
    label = _labels(shown)
    tiles = [
        {
            "at": _at(page, answers.home_door(one.school_id, one.person_id)),
            "label": label[one.person_id],
            "picture": one.picture,
            "why": _why_not(one),
        }
        for one in shown
    ]
    several = len({one.school_id for one in page.known.children}) > 1
    return "signin/home_child.html", {"error": None, "children": tiles, "several": several}


def _why_not(child: Child) -> dict[str, str] | None:
    if child.can:
        return None
    if child.way == "network":
        return {"code": "network", "name": child.network_name, "url": child.network_url}
    return {"code": "no_secret", "name": "", "url": ""}


async def secret(page: Page) -> Shown:
    """PIN or pictures: of a child that its parent chose, or of whoever has the code, as it said itself."""
    home = page.attempt.home or Home()
    chosen = home_child(page.attempt, page.known) if home.parent_id is not None else None
    kind = chosen.secret_kind if chosen else home.kind
    tile = None
    if chosen is not None:
        tiles = _at(page, answers.home_door(chosen.school_id))
        tile = {"label": _labels([chosen])[chosen.person_id], "picture": chosen.picture, "tiles": tiles}
    shared: dict[str, Any] = {"child": tile, "wait_seconds": page.wait_seconds}
    error = ("home.secret.wrong_child" if chosen else "home.secret.wrong") if page.attempt.wrong == "secret" else None
    if kind == "pictures":
        pictures = {"pictures": shuffled(page), "picked": page.picked}
        return "signin/home_pictures.html", {**shared, **pictures, "error": error}
    return "signin/home_pin.html", {**shared, "error": error}


def _at(page: Page, door: str) -> str:
    return f"{ADDRESS}/{page.attempt.id}/{door}"


def _labels(children: list[Child]) -> dict[int, str]:
    return names.display_names([Named(one.person_id, one.first_name, one.prefix, one.surname) for one in children])


PAGES: Final[dict[Step, Callable[[Page], Awaitable[Shown]]]] = {
    Step.HOME: home,
    Step.HOME_STOPPED: stopped,
    Step.PARENT: parent,
    Step.HOME_SCHOOL: school,
    Step.HOME_CHILD: child,
    Step.HOME_SECRET: secret,
}

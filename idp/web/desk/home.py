"""Signing in at home, as the coordinator decides it: the way of the school and of each group, and whether parents get accounts (D3, D35)."""

from starlette.responses import Response
from starlette.routing import Route

from directory import environments, home
from directory.home import Rules, Way
from idp.core import clock
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.frozen import replace
from idp.credentials import home_choices, parents
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.guarding import number

LONGEST_NAME = 100
AS_SCHOOL = "school"
"""The choice of a group that does as its school does."""


async def settings(coordinator: Coordinator) -> Response:
    """How it stands, and what there is to choose."""
    async with coordinator.floor.database.read() as db:
        return await _page(db, coordinator, await home.rules(db, coordinator.school.id), error=None)


async def _page(db: Db, coordinator: Coordinator, rules: Rules, *, error: str | None) -> Response:
    year = clock.school_year(coordinator.now)
    groups = await home.groups(db, coordinator.school.id, school_year=year)
    ticked = {one.party_id: one.name for one in await environments.ticked(db, coordinator.school.id)}
    by = {
        one.id: ticked.get(one.party_id or 0)
        for one in await environments.groups(db, coordinator.school.id, school_year=year)
    }
    shown = [
        {"id": group.id, "name": group.name, "way": group.way or AS_SCHOOL, "by": by.get(group.id)} for group in groups
    ]
    entered = await parents.count(db, coordinator.school.id)
    return frame.respond(
        coordinator, "home.html", at="networks", error=error, rules=rules, groups=shown, entered=entered
    )


async def choose_way(coordinator: Coordinator, form: Form) -> Response:
    """Here, or by a network environment with its name and address; and for each group the same, or otherwise."""
    name = " ".join(form.get("network_name", "").split())[:LONGEST_NAME]
    url = form.get("network_url", "").strip()
    school_id, groups = coordinator.school.id, _groups(form)
    async with coordinator.floor.database.begin() as db:
        before = await home.rules_to_change(db, school_id)
        way = home.read_way(form.get("way", ""))
        if way is None:
            raise Problem("request.invalid", detail="no such way home")
        wanted = replace(before, way=way, network_name=name, network_url=url)
        if code := home_choices.refusal(wanted, groups):
            return await _page(db, coordinator, wanted, error=f"desk.home.refused.{code}")
        await home_choices.choose_way(db, school_id, before, wanted, groups, now=coordinator.now, by=coordinator.by)
    return frame.back(coordinator, "/home", done="home_way")


def _groups(form: Form) -> dict[int, Way | None]:
    """What the form says of each group; None where it does as its school."""
    told = {field.removeprefix("group_"): text for field, text in form.items() if field.startswith("group_")}
    return {number(group): None if text == AS_SCHOOL else home.read_way(text) for group, text in told.items()}


async def ask_parents(coordinator: Coordinator) -> Response:
    """On or off? What that does, in numbers."""
    async with coordinator.floor.database.read() as db:
        rules = await home.rules(db, coordinator.school.id)
        entered = await parents.count(db, coordinator.school.id)
    return frame.respond(coordinator, "home_parents.html", at="networks", on=rules.parents, entered=entered)


async def switch_parents(coordinator: Coordinator, form: Form) -> Response:
    """On, or off with every address that the school entered."""
    wanted = form.get("wanted") == "on"
    async with coordinator.floor.database.begin() as db:
        who = coordinator
        await home_choices.switch_parents(db, who.school.id, wanted=wanted, now=who.now, by=who.by)
    return frame.back(coordinator, "/home", done="home_parents_on" if wanted else "home_parents_off")


_HERE = f"{ADDRESS}/{{school}}/home"

ROUTES = [
    Route(_HERE, opens(settings)),
    Route(_HERE, act(choose_way), methods=["POST"]),
    Route(f"{_HERE}/parents", opens(ask_parents)),
    Route(f"{_HERE}/parents", act(switch_parents), methods=["POST"]),
]

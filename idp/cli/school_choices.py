"""What a school decides for everybody in it: signing in at home, two steps for all its staff, names on tiles (D3, D7, D24, R101)."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

import typer

from directory import home, schools, showing
from directory.home import Way
from directory.lifecycle import two_steps
from idp.cli import output
from idp.cli.acting import OPERATOR, perform, refuse_unasked
from idp.cli.options import AsJson, OnRequest, SchoolCode, line
from idp.cli.output import Refused
from idp.core.clock import school_year
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import home_choices

AS_SCHOOL: Final = "school"
WRONG: Final = {
    "name": "whoever is sent to a network environment must be told which: --network-name",
    "url": "--network-url is an https address",
}

NetworkName = Annotated[
    str | None, typer.Option(help="Name of the network environment, as pupils know it.", callback=line(100))
]
Ways = Annotated[
    list[str] | None, typer.Option("--group", metavar="NAME=here|network|school", help="A group that does otherwise.")
]


def at_home(
    code: SchoolCode,
    *,
    way: Annotated[
        Literal["here", "network"] | None, typer.Option(help="With a code, or by a network environment.")
    ] = None,
    network_name: NetworkName = None,
    network_url: Annotated[str | None, typer.Option(help="Its https address.")] = None,
    group: Ways = None,
    parents: Annotated[bool | None, typer.Option("--parents/--no-parents", help="Accounts for parents.")] = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """How pupils of a school sign in at home; without options how it stands. --no-parents erases the addresses that the school entered."""

    async def work(laid: Floor) -> dict[str, Any]:
        asked = (way, network_name, network_url, group, parents)
        if any(one is not None for one in asked):
            refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, code)
            before = await home.rules_to_change(db, at.id)
            wanted = replace(
                before,
                way=way or before.way,
                network_name=before.network_name if network_name is None else network_name,
                network_url=before.network_url if network_url is None else network_url,
            )
            ways = await _ways(db, laid, at.id, group or [])
            if wrong := home_choices.refusal(wanted, ways):
                raise Refused("refused", WRONG[wrong])
            await home_choices.choose_way(db, at.id, before, wanted, ways, now=laid.now, by=OPERATOR)
            if parents is not None:
                await home_choices.switch_parents(db, at.id, wanted=parents, now=laid.now, by=OPERATOR)
            return await _standing(db, laid, at.id, at.code)

    shown = perform(work, as_json=as_json)
    groups = [f"{name}  {done}" for name, done in shown["groups"].items() if done != AS_SCHOOL]
    on = "on" if shown["parents"] else "off"
    named = " ".join(filter(None, (shown["network_name"], shown["network_url"])))
    output.answer(shown, [f"at home: {shown['way']} {named}".strip(), f"parents: {on}", *groups], as_json=as_json)


async def _standing(db: Db, laid: Floor, school_id: int, code: str) -> dict[str, Any]:
    rules = await home.rules(db, school_id)
    groups = {one.name: one.way or AS_SCHOOL for one in await _groups(db, laid, school_id)}
    named = {"network_name": rules.network_name, "network_url": rules.network_url}
    return {"school": code, "way": rules.way, **named, "parents": rules.parents, "groups": groups}


async def _groups(db: Db, laid: Floor, school_id: int) -> list[home.HomeGroup]:
    return await home.groups(db, school_id, school_year=school_year(laid.now))


async def _ways(db: Db, laid: Floor, school_id: int, told: list[str]) -> dict[int, Way | None]:
    known = {one.name: one.id for one in await _groups(db, laid, school_id)}
    found: dict[int, Way | None] = {}
    for one in told:
        name, _, text = one.rpartition("=")
        if name not in known or (home.read_way(text) is None and text != AS_SCHOOL):
            raise Refused("refused", f"--group names a group and here, network or school; {name!r} does not")
        found[known[name]] = home.read_way(text)
    return found


def for_staff(
    code: SchoolCode,
    *,
    wanted: Annotated[
        bool, typer.Option("--on/--off", help="Whether all staff of this school sign in with two steps.")
    ],
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Two steps for all staff of a school at once, or no longer (R101); every coordinator is mailed."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        contact = laid.settings.support_contact
        async with laid.database.begin() as db:
            at = await schools.by_code(db, code)
            changed = await two_steps.switch(db, at.id, wanted=wanted, by=OPERATOR, contact=contact, now=laid.now)
        return {"school": at.code, "two_steps": wanted, "changed": changed}

    shown = perform(work, as_json=as_json)
    told = "sign in with two steps" if wanted else "may sign in with one step"
    output.answer(shown, [f"All staff of {shown['school']} {told}."], as_json=as_json)


def names(
    code: SchoolCode,
    *,
    shown: Annotated[
        bool,
        typer.Option("--show/--hide", help="Whether the pictures of children have first names before they sign in."),
    ],
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """First names at the pictures of a school's children before they sign in, or pictures alone (D24)."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, code)
            changed = await showing.show_names(db, at.id, shown=shown, now=laid.now, by=OPERATOR)
        return {"school": at.code, "names": shown, "changed": changed}

    told = perform(work, as_json=as_json)
    says = "first names" if shown else "no names"
    output.answer(
        told, [f"The pictures of children at {told['school']} have {says} before they sign in."], as_json=as_json
    )

"""Home, for a whole group: who has a code and until when, whose parents were entered, and one click for everybody (R124, R125, D29)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import classroom
from directory import home as homes
from directory.classroom import GroupChild
from directory.home import Rules, Way
from directory.identifiers import parse_email_address
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import forgotten, home_acts, home_codes, parents
from idp.credentials.forgotten import Told
from idp.credentials.home_codes import CodeState
from idp.credentials.parents import Known
from idp.signin import tries
from idp.web.classroom import frame
from idp.web.classroom.guards import ADDRESS, HOME_DOOR, Teacher
from idp.web.classroom.mailing import TooOften, check_pace
from idp.web.guarding import Form

TOO_OFTEN: Final = "classroom.home.refused.mailed_too_often"


@dataclass(frozen=True, slots=True)
class AtHome:
    """How it stands with home for some children of a group. `counters` are those of their tries at home.

    `environment` is the name and address of the network environment by which the group goes, where it does.
    """

    rules: Rules
    way: Way
    environment: tuple[str, str]
    codes: Mapping[int, CodeState]
    parents: Mapping[int, Sequence[Known]]
    counters: Mapping[int, Sequence[bytes]]


async def at_home(db: Db, teacher: Teacher, children: list[GroupChild]) -> AtHome:
    """Reads it. Where the school lets no parents in, there are no addresses."""
    school_id, ids, keyring = teacher.school.id, [child.person_id for child in children], teacher.floor.keyring
    codes = await home_codes.states(db, school_id, ids, today=teacher.today)
    entered = await parents.of_children(db, school_id, ids)
    counters = {
        child_id: [
            *([tries.by_code(keyring, codes[child_id].lookup)] if child_id in codes else []),
            *(tries.by_parent(keyring, one.parent_id, child_id) for one in entered.get(child_id, ())),
        ]
        for child_id in ids
    }
    way = await homes.way_of_group(db, school_id, teacher.group.id)
    environment = await homes.environment(db, school_id, teacher.group.id)
    return AtHome(await homes.rules(db, school_id), way, environment, codes, entered, counters)


async def group(teacher: Teacher) -> Response:
    """Every child with how it stands, and no code on the page."""
    async with teacher.floor.database.read() as db:
        children = await teacher.children(db)
        known = await at_home(db, teacher, children)
    return await _page(teacher, children, known, codes=None)


async def codes(teacher: Teacher) -> Response:
    """The same with every code, because somebody asked: recorded before it is shown."""
    async with teacher.floor.database.begin() as db:
        children = await teacher.children(db)
        known = await at_home(db, teacher, children)
        asked = {child.person_id: child.ledger_id for child in children}
        found = await home_acts.show(db, teacher.floor.keyring, asked, teacher.act, today=teacher.today, way="screen")
    return await _page(teacher, children, known, codes=found)


async def _page(
    teacher: Teacher, children: list[GroupChild], known: AtHome, *, codes: Mapping[int, str] | None
) -> Response:
    waits = await tries.pauses_at_home(teacher.floor, known.counters)
    labels = classroom.labels(children)
    rows = [
        row_of(
            teacher, child, known, label=labels[child.person_id], waits=waits, code=(codes or {}).get(child.person_id)
        )
        for child in children
    ]
    living = [row for row in rows if row["code"]["live"]]
    return frame.respond(
        teacher,
        "home.html",
        children=rows,
        living=len(living),
        until=max((row["code"]["until"] for row in living), default=None),
        showing=codes is not None,
        **shared(known),
    )


def shared(known: AtHome) -> Mapping[str, Any]:
    """What every page about home says of the school: who goes another way, and whether parents have accounts."""
    rules = known.rules
    name, url = known.environment
    network = {"name": name, "url": url} if known.way == "network" else None
    return {"network": network, "parents_on": rules.parents}


def row_of(
    teacher: Teacher,
    child: GroupChild,
    known: AtHome,
    *,
    label: str,
    waits: Mapping[int, int],
    code: str | None = None,
) -> Mapping[str, Any]:
    """A child for a template: its code's state (the code itself only where somebody asked for it), its parents' addresses."""
    state = known.codes.get(child.person_id)
    told = {"until": state.expires_on if state else None, "live": state is not None and state.live}
    entered = [
        {"id": one.parent_id, "email": one.email, "on": one.permission_on, "used": one.used, "bounced": one.bounced}
        for one in known.parents.get(child.person_id, ())
    ]
    base = frame.shown(teacher, child, state=None, waits=waits.get(child.person_id, 0), label=label)
    shown = {**told, "text": home_codes.written(code) if code else None}
    return {**base, "home": f"{base['url']}/home", "code": shown, "parents": entered}


async def make(teacher: Teacher, _: Form) -> Response:
    """A code for whoever has none; who has one keeps it."""
    async with teacher.floor.database.begin() as db:
        await refuse_elsewhere(db, teacher)
        await home_acts.make(db, teacher.floor.keyring, await _everybody(db, teacher), teacher.act, today=teacher.today)
    return frame.back(teacher, "/home", done="codes_made")


async def refuse_elsewhere(db: Db, teacher: Teacher) -> None:
    """Raises `Problem("request.invalid")` where this group signs in at home by a network environment: a code would open nothing (R127)."""
    if await homes.way_of_group(db, teacher.school.id, teacher.group.id) != "here":
        raise Problem("request.invalid", detail="this group signs in at home elsewhere")


async def _everybody(db: Db, teacher: Teacher) -> dict[int, str]:
    return {child.person_id: child.ledger_id for child in await teacher.children(db)}


async def whole(teacher: Teacher) -> Response:
    """New codes for everybody, or none any more: what that means in numbers, before the yes."""
    async with teacher.floor.database.read() as db:
        children = await teacher.children(db)
        known = await at_home(db, teacher, children)
    living = sum(1 for state in known.codes.values() if state.live)
    return frame.respond(teacher, "home_whole.html", count=len(children), living=living, **shared(known))


async def renew(teacher: Teacher, form: Form) -> Response:
    """Everybody gets a new code; the old ones are dead at once."""
    _must_be_sure(form)
    async with teacher.floor.database.begin() as db:
        await refuse_elsewhere(db, teacher)
        await home_acts.renew(db, teacher.floor.keyring, await _everybody(db, teacher), teacher.act)
    return frame.back(teacher, "/home", done="codes_renewed")


async def withdraw(teacher: Teacher, form: Form) -> Response:
    """Nobody has a code any more."""
    _must_be_sure(form)
    async with teacher.floor.database.begin() as db:
        await home_acts.withdraw(db, await _everybody(db, teacher), teacher.act)
    return frame.back(teacher, "/home", done="codes_withdrawn")


def _must_be_sure(form: Form) -> None:
    if not form.get("sure"):
        raise Problem("request.invalid", detail="for a whole group without the yes")


async def ask_addresses(teacher: Teacher) -> Response:
    """To whom? An address per child, typed here and kept nowhere (D29)."""
    return await _addresses(teacher, {}, error=None)


async def _addresses(teacher: Teacher, values: Form, *, error: str | None) -> Response:
    async with teacher.floor.database.read() as db:
        children = await teacher.children(db)
        known = await at_home(db, teacher, children)
    rows = [
        {**frame.shown(teacher, child, state=None), "typed": values.get(f"unkept_{child.person_id}", "")}
        for child in children
    ]
    return frame.respond(teacher, "home_mail.html", error=error, children=rows, wrong=_wrong(values), **shared(known))


def _wrong(values: Form) -> frozenset[str]:
    """The fields in which something stands that is no address."""
    return frozenset(name for name, text in values.items() if name.startswith("unkept_") and _address(text) is None)


def _address(text: str) -> str | None:
    """An address as it is stored, nothing for an empty field, None for what is none."""
    try:
        return parse_email_address(text) if text.strip() else ""
    except ValueError:
        return None


async def send(teacher: Teacher, form: Form) -> Response:
    """Mails the codes of the children beside whom an address stands."""
    if _wrong(form):
        return await _addresses(teacher, form, error="classroom.home.refused.address")
    try:
        async with teacher.floor.database.begin() as db:
            await refuse_elsewhere(db, teacher)
            children = await _everybody(db, teacher)
            typed = {child_id: _address(form.get(f"unkept_{child_id}", "")) for child_id in children}
            wanted = {child_id: address for child_id, address in typed.items() if address}
            await mail_codes(db, teacher, children, wanted)
    except TooOften:
        return await _addresses(teacher, form, error=TOO_OFTEN)
    if not wanted:
        return await _addresses(teacher, form, error="classroom.home.refused.nobody")
    return frame.back(teacher, "/home", done="codes_mailed")


async def mail_codes(db: Db, teacher: Teacher, children: Mapping[int, str], wanted: Mapping[int, str]) -> None:
    """Mails the codes of some children of the group, each to the address beside it. Raises `TooOften`, and then nothing is to be committed."""
    await check_pace(teacher.floor, teacher.school.id, wanted.values())
    school, keyring, today = teacher.school.name, teacher.floor.keyring, teacher.today
    await home_acts.send(db, keyring, children, wanted, teacher.act, school=school, told=told(teacher), today=today)


def told(teacher: Teacher) -> Told:
    """What a mail to a parent says of us. In Dutch: in which language parents read nobody knows."""
    settings = teacher.floor.settings
    return Told(settings.base_url, settings.support_contact, forgotten.network_name(teacher.address), "nl")


def read_day(text: str) -> date | None:
    """A day as browsers send it, `2026-11-22`; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


_HERE = f"{ADDRESS}/{{school}}/{{group}}/home"

ROUTES = [
    Route(_HERE, HOME_DOOR.view(group)),
    Route(f"{_HERE}/codes", HOME_DOOR.opens(codes)),
    Route(f"{_HERE}/make", HOME_DOOR.acts_at_once(make), methods=["POST"]),
    Route(f"{_HERE}/whole", HOME_DOOR.opens(whole)),
    Route(f"{_HERE}/renew", HOME_DOOR.act(renew), methods=["POST"]),
    Route(f"{_HERE}/withdraw", HOME_DOOR.act(withdraw), methods=["POST"]),
    Route(f"{_HERE}/mail", HOME_DOOR.opens(ask_addresses)),
    Route(f"{_HERE}/mail", HOME_DOOR.act(send), methods=["POST"]),
]

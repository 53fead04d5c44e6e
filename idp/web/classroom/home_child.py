"""Home, for one child: its code, "Code kwijt", and the addresses of its parents (R126, R128-R130, R169, D29)."""

from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from directory import home as homes
from directory.classroom import GroupChild
from directory.identifiers import parse_email_address
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import home_acts, parents, pupil_acts, pupil_secrets
from idp.signin import tries
from idp.web.classroom import frame
from idp.web.classroom.guards import ADDRESS, HOME_DOOR, Teacher
from idp.web.classroom.home import TOO_OFTEN, at_home, mail_codes, read_day, refuse_elsewhere, row_of, shared, told
from idp.web.classroom.mailing import TooOften, check_pace, check_signing_out
from idp.web.classroom.whole import kind_of
from idp.web.guarding import Form, number


async def child(teacher: Teacher) -> Response:
    """The child, its code hidden."""
    async with teacher.floor.database.read() as db:
        return await _page(db, teacher, await teacher.child(db))


async def code(teacher: Teacher) -> Response:
    """The child with its code, because somebody asked: recorded before it is shown."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        return await _page(db, teacher, one, code=await _shown(db, teacher, one))


async def both(teacher: Teacher) -> Response:
    """The child with its code and its secret, after both were renewed with one click."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        asked = {one.person_id: one.ledger_id}
        found = await pupil_acts.show(db, teacher.floor.keyring, asked, teacher.act, way="screen")
        secret = frame.told(found.get(one.person_id))
        return await _page(db, teacher, one, code=await _shown(db, teacher, one), secret=secret)


async def _shown(db: Db, teacher: Teacher, one: GroupChild) -> str | None:
    asked = {one.person_id: one.ledger_id}
    found = await home_acts.show(db, teacher.floor.keyring, asked, teacher.act, today=teacher.today, way="screen")
    return found.get(one.person_id)


async def _page(
    db: Db,
    teacher: Teacher,
    one: GroupChild,
    *,
    code: str | None = None,
    secret: Any = None,
    error: str | None = None,
    values: Form | None = None,
) -> Response:
    known = await at_home(db, teacher, [one])
    waits = await tries.pauses_at_home(teacher.floor, known.counters)
    kinds = await pupil_secrets.kinds_of(db, [one.person_id])
    return frame.respond(
        teacher,
        "home_child.html",
        error=error,
        child=row_of(teacher, one, known, label=one.full_name, waits=waits, code=code),
        secret=secret,
        likely=kinds.get(one.person_id, teacher.group.secret_kind),
        values=values or {},
        today=teacher.today,
        places_left=parents.MOST - len(known.parents.get(one.person_id, ())),
        **shared(known),
    )


async def renew(teacher: Teacher, form: Form) -> Response:
    """A first code, or another one; with a new secret in the same click where the form says of which kind (R126)."""
    kind = kind_of(form) if form.get("kind") else None
    async with teacher.floor.database.begin() as db:
        await refuse_elsewhere(db, teacher)
        one = await teacher.child(db)
        asked = {one.person_id: one.ledger_id}
        await home_acts.renew(db, teacher.floor.keyring, asked, teacher.act)
        if kind is not None:
            await pupil_acts.renew(db, teacher.floor.keyring, asked, {one.person_id: kind}, teacher.act)
    if kind is None:
        return frame.back(teacher, f"/{one.person_id}/home/code", done="code_renewed")
    await tries.forgive(teacher.floor, [one.person_id])
    return frame.back(teacher, f"/{one.person_id}/home/both", done="both_renewed")


async def withdraw(teacher: Teacher, _: Form) -> Response:
    """No code any more."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        await home_acts.withdraw(db, {one.person_id: one.ledger_id}, teacher.act)
    return frame.back(teacher, f"/{one.person_id}/home", done="code_withdrawn")


async def send(teacher: Teacher, form: Form) -> Response:
    """Mails the code to an address that was typed, and kept nowhere (D29)."""
    email = _address(form, "unkept_email")
    if email is None:
        return await _refused(teacher, form, "classroom.home.refused.address")
    try:
        async with teacher.floor.database.begin() as db:
            one = await teacher.child(db)
            await refuse_elsewhere(db, teacher)
            await mail_codes(db, teacher, {one.person_id: one.ledger_id}, {one.person_id: email})
    except TooOften:
        return await _refused(teacher, form, TOO_OFTEN)
    return frame.back(teacher, f"/{one.person_id}/home", done="code_mailed")


async def _refused(teacher: Teacher, form: Form, error: str) -> Response:
    """The page with what is wrong, and what was typed."""
    async with teacher.floor.database.read() as db:
        return await _page(db, teacher, await teacher.child(db), error=error, values=form)


async def forgive(teacher: Teacher, _: Form) -> Response:
    """Who tried too often at home may try again at once."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        known = await at_home(db, teacher, [one])
        await teacher.act.note(db, "pupil.tries_forgiven", [one.ledger_id])
    await tries.forgive_at_home(teacher.floor, known.counters[one.person_id])
    return frame.back(teacher, f"/{one.person_id}/home", done="forgiven")


async def enter(teacher: Teacher, form: Form) -> Response:
    """A parent's address, with the permission that the parent gave on a day that has come (R128)."""
    email, day = _address(form), read_day(form.get("permission_on", ""))
    wrong = await _refusal(teacher, form)
    if wrong is None and email is not None and day is not None:
        try:
            wrong = await _entered(teacher, email, permission_on=day)
        except TooOften:
            wrong = TOO_OFTEN
    if wrong is not None:
        return await _refused(teacher, form, wrong)
    return frame.back(teacher, f"/{teacher.number('child')}/home", done="parent_entered")


async def _entered(teacher: Teacher, email: str, *, permission_on: date) -> str | None:
    """Enters it; why not, as the key of a sentence. Raises `TooOften`."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        # Whoever switches parents' accounts off at this moment is waited for: an address that comes after it would stay for nothing (D40).
        if not (await homes.rules_to_change(db, teacher.school.id)).parents:
            return "classroom.home.refused.off"
        about: dict[str, Any] = {"permission_on": permission_on, "school": teacher.school.name, "told": told(teacher)}
        child_, keyring = (one.person_id, one.ledger_id), teacher.floor.keyring
        outcome = await home_acts.enter_parent(db, keyring, child_, email, teacher.act, **about)
        if outcome == "entered":
            await check_pace(teacher.floor, teacher.school.id, [email])
    return None if outcome == "entered" else f"classroom.home.refused.{outcome}"


async def _refusal(teacher: Teacher, form: Form) -> str | None:
    """What is wrong with the form of an address, as the key of its sentence."""
    async with teacher.floor.database.read() as db:
        rules_of_school = await homes.rules(db, teacher.school.id)
    day = read_day(form.get("permission_on", ""))
    rules = (
        ("off", not rules_of_school.parents),
        ("address", _address(form) is None),
        ("permission", not form.get("permission")),
        ("day", day is None or day > teacher.today),
    )
    return next((f"classroom.home.refused.{code}" for code, broken in rules if broken), None)


def _address(form: Form, name: str = "email") -> str | None:
    try:
        return parse_email_address(form.get(name, ""))
    except ValueError:
        return None


async def remove(teacher: Teacher, form: Form) -> Response:
    """Takes an address away: gone at once, and the account with the last one (D29)."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        if not await home_acts.remove_parent(db, (one.person_id, one.ledger_id), _parent(form), teacher.act):
            raise Problem("not_found", status=404, detail="no such address at this child")
    return frame.back(teacher, f"/{one.person_id}/home", done="parent_removed")


async def sign_out(teacher: Teacher, form: Form) -> Response:
    """Ends what a parent has open, on a device that was lost or lent: the password stays."""
    parent_id = _parent(form)
    try:
        async with teacher.floor.database.begin() as db:
            one = await teacher.child(db)
            if not await home_acts.sign_parent_out(db, (one.person_id, one.ledger_id), parent_id, teacher.act):
                raise Problem("not_found", status=404, detail="no such address at this child")
            await check_signing_out(teacher.floor, teacher.school.id, parent_id)
    except TooOften:
        return await _refused(teacher, {}, "classroom.home.refused.signed_out_too_often")
    return frame.back(teacher, f"/{one.person_id}/home", done="parent_signed_out")


async def again(teacher: Teacher, form: Form) -> Response:
    """Mails the parent once more."""
    try:
        async with teacher.floor.database.begin() as db:
            one = await teacher.child(db)
            known = (await at_home(db, teacher, [one])).parents.get(one.person_id, ())
            parent = next((each for each in known if each.parent_id == _parent(form)), None)
            if parent is None:
                raise Problem("not_found", status=404, detail="no such address at this child")
            await check_pace(teacher.floor, teacher.school.id, [parent.email])
            about: dict[str, Any] = {"school": teacher.school.name, "told": told(teacher)}
            child_, keyring = (one.person_id, one.ledger_id), teacher.floor.keyring
            await home_acts.invite_parent(db, keyring, child_, parent.parent_id, teacher.act, **about)
    except TooOften:
        return await _refused(teacher, form, TOO_OFTEN)
    return frame.back(teacher, f"/{one.person_id}/home", done="parent_mailed")


def _parent(form: Form) -> int:
    return number(form.get("parent", ""))


_HERE = f"{ADDRESS}/{{school}}/{{group}}/{{child}}/home"

ROUTES = [
    Route(_HERE, HOME_DOOR.opens(child)),
    Route(f"{_HERE}/code", HOME_DOOR.opens(code)),
    Route(f"{_HERE}/both", HOME_DOOR.opens(both)),
    Route(f"{_HERE}/renew", HOME_DOOR.act(renew), methods=["POST"]),
    Route(f"{_HERE}/withdraw", HOME_DOOR.act(withdraw), methods=["POST"]),
    Route(f"{_HERE}/mail", HOME_DOOR.act(send), methods=["POST"]),
    Route(f"{_HERE}/forgive", HOME_DOOR.act(forgive), methods=["POST"]),
    Route(f"{_HERE}/parents", HOME_DOOR.act(enter), methods=["POST"]),
    Route(f"{_HERE}/parents/remove", HOME_DOOR.act(remove), methods=["POST"]),
    Route(f"{_HERE}/parents/out", HOME_DOOR.act(sign_out), methods=["POST"]),
    Route(f"{_HERE}/parents/again", HOME_DOOR.act(again), methods=["POST"]),
]

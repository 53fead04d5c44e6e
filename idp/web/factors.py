"""What a member of staff signs in with beside the password: passkeys, the app for codes, recovery codes. Opened with a fresh proof only (C-318).

Every change ends all other sessions; this browser's goes on under a new id, so that the form of a page from before fits nothing any more.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from directory import people
from idp.core.crypto import CannotOpen
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms, headers, visitors
from idp.signin import own_sessions, sessions
from idp.web import guarding, qr, this_browser
from idp.web.guarding import Door, Form, Sitting
from mfa import ceremony, challenges, changes, factors, passkeys, totp
from mfa.ceremony import New, NotProven
from mfa.changes import Acting

ADDRESS: Final = "/account/two-steps"
APP: Final = f"{ADDRESS}/app"
OFF: Final = f"{ADDRESS}/off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Sitting):
    """A member of staff at the page about his own second step."""

    @property
    def ticket(self) -> str:
        """Of this session only."""
        return self.floor.keyring.mac("ticket", "two steps", self.session.key).hex()[:32]

    @property
    def acting(self) -> Acting:
        """What a change is told about who makes it."""
        who = self.session.person_id, self.by, self.floor.settings.support_contact, self.now
        return Acting(*who, session_mark=self.session.mark)

    @property
    def bound(self) -> tuple[str, ...]:
        """What a challenge of these pages belongs to."""
        return "session", self.session.key.hex(), "make", str(self.session.person_id)


async def lets_in(request: Request, within: int | None) -> Member | Response:
    """The member of staff, or the way to prove oneself (again). Raises `Problem("not_found")` for a child."""
    come = await guarding.arrival(request, closed="not_found")
    session, now = come.session, come.resources.floor.now
    if session is None or not (guarding.by_own_proof(session) and guarding.fresh(session, within=within, now=now)):
        return await come.prove(back=ADDRESS)
    return Member(**await come.sitting(session))


async def shown(db: Db, person_id: int) -> dict[str, Any]:
    """What the account page says about the second step."""
    owned = await factors.of(db, person_id)
    return {
        "on": owned.any,
        "app_since": owned.app_since,
        "passkeys": owned.passkeys,
        "recovery_left": owned.codes_left,
        "few": owned.few_codes,
    }


async def page(member: Member) -> Response:
    """Everything somebody signs in with, and what can be done about it."""
    return await _page(member)


async def _page(member: Member, *, error: str | None = None, codes: list[str] | None = None) -> Response:
    floor, person_id = member.floor, member.session.person_id
    async with floor.database.read() as db:
        two_steps = await shown(db, person_id)
        must = await changes.required(db, person_id, now=member.now)
        asked = await _asked(db, member)
    said = forms.query_of(member.request).get("done", "")
    pages = member.resources.pages
    return pages.respond(
        member.request,
        "two_steps.html",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        action=ADDRESS,
        ticket=member.ticket,
        two_steps=two_steps,
        last=must and len(two_steps["passkeys"]) + (two_steps["app_since"] is not None) == 1,
        must=must,
        asked=asked,
        named=this_browser.name_of(member.request),
        may_opt_out=must and two_steps["on"] and floor.settings.mfa_coordinator_opt_out,
        codes=codes,
        done=f"factors.done.{said}" if pages.has_text(f"factors.done.{said}") else None,
        error=error,
    )


async def _asked(db: Db, member: Member) -> str | None:
    """What the browser is asked to make a passkey, as JSON; None where passkeys cannot be."""
    floor, person_id = member.floor, member.session.person_id
    place = ceremony.place_of(floor.settings.base_url)
    if place is None:
        return None
    account = await people.email_of(db, person_id) or ""
    called = await people.first_name_of(db, person_id) or account
    challenge = challenges.issue(floor.keyring, *member.bound, now=member.now)
    handle, known = await _handle(db, member), await passkeys.known(db, person_id)
    made = ceremony.to_make(place, challenge, handle=handle, account=account, called=called, known=known)
    return orjson.dumps(made).decode()


async def _handle(db: Db, member: Member) -> bytes:
    # Who has no passkey yet gets the same handle at the page and at its answer.
    fresh = member.floor.keyring.mac("token", "passkey handle", *member.bound)
    person_id = member.session.person_id
    return await passkeys.handle_of(db, person_id) if await passkeys.enrolled(db, person_id) else fresh


async def change(member: Member, form: Form) -> Response:
    """What one of the forms of the page does."""
    if "passkey" in form:
        return await _add_passkey(member, form)
    if "codes" in form:
        return await _renew_codes(member)
    acting = member.acting
    async with member.floor.database.begin() as db:
        if "remove_app" in form:
            done, said = await changes.remove_app(db, acting), "app_removed"
        else:
            wanted = guarding.number(form.get("remove", ""))
            done, said = await changes.remove_passkey(db, acting, wanted), "passkey_removed"
        epoch = await own_sessions.epoch_after(db, member.session) if done else 0
    return await _on(member, said, epoch=epoch) if done else await _page(member, error="factors.refused")


async def _add_passkey(member: Member, form: Form) -> Response:
    new = await _made(member, form["passkey"])
    if new is None:
        return await _page(member, error="signin.passkey.wrong")
    name = passkeys.name_from(form.get("name", ""), otherwise=ceremony.NAME)
    floor = member.floor
    async with floor.database.begin() as db:
        handle = await _handle(db, member)
        codes = await changes.add_passkey(db, floor.keyring, member.acting, new, handle=handle, name=name)
        epoch = await own_sessions.epoch_after(db, member.session) if codes is not None else 0
    if codes is None:
        return await _page(member, error="signin.passkey.wrong")
    ways = ("swk" if new.synced else "hwk", "user")
    return await _on(member, "passkey_added", epoch=epoch, codes=codes, ways=ways)


async def _made(member: Member, text: str) -> New | None:
    """The new passkey, if the answer proves it and its challenge is one of this session's pages, used for the first time."""
    floor = member.floor
    place = ceremony.place_of(floor.settings.base_url)
    try:
        answer = ceremony.read(text)
        spent = await challenges.spend(floor.store, floor.keyring, answer.challenge, *member.bound, now=member.now)
        return ceremony.verify_new(place, text, answer) if place and spent else None
    except NotProven:
        return None


async def _renew_codes(member: Member) -> Response:
    async with member.floor.database.begin() as db:
        codes = await changes.renew_codes(db, member.floor.keyring, member.acting)
        await own_sessions.check_unended(db, member.session)
    return await _page(member, codes=codes)


async def ask_opt_out(member: Member) -> Response:
    """What one step means, before anybody chooses it. Only where the operator allows it. Raises `Problem("not_found")`."""
    _check_allowed(member)
    return _opt_out_page(member, error=None)


def _opt_out_page(member: Member, *, error: str | None) -> Response:
    return member.resources.pages.respond(
        member.request,
        "two_steps_off.html",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        action=OFF,
        back=ADDRESS,
        ticket=member.ticket,
        error=error,
    )


async def opt_out(member: Member, form: Form) -> Response:
    """One step from now on, chosen with a fresh second factor (D7)."""
    _check_allowed(member)
    if not form.get("sure"):
        return _opt_out_page(member, error="factors.off.not_sure")
    async with member.floor.database.begin() as db:
        done = await changes.opt_out(db, member.acting)
        epoch = await own_sessions.epoch_after(db, member.session) if done else 0
    return await _on(member, "opted_out", epoch=epoch) if done else _opt_out_page(member, error="factors.off.refused")


def _check_allowed(member: Member) -> None:
    if not member.floor.settings.mfa_coordinator_opt_out or member.session.second_at is None:
        raise Problem("not_found", status=404, detail="this installation allows nobody one step")


async def ask_app(member: Member) -> Response:
    """The secret of a new app, as a QR code and in writing. The former app works until the new one is proven."""
    return await _app_page(member, totp.new_secret())


async def _app_page(member: Member, secret: str, *, error: str | None = None) -> Response:
    floor = member.floor
    async with floor.database.read() as db:
        account = await people.email_of(db, member.session.person_id) or ""
        had = await totp.enrolled(db, member.session.person_id)
    return member.resources.pages.respond(
        member.request,
        "two_steps_app.html",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        action=APP,
        back=ADDRESS,
        ticket=member.ticket,
        sealed=floor.keyring.seal(secret.encode(), bound_to=_place(member)).hex(),
        secret=secret,
        qr_svg=qr.svg(totp.uri(secret, account=account)),
        had=had,
        error=error,
    )


async def set_up_app(member: Member, form: Form) -> Response:
    """The first code of the new app proves it; only then does the former one end."""
    floor = member.floor
    try:
        secret = floor.keyring.open(bytes.fromhex(form.get("sealed", "")), bound_to=_place(member)).decode()
    except (ValueError, CannotOpen):
        raise Problem("csrf", status=403, detail="a secret that this session was not shown") from None
    step = totp.matching_step(secret, form.get("code", "")[:16], now=member.now)
    if step is None:
        return await _app_page(member, secret, error="signin.enrol.wrong")
    async with floor.database.begin() as db:
        codes = await changes.set_up_app(db, floor.keyring, member.acting, secret, used_step=step)
        epoch = await own_sessions.epoch_after(db, member.session)
    return await _on(member, "app_set_up", epoch=epoch, codes=codes, ways=("otp",))


def _place(member: Member) -> str:
    return f"two_steps.app.{member.session.key.hex()}"


async def _on(
    member: Member, said: str, *, epoch: int, codes: list[str] | None = None, ways: tuple[str, ...] = ()
) -> Response:
    """After a change that ended all sessions, which made it this `epoch`: this one goes on. A factor just proven counts as its second one."""
    floor, session = member.floor, member.session
    second_at = int(member.now.timestamp()) if ways else session.second_at
    moved = await sessions.move_on(floor.store, floor.keyring, session, epoch=epoch, second_at=second_at, ways=ways)
    if not codes or moved is None:
        return visitors.go_on(f"{ADDRESS}?done={said}", moved)
    anew, cookie = moved
    there = Member(
        request=member.request, resources=member.resources, session=anew, by=member.by, address=member.address
    )
    return visitors.attach_session(await _page(there, codes=codes), cookie)


_DOOR: Final = Door(lets_in, to_open=guarding.STEP_UP, to_send=guarding.TO_SEND)

ROUTES = [
    Route(ADDRESS, _DOOR.opens(page), methods=["GET"]),
    Route(ADDRESS, _DOOR.act(change), methods=["POST"]),
    Route(APP, _DOOR.opens(ask_app), methods=["GET"]),
    Route(APP, _DOOR.act(set_up_app), methods=["POST"]),
    Route(OFF, _DOOR.opens(ask_opt_out), methods=["GET"]),
    Route(OFF, _DOOR.acts_at_once(opt_out), methods=["POST"]),
]

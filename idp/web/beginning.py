"""A sign-in begins at a page of ours: the front door, or one that wants a whole and fresh proof, with the form that came too late kept for it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from directory import people
from idp.core.crypto import CannotOpen, Keyring
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.http import forms, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import answers, attempts, flow
from idp.signin.attempts import Attempt
from idp.signin.question import Visitor

ADDRESS: Final = "/signin"


async def start(request: Request) -> Response:
    """Our own front door: a sign-in without a party."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    visitor = await visitors.visitor_of(request, resources.floor)
    # Who comes through the front door wants to say who he is: a session that is there already is not brought along.
    return await _begin(resources, visitor, way=form.get("way", ""))


async def ask_staff(
    resources: Resources, visitor: Visitor, *, back: str, school_id: int | None = None, kept: bytes | None = None
) -> Response:
    """The way to prove oneself wholly, password and code, and then back to a page of ours; who is signed in stays so until it is done.

    For the page of another school than that of the session, `school_id` says which: its rules for second factors count then. With a form that is
    `kept` the way leads to `back` with the attempt's id, where its sender finds it again.
    """
    return await _begin(resources, visitor, way="staff", back=back, school_id=school_id, kept=kept)


async def _begin(
    resources: Resources,
    visitor: Visitor,
    *,
    way: str,
    back: str | None = None,
    school_id: int | None = None,
    kept: bytes | None = None,
) -> Response:
    floor = resources.floor
    binding = visitors.bind(visitor, floor.keyring)
    now = int(floor.now.timestamp())
    began = attempts.AT_HOME if way == "home" else ""
    attempt = attempts.begin(
        floor.keyring, binding.key, now=now, question=None, card_device=visitor.by_card, began=began
    )
    attempt = answers.choose_way(attempt, way, upstream_id=visitor.upstream_id)
    attempt = await flow.recall_group(floor, attempt, visitor)
    if back is not None:
        attempt = await _once_more(floor, replace(attempt, back=back), visitor)
        attempt = replace(attempt, school_id=school_id or attempt.school_id)
    if kept is not None and visitor.session is not None:
        place = _place_of_kept(attempt.id, visitor.session.person_id)
        sealed = floor.keyring.seal(kept, bound_to=place).hex()
        attempt = replace(attempt, kept=sealed, back=f"{back}/{attempt.id}")
    await attempts.keep_new(floor.store, floor.keyring, attempt, network=visitor.network)
    return binding.attach(RedirectResponse(f"{ADDRESS}/{attempt.id}", status_code=303))


def open_kept(keyring: Keyring, sealed: str, *, attempt_id: str, person_id: int) -> bytes | None:
    """The form that was kept for this person in this attempt; None when it is somebody else's."""
    try:
        return keyring.open(bytes.fromhex(sealed), bound_to=_place_of_kept(attempt_id, person_id))
    except CannotOpen:
        return None


def _place_of_kept(attempt_id: str, person_id: int) -> str:
    return f"attempt.kept.{attempt_id}.{person_id}"


async def _once_more(floor: Floor, attempt: Attempt, visitor: Visitor) -> Attempt:
    """Who is signed in and proves himself again types no address and chooses no school."""
    session = visitor.session
    if session is None or session.kind != "staff":
        return attempt
    async with floor.database.read() as db:
        email = await people.email_of(db, session.person_id)
    return replace(attempt, email=email or "", school_id=session.school_id)

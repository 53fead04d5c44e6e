"""The pages of a sign-in. Each shows the step that `idp.signin` says is next, takes its answer, and comes back here; no step knows another."""

import contextlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import people
from idp.core.crypto import Keyring
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.credentials.pupil_secrets import PICKED
from idp.http import arriving, cookies, forms, headers, problems, visitors
from idp.http.announced import notice_of
from idp.http.kept import own
from idp.http.language import language_of, wish_for
from idp.http.resources import Resources, resources_of
from idp.signin import answers, attempts, flow
from idp.signin.attempts import Attempt
from idp.signin.desk import Desk
from idp.signin.opening import Opened
from idp.signin.question import Ready, Visitor
from idp.signin.steps import Known, Step, next_step
from idp.web import beginning, home_steps, network_steps
from idp.web import steps as pages_of_steps
from idp.web.beginning import ADDRESS
from idp.web.steps import NothingToShow, NotOffered, Page, by_tile

PAGES = {**pages_of_steps.PAGES, **home_steps.PAGES, **network_steps.PAGES}
SHOWN_TO_MANY = frozenset({Step.WAY, Step.CARD, Step.GROUP, Step.CHILD, Step.SAME_CHILD, Step.SECRET, Step.PASSWORD})
"""Steps whose pages differ from one visitor to the next in words that are marked as his own."""
OF_CHILDREN = frozenset({Step.SECRET, Step.HOME_SECRET})
"""Steps where a child taps its pictures one by one."""
AFTER_THE_PASSWORD = frozenset({Step.ENROL, Step.SECOND_FACTOR})
OF_STAFF = AFTER_THE_PASSWORD | {Step.PASSWORD}
"""Steps whose tries are counted apart on a browser that the account knows; so are a parent's."""
WITH_A_NOTICE = frozenset(
    {
        Step.WAY,
        Step.HOME,
        Step.PARENT,
        Step.NOT_HERE,
        Step.SCHOOL,
        Step.PASSWORD,
        Step.SECOND_FACTOR,
        Step.REFUSED,
        Step.NETWORK_REFUSED,
    }
)
"""Steps at which somebody who can read asks himself whether it is him or us; a child's page stays one question."""


async def show(request: Request) -> Response:
    """The page of the present step."""
    resources = resources_of(request)
    floor = resources.floor
    visitor, attempt = await _found(request, floor)
    attempt = await flow.catch_up(floor, attempt, visitor)
    return await present(request, resources, visitor, attempt)


async def _found(request: Request, floor: Floor, *, pressed: bool = False) -> tuple[Visitor, Attempt]:
    """Who is there and the attempt that the address names, going the way that the address names."""
    visitor = await visitors.visitor_of(request, floor)
    attempt_id = request.path_params["attempt"]
    attempt = await attempts.find(floor.store, floor.keyring, attempt_id, visitor.browser, pressed=pressed)
    attempt = _gone_in(request, attempt, visitor)
    return _speak_to(request, visitor, attempt), attempt


def _gone_in(request: Request, attempt: Attempt, visitor: Visitor) -> Attempt:
    """The attempt behind the door that the address names, if it names one. Raises `Problem("not_found")`."""
    door = request.path_params.get("door")
    if door is None:
        return attempt
    behind = answers.go_in(attempt, door, upstream_id=visitor.upstream_id)
    if behind is None:
        raise Problem("not_found", status=404)
    return behind


def _speak_to(request: Request, visitor: Visitor, attempt: Attempt) -> Visitor:
    """Whom pages of this request address, in which language: the one that the party wishes, where the visitor chose none."""
    problems.speak_to(request, "pupil" if attempt.way == "pupil" or attempt.group_id is not None else "staff")
    if attempt.question is None or attempt.question.lang is None:
        return visitor
    wish_for(request, attempt.question.lang)
    return replace(visitor, lang=language_of(request, cookies.read(request.headers.get("cookie"))))


async def answer(request: Request) -> Response:
    """An answer to one step; the next page is asked for anew, so that reload and back repeat nothing."""
    resources = resources_of(request)
    floor = resources.floor
    form = await forms.form_of(request)
    visitor, attempt = await _found(request, floor, pressed=True)
    step = form.get("step", "")
    if step not in answers.ANSWERS and step not in {Step.HOME_STOPPED, Step.NOT_HERE, Step.WAY, Step.GROUP, Step.CHILD}:
        raise Problem("csrf", status=403, detail="an answer to no step")
    attempts.check_ticket(floor.keyring, attempt, step, form.get("ticket", ""))
    if attempt.answered:
        if attempt.pressed != attempts.mark_of(floor.keyring, request.scope["path"], form):
            raise Problem("signin.expired", status=410, detail="answered already")
        proves = step in answers.BEFORE_PROOF and "passkey" not in form
        twice = await flow.again(floor, attempt, visitor, proves=proves)
        if isinstance(twice, Ready):
            return await arriving.done(request, resources, visitor, attempt, twice)
        attempt = twice
    if step in {Step.PASSWORD, Step.PARENT} and "forget_name" in form:
        return await _forget_name(resources, attempt)
    if attempt.proof is None and step in answers.NEED_NOTHING:
        known = Known(here=())
    else:
        known = flow.supposed(attempt) or await flow.known_of(floor, attempt, visitor)
    before = attempt.proof
    if answers.counts(attempt, known, step):
        picked = _half_picked(form) if step in OF_CHILDREN else None
        if picked is None:
            attempt = await _answered(request, resources, visitor, attempt, known, form)
        elif step == next_step(attempt, known):
            # Of a page that is over, and where nothing is to be shown any more, no tap counts: the present page is shown.
            with contextlib.suppress(NothingToShow):
                return await _render(request, resources, visitor, attempt, known, Step(step), picked=picked)
    known_now = flow.just_proven(attempt) if attempt.proof is not before else None
    return await _after(request, resources, visitor, attempt, form, known=known_now)


async def _forget_name(resources: Resources, attempt: Attempt) -> Response:
    """The same page with an empty field: this browser keeps no user name any more (R97)."""
    if attempt.proof is None:
        question = replace(attempt.question, hint=None) if attempt.question else None
        attempt = replace(attempt, email="", wrong=None, question=question)
        await attempts.keep(resources.floor.store, resources.floor.keyring, attempt)
    response = RedirectResponse(f"{ADDRESS}/{attempt.id}", status_code=303)
    visitors.remember_email(response, None)
    return response


async def _answered(
    request: Request, resources: Resources, visitor: Visitor, attempt: Attempt, known: Known, form: Mapping[str, str]
) -> Attempt:
    if back := form.get("back") or form.get("instead"):
        return answers.step_back(attempt, back)
    act = answers.ANSWERS.get(form["step"])
    if act is None:
        return attempt
    device = _device(request, resources.floor.keyring, attempt, form)
    desk = Desk(resources.floor, resources.hasher, visitor, here=known.here, device=device)
    return await act(desk, attempt, _whole(form))


def _device(request: Request, keyring: Keyring, attempt: Attempt, form: Mapping[str, str]) -> str | None:
    """This browser as a device of the account that is being proven; whose it is never goes by what a form of a later step says (D2)."""
    step = form["step"]
    if step not in OF_STAFF and step != Step.PARENT:
        return None
    email = attempt.email if step in AFTER_THE_PASSWORD else people.normal_email(form.get("email", ""))
    return visitors.device_of(request, keyring, email, of="parent" if step == Step.PARENT else "staff")


def _half_picked(form: Mapping[str, str]) -> tuple[str, ...] | None:
    """Without a script every tap is a form: the pictures picked so far, or None when the three are complete."""
    if "pick" not in form and "undo" not in form:
        return None
    picked = _picked(form)
    return picked if len(picked) < PICKED else None


def _picked(form: Mapping[str, str]) -> tuple[str, ...]:
    picked = [key for key in form.get("picked", "").split(",") if key]
    if "undo" in form:
        picked = picked[:-1]
    return (*picked, form["pick"]) if "pick" in form else tuple(picked)


def _whole(form: Mapping[str, str]) -> Mapping[str, str]:
    return {**form, "picked": ",".join(_picked(form))} if "pick" in form else form


async def _after(
    request: Request,
    resources: Resources,
    visitor: Visitor,
    attempt: Attempt,
    form: Mapping[str, str],
    *,
    known: Known | None,
) -> Response:
    if attempt.proof is None and not attempt.given_up:
        # Nothing was proven: the page decides what comes next, with what is true when it is asked for. Who made a mistake behind a door stays
        # there, and the way back leads to where it was chosen.
        at_tile = by_tile(request) and attempt.child_id is not None
        kept = answers.come_out(attempt, request.path_params["door"]) if at_tile else attempt
        await attempts.keep(resources.floor.store, resources.floor.keyring, kept)
        stays = at_tile or ("door" in request.path_params and (attempt.wrong is not None or attempt.wait > 0))
        there = RedirectResponse(request.url.path if stays else f"{ADDRESS}/{attempt.id}", status_code=303)
        return _parent_remembered(there, resources.floor.keyring, attempt, form)
    attempt = replace(attempt, pressed=attempts.mark_of(resources.floor.keyring, request.scope["path"], form))
    attempt, _, step, opened = await flow.settle(resources.floor, attempt, visitor, known=known)
    if opened is None:
        attempt = replace(attempt, pressed=None)
        await attempts.keep(resources.floor.store, resources.floor.keyring, attempt)
    if step is Step.DONE:
        response = await arriving.done(request, resources, visitor, attempt, opened.answer if opened else None)
    else:
        response = arriving.to_pages(attempt)
    proof = attempt.proof
    if (
        form["step"] == Step.PASSWORD
        and "passkey" not in form
        and proof is not None
        and proof.fresh
        and attempt.wrong is None
    ):
        visitors.remember_email(response, attempt.email if form.get("remember") and not attempt.shared else None)
    return _signed_in(request, response, visitor, attempt, opened)


def _parent_remembered(response: Response, keyring: Keyring, attempt: Attempt, form: Mapping[str, str]) -> Response:
    """A parent who gave the right password says whether this browser keeps the user name (R97); the browser is a device of his from now on (D2)."""
    if form["step"] == Step.PARENT and attempt.home is not None and attempt.home.parent_id is not None:
        visitors.remember_email(response, attempt.email if form.get("remember") else None)
        visitors.remember_device(response, keyring, attempt.email, of="parent")
    return response


async def present(request: Request, resources: Resources, visitor: Visitor, attempt: Attempt) -> Response:
    """The page of the step at which this attempt is, or what follows when nothing is left to ask."""
    if supposed := flow.supposed(attempt):
        _, _, step, _ = await flow.settle(resources.floor, attempt, visitor, known=supposed)
        with contextlib.suppress(NothingToShow):
            return await _render(request, resources, visitor, attempt, supposed, step)
    attempt, known, step, opened = await flow.settle(resources.floor, attempt, visitor)
    if step is Step.DONE or (step is not Step.NETWORK and attempt.question is not None and attempt.question.passive):
        # C-216: who may be shown no page goes back with whatever is known by now.
        response = await arriving.done(request, resources, visitor, attempt, opened.answer if opened else None)
    elif step is Step.NETWORK:
        response = await arriving.once_more(resources, visitor, attempt)
    else:
        response = await _render(request, resources, visitor, attempt, known, step)
    return _signed_in(request, response, visitor, attempt, opened)


def _signed_in(
    request: Request, response: Response, visitor: Visitor, attempt: Attempt, opened: Opened | None
) -> Response:
    """With the new session's cookie, if there is one; only then has the browser become a device that the account knows (D2)."""
    cookie = opened.cookie if opened is not None else None
    if cookie is not None and attempt.proof is not None and attempt.proof.kind == "pupil" and attempt.way != "home":
        if attempt.network is None:
            visitors.remember_card(response, visitor, by_card="card" in attempt.proof.ways)
        if attempt.group_id is not None:
            visitors.remember_group(response, visitor, attempt.group_id)
    if cookie is not None and attempt.proof is not None and attempt.network is not None:
        visitors.remember_network(response, visitor, attempt.network.upstream_id)
    if cookie is not None and attempt.proof is not None and attempt.proof.kind == "staff":
        visitors.remember_device(response, resources_of(request).floor.keyring, attempt.email)
    elif cookie is not None:
        visitors.keep_enrolled(response, request, visitor)
    return visitors.attach_session(response, cookie)


async def _render(
    request: Request,
    resources: Resources,
    visitor: Visitor,
    attempt: Attempt,
    known: Known,
    step: Step,
    *,
    picked: tuple[str, ...] = (),
) -> Response:
    floor = resources.floor
    page = Page(request, Desk(floor, resources.hasher, visitor, here=known.here), attempt, known, picked)
    try:
        template, context = await PAGES[step](page)
    except NotOffered as tiles:
        return RedirectResponse(f"{ADDRESS}/{attempt.id}/{tiles}", status_code=303)
    question = attempt.question
    party = None
    if question is not None:
        shown = {"name": question.party_name, "papers": question.papers, "logo": question.logo}
        party = {**shown, "asks": question.asked}
    notice = await notice_of(request) if step in WITH_A_NOTICE else None
    place = f"{ADDRESS}/{attempt.id}"
    door = request.path_params.get("door", "")
    here = f"{place}/{door}" if door else place
    return resources.pages.respond(
        request,
        template,
        headers=headers.WITH_CAMERA if step is Step.CARD else headers.MAY_END_ELSEWHERE,
        kept=step in SHOWN_TO_MANY,
        begun=own(place),
        action=own(here),
        again=here,
        ticket=own(attempts.ticket(floor.keyring, attempt, step)),
        step=step.value,
        party=party,
        notice=notice,
        **context,
    )


ROUTES = [
    Route(ADDRESS, beginning.start, methods=["POST"]),
    Route(ADDRESS + "/{attempt}", show, methods=["GET"]),
    Route(ADDRESS + "/{attempt}", answer, methods=["POST"]),
    Route(ADDRESS + "/{attempt}/{door}", show, methods=["GET"]),
    Route(ADDRESS + "/{attempt}/{door}", answer, methods=["POST"]),
]

"""Somebody arrives who goes by way of a network provider: from its tile, from a shortcut. One road for all of them (D34, D35).

A tile click in the provider's environment is a hint, never a proof. It begins an attempt of this browser that goes by the provider, and if it names
registered learning material (D36) ends there.
"""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.http import problems, visitors
from idp.http.anew import OWN_PAGE
from idp.http.resources import Resources
from idp.signin import attempts, flow, networks
from idp.signin.attempts import Attempt
from idp.signin.facts import Facts
from idp.signin.question import Question, Ready, Visitor, to_target
from idp.signin.steps import Known, Step
from metadata import targets
from metadata.upstreams import KnownUpstream


async def go_by(
    resources: Resources,
    visitor: Visitor,
    upstream: KnownUpstream | None,
    *,
    target: str | None,
    school_id: int | None = None,
    cross_site: bool = False,
) -> Response:
    """On to the provider, with a question of our own. `school_id`: the shortcut of that school led here, on a device that others use too.
    `cross_site`: by a POST, which left the cookie of a session behind, so that our question is asked from an address of our own (D25).

    Raises `Problem` for a provider or a target that is not known.
    """
    if upstream is None or not upstream.enabled:
        raise Problem("network.disabled", status=403, detail="a provider that is not here, or switched off")
    floor = resources.floor
    question = await question_of(floor, target) if target else None
    binding = visitors.bind(visitor, floor.keyring)
    now = int(floor.now.timestamp())
    attempt = networks.begun(floor.keyring, binding.key, upstream, now=now, question=question, school_id=school_id)
    attempt = replace(attempt, shared=school_id is not None)
    way = to_pages(attempt)
    if not cross_site:
        attempt, way = await resources.roads(resources, visitor, attempt, upstream)
    await attempts.keep_new(floor.store, floor.keyring, attempt, network=visitor.network)
    return binding.attach(way)


async def go_to_bind(
    resources: Resources, visitor: Visitor, upstream: KnownUpstream, *, binding: bytes, not_here: Collection[int]
) -> Response:
    """On to a board's own provider, to bind the account of an activation link to the one there; `binding` is the link's mark."""
    floor = resources.floor
    browser = visitors.bind(visitor, floor.keyring)
    now = int(floor.now.timestamp())
    attempt = networks.begun(
        floor.keyring, browser.key, upstream, now=now, question=None, binding=binding, not_here=not_here
    )
    attempt, way = await resources.roads(resources, visitor, attempt, upstream)
    await attempts.keep_new(floor.store, floor.keyring, attempt, network=visitor.network)
    return browser.attach(way)


async def once_more(resources: Resources, visitor: Visitor, attempt: Attempt) -> Response:
    """An attempt that stands before its provider asks there, anew if it asked before; to the page that says why not, if the provider is gone."""
    upstream = await networks.provider_of(resources.upstreams, attempt)
    if upstream is None or not upstream.enabled:
        attempt, way = networks.refused(attempt, "network.disabled"), to_pages(attempt)
    else:
        attempt, way = await resources.roads(resources, visitor, attempt, upstream)
    await attempts.keep(resources.floor.store, resources.floor.keyring, attempt)
    return way


def to_pages(attempt: Attempt) -> Response:
    """The way to the page of the present step."""
    return RedirectResponse(f"/signin/{attempt.id}", status_code=303)


async def go_on(
    request: Request, resources: Resources, visitor: Visitor, attempt: Attempt, facts: Facts | None
) -> Response:
    """On from the provider's answer: for a child of whom nothing is left to ask straight to where it was going, else by way of the pages.

    `facts` are there for a child about whom a party asks (`networks.bring`).
    """
    floor, network = resources.floor, attempt.network
    pages = to_pages(attempt)
    if attempt.proof is None or network is None:
        return pages
    if facts is None:
        await attempts.keep(floor.store, floor.keyring, attempt)
        return pages
    here = await networks.as_sent(floor, visitor, network)
    attempt, _, step, opened = await flow.settle(floor, attempt, here, known=Known(here=(), facts=facts))
    if opened is None:
        await attempts.keep(floor.store, floor.keyring, attempt)
        return pages
    if not opened.first:
        raise networks.UsedBefore
    response = await done(request, resources, here, attempt, opened.answer) if step is Step.DONE else pages
    visitors.remember_network(response, visitor, network.upstream_id)
    return visitors.attach_session(response, opened.cookie)


async def done(
    request: Request, resources: Resources, visitor: Visitor, attempt: Attempt, answer: Ready | None
) -> Response:
    """On from a sign-in in which nothing is left to ask: the party's answer, or why it gets none, where it gets that at once; else the way to it."""
    question = attempt.question
    if question is None:
        return RedirectResponse(attempt.back or OWN_PAGE, status_code=303)
    if answer is None:
        return RedirectResponse(f"{question.resume}/{attempt.id}", status_code=303)
    finish, visitor = resources.finishes[question.resume], replace(visitor, session=answer.session)
    try:
        return await finish(request, resources, visitor, question, answer)
    except Problem as problem:
        # The session has begun all the same.
        return await problems.on_problem(request, problem)


async def question_of(floor: Floor, target: str) -> Question:
    """What the party of a target would ask, so that its own refusals are told before the person leaves. Raises `Problem("target.unknown")`."""
    known = await targets.find(floor.database.hot, target)
    if known is None:
        raise Problem("target.unknown", status=404, detail="a TARGET that is not registered")
    return to_target(known, target)

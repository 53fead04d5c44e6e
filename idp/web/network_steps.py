"""What the steps by way of a network provider show, and where they lead (D34, D35)."""

from collections.abc import Awaitable, Callable
from typing import Final

from directory import people, schools
from idp.http.resources import resources_of
from idp.signin import flow
from idp.signin.attempts import Network
from idp.signin.steps import Step
from idp.web.steps import Context, Page, Shown, reference_of

ASKED_IN_VAIN: Final = frozenset({"network.disabled", "network.inactive", "network.other", "network.unbound"})
"""Refusals that asking the provider once more would only repeat."""

_COORDINATOR: Final[Context] = {"phone": None, "url": None}


async def refused(page: Page) -> Shown:
    """What happened, who can help, and the other ways in. Whose name the provider said is shown to nobody.

    Who is known is addressed as what he is, and sent to his own school. Of who is not known nobody can say what he is, but for who came by a
    shortcut on a shared device: a child may read the page as well.
    """
    attempt, network = page.attempt, page.attempt.network or Network(0)
    code, kind = network.refused, network.kind
    upstream = await resources_of(page.request).upstreams.by_id(network.upstream_id)
    register = kind or ("pupil" if attempt.shared else "staff")
    school, contact = await _school(page, register)
    told = await reference_of(page, code or "network.unknown", register)
    context = {"code": code, "register": register, "contact": contact, "reference": told}
    return "signin/network_refused.html", {
        **context,
        "error": None,
        "provider": upstream.party_name if upstream is not None else None,
        "school": school,
        "maybe_child": kind is None and register == "staff" and not network.binding,
        "may_ask_again": upstream is not None and upstream.enabled and code not in ASKED_IN_VAIN,
    }


async def _school(page: Page, register: str) -> tuple[Context | None, Context | None]:
    """The person's school, or that of the shortcut that led here, and for a colleague one of its coordinators; nothing where no school is known."""
    attempt = page.attempt
    if attempt.school_id is None:
        return None, None
    async with page.desk.floor.database.read() as db:
        school = await schools.by_id(db, attempt.school_id)
        today = flow.today(page.desk.floor.now)
        found = await people.coordinator_addresses(db, attempt.school_id, today=today) if register == "staff" else []
    if not found:
        return {"name": school.name}, None
    return {"name": school.name}, {**_COORDINATOR, "name": _text(page, "role.ict-coordinator"), "email": found[0]}


def _text(page: Page, key: str) -> str:
    return resources_of(page.request).pages.text(page.desk.visitor.lang, key)


PAGES: dict[Step, Callable[[Page], Awaitable[Shown]]] = {Step.NETWORK_REFUSED: refused}

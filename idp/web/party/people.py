"""The reference people of a party: who they are, making them somebody else, and what their school says."""

from starlette.responses import Response
from starlette.routing import Route

from directory import roles
from directory.reference import changing
from directory.reference import people as reference_people
from directory.reference.changing import GROUPS, YEAR_GROUPS, Wanted
from directory.reference.people import ReferencePerson
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.sandbox import opening
from idp.web.party import frame
from idp.web.party.guards import ADDRESS, Contact, Form, act, while_tested

ROLE = "role_"
"""How the fields of the roles begin."""


async def list_(contact: Contact) -> Response:
    """Everybody, and whether their school says yes."""
    async with contact.floor.database.read() as db:
        school = await _school(db, contact)
        found = await reference_people.people_of(db, school.id)
        ticked = await opening.ticked(db, contact.party.id)
    shown = {"name": school.name, "code": school.code, "instelling_ref": school.instelling_ref}
    return frame.respond(contact, "people.html", at="people", people=found, school=shown, ticked=ticked)


async def show(contact: Contact) -> Response:
    """One of them, with a form."""
    return await _page(contact)


async def _page(contact: Contact, *, error: str | None = None, form: Form | None = None) -> Response:
    async with contact.floor.database.read() as db:
        school = await _school(db, contact)
        one = await _one(db, contact, school)
    wanted = _wanted(form) if form is not None else _as_it_is(one)
    return frame.respond(
        contact,
        "person.html",
        at="people",
        error=error,
        one=one,
        wanted=wanted,
        groups=[group for group, _ in GROUPS],
        year_groups=YEAR_GROUPS,
        roles=roles.ROLES,
    )


async def change(contact: Contact, form: Form) -> Response:
    """Makes somebody of them what the form says."""
    try:
        async with contact.floor.database.begin() as db:
            school = await _school(db, contact)
            one = await _one(db, contact, school)
            await changing.change(db, contact.floor.keyring, school.id, one.person_id, _wanted(form))
            detail = {"party": contact.party.id}
            await ledger.record(db, "sandbox.person_changed", now=contact.now, by=contact.by, detail=detail)
    except ValueError:
        return await _page(contact, error="party.person.wrong", form=form)
    return frame.back(contact, "/people", done="person")


async def tick(contact: Contact, form: Form) -> Response:
    """The reference school says yes or no from now on."""
    async with contact.floor.database.begin() as db:
        await opening.tick(db, contact.party, given=form.get("given") == "yes", now=contact.now, by=contact.by)
    return frame.back(contact, "/people", done="ticked" if form.get("given") == "yes" else "unticked")


def _wanted(form: Form) -> Wanted:
    return Wanted(
        first_name=form.get("first_name", ""),
        prefix=form.get("prefix") or None,
        year_group=form.get("year_group") or None,
        group=form.get("group") or None,
        roles=frozenset(role for role in roles.ROLES if f"{ROLE}{role}" in form),
        has_eckid="eckid" in form,
    )


def _as_it_is(one: ReferencePerson) -> Wanted:
    group = next(iter(one.groups), None)
    return Wanted(one.first_name, one.prefix, one.year_group, group, frozenset(one.roles), has_eckid=one.has_eckid)


async def _school(db: Db, contact: Contact) -> KnownSchool:
    found = await reference_people.school_of(db, contact.party.id)
    if found is None:
        raise Problem("not_found", status=404, detail="the party has no reference school")
    return found


async def _one(db: Db, contact: Contact, school: KnownSchool) -> ReferencePerson:
    try:
        return await reference_people.one(db, school.id, contact.number("person"))
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None


ROUTES = [
    Route(ADDRESS + "/{party}/people", while_tested(list_)),
    Route(ADDRESS + "/{party}/tick", act(tick), methods=["POST"]),
    Route(ADDRESS + "/{party}/people/{person}", while_tested(show), methods=["GET"]),
    Route(ADDRESS + "/{party}/people/{person}", act(change), methods=["POST"]),
]

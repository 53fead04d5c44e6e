"""Two schools of two boards and two parties beside each other, full of things, and somebody of every role.

A child is enrolled at both schools (D14) and a teacher of the one coordinates the other (D15).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import insert, select

from directory import device_links, devices
from directory.imports.models import DeliveredLocation, ImportRun
from directory.lifecycle import board_invitations, reorganisation_asking, substitutes
from directory.lifecycle.board_invitations import Invited
from directory.lifecycle.models import AddressProposal, PendingMembership
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import CodeChange, Transfer
from directory.lifecycle.substitutes import Substitute
from directory.models import Employment, Enrolment, Person
from directory.schools import KnownSchool
from idp.core import ids
from idp.core.db import Db
from idp.credentials.models import Parent, ParentOfChild
from idp.http import cookies
from idp.signin import sessions
from idp.signin.sessions import Session
from tests.board.seating import COORDINATOR, DIRECTOR, board_of, comes, place_of, takes_office
from tests.browser import Browser
from tests.conformance.relying_party import register
from tests.helpdesk.working import comes_to_work
from tests.house import AT_SCHOOL, ELSEWHERE, House, signed_in
from tests.journeys.mailbox import mailing
from tests.journeys.stories import add_child, add_group, add_school, add_staff, give_role
from tests.sandbox.trying import contact_comes, put_under_test

THERE: Final = "98XX"
NOWHERE: Final = "97XX"
"""A code that no school has."""
THEIR_BOARD: Final = "41235"
NOBODYS_BOARD: Final = "49999"
NOBODYS: Final = "4000000"
"""A number that nothing has."""
WORDS: Final = ("Overkant", "Ypenburg", "Groep Elders", "Elderskar", "elderswaar")
"""What stands in everything of the other school, and in nothing else. Which parties there are, everybody may know."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The house, the other school's things by the name under which an address or a form asks for them, and a browser for every role."""

    house: House
    other: KnownSchool
    theirs: Mapping[str, str]
    at_both: int
    """The employment at the own school of the teacher who coordinates the other."""
    browsers: Mapping[str, Browser]


async def settle(house: House) -> Neighbours:
    """Fills the neighbouring school and party, and has everybody sign in."""
    other = await add_school(house, "De Overkant", THERE)
    third = await add_school(house, "De Derde", "96XX")
    group = await add_group(house, other, "Groep Elders")
    child = await add_child(house, other, group, "Xandra", "Ypenburg")
    works = await add_staff(house, "elders", "ict-coordinator", "teacher", at=[other])
    await add_staff(house, "ib", "ib")
    await add_staff(house, "duo", "ict-coordinator", at=[house.school])
    await add_staff(house, "beide", "teacher", at=[house.school])
    await give_role(house, "duo", "teacher", at=third)
    await give_role(house, "beide", "ict-coordinator", at=other)
    await add_staff(house, "invaller", "teacher", at=[third])
    own_board = await board_of(house, house.school, name="Stichting Regenboog")
    their_board = await board_of(house, other, number=THEIR_BOARD, name="Stichting Elderskar")
    await takes_office(house, "boven", COORDINATOR, own_board)
    await takes_office(house, "bestuur", DIRECTOR, own_board)
    await takes_office(house, "elderswaar", COORDINATOR, their_board)
    party = await register(house, "taalpaleis")
    people = await put_under_test(house, party)
    await put_under_test(house)
    floor, now = house.floor, house.clock.now
    async with floor.database.begin() as db:
        who = Substitute("invaller@regenboog.example", "Ien", None, "Groot")
        seat = partial(substitutes.bind, db, days=2, contact="x", by="test", now=now)
        await seat(house.school.id, house.groups["Groep 2"], who)
        bound = await seat(other.id, group, Substitute("ypenburg@elderswaar.example", "Ypenburg", None, "Ypenburg"))
        await _enrol_at_both(db, house, other, group)
        theirs = await _things(db, house, other, works=works, child=child)
        asked = Invited("ypenburg@elderswaar.example", "Ypenburg", None, "Ypenburg", DIRECTOR)
        theirs["invitation"] = await board_invitations.invite(db, floor.keyring, their_board, asked, **mailing(house))
    theirs |= {
        "group": group,
        "child": child,
        "pupil": child,
        "person": child,
        "played": people["Zoë"].person_id,
        "party": party,
        "board_place": await place_of(house, "elderswaar"),
    }
    theirs |= {"binding": bound.binding_id, "school": other.id}
    place = select(Employment.id).where(Employment.person_id == house.people["beide"])
    async with floor.database.read() as db:
        at_both = (await db.execute(place.where(Employment.school_id == house.school.id))).scalar_one()
    return Neighbours(
        house, other, {name: str(value) for name, value in theirs.items()}, at_both, await _everybody(house)
    )


async def _enrol_at_both(db: Db, house: House, other: KnownSchool, group: int) -> None:
    """Noor is enrolled at both schools: what the one says is nothing to the other (D14)."""
    row = {"las_key": "elderswaar", "group_id": group, "year_group": "5", "picture": "owl"}
    await db.execute(insert(Enrolment).values(school_id=other.id, person_id=house.people["Noor"], **row))


async def _things(db: Db, house: House, other: KnownSchool, *, works: int, child: int) -> dict[str, Any]:
    """One of everything that an address or a form can name."""
    keyring, now, at = house.floor.keyring, house.clock.now, other.id
    later, token = now + timedelta(days=5), partial(keyring.mac, "token", "neighbours")
    helpdesk: dict[str, Any] = {
        "by": Asker("operator:cli", helpdesk=True),
        "now": now,
        "keyring": keyring,
        "contact": "x",
    }

    async def made(model: Any, **values: Any) -> int:
        number: int = (await db.execute(insert(model).values(**values).returning(model.id))).scalar_one()
        return number

    run = {"source": "edexml", "origin": "upload", "by": "test", "state": "planned", "counts": {}, "doubts": {}}
    asked = {"proposed_by": "test", "proposed_at": now, "expires_at": later}
    email = "ypenburg@elderswaar.example"
    parent = await made(Parent, email=email, ledger_id=ids.guid(), created_at=now)
    place = (await db.execute(select(Enrolment.id).where(Enrolment.person_id == child))).scalar_one()
    await db.execute(
        insert(ParentOfChild).values(parent_id=parent, enrolment_id=place, permission_on=now.date(), entered_at=now)
    )
    pending = {"email": email, "surname": "Ypenburg", "roles": "teacher", "asked_by": "test"}
    device, _ = await devices.enrol(db, keyring, at, "Elderskar", now=now, today=now.date())
    link, _ = await device_links.make(db, keyring, at, "Elderskar", now=now, until=None, most_a_day=None)
    location = await made(DeliveredLocation, school_id=at, location_key="elderswaar", target_school_id=at)
    change = await reorganisation_asking.ask(db, CodeChange(at, "95XX"), effective_on=None, **helpdesk)
    third = await db.execute(select(Employment.school_id).where(Employment.school_id.not_in([at, house.school.id])))
    moved = Transfer(third.scalars().first() or 0, at, child)
    employed = select(Employment.id).where(Employment.person_id == works)
    return {
        "parent": parent,
        "place": place,
        "run": await made(ImportRun, school_id=at, started_at=now, **run),
        "device": device,
        "link": link,
        "location": location,
        "target": at,
        "to": at,
        "reorganisation": change,
        "transfer": await reorganisation_asking.ask(db, moved, effective_on=None, **helpdesk),
        "colleague": (await db.execute(employed)).scalar_one(),
        "pending": await made(
            PendingMembership, school_id=at, token=token("1"), asked_at=now, expires_at=later, **pending
        ),
        "which": await made(
            AddressProposal,
            person_id=works,
            school_id=at,
            email=email,
            token=token("2"),
            needs_approval=True,
            confirmed_at=now,
            **asked,
        ),
    }


async def _everybody(house: House) -> dict[str, Browser]:
    return {
        "nobody": house.browser(),
        "pupil": await _child(house, ("pin",), AT_SCHOOL),
        "parent": await _child(house, (sessions.HOME, "pwd"), ELSEWHERE),
        "teacher": await signed_in(house, "juf"),
        "ib": await signed_in(house, "ib"),
        "substitute": await signed_in(house, "invaller"),
        "coordinator": await signed_in(house, "ict", two_steps=True),
        "duo": await signed_in(house, "duo", two_steps=True),
        "contact": await contact_comes(house),
        "board-coordinator": await comes(house, "boven"),
        "board-director": await comes(house, "bestuur"),
        "helpdesk": await comes_to_work(house, "helpdesk"),
        "operator": await comes_to_work(house, "operator"),
    }


async def _child(house: House, ways: tuple[str, ...], address: str) -> Browser:
    """Noor, or who came in for her from home."""
    person_id, at = house.people["Noor"], int(house.clock.now.timestamp())
    async with house.floor.database.read() as db:
        epoch = (await db.execute(select(Person.epoch).where(Person.id == person_id))).scalar_one()
    proven = Session(b"", person_id, "pupil", house.school.id, epoch, at, at, None, ways)
    cookie, _, stored = sessions.create(house.floor.keyring, proven)
    await house.floor.store.put(stored)
    browser = house.browser(address)
    browser.cookies[cookies.SESSION] = (cookie, "Lax")
    return browser

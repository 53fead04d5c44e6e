"""Who may be in a group's room: whoever sees that group by D20, and freshly proven where a child's secret is shown or changed.

A teacher has no second factor by default (D7), so the whole proof is the password alone for who has none, and both factors for who has them.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from directory import classroom
from directory.classroom import GroupChild, SeenGroup
from directory.schools import KnownSchool
from idp.core import clock
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.credentials.pupil_acts import Act
from idp.signin import flow
from idp.signin.sessions import Session
from idp.web import guarding
from idp.web.guarding import Door, Sitting, number

ADDRESS: Final = "/classroom"
TO_SHOW: Final = guarding.STEP_UP
"""Seconds since the last whole proof within which a secret is shown, and renewed with one button."""
CLOSED: Final = "classroom.not_yours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher(Sitting):
    """Somebody who sees a group of a school, in that group's room; a `substitute` sees nothing of home there (D20).

    `groups` is where he chooses another one; None for who has this one only.
    """

    school: KnownSchool
    group: SeenGroup
    substitute: bool
    groups: str | None

    @property
    def base(self) -> str:
        """Where the pages of this group begin."""
        return f"{ADDRESS}/{self.school.code}/{self.group.id}"

    @property
    def ticket(self) -> str:
        """Of this session and this group."""
        return self.floor.keyring.mac("ticket", "classroom", self.session.key, str(self.group.id)).hex()[:32]

    @property
    def act(self) -> Act:
        """What the ledger is told about whatever is done here now."""
        return Act(self.school.id, self.group.id, by=self.by, now=self.now)

    async def children(self, db: Db) -> list[GroupChild]:
        """The children of the group, sorted on roepnaam."""
        return await classroom.children(db, self.school.id, self.group.id, today=self.today)

    async def child(self, db: Db) -> GroupChild:
        """The child in the address. Raises `Problem("not_found")` for one of another group."""
        wanted = self.number("child")
        found = next((child for child in await self.children(db) if child.person_id == wanted), None)
        if found is None:
            raise Problem("not_found", status=404, detail="no such child in this group")
        return found


async def in_the_room(request: Request, within: int | None) -> Teacher | Response:
    """The teacher, or the way to prove oneself (again). Raises `Problem("classroom.not_yours")` for everybody else."""
    come = await guarding.arrival(request, closed=CLOSED)
    # A form that came too late leads back to the page of its child or group.
    segments = 5 if "child" in request.path_params else 4
    if come.session is None:
        return await come.prove(segments=segments)
    floor = come.resources.floor
    school, works_at = await place(floor, come.session, str(request.path_params["school"]))
    async with floor.database.read() as db:
        seen = await groups(db, floor, come.session, school)
    group = _group(seen, request)
    vouched = await guarding.vouched(come.resources, come.session, school.id)
    if not vouched or not guarding.enough(come.session, school, within=within, now=floor.now):
        return await come.prove(segments=segments, school_id=school.id)
    async with floor.database.read() as db:
        substitute = await classroom.holds_a_seat(db, school.id, come.session.person_id)
    who = await come.sitting(come.session)
    return Teacher(**who, school=school, group=group, substitute=substitute, groups=_others(school, works_at, seen))


async def who_may_see_home(request: Request, within: int | None) -> Teacher | Response:
    """Like `in_the_room`, for codes and parents' addresses. Raises `Problem("classroom.not_for_substitutes")` too (D20)."""
    found = await in_the_room(request, within)
    if isinstance(found, Teacher) and found.substitute:
        raise Problem("classroom.not_for_substitutes", status=403, detail="a substitute asks about home")
    return found


async def groups(db: Db, floor: Floor, session: Session, school: KnownSchool) -> tuple[SeenGroup, ...]:
    """The groups of this school that the person of a session may see."""
    year, today = clock.school_year(floor.now), flow.today(floor.now)
    return await classroom.groups_seen(db, school.id, session.person_id, school_year=year, today=today)


async def place(floor: Floor, session: Session, code: str) -> tuple[KnownSchool, tuple[KnownSchool, ...]]:
    """The school in the address, and those where this person works. Raises `Problem("classroom.not_yours")` for a school of others."""
    found = await guarding.place(floor, session, code)
    if found is None:
        raise Problem("classroom.not_yours", status=403, detail="does not work at that school")
    return found


def _others(school: KnownSchool, works_at: tuple[KnownSchool, ...], seen: tuple[SeenGroup, ...]) -> str | None:
    """Where one chooses another group: who is here for the board among those of this school."""
    if school not in works_at:
        return f"{ADDRESS}/{school.code}" if len(seen) > 1 else None
    return ADDRESS if len(seen) > 1 or len(works_at) > 1 else None


def _group(seen: tuple[SeenGroup, ...], request: Request) -> SeenGroup:
    wanted = number(str(request.path_params["group"]))
    found = next((group for group in seen if group.id == wanted), None)
    if found is None:
        # The same for a group of somebody else's and for one that does not exist (C-324).
        raise Problem("classroom.not_yours", status=403, detail="does not see that group")
    return found


_DOOR: Final = Door(in_the_room, to_open=TO_SHOW)
view, opens, act, acts_at_once, asks = _DOOR.view, _DOOR.opens, _DOOR.act, _DOOR.acts_at_once, _DOOR.asks
HOME_DOOR: Final = Door(who_may_see_home, to_open=TO_SHOW)
"""The ways into what a group's room has about home."""

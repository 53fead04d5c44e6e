"""A made-up school as rows: what an import, its coordinators and its people would have left behind."""

import ipaddress
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

from consent.agreements import CURRENT_VERSION
from consent.models import Agreement, Tick
from directory import addresses, eckid
from directory.imports import couplings, hours
from directory.imports.models import Coupling
from directory.models import (
    EckId,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SchoolAddress,
    SubgroupMember,
    SubjectSeed,
)
from idp.core.clock import AMSTERDAM
from idp.core.crypto import Keyring
from idp.core.db import Base
from idp.credentials.models import Password, PupilSecret
from idp.demo.name_lists import Name
from idp.demo.nation_people import Colleague, MadeSchool, Pupil
from idp.demo.schools import BY
from idp.web.pictures import TILE_PICTURES
from mfa.models import Totp


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS: Final[Mapping[type[Base], tuple[str, ...]]] = {
    School: _columns("id board_id brin location name instelling_ref mfa_for_staff hide_names school_year created_at"),
    SchoolAddress: _columns("school_id network first last connection_type label added_at"),
    Agreement: _columns("school_id document_version signed_on recorded_by"),
    Tick: _columns("school_id party_id given field_set_id changed_at changed_by"),
    Coupling: _columns("school_id system_id mode key agreed_by_school_at agreed_by_system_at next_run_at attempts"),
    Group: _columns("id school_id school_year kind las_key name year_group secret_kind active"),
    Person: _columns("id kind first_name prefix surname email disabled epoch ledger_id created_at"),
    SubjectSeed: _columns("person_id seed"),
    EckId: _columns("person_id sealed lookup"),
    PupilSecret: _columns("person_id kind sealed changed_at"),
    Enrolment: _columns("id school_id person_id las_key group_id year_group picture hidden active"),
    SubgroupMember: _columns("enrolment_id group_id"),
    Password: _columns("person_id hash changed_at"),
    Totp: _columns("person_id sealed last_step enrolled_at"),
    Employment: _columns("id school_id person_id las_key source active unanswered"),
    EmploymentRole: _columns("employment_id role"),
    GroupTeacher: _columns("employment_id group_id source"),
}
"""The columns that are written, and the tables in an order in which nothing points to what is not there yet."""

NUMBERED: Final[tuple[type[Any], ...]] = (School, Group, Person, Enrolment, Employment)
"""Tables whose numbers are given here, because other rows say them."""

_TICKED: Final = (95, 85, 70, 55, 40, 25)
"""Of a hundred schools so many ticked the first party, the second, and so on."""


class Party(NamedTuple):
    """A party to tick: its number and that of the fields that the tick covers."""

    id: int
    field_set_id: int


@dataclass(frozen=True, slots=True)
class Common:
    """What all schools share. `password` is the hash that all staff have."""

    seed: int
    now: datetime
    school_year: str
    keyring: Keyring
    password: str = field(repr=False)
    system_id: int
    parties: Sequence[Party]
    boards: Mapping[str, int]


class Rows:
    """Collects the rows of a few schools, table by table; `next` gives the numbers of new rows."""

    def __init__(self, first: Mapping[type[Base], int]) -> None:
        self.next = {model: count(number) for model, number in first.items()}
        self.of: dict[type[Base], list[tuple[Any, ...]]] = {model: [] for model in COLUMNS}

    def taken(self) -> dict[type[Base], list[tuple[Any, ...]]]:
        """What was collected since the last time."""
        taken, self.of = self.of, {model: [] for model in COLUMNS}
        return taken


def write(rows: Rows, common: Common, school: MadeSchool) -> None:
    """Adds everything of one school."""
    random = Random(f"{common.seed} {school.place.number} rows")  # noqa: S311 - made-up people; nothing here guards anybody
    school_id = next(rows.next[School])
    _account(rows, common, school, school_id, random)
    group_ids = [next(rows.next[Group]) for _ in (*school.groups, *school.subgroups)]
    _groups(rows, common, school, school_id, group_ids)
    for at, pupil in enumerate(school.pupils):
        _pupil(rows, common, school, (school_id, at, pupil), group_ids, random)
    for colleague in school.staff:
        _colleague(rows, common, colleague, school_id, group_ids, random)


def _account(rows: Rows, common: Common, school: MadeSchool, school_id: int, random: Random) -> None:
    now, place = common.now, school.place
    board = common.boards[place.board[0]] if place.board else None
    named = (school_id, board, place.brin, place.location, place.name, _guid(random))
    rows.of[School].append((*named, place.number % 10 == 0, place.number % 4 == 0, common.school_year, now))
    network = ipaddress.ip_network((0x2001_0DB8 << 96 | place.number << 80, 48))
    ends = addresses.packed(network[0]), addresses.packed(network[-1])
    rows.of[SchoolAddress].append((school_id, str(network), *ends, "vast", "", now))
    signed_on = now.astimezone(AMSTERDAM).date()
    rows.of[Agreement].append((school_id, CURRENT_VERSION, signed_on, BY))
    for party, share in zip(common.parties, _TICKED, strict=False):
        if random.randrange(100) < share:
            rows.of[Tick].append((school_id, party.id, True, party.field_set_id, now, BY))
    key = common.keyring.seal(place.key.encode(), bound_to=couplings.place_of_key(school_id))
    at = hours.next_night(school_id, now)
    rows.of[Coupling].append((school_id, common.system_id, "automatic", key, now, now, at, 0))


def _groups(rows: Rows, common: Common, school: MadeSchool, school_id: int, ids: Sequence[int]) -> None:
    year = common.school_year
    stamgroepen = (("stamgroep", one.key, one.name, one.code, one.secret_kind) for one in school.groups)
    subgroepen = (("subgroep", f"S{at}", name, None, "pin") for at, name in enumerate(school.subgroups, start=1))
    for group_id, stated in zip(ids, (*stamgroepen, *subgroepen), strict=True):
        rows.of[Group].append((group_id, school_id, year, *stated, True))


def _pupil(
    rows: Rows,
    common: Common,
    school: MadeSchool,
    here: tuple[int, int, Pupil],
    group_ids: Sequence[int],
    random: Random,
) -> None:
    school_id, at, pupil = here
    person_id, enrolment_id = _person(rows, common, "pupil", pupil.name, None, random), next(rows.next[Enrolment])
    keyring = common.keyring
    if pupil.eckid:
        sealed = eckid.seal(keyring, person_id, pupil.eckid)
        rows.of[EckId].append((person_id, sealed, eckid.index(keyring, pupil.eckid)))
    kind = school.groups[pupil.group].secret_kind
    place = f"pupil_secrets.sealed.{person_id}"
    secret = keyring.seal(pupil.secret.encode(), bound_to=place, purpose="pin")
    rows.of[PupilSecret].append((person_id, kind, secret, common.now))
    # Children of a group come one after the other: no two of them get the same picture.
    stated = (pupil.key, group_ids[pupil.group], str(pupil.year), TILE_PICTURES[at % len(TILE_PICTURES)])
    rows.of[Enrolment].append((enrolment_id, school_id, person_id, *stated, False, True))
    if pupil.subgroup is not None:
        rows.of[SubgroupMember].append((enrolment_id, group_ids[len(school.groups) + pupil.subgroup]))


def _colleague(
    rows: Rows, common: Common, one: Colleague, school_id: int, group_ids: Sequence[int], random: Random
) -> None:
    person_id, employment_id = _person(rows, common, "staff", one.name, one.email, random), next(rows.next[Employment])
    # One in ten has not activated the account yet.
    activated = bool(one.totp or random.randrange(10))
    if activated:
        rows.of[Password].append((person_id, common.password, common.now))
    if one.totp:
        sealed = common.keyring.seal(one.totp.encode(), bound_to=f"totps.sealed.{person_id}")
        rows.of[Totp].append((person_id, sealed, 0, common.now))
    source = "las" if one.key else "platform"
    rows.of[Employment].append(
        (employment_id, school_id, person_id, one.key, source, True, bool(one.key) and not activated)
    )
    rows.of[EmploymentRole] += [(employment_id, role) for role in one.roles]
    rows.of[GroupTeacher] += [(employment_id, group_ids[group], "las") for group in one.groups]


def _person(rows: Rows, common: Common, kind: str, name: Name, email: str | None, random: Random) -> int:
    person_id = next(rows.next[Person])
    rows.of[Person].append((person_id, kind, *name, email, False, 1, _guid(random), common.now))
    rows.of[SubjectSeed].append((person_id, random.randbytes(32)))
    return person_id


def _guid(random: Random) -> str:
    return str(uuid.UUID(bytes=random.randbytes(16), version=4))

"""What a school has now, as plain values: the other half of what a plan compares. Loaded by `load.load_snapshot`."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from directory import roles
from directory.imports.records import GroupKind

ADMINISTRATION = "system"
"""Who invited whom a file named, and who proposed the addresses of a file: no coordinator."""

About = Literal["pupil", "staff"]

Place = tuple[GroupKind, str]
"""A group as a file names it: its kind and its key."""


@dataclass(frozen=True, slots=True)
class CurrentGroup:
    """A group of the file's school year, or one of an earlier year that is still in use."""

    id: int
    school_year: str
    kind: GroupKind
    key: str
    name: str
    year_group: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class CurrentPupil:
    """An enrolment at this school with its person. `group_key` is None when the group is of another school year."""

    id: int
    person_id: int
    key: str
    eckid: bytes | None = field(repr=False)
    """The keyed look-up value, never the ECK-iD itself."""
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    year_group: str | None
    group_key: str | None
    subgroup_keys: frozenset[str]
    ends_on: date | None
    active: bool
    picture: str
    eckid_aliases: frozenset[bytes] = field(default=frozenset(), repr=False)
    """What else the child answers to: an ECK-iD that was replaced, until its day, or one that is coming."""


@dataclass(frozen=True, slots=True)
class CurrentColleague:
    """An employment at this school with its person, and its groups in the file's school year.

    `groups` are those that the administration linked, `own_groups` those that the school linked here. `email` is the account's; where the
    owner of the address that the file told has not come yet, that address: the two look the same (D14).
    """

    id: int
    person_id: int
    key: str | None
    email: str | None = field(repr=False)
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    groups: frozenset[Place]
    roles: frozenset[str]
    from_administration: bool
    active: bool
    own_groups: frozenset[Place] = frozenset()
    seated: bool = False
    """Here as a substitute now: a place of its own kind, whose person says by himself whether he becomes a colleague (D4, D15)."""
    was_substitute: bool = False
    """Was here as a substitute only, and is not any more: of that account the school knows nothing (D15)."""

    @property
    def ended_here(self) -> bool:
        """Whether the school ended this work here by hand: no file brings it back (R41)."""
        return not (self.active or self.from_administration or self.was_substitute)

    @property
    def appointed(self) -> bool:
        """Whether somebody here gave a role or a group: an administration never makes anybody more than a teacher (D16, D20)."""
        return bool(self.own_groups or self.roles - {roles.TEACHER})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One school, and nothing of any other (D14). `newest_year` is the latest school year that it was in or has groups of."""

    newest_year: str | None = None
    groups: tuple[CurrentGroup, ...] = ()
    pupils: tuple[CurrentPupil, ...] = ()
    staff: tuple[CurrentColleague, ...] = ()
    moved: frozenset[tuple[About, str]] = frozenset()
    """Whom a split took elsewhere, by what they are and the key of then."""


NOTHING = Snapshot()
"""A school that we do not know yet: every plan for it is all "new" (D46)."""

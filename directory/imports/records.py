"""What may enter from an administration system, and nothing more (D39).

These are the only shapes in which a file's content exists in this process: the UWLR "smalle set" without the birth date, plus keys, first
and last day, and location. There is no place here for a BSN, a birth date, a gender or an address, so none can be kept by mistake.
Names, addresses and ECK-iDs are left out of every `repr`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar, cast

GroupKind = Literal["stamgroep", "subgroep"]

COMBINATION = "C"
"""Year code of a combinatiegroep: the year group stands with each pupil (D21)."""

HISTORIC = "H"
"""Year code of a pupil who has left."""


_MOST_SHARED = 20_000


Shared = TypeVar("Shared", str | None, date | None)


class Once:
    """Gives equal texts and days back as one object: of 200,000 pupils many are called the same, sit in the same groups, came on one day."""

    def __init__(self) -> None:
        self._known: dict[object, Any] = {}

    def __call__(self, value: Shared) -> Shared:
        """An equal value. What comes after the first 20,000 different ones is not remembered."""
        if value is None:
            return None
        if len(self._known) >= _MOST_SHARED:
            return cast(Shared, self._known.get(value, value))
        return cast(Shared, self._known.setdefault(value, value))


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """Whose file this is. `location` is empty for the main location; `brin` is None for schools that DUO does not know.

    `instelling_ref` is only in our own tables: so a school without a BRIN is named too.
    """

    school_year: str
    brin: str | None
    location: str
    school_key: str | None
    reference_date: date | None
    instelling_ref: str | None = None


@dataclass(frozen=True, slots=True)
class LocationRecord:
    """A location inside one administration; pupils point to it by key."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A stamgroep or, beside it, a subgroep (`samengestelde_groep`), which has no year group (D21)."""

    key: str
    name: str
    year_group: str | None
    kind: GroupKind


@dataclass(frozen=True, slots=True)
class PupilRecord:
    """A pupil. `year_group` is the pupil's own, else that of the stamgroep. After `ends_on` the pupil is gone."""

    key: str
    eckid: str | None = field(repr=False)
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    year_group: str | None
    group_key: str | None
    subgroup_keys: tuple[str, ...]
    location_key: str | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A member of staff's link to one group, with the roles that the administration gives it there."""

    group_key: str
    kind: GroupKind
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """A member of staff. Roles are the administration's codes; they inform and never grant a right (D20)."""

    key: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    email: str | None = field(repr=False)
    roles: tuple[str, ...]
    groups: tuple[GroupLink, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in the file that was read around: how often, and on which line first. `code` is a key of `refusals.REMARKS`."""

    code: str
    line: int
    times: int


@dataclass(frozen=True, slots=True)
class Administration:
    """One file, whole and consistent: keys are unique, references lead somewhere.

    An empty list says nothing: a file without staff does not mean that everybody has left. `addressed` is False for the table of a
    school without an administration system, which knows no e-mail addresses: it says nothing about them (R31). `pupils` are a tuple, or where they
    are very many a row as `pressed` makes it.
    """

    school: SchoolRecord
    locations: tuple[LocationRecord, ...]
    groups: tuple[GroupRecord, ...]
    pupils: Sequence[PupilRecord]
    staff: tuple[StaffRecord, ...]
    warnings: tuple[Remark, ...]
    addressed: bool = True

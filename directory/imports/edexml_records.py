"""From drafts to records: the rules of EDEXML that hold whether or not a schema was consulted.

The schema's list of school years ends at 2024-2025 and UWLR's copy of it checks no keys at all, so school year, uniqueness and references
are checked here. From the standard's manual: a key with `#` is not permanent, a pupil has at most one stamgroep, and the pupil's own year
group wins over the group's.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

from directory import identifiers
from directory.imports.edexml_elements import Draft
from directory.imports.pressed import Press, press
from directory.imports.records import (
    COMBINATION,
    Administration,
    GroupKind,
    GroupLink,
    GroupRecord,
    LocationRecord,
    Once,
    PupilRecord,
    Remark,
    SchoolRecord,
    StaffRecord,
)
from directory.imports.refusals import ImportRefused

_KINDS: dict[str, GroupKind] = {"groep": "stamgroep", "samengestelde_groep": "subgroep"}
_YEAR_GROUPS = frozenset((*"BD012345678SVCNH", "11", "12", "13", "14", "15", "16"))
_ROLES = frozenset(
    (
        "ADJ",
        "ADM",
        "CON",
        "DIR",
        "ICT",
        "IB",
        "KLA",
        "LRK",
        "LOS",
        "LOC",
        "OWA",
        "OUD",
        "RT",
        "SMW",
        "STA",
        "TAL",
        "VAK",
    )
)

_Place = TypeVar("_Place", bound=Hashable)
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each a file may hold. The largest primary schools have 2,000 pupils; one administration may serve a whole board."""

    locations: int = 500
    groups: int = 5_000
    pupils: int = 50_000
    staff: int = 10_000
    links: int = 500


class Assembly:
    """Collects the records of one file and, at the end, gives the whole `Administration` or refuses it."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._school: SchoolRecord | None = None
        self._locations: dict[str, LocationRecord] = {}
        self._groups: dict[tuple[GroupKind, str], GroupRecord] = {}
        self._pupils = Press[PupilRecord]()
        self._pupil_keys: set[str] = set()
        # Whether somebody's year group is that of a group, which the file may name later.
        self._lacking = False
        self._staff: dict[str, StaffRecord] = {}
        # Of a region the ECK-iDs themselves would weigh four times as much.
        self._eckids: set[bytes] = set()
        self._references: dict[tuple[GroupKind, str], int] = {}
        self._location_references: dict[str, int] = {}
        self._once = Once()
        self._remarks: dict[str, Remark] = {}

    def add(self, draft: Draft) -> None:
        """Takes one finished record. Raises `ImportRefused`."""
        match draft.name:
            case "school":
                self._add_school(draft)
            case "vestiging":
                location = LocationRecord(draft.key(), draft.required("naam"))
                _enter(self._locations, location.key, location, draft, self._counts.locations)
            case "leerling":
                pupil = self._pupil(draft)
                _check_new(pupil.key, self._pupil_keys, draft, self._counts.pupils)
                self._pupil_keys.add(pupil.key)
                self._pupils.add(pupil)
                self._lacking = self._lacking or pupil.year_group is None
            case "leerkracht":
                colleague = self._colleague(draft)
                _enter(self._staff, colleague.key, colleague, draft, self._counts.staff)
            case _:
                group = self._group(draft)
                _enter(self._groups, (group.kind, group.key), group, draft, self._counts.groups)

    def whole(self) -> Administration:
        """Everything together, once. Raises `ImportRefused` where a reference leads nowhere or the school is not named."""
        if self._school is None:
            raise ImportRefused("missing", element="school")
        for place, line in self._references.items():
            if place not in self._groups:
                raise ImportRefused("dangling_reference", line=line)
        for key, line in self._location_references.items():
            if key not in self._locations:
                raise ImportRefused("dangling_reference", line=line, element="vestiging")
        if not self._pupil_keys:
            self.remark("no_pupils", 1)
        return Administration(
            school=self._school,
            locations=tuple(self._locations.values()),
            groups=tuple(self._groups.values()),
            pupils=self._whole_pupils(),
            staff=tuple(self._staff.values()),
            warnings=tuple(self._remarks.values()),
        )

    def _whole_pupils(self) -> Sequence[PupilRecord]:
        self._eckids.clear()
        self._pupil_keys.clear()
        row = self._pupils.row()
        return press(map(self._with_year_group, row)) if self._lacking else row

    def _add_school(self, draft: Draft) -> None:
        if self._school is not None:
            raise ImportRefused("repeated", line=draft.line, element="school")
        if "instellingsnummer" in draft.texts:
            raise ImportRefused("flanders", line=draft.line)
        codes = _codes(draft)
        if codes is None:
            raise ImportRefused("bad_value", line=draft.line, element="school")
        self._school = SchoolRecord(
            *codes, draft.text("schoolkey"), draft.date("peildatum"), draft.text("instelling_ref")
        )

    def _group(self, draft: Draft) -> GroupRecord:
        kind = _KINDS[draft.name]
        year_group = self._year_group(draft) if kind == "stamgroep" else None
        return GroupRecord(draft.key(), draft.required("naam"), year_group, kind)

    def _pupil(self, draft: Draft) -> PupilRecord:
        links = self._links(draft)
        stamgroepen = [link.group_key for link in links if link.kind == "stamgroep"]
        if len(stamgroepen) > 1:
            raise ImportRefused("repeated", line=draft.line, element="groep")
        _check_named(draft)
        return PupilRecord(
            key=self._person_key(draft),
            eckid=self._eckid(draft),
            first_name=self._once(draft.text("roepnaam")),
            prefix=self._once(draft.text("voorvoegsel")),
            surname=self._once(draft.text("achternaam")),
            year_group=self._once(self._year_group(draft)),
            group_key=self._once(stamgroepen[0]) if stamgroepen else None,
            subgroup_keys=tuple(link.group_key for link in links if link.kind == "subgroep"),
            location_key=self._location(draft),
            starts_on=self._once(draft.date("instroomdatum")),
            ends_on=self._once(draft.date("uitstroomdatum")),
        )

    def _location(self, draft: Draft) -> str | None:
        """At most one, like the stamgroep: the schema has the element once."""
        locations = [link for link in draft.links if link.name == "vestiging"]
        if not locations:
            return None
        if len(locations) > 1:
            raise ImportRefused("repeated", line=draft.line, element="vestiging")
        key = locations[0].key()
        self._location_references.setdefault(key, draft.line)
        return self._once(key)

    def _colleague(self, draft: Draft) -> StaffRecord:
        _check_named(draft)
        return StaffRecord(
            key=self._person_key(draft),
            first_name=draft.text("roepnaam"),
            prefix=draft.text("voorvoegsel"),
            surname=draft.text("achternaam"),
            email=draft.text("emailadres"),
            roles=self._roles(draft),
            groups=self._links(draft),
        )

    def _links(self, draft: Draft) -> tuple[GroupLink, ...]:
        """The links to groups; a group that is named twice is one link with the roles of both."""
        links: dict[tuple[GroupKind, str], GroupLink] = {}
        for link in draft.links:
            if link.name not in _KINDS:
                continue
            place = _KINDS[link.name], link.key()
            roles = links[place].roles if place in links else ()
            links[place] = GroupLink(place[1], place[0], tuple(dict.fromkeys(roles + self._roles(link))))
            self._references.setdefault(place, link.line)
        if len(links) > self._counts.links:
            raise ImportRefused("too_many", line=draft.line, element=draft.name)
        return tuple(links.values())

    def _roles(self, draft: Draft) -> tuple[str, ...]:
        roles = dict.fromkeys(draft.texts.get("rol", ()))
        for _ in roles.keys() - _ROLES:
            self.remark("role_unknown", draft.line)
        return tuple(role for role in roles if role in _ROLES)

    def _person_key(self, draft: Draft) -> str:
        key = draft.key()
        if key.startswith("#"):
            self.remark("unstable_key", draft.line)
        return key

    def _eckid(self, draft: Draft) -> str | None:
        text = (draft.eckid or "").strip()
        if not text:
            return None
        try:
            eckid = identifiers.parse_eckid(text)
        except ValueError:
            # The standard's own example carries values of no real form: no reason to refuse a file.
            self.remark("eckid_ignored", draft.line)
            return None
        seen = blake2b(eckid.encode(), digest_size=15).digest()
        if seen in self._eckids:
            raise ImportRefused("duplicate_eckid", line=draft.line)
        self._eckids.add(seen)
        if identifiers.eckid_version(eckid) not in identifiers.ECKID_VERSIONS:
            self.remark("eckid_version", draft.line)
        return eckid

    def _year_group(self, draft: Draft) -> str | None:
        code = draft.text("jaargroep")
        if code is None or code in _YEAR_GROUPS:
            return code
        # The standard means its code lists to be revised: an unknown code is no reason to refuse a file either.
        self.remark("year_group_unknown", draft.line)
        return None

    def _with_year_group(self, pupil: PupilRecord) -> PupilRecord:
        """The pupil's own year group wins; without one it is the stamgroep's, unless that is a combinatiegroep (D21)."""
        if pupil.year_group or pupil.group_key is None:
            return pupil
        code = self._groups["stamgroep", pupil.group_key].year_group
        return pupil if code == COMBINATION else replace(pupil, year_group=code)

    def remark(self, code: str, line: int) -> None:
        """Something that is read around, not refused; `code` is a key of `refusals.REMARKS`."""
        known = self._remarks.get(code)
        self._remarks[code] = replace(known, times=known.times + 1) if known else Remark(code, line, 1)


def _codes(draft: Draft) -> tuple[str, str | None, str] | None:
    """School year, BRIN and location code; None where one is malformed. A location code without a BRIN means nothing."""
    year, brincode = draft.required("schooljaar"), draft.text("brincode")
    try:
        brin = identifiers.parse_brin(brincode) if brincode else None
        location = (draft.text("dependancecode") or "") if brin else ""
        return identifiers.parse_school_year(year), brin, identifiers.parse_location_code(location)
    except ValueError:
        return None


def _check_named(draft: Draft) -> None:
    """EDEXML: a surname with more, or a roepnaam alone."""
    if draft.text("roepnaam") is None:
        draft.required("achternaam")


def _enter(known: dict[_Place, _Item], place: _Place, item: _Item, draft: Draft, most: int) -> None:
    _check_new(place, known, draft, most)
    known[place] = item


def _check_new(place: _Place, known: Collection[_Place], draft: Draft, most: int) -> None:
    if place in known:
        raise ImportRefused("duplicate_key", line=draft.line, element=draft.name)
    if len(known) >= most:
        raise ImportRefused("too_many", line=draft.line, element=draft.name)

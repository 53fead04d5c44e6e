"""What about a plan deserves a second look before anybody says yes to it (R28, R46, R90). Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from directory import names
from directory.imports import tally
from directory.imports.brake import Braked
from directory.imports.plan import Plan
from directory.imports.records import PupilRecord, StaffRecord
from directory.imports.snapshot import CurrentColleague, CurrentPupil
from directory.imports.staff_steps import StaffStep, linked_groups
from directory.imports.steps import Kind
from directory.imports.words import WARNINGS, WARNINGS_ABOUT_ONE, WARNINGS_OF_TABLE, Language

# LAS staff that stand for whoever comes: their account works only the next day, ours at once (R86, R90).
_SUBSTITUTE: Final = re.compile(
    r"\b(inval|invaller|invalkracht|invalster|vervanger|vervanging|vervang|pool)\d*\b", re.I
)


@dataclass(frozen=True, slots=True)
class Notable:
    """Something that deserves a second look; `code` is a key of `words.WARNINGS`."""

    code: str
    values: Mapping[str, object]
    names: tuple[str, ...] = field(default=(), repr=False)

    def text(self, language: Language, *, table: bool = False) -> str:
        """The sentence for people; of a `table` it sends nobody to an administration system."""
        place = 0 if language == "nl" else 1
        if table and self.code in WARNINGS_OF_TABLE:
            return WARNINGS_OF_TABLE[self.code][place].format(**self.values)
        texts = WARNINGS_ABOUT_ONE if self.values.get("count") == 1 and self.code in WARNINGS_ABOUT_ONE else WARNINGS
        return texts[self.code][place].format(**self.values)


def warnings(plan: Plan, braked: Braked) -> Iterator[Notable]:
    """What deserves a second look, the most urgent first."""
    if many := braked.held["pupils"] + braked.held["staff"]:
        yield Notable("departures_held", {"count": many})
    unlinked = _doubted(plan, "no_group")
    if unlinked:
        yield Notable("staff_without_group", {"count": len(unlinked)}, _names_of(plan, unlinked))
    alike = [step.record for step in plan.staff if step.record and looks_like_substitute(step.record)]
    if alike:
        known = {(step.record.kind, step.record.key): step.record.name for step in plan.groups if step.record}
        theirs = sorted({known[place] for record in alike for place in linked_groups(record) if place in known})
        told = {"count": len(alike), "groups": ", ".join(theirs) or "-"}
        yield Notable("looks_like_substitute", told, tuple(full_name(record) for record in alike))
    if addressless := frozenset(step.record.key for step in plan.staff if step.record and _lacks_address(step)):
        yield Notable("staff_without_address", {"count": len(addressless)}, _names_of(plan, addressless))
    if any(step.kind is Kind.NEW for step in plan.pupils) and (
        plan.same.number or any(step.current for step in plan.pupils)
    ):
        yield Notable("returns_as_new", {})
    counted = tally.eckids(plan)
    if counted["some"] < counted["of"]:
        yield Notable("eckids", {"some": counted["some"], "count": counted["of"]})


def looks_like_substitute(record: StaffRecord) -> bool:
    """Whether this member of staff seems to be nobody in particular: "Inval Groep 5", inval@school.nl."""
    mailbox = (record.email or "").partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ")
    return any(_SUBSTITUTE.search(text) for text in (record.first_name or "", record.surname or "", mailbox))


def _doubted(plan: Plan, reason: str) -> frozenset[str]:
    return frozenset(doubt.key for doubt in plan.doubts if doubt.about == "staff" and doubt.reason == reason)


def _lacks_address(step: StaffStep) -> bool:
    """Linked to a group, and with no address anywhere to send a link to."""
    known = step.current.email if step.current else None
    return bool(step.record and step.record.groups and not step.record.email and not known)


def _names_of(plan: Plan, keys: frozenset[str]) -> tuple[str, ...]:
    records = [step.record for step in plan.staff if step.record and step.record.key in keys]
    return tuple(full_name(record) for record in sorted(records, key=staff_order))


def full_name(person: PupilRecord | StaffRecord | CurrentPupil | CurrentColleague) -> str:
    """How somebody is named to the own school (D22)."""
    return names.full_name(person.first_name, person.prefix, person.surname)


def staff_order(person: StaffRecord | CurrentColleague) -> tuple[str, ...]:
    """Sort key among staff (D22)."""
    return names.staff_order(person.first_name, person.prefix, person.surname)

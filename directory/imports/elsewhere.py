"""Whose name is not this file's alone: somebody who is at another school too keeps the name that both know, and it is a doubt (D14, D15).

The account belongs to the person. A file of the one school must not rename the other school's teacher or pupil, nor the two take turns at it
night after night.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from sqlalchemy import select, union_all

from directory.imports.plan import Plan
from directory.imports.pressed import press
from directory.imports.pupil_steps import PupilStep
from directory.imports.staff_steps import StaffStep
from directory.imports.steps import Doubt, Kind, Known, Step, Told
from directory.models import Employment, Enrolment
from idp.core.db import Db
from idp.core.portions import portions

_MOVES = frozenset({"group", "groups"})


async def keep_names(db: Db, school_id: int, made: Plan) -> Plan:
    """The plan without new names for people who are active at another school as well; each such name is a doubt."""
    renamed = [*_renamed(made.pupils), *_renamed(made.staff)]
    kept = await active_elsewhere(db, school_id, renamed) if renamed else frozenset[int]()
    if not kept:
        return made
    doubts = [*_doubts(made.pupils, kept, about="pupil"), *_doubts(made.staff, kept, about="staff")]
    return replace(
        made,
        pupils=press(_kept(step, kept) for step in made.pupils),
        staff=tuple(_kept(step, kept) for step in made.staff),
        doubts=(*made.doubts, *doubts),
    )


def _renamed(steps: Sequence[PupilStep] | Sequence[StaffStep]) -> list[int]:
    return [step.current.person_id for step in steps if "name" in step.fields and step.current is not None]


async def active_elsewhere(db: Db, school_id: int, person_ids: Sequence[int]) -> frozenset[int]:
    """Those of the persons who are at another school too.

    A substitution is no place there: anybody can be bound without being asked.
    """
    found: set[int] = set()
    for portion in portions(person_ids):
        pupils = select(Enrolment.person_id).where(
            Enrolment.person_id.in_(portion), Enrolment.active, Enrolment.school_id != school_id
        )
        staff = select(Employment.person_id).where(
            Employment.person_id.in_(portion),
            Employment.active,
            Employment.school_id != school_id,
            Employment.seat_id.is_(None),
        )
        found.update((await db.execute(union_all(pupils, staff))).scalars())
    return frozenset(found)


def _doubts(
    steps: Sequence[PupilStep] | Sequence[StaffStep], kept: Collection[int], *, about: Literal["pupil", "staff"]
) -> list[Doubt]:
    concerned = [step for step in steps if step.current is not None and step.current.person_id in kept]
    return [
        Doubt(about, step.record.key, "name_elsewhere")
        for step in concerned
        if "name" in step.fields and step.record is not None
    ]


def _kept(step: Step[Told, Known], kept: Collection[int]) -> Step[Told, Known]:
    if "name" not in step.fields or getattr(step.current, "person_id", None) not in kept:
        return step
    fields = tuple(field for field in step.fields if field != "name")
    kind = Kind.MOVED if _MOVES.intersection(fields) else Kind.CHANGED if fields else Kind.UNCHANGED
    return replace(step, kind=kind, fields=fields)

"""The numbers of a plan, as a run keeps them: counts, codes and the administration's own keys, never a name (D40). Pure."""

from dataclasses import asdict
from typing import Any, Final

from directory.imports.brake import NOBODY, Braked
from directory.imports.plan import Plan
from directory.imports.pupil_steps import PupilStep
from directory.imports.steps import Kind

MOST_DOUBTS: Final = 500
"""So many doubts are kept one by one; of the others only how many there are."""


def counts(plan: Plan, braked: Braked | None = None) -> dict[str, Any]:
    """Steps by noun and kind, the departures that wait (`held`) and that nobody was asked about (`left`), and how many pupils have an ECK-iD.

    `braked` is None where somebody said yes to the whole plan.
    """
    held = dict(braked.held) if braked else {}
    left = {"left": asdict(braked.left)} if braked and braked.left != NOBODY else {}
    return {**plan.counts(), "held": held, **left, "eckids": eckids(plan)}


def eckids(plan: Plan) -> dict[str, int]:
    """Of the pupils who are here afterwards (`of`), how many have an ECK-iD (`some`): never which one (R46)."""
    some, of = plan.same.eckids, plan.same.number
    for step in plan.pupils:
        if step.kind not in (Kind.GONE, Kind.PAST) and not _nobody(step):
            of += 1
            some += bool((step.record and step.record.eckid) or (step.current and step.current.eckid is not None))
    return {"some": some, "of": of}


def _nobody(step: PupilStep) -> bool:
    """Of whom a doubt is all there is: a split took this child elsewhere."""
    return step.kind is Kind.DOUBTFUL and step.current is None


def doubts(plan: Plan) -> dict[str, Any]:
    """What the school must settle, by the administration's keys, and what was read around in the file."""
    return {
        "doubts": [
            {"about": doubt.about, "key": doubt.key, "reason": doubt.reason} for doubt in plan.doubts[:MOST_DOUBTS]
        ],
        "more": max(0, len(plan.doubts) - MOST_DOUBTS),
        "remarks": [{"code": one.code, "line": one.line, "times": one.times} for one in plan.warnings],
    }

"""A plan for machines and for whoever runs the platform: by the administration's keys, no names (R29, D37). Pure.

It is made step by step, so that the plan of a whole region takes no more memory than its first lines.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from directory.imports import tally
from directory.imports.brake import Braked
from directory.imports.notable import warnings
from directory.imports.plan import Plan
from directory.imports.refusals import DOUBTS, REMARKS
from directory.imports.steps import Kind

MOST_STEPS: Final = 5_000
"""So many steps, and so many doubts, are told one by one; `left_out` is how many more there are."""

_QUIET: Final = frozenset({Kind.UNCHANGED, Kind.PAST})


def nameless(plan: Plan, braked: Braked, *, fingerprint: str = "") -> dict[str, Any]:
    """Numbers, steps, doubts and warnings. A departure that waits is `held`; somebody for whom nothing happens has no step."""
    steps = list(islice(_steps(plan, braked), MOST_STEPS))
    counts = plan.counts()
    loud = sum(number for kinds in counts.values() for kind, number in kinds.items() if Kind(kind) not in _QUIET)
    doubts = sorted(islice(plan.doubts, MOST_STEPS), key=lambda doubt: (doubt.about, doubt.key))
    eckids = tally.eckids(plan)
    return {
        "school_year": plan.school.school_year,
        **counts,
        "held": dict(braked.held),
        "steps": steps,
        "doubts": [
            {"about": doubt.about, "key": doubt.key, "reason": doubt.reason, "message": DOUBTS[doubt.reason][1]}
            for doubt in doubts
        ],
        "left_out": (loud - len(steps)) + (len(plan.doubts) - len(doubts)),
        "warnings": [
            {"code": one.code, "line": one.line, "times": one.times, "message": REMARKS[one.code][1]}
            for one in plan.warnings
        ],
        "notices": [{"code": one.code, "message": one.text("en")} for one in warnings(plan, braked)],
        "eckids": eckids,
        "changes_nothing": plan.changes_nothing,
        "fingerprint": fingerprint,
    }


def _steps(plan: Plan, braked: Braked) -> Iterator[dict[str, Any]]:
    going = {("pupil", step.current.id) for step in braked.plan.pupils if step.kind is Kind.GONE and step.current}
    going |= {("staff", step.current.id) for step in braked.plan.staff if step.kind is Kind.GONE and step.current}
    for about, steps in (("group", plan.groups), ("pupil", plan.pupils), ("staff", plan.staff)):
        for step in steps:
            who = step.record or step.current
            if step.kind in _QUIET or who is None:
                continue
            held = (
                about != "group" and step.kind is Kind.GONE and (about, step.current and step.current.id) not in going
            )
            kind = "held" if held else step.kind.value
            yield {"about": about, "kind": kind, "key": who.key, "fields": list(step.fields)}

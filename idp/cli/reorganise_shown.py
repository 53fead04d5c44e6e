"""How `idp reorganise` tells what goes on: schools by code, numbers, and children by their school's own keys."""

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from directory import schools
from directory.identifiers import parse_school_reference
from directory.lifecycle import reorganisations
from directory.lifecycle.refusals import Refused as NotPossible
from directory.lifecycle.rehearsal import NOTABLE, OBSTACLES, Rehearsal
from directory.lifecycle.reorganisation_records import Known
from idp.cli.output import Refused
from idp.core.db import Db

T = TypeVar("T")


async def possible(doing: Awaitable[T]) -> T:
    """The same, with the rules' refusal as the command's."""
    try:
        return await doing
    except NotPossible as error:
        raise Refused(error.code, str(error)) from None


def code(text: str) -> tuple[str, str]:
    """A new BRIN and location code. Raises `ValueError`."""
    named = parse_school_reference(text)
    if named.brin is None:
        raise ValueError("a new code is a BRIN or a BRIN with location code")
    return named.brin, named.location or ""


async def plain(db: Db, known: Known) -> dict[str, Any]:
    """A reorganisation without its rehearsal."""
    codes_of = {school.id: school.code for school in await schools.by_ids(db, known.school_ids)}
    return {
        "number": known.id,
        "kind": known.kind,
        "state": known.state,
        "from": [codes_of[school_id] for school_id in known.source_ids],
        "to": [codes_of[school_id] for school_id in known.target_ids],
        "on": known.effective_on,
        "missing": [codes_of[int(one)] if one.isdigit() else one for one in known.needed],
        "undo_until": known.undo_until,
    }


async def rehearsal(db: Db, rehearsed: Rehearsal) -> dict[str, Any]:
    """What it would do now; the rehearsal must be fit for the helpdesk's eyes."""
    keys = await reorganisations.keys_of(db, rehearsed)
    return {
        "counts": dict(rehearsed.counts),
        "doubts": [
            {
                "doubt": meeting.choice,
                "reason": meeting.reason,
                "pupil_key": keys.get((meeting.school_id, meeting.person_id)),
                "other_key": keys.get((meeting.other_school_id, meeting.other_id)),
            }
            for meeting in rehearsed.doubts
        ],
        "notable": [
            {"code": note.code, "number": note.number, "message": NOTABLE[note.code][1]} for note in rehearsed.notable
        ],
        "obstacles": [{"code": code, "message": OBSTACLES[code][1]} for code in rehearsed.obstacles],
        "fingerprint": rehearsed.fingerprint,
    }


def state(shown: Mapping[str, Any]) -> str:
    """In one line."""
    missing = f"; missing is the yes of {', '.join(shown['missing'])}" if shown["missing"] else ""
    where = " to ".join(" and ".join(shown[part]) for part in ("from", "to") if shown[part])
    return f"{shown['number']}: {shown['kind']} of {where} is {shown['state']}{missing}."


def lines(shown: Mapping[str, Any]) -> list[str]:
    """A rehearsal in lines."""
    told = [state(shown), ", ".join(f"{number} {name}" for name, number in shown["counts"].items())]
    told += [
        f"doubt {one['doubt']}: pupil {one['pupil_key']} and pupil {one['other_key']} ({one['reason']})"
        for one in shown.get("doubts", ())
    ]
    told += [
        f"{one['message']} ({one['number']})" if one["number"] else one["message"] for one in shown.get("notable", ())
    ]
    told += [f"In the way: {obstacle['message']}" for obstacle in shown.get("obstacles", ())]
    if "fingerprint" in shown:
        told.append(f"fingerprint {shown['fingerprint']}")
    return told

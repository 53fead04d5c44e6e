"""`idp reorganise`: a merger from the first question to undoing it, as the helpdesk sees it."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from directory.models import Enrolment, School
from idp.core.db import Db
from idp.core.models import LedgerEntry
from tests.cli.conftest import Installation
from tests.directory.eckids import value_of

WRITTEN = ("--request", "letter 7")


def two_schools(idp: Installation) -> None:
    for brin, name in (("99XX", "De Poort"), ("98XX", "De Brug")):
        idp.json("schools", "add", "--brin", brin, "--name", name)
        idp.json("schools", "import", idp.school_file(f"{brin}.xml", brin=brin), "--apply")


def pupils(idp: Installation, code: str) -> int:
    told: dict[str, Any] = idp.json("schools", "show", code)
    return int(told["pupils"])


def test_a_merger_is_asked_shown_decided_done_and_undone(idp: Installation) -> None:
    two_schools(idp)
    asked = idp.json("reorganise", "merge", "99XX", "--into", "98XX", *WRITTEN)
    assert (asked["state"], asked["from"], asked["to"], asked["missing"]) == ("checked", ["99XX"], ["98XX"], [])
    number = str(asked["number"])
    shown = idp.json("reorganise", "show", number)
    # Both schools were made of the same seed, so that some children are called alike.
    assert shown["counts"]["pupils"] == 12
    doubts = len(shown["doubts"])
    assert doubts > 0
    refused = idp("reorganise", "carry-out", number, *WRITTEN, "--json")
    assert (refused.code, refused.error["error"]) == (1, "doubts")
    idp.json("reorganise", "decide", number, *[f"{one['doubt']}=same" for one in shown["doubts"]])
    shown = idp.json("reorganise", "show", number)
    assert shown["obstacles"] == []
    assert "ketenid" not in str(shown)
    stale = idp("reorganise", "carry-out", number, *WRITTEN, "--fingerprint", "0" * 64, "--json")
    assert (stale.code, stale.error["error"]) == (1, "changed")
    done = idp.json("reorganise", "carry-out", number, *WRITTEN, "--fingerprint", shown["fingerprint"])
    assert (done["state"], done["counts"]["joins"]) == ("done", doubts)
    assert (pupils(idp, "99XX"), pupils(idp, "98XX")) == (0, 24 - doubts)
    assert idp.json("reorganise", "undo", number, *WRITTEN)["signins_between"] == 0
    assert (pupils(idp, "99XX"), pupils(idp, "98XX")) == (12, 12)
    assert [one["state"] for one in idp.json("reorganise", "list")] == ["undone"]


def test_a_school_closes(idp: Installation) -> None:
    two_schools(idp)
    number = str(idp.json("reorganise", "close", "99XX", *WRITTEN)["number"])
    assert "After 30 days" in idp("reorganise", "show", number).out
    assert idp("reorganise", "carry-out", number, *WRITTEN).out.startswith("Done: 12 pupils")
    assert pupils(idp, "99XX") == 0
    assert idp.json("reorganise", "erase", number, *WRITTEN)["deleted"]["pupils"] == 12
    assert idp("reorganise", "undo", number, *WRITTEN).code == 1


def test_a_code_comes_later(idp: Installation) -> None:
    two_schools(idp)
    number = str(idp.json("reorganise", "codes", "99XX", *WRITTEN)["number"])
    assert idp("reorganise", "carry-out", number, *WRITTEN, "--json").error["error"] == "code_unknown"
    idp.json("reorganise", "code", number, "97YY01")
    idp.json("reorganise", "carry-out", number, *WRITTEN)
    assert idp.json("schools", "show", "97YY01")["name"] == "De Poort"


def test_a_group_splits_off(idp: Installation) -> None:
    two_schools(idp)
    new = idp.json("schools", "add", "--name", "De Uithof")["instelling_ref"]
    group = idp.json("schools", "groups", "99XX")[0]["name"]
    number = str(idp.json("reorganise", "split", "99XX", "--group", f"{group}={new}", *WRITTEN)["number"])
    moved = idp.json("reorganise", "carry-out", number, *WRITTEN)["counts"]["moves"]
    assert moved > 0
    assert (pupils(idp, new), pupils(idp, "99XX")) == (moved, 12 - moved)


def test_a_request_is_taken_back(idp: Installation) -> None:
    two_schools(idp)
    number = str(idp.json("reorganise", "merge", "99XX", "--into", "98XX", *WRITTEN)["number"])
    assert idp.json("reorganise", "withdraw", number)["state"] == "withdrawn"
    assert idp("reorganise", "agree", number, *WRITTEN, "--json").error["error"] == "over"


def test_a_pupil_that_is_not_there_moves_nowhere(idp: Installation) -> None:
    two_schools(idp)
    words = ["--school", "98XX", "--pupil-key", value_of("x"), "--from", "99XX"]
    ended = idp("reorganise", "transfer", *words, "--json")
    assert (ended.code, ended.error["error"]) == (1, "not_found")
    assert "ketenid" not in ended.err


def test_a_transfer_takes_the_written_yes_of_both_schools(idp: Installation) -> None:
    two_schools(idp)
    for code in ("99XX", "98XX"):
        words = ["--school", code, "--email", f"ict@{code}.example".lower(), "--role", "ict-coordinator"]
        idp.json("people", "add-staff", *words)
    first, other = [idp.ask(partial(_first_key, brin=brin)) for brin in ("99XX", "98XX")]
    words = ["--school", "98XX", "--pupil-key", other, "--from", "99XX", "--from-key", first]
    asked = idp.json("reorganise", "transfer", *words)
    assert (asked["state"], sorted(asked["missing"])) == ("asked", ["98XX", "99XX"])
    number = str(asked["number"])
    assert idp("reorganise", "agree", number, "--school", "98XX").code == 1
    idp.json("reorganise", "agree", number, "--school", "98XX", "--request", "letter 12")
    assert idp("reorganise", "carry-out", number, *WRITTEN, "--json").error["error"] == "not_checked"
    agreed = idp.json("reorganise", "agree", number, "--school", "99XX", "--request", "letter 13")
    assert agreed["state"] == "checked"
    # The two that were named have an ECK-iD each: then they are two children, whatever was written.
    assert idp("reorganise", "carry-out", number, *WRITTEN, "--json").error["error"] == "eckids_differ"


async def _first_key(db: Db, *, brin: str) -> str:
    here = select(Enrolment.las_key).join(School, School.id == Enrolment.school_id).where(School.brin == brin)
    return (await db.execute(here.order_by(Enrolment.id).limit(1))).scalar_one()


def test_a_whole_schools_yes_is_not_given_in_writing(idp: Installation) -> None:
    two_schools(idp)
    number = str(idp.json("reorganise", "close", "99XX", *WRITTEN)["number"])
    ended = idp("reorganise", "agree", number, "--school", "99XX", "--request", "letter 12", "--json")
    assert (ended.code, ended.error["error"]) == (1, "not_yours")


def test_for_a_school_without_a_coordinator_the_helpdesk_names_its_letter(idp: Installation) -> None:
    two_schools(idp)
    group = idp.json("schools", "groups", "99XX")[0]["name"]
    for words in (
        ("close", "99XX"),
        ("codes", "99XX", "97YY"),
        ("merge", "99XX", "--into", "98XX"),
        ("split", "99XX", "--group", f"{group}=98XX"),
    ):
        ended = idp("reorganise", *words, "--json")
        assert (ended.code, ended.error["error"]) == (1, "request_needed"), words
    assert idp.json("reorganise", "list") == []
    number = str(idp.json("reorganise", "merge", "99XX", "--into", "98XX", *WRITTEN)["number"])
    assert idp("reorganise", "agree", number, "--json").error["error"] == "request_needed"
    assert idp.ask(_letters) == ["letter 7", "letter 7"], "each of the two schools finds it in its own ledger"


def test_a_school_with_a_coordinator_speaks_for_itself(idp: Installation) -> None:
    two_schools(idp)
    idp.json("people", "add-staff", "--school", "99XX", "--email", "ict@poort.example", "--role", "ict-coordinator")
    asked = idp.json("reorganise", "close", "99XX")
    assert (asked["state"], asked["missing"]) == ("asked", ["99XX"])
    assert idp.ask(_letters) == []


async def _letters(db: Db) -> list[str]:
    mine = LedgerEntry.action == "reorganisation.requested"
    rows = await db.execute(select(LedgerEntry.detail).where(mine).order_by(LedgerEntry.id))
    return [detail["request"] for detail in rows.scalars()]


@pytest.mark.parametrize("act", ["carry-out", "undo", "erase"])
def test_where_nobody_but_the_helpdesk_speaks_for_a_school_each_act_needs_its_letter(
    idp: Installation, act: str
) -> None:
    two_schools(idp)
    number = str(idp.json("reorganise", "close", "99XX", *WRITTEN)["number"])
    before = len(idp.ask(_letters))
    refused = idp("reorganise", act, number, "--json")
    assert (refused.code, refused.error["error"]) == (1, "request_needed")
    assert len(idp.ask(_letters)) == before
    assert idp("reorganise", "carry-out", number, *WRITTEN).code == 0
    assert len(idp.ask(_letters)) == before + 1

"""`idp substitutes`: a group's seat is given, and taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.models import Mail
from tests.cli.conftest import Installation

AT = ("--school", "99XX")
WHO = ("--email", "ina@pool.example", "--first-name", "Ina", "--prefix", "van", "--surname", "Val")


@pytest.fixture
def filled(school: Installation) -> Installation:
    """School 99XX with three groups of children."""
    school.json("schools", "import", school.school_file(), "--apply")
    return school


def groups(idp: Installation) -> list[str]:
    return [row["group"] for row in idp.json("substitutes", "list", "99XX")]


def mails(idp: Installation) -> list[str]:
    async def read(db: Db) -> list[str]:
        mine = Mail.recipient == "ina@pool.example"
        return list((await db.execute(select(Mail.subject).where(mine).order_by(Mail.id))).scalars())

    return idp.ask(read)


def test_a_seat_is_bound_listed_and_ended(filled: Installation) -> None:
    first = groups(filled)[0]
    bound = filled.json("substitutes", "bind", *AT, *WHO, "--group", first, "--days", "7")
    until = (datetime.now(UTC).astimezone(AMSTERDAM).date() + timedelta(days=6)).isoformat()
    assert bound == {"school": "99XX", "group": first, "until": until, "second_factor": False}
    [seat, *others] = filled.json("substitutes", "list", "99XX")
    assert (seat["email"], seat["until"]) == ("ina@pool.example", until)
    assert {other["email"] for other in others} == {None}
    assert mails(filled) == ["U valt in bij De Poort", "Maak uw account aan bij Poortwachter"]
    filled.json("substitutes", "end", *AT, "--group", first)
    assert filled.json("substitutes", "list", "99XX")[0]["email"] is None
    [past] = filled.json("substitutes", "history", "99XX")
    assert (past["email"], past["group"]) == ("ina@pool.example", first)
    assert past["ended"] is not None


def test_what_cannot_be(filled: Installation) -> None:
    first = groups(filled)[0]
    for words, code in (
        (("bind", *AT, *WHO, "--group", first, "--days", "5"), "no_such_duration"),
        (("bind", *AT, *WHO, "--group", "Groep 12", "--days", "7"), "not_found"),
        (("end", *AT, "--group", first), "not_found"),
        (("delegate", "niemand@poort.example", *AT), "not_found"),
    ):
        done = filled("substitutes", *words, "--json")
        assert (done.code, done.error["error"]) == (1, code)
    assert mails(filled) == []


def test_one_colleague_may_help(filled: Installation) -> None:
    words = ["--email", "juf@poort.example", "--role", "support"]
    filled.json("people", "add-staff", *AT, *words)
    assert filled.json("substitutes", "delegate", "juf@poort.example", *AT)["email"] == "juf@poort.example"
    assert filled.json("substitutes", "delegate", *AT)["email"] is None
    assert "Nobody beside" in filled("substitutes", "delegate", *AT).out

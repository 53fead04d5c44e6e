"""`idp staff`: who works at a school, what waits for somebody's yes, and the end of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from directory import people
from directory.lifecycle import offers
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import Installation

TODAY = datetime.now(UTC).date()
UNTIL = (TODAY + timedelta(days=90)).isoformat()
AT = ("--school", "99XX")


@pytest.fixture
def staffed(school: Installation) -> Installation:
    """School 99XX with a coordinator and a teacher who was entered by an operator."""
    for name, role in (("ict", "ict-coordinator"), ("juf", "teacher")):
        words = ["--email", f"{name}@poort.example", "--role", role, "--first-name", name.title(), "--surname", "Smit"]
        school.json("people", "add-staff", *AT, *words)
    return school


def invite(idp: Installation, email: str = "nieuw@poort.example") -> int:
    words = ["--email", email, "--first-name", "Nienke", "--surname", "Nieuw", "--role", "ib", "--until", UNTIL]
    answer = idp.json("staff", "invite", *AT, *words)
    assert answer == {"invitation": answer["invitation"], "email": email, "school": "99XX", "roles": ["ib"]}
    number: int = answer["invitation"]
    return number


def accept(idp: Installation) -> None:
    """The invited person says yes, by the link of the mail."""

    async def say_yes(laid: Floor) -> None:
        async with laid.database.begin() as db:
            bodies = (await db.execute(select(Mail.body).order_by(Mail.id))).scalars()
            token = [found for body in bodies for found in re.findall(r"invitation\?token=(\S{36})\s", body)][-1]
            offer = await offers.find(db, laid.keyring, token, now=laid.now)
            assert offer is not None
            await offers.accept(db, offer, now=laid.now)

    idp.on_floor(say_yes)


def rows(idp: Installation, *words: str) -> dict[str, list[object]]:
    page = idp.json("staff", "list", "99XX", *words)
    return {row["email"]: [row["roles"], row["working"], row["activated"], row["las"], row["until"]] for row in page}


def asked(idp: Installation) -> list[object]:
    """What the ledger keeps of the schools' written requests."""

    async def read(db: Db) -> list[object]:
        mine = LedgerEntry.action == "staff.coordinator_requested"
        return list((await db.execute(select(LedgerEntry.detail).where(mine).order_by(LedgerEntry.id))).scalars())

    return idp.ask(read)


def mails(idp: Installation) -> list[tuple[str, str]]:
    async def read(db: Db) -> list[tuple[str, str]]:
        found = await db.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
        return [(row.recipient, row.subject) for row in found]

    return idp.ask(read)


def acts(idp: Installation) -> list[tuple[str, str]]:
    """What the ledger says an operator did with staff."""

    async def read(db: Db) -> list[tuple[str, str]]:
        mine = LedgerEntry.action.startswith("staff.")
        found = await db.execute(select(LedgerEntry.action, LedgerEntry.actor).where(mine).order_by(LedgerEntry.id))
        return [(row.action, row.actor) for row in found]

    return idp.ask(read)


def refused(idp: Installation, *words: str) -> str:
    done = idp(*words, "--json")
    assert done.code == 1
    code: str = done.error["error"]
    return code


def test_the_list_says_who_activated_and_whom_the_administration_knows(staffed: Installation) -> None:
    assert rows(staffed) == {
        "ict@poort.example": [["ict-coordinator"], True, False, False, None],
        "juf@poort.example": [["teacher"], True, False, False, None],
    }
    assert list(rows(staffed, "--search", "JUF")) == ["juf@poort.example"]
    assert list(rows(staffed, "--limit", "1")) == ["ict@poort.example"]
    assert list(rows(staffed, "--after", "ict@poort.example")) == ["juf@poort.example"]
    assert "Juf Smit" in staffed("staff", "list", "99XX").out
    assert refused(staffed, "staff", "list", "99XX", "--which", "some") == "refused"


def test_an_invitation_waits_until_somebody_says_yes(staffed: Installation) -> None:
    invite(staffed)
    [waiting] = staffed.json("staff", "invitations", "99XX")
    assert (waiting["email"], waiting["name"], waiting["until"]) == ("nieuw@poort.example", "Nienke Nieuw", UNTIL)
    assert "nieuw@poort.example" not in rows(staffed)
    accept(staffed)
    assert staffed.json("staff", "invitations", "99XX") == []
    assert rows(staffed)["nieuw@poort.example"] == [["ib"], True, False, False, UNTIL]


def test_an_invitation_is_sent_again_and_withdrawn(staffed: Installation) -> None:
    number = str(invite(staffed))
    staffed.json("staff", "resend", number, *AT)
    assert mails(staffed) == [("nieuw@poort.example", "Uitnodiging van De Poort")] * 2
    staffed.json("staff", "withdraw", number, *AT)
    assert refused(staffed, "staff", "withdraw", number, *AT) == "not_found"
    assert [action for action, _ in acts(staffed)][-3:] == [
        "staff.invited",
        "staff.invited_again",
        "staff.invitation_withdrawn",
    ]


def test_roles_come_and_go_but_the_last_coordinator_stays(staffed: Installation) -> None:
    role = (*AT, "--role", "ict-coordinator")
    assert refused(staffed, "staff", "take-role", "ict@poort.example", *role) == "last_coordinator"
    asked = (*role, "--request", "brief-2026-18")
    assert staffed.json("staff", "give-role", "juf@poort.example", *asked)["roles"] == ["ict-coordinator", "teacher"]
    assert staffed.json("staff", "take-role", "ict@poort.example", *role)["roles"] == []
    assert acts(staffed)[-2:] == [("staff.role_given", "operator:cli"), ("staff.role_taken", "operator:cli")]
    assert refused(staffed, "staff", "give-role", "juf@poort.example", *AT, "--role", "boss") == "no_such_role"


def test_a_school_with_coordinators_writes_when_the_operator_appoints_another(staffed: Installation) -> None:
    coordinator = (*AT, "--role", "ict-coordinator")
    named = ("--email", "nieuw@poort.example", "--first-name", "Nienke", "--surname", "Nieuw")
    ways = (
        ("staff", "give-role", "juf@poort.example", *coordinator),
        ("staff", "invite", *coordinator, *named),
        ("people", "add-staff", *coordinator, *named),
    )
    for words in ways:
        before = acts(staffed)
        assert refused(staffed, *words) == "request_needed"
        assert acts(staffed) == before
        staffed.json(*words, "--request", "brief-2026-18")
        assert acts(staffed)[len(before)] == ("staff.coordinator_requested", "operator:cli")
    assert asked(staffed) == [{"request": "brief-2026-18"}] * 3
    staffed.json("staff", "invite", *coordinator, *named[2:], "--email", "demo@poort.example", IDP_DEMO="true")


def test_the_first_coordinator_of_a_school_needs_no_letter(school: Installation) -> None:
    school.json("people", "add-staff", *AT, "--role", "ict-coordinator", "--email", "ict@poort.example")
    assert [action for action, _ in acts(school)][-1:] == ["staff.added"]


def test_a_last_day_an_end_and_a_return(staffed: Installation) -> None:
    staffed.json("staff", "last-day", "juf@poort.example", *AT, "--until", UNTIL)
    assert rows(staffed)["juf@poort.example"][-1] == UNTIL
    assert refused(staffed, "staff", "last-day", "juf@poort.example", *AT) == "end_needed"
    assert refused(staffed, "staff", "last-day", "juf@poort.example", *AT, "--until", "soon") == "refused"
    staffed.json("staff", "end", "juf@poort.example", *AT)
    assert "juf@poort.example" not in rows(staffed)
    assert rows(staffed, "--which", "left")["juf@poort.example"][1] is False
    assert refused(staffed, "staff", "send-link", "juf@poort.example", *AT) == "not_working"
    staffed.json("staff", "take-up", "juf@poort.example", *AT, "--until", UNTIL)
    assert rows(staffed)["juf@poort.example"][1] is True
    assert refused(staffed, "staff", "end", "niemand@poort.example", *AT) == "not_found"


def test_a_link_goes_to_who_has_no_password(staffed: Installation) -> None:
    assert staffed.json("staff", "send-link", "juf@poort.example", *AT)["mailed"] is True
    assert mails(staffed) == [("juf@poort.example", "Maak uw account aan bij Poortwachter")]
    with_password = ["--email", "juf@poort.example", "--role", "teacher", "--password-stdin"]
    staffed.json("people", "add-staff", *AT, *with_password, stdin="Regenboog-fiets-7")
    assert staffed.json("staff", "send-link", "juf@poort.example", *AT)["mailed"] is False
    assert staffed.json("staff", "review", "99XX") == []


def test_a_proposed_address_waits_for_the_person_and_for_a_coordinator(staffed: Installation) -> None:
    words = ("staff", "propose-address", "ict@poort.example", "nieuw@poort.example", *AT)
    assert staffed.json(*words)["mailed"] is True
    assert staffed.json(*words)["mailed"] is False
    [waiting] = staffed.json("staff", "addresses", "99XX")
    assert (waiting["email"], waiting["needs_approval"], waiting["approved"]) == ("nieuw@poort.example", True, False)
    number = str(waiting["proposal"])
    assert staffed.json("staff", "approve-address", number)["outcome"] == "waits"
    staffed.json("staff", "refuse-address", number)
    assert refused(staffed, "staff", "approve-address", number) == "not_found"

    async def address(db: Db) -> bool:
        return await people.address_in_use(db, "nieuw@poort.example")

    assert not staffed.ask(address)


def test_nothing_secret_is_printed(staffed: Installation) -> None:
    invite(staffed)
    for words in (["list", "99XX"], ["invitations", "99XX"], ["addresses", "99XX"]):
        assert "token" not in staffed("staff", *words, "--json").out

"""`idp ledger`: whether the record is whole, and a school's own part of it (D41, C-323)."""

import csv
import io

import pytest
from sqlalchemy import select, text, update

from idp.core import heads, seals
from idp.core.append_only import NAMES
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.heads import HeadKeys
from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import CLIENT, Installation

REQUEST = ["--request", "brief-2026-17"]


async def seal(laid: Floor) -> None:
    await seals.seal_all(laid.database, HeadKeys(laid.settings.secrets), now=laid.now)


async def rewrite(laid: Floor) -> None:
    """What somebody does who owns the database."""
    async with laid.database.begin() as db:
        off = [f"DROP TRIGGER {name}" for name in sorted(NAMES)]
        for statement in off if laid.database.sqlite else ["SET LOCAL session_replication_role = replica"]:
            await db.execute(text(statement))
        await db.execute(update(LedgerEntry).values(actor="somebody else"))


async def _receipts(db: Db) -> list[str]:
    query = select(Mail.body).where(Mail.subject.like("Bevestiging van toestemming%"))
    return list((await db.execute(query)).scalars())


@pytest.fixture
def two(school: Installation) -> Installation:
    """Two schools at which something happened."""
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    for at in ("99XX", "99YY"):
        school.json(
            "people", "add-staff", "--school", at, "--email", f"juf@{at}.example".lower(), "--role", "teacher", *REQUEST
        )
    return school


def test_what_is_whole_ends_with_0_and_what_was_rewritten_with_1(two: Installation) -> None:
    empty = two.json("ledger", "head")
    assert empty["head"] is None
    two.on_floor(seal)
    head = two.json("ledger", "head")["head"]
    proof = two.json("ledger", "verify", "--head", head)
    assert (proof["findings"], proof["seals"], proof["head"]) == ([], 1, head)
    assert "Everything is as it was written." in two("ledger", "verify").out
    two.on_floor(rewrite)
    for words in (["--json"], []):
        ended = two("ledger", "verify", *words)
        assert ended.code == 1
        assert ("entry_changed" if words else "NOT AS IT WAS: of seal 1") in ended.out
    elsewhere = two("ledger", "verify", "--head", f"2{head[1:]}", "--json")
    assert "head_not_in_the_chain" in elsewhere.out
    assert two("ledger", "verify", "--head", "nonsense", "--json").error["error"] == "refused"


def test_a_school_gets_its_own_entries_and_the_head(two: Installation) -> None:
    two.on_floor(seal)
    shown = two.json("ledger", "export", "--school", "99XX", *REQUEST)
    assert [entry["action"] for entry in shown["entries"]] == ["school.added", "staff.added"]
    other = two.json("ledger", "export", "--school", "99YY", *REQUEST)
    assert not {entry["id"] for entry in shown["entries"]} & {entry["id"] for entry in other["entries"]}
    assert heads.read(shown["head"]).number == 1
    lines = list(csv.DictReader(io.StringIO(two("ledger", "export", "--school", "99XX", *REQUEST).out)))
    assert [line["action"] for line in lines] == ["school.added", "staff.added", "ledger.exported", "ledger.head"]
    assert lines[-1]["detail"] == shown["head"]
    # A spreadsheet must find no formula in it.
    assert not [cell for line in lines for cell in line.values() if cell[:1] in ("=", "+", "-", "@")]
    days = ["--from", "2020-01-01", "--until", "2020-01-31"]
    assert two.json("ledger", "export", "--school", "99XX", *days, *REQUEST)["entries"] == []


def test_an_operator_reads_a_schools_part_at_its_request_only(two: Installation) -> None:
    assert two("ledger", "export", "--school", "99XX", "--json").error["error"] == "request_needed"
    assert two("ledger", "export", "--school", "11AA", *REQUEST, "--json").error["error"] == "not_found"


def test_a_receipt_of_consent_prints_the_head(two: Installation) -> None:
    mail = ["people", "add-staff", "--school", "99XX", "--email", "ict@poort.example", "--role", "ict-coordinator"]
    two.json(*mail, *REQUEST)
    two.json("parties", "add-oidc", two.file("client.json", {**CLIENT, "scope": "openid"}))
    two.on_floor(seal)
    two.json("consent", "give", "--school", "99XX", "--party", "rekenrijk", *REQUEST)
    [body] = two.ask(_receipts)
    assert f"Zegel van het logboek: {two.json('ledger', 'head')['head']}" in body

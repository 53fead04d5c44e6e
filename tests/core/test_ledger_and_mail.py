"""What happened and its entry stand or fall together; a mail leaves only if the transaction did (D40, C-323)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from idp.core import ledger, mail
from idp.core.db import Database
from idp.core.models import LedgerEntry, Mail
from tests.clock import Clock


async def entries(database: Database) -> list[tuple[object, ...]]:
    columns = (
        LedgerEntry.at,
        LedgerEntry.action,
        LedgerEntry.school_id,
        LedgerEntry.actor,
        LedgerEntry.subject,
        LedgerEntry.detail,
    )
    async with database.read() as db:
        return [tuple(row) for row in await db.execute(select(*columns).order_by(LedgerEntry.id))]


@pytest.mark.parametrize(
    ("lang", "day", "moment"),
    [
        ("nl", "22 november 2026", "23 november 2026, 00:05"),
        ("en", "22 November 2026", "23 November 2026, 00:05"),
    ],
)
async def test_a_mail_writes_days_out_in_its_language(
    database: Database, clock: Clock, lang: str, day: str, moment: str
) -> None:
    late = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)
    values = {"school": "De Regenboog", "contact": "helpdesk@poort.example"}
    ends = {"system": "LAS", **values}
    async with database.begin() as db:
        await mail.queue(db, "certificate_ends", "a@b.example", now=clock.now, lang=lang, on=late.date(), **ends)
        await mail.queue(db, "certificate_ends", "a@b.example", now=clock.now, lang=lang, on=late, **ends)
    async with database.read() as db:
        subjects = (await db.execute(select(Mail.subject).order_by(Mail.id))).scalars().all()
    assert [day in subjects[0], moment in subjects[1]] == [True, True], subjects


async def test_recorded_and_noted_entries_are_alike(database: Database, clock: Clock) -> None:
    what = {"party": 7, "text": 'met "aanhalingstekens"\nen een tweede regel', "none": None}
    async with database.begin() as db:
        await ledger.record(db, "a.b", now=clock.now, by="me", school_id=3, subject="you", detail=what)
    await ledger.note(database.hot, "a.b", now=clock.now, by="me", school_id=3, subject="you", detail=what)
    await ledger.note(database.hot, "a.b", now=clock.now, by="system")
    first, second, bare = await entries(database)
    assert first == second == (clock.now, "a.b", 3, "me", "you", what)
    assert bare == (clock.now, "a.b", None, "system", None, {})


async def test_what_did_not_happen_is_not_recorded_and_not_mailed(database: Database, clock: Clock) -> None:
    async def write_and_fail() -> None:
        async with database.begin() as db:
            await ledger.record(db, "a.b", now=clock.now, by="me")
            await mail.queue(db, "second_factor_on", "x@y.example", now=clock.now, contact="help@idp.example")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    assert await entries(database) == []
    async with database.read() as db:
        assert (await db.execute(select(Mail.id))).all() == []


@pytest.mark.parametrize(("lang", "word"), [("nl", "herstelcodes"), ("en", "recovery")])
async def test_a_mail_is_written_in_the_readers_language(
    database: Database, clock: Clock, lang: str, word: str
) -> None:
    async with database.begin() as db:
        values = {"left": "9", "contact": "help@idp.example"}
        await mail.queue(db, "recovery_code_used", "x@y.example", now=clock.now, lang=lang, **values)
        row = (await db.execute(select(Mail.recipient, Mail.subject, Mail.body))).one()
    assert row.recipient == "x@y.example"
    assert word in row.body.lower()
    assert "9" in row.body
    assert "help@idp.example" in row.body
    assert "{" not in row.subject + row.body


async def test_an_unknown_mail_is_an_error_of_ours(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        with pytest.raises(KeyError):
            await mail.queue(db, "no such mail", "x@y.example", now=clock.now)

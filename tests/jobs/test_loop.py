"""The background work, with a mail server on this machine and a clock that the test moves."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, insert, select

from idp.core import floor, mail
from idp.core.floor import Floor
from idp.core.models import Mail
from idp.core.settings import Settings
from idp.credentials.models import Parent
from idp.jobs import loop
from idp.jobs.shift import Shift
from tests.clock import Clock


def shift(base: Floor) -> Shift:
    return Shift(base, ("cat", "dog"))


class Postbox:
    """Takes every mail, or answers `refusal` while there is one."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.refusal = ""
        self.no_mailbox = ""
        self.url = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.no_mailbox:
            return self.no_mailbox
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        self.received.append(envelope)
        return "250 OK"


@asynccontextmanager
async def _listening(postbox: Postbox) -> AsyncIterator[Postbox]:
    running = asyncio.get_running_loop()
    server = await running.create_server(lambda: SMTP(postbox, loop=running), "127.0.0.1", 0)
    postbox.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield postbox


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with _listening(Postbox()) as listening:
        yield listening


@pytest.fixture
async def base(settings: Settings, clock: Clock, postbox: Postbox) -> AsyncIterator[Floor]:
    laid = await floor.lay(settings.model_copy(update={"smtp_url": postbox.url}), clock=clock)
    yield laid
    await laid.close()


async def _queue(base: Floor, recipient: str = "ict@regenboog.example") -> None:
    async with base.database.begin() as db:
        await mail.queue(db, "second_factor_on", recipient, now=base.now, contact="de helpdesk")


async def _waiting(base: Floor) -> int:
    async with base.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Mail))).scalar_one()


async def test_a_queued_mail_leaves_and_is_kept_nowhere(base: Floor, postbox: Postbox) -> None:
    await _queue(base)
    assert await loop.mails(shift(base)) == 1
    assert await loop.mails(shift(base)) == 0
    assert [envelope.rcpt_tos for envelope in postbox.received] == [["ict@regenboog.example"]]
    assert await _waiting(base) == 0


async def test_a_refused_mail_waits_and_leaves_later(base: Floor, clock: Clock, postbox: Postbox) -> None:
    await _queue(base)
    postbox.refusal = "451 not now"
    assert await loop.mails(shift(base)) == 0
    postbox.refusal = ""
    assert await loop.mails(shift(base)) == 0
    assert await _waiting(base) == 1
    clock.move(minutes=2)
    assert await loop.mails(shift(base)) == 1
    assert len(postbox.received) == 1


async def test_a_mail_that_cannot_be_one_holds_up_nobody_elses(base: Floor, postbox: Postbox) -> None:
    async with base.database.begin() as db:
        row = {"recipient": "a@een.example", "subject": "De Regenboog\nBcc: b@twee.example", "body": "Hallo"}
        await db.execute(insert(Mail).values(**row, created_at=base.now, next_attempt_at=base.now))
    await _queue(base)
    assert await loop.mails(shift(base)) == 1
    assert [envelope.rcpt_tos for envelope in postbox.received] == [["ict@regenboog.example"]]
    assert await _waiting(base) == 1


@pytest.mark.parametrize(("answer", "seen"), [("550 5.1.1 no such mailbox", True), ("450 later", False)])
async def test_a_parents_address_without_a_mailbox_is_noted_and_the_mail_tried_again(
    base: Floor, postbox: Postbox, answer: str, *, seen: bool
) -> None:
    address = "ouder@gezin.example"
    async with base.database.begin() as db:
        row = {"email": address, "ledger_id": "0" * 36, "created_at": base.now}
        await db.execute(insert(Parent).values(**row))
    await _queue(base, address)
    postbox.no_mailbox = answer
    assert await loop.mails(shift(base)) == 0
    assert await _waiting(base) == 1
    async with base.database.read() as db:
        assert (await db.execute(select(Parent.bounced_at.is_not(None)))).scalar_one() is seen


async def test_without_a_mail_server_mails_wait(base: Floor, settings: Settings, clock: Clock) -> None:
    await _queue(base)
    without = Floor(settings, base.database, base.store, base.keyring, clock)
    assert await loop.mails(shift(without)) == 0
    assert await _waiting(base) == 1


class _Enough(BaseException):
    """Ends a loop that never ends."""


class _Pauses:
    """Stands in for sleeping: writes down how long, does something at a given pause, and ends the loop after the last one."""

    def __init__(self, last: int, **at: object) -> None:
        self.seconds: list[float] = []
        self._last = last
        self._at = at

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        act = self._at.get(f"after_{len(self.seconds)}")
        if callable(act):
            await act()
        if len(self.seconds) == self._last:
            raise _Enough


async def test_idle_turns_come_ever_slower_and_work_wakes_them(base: Floor) -> None:
    pauses = _Pauses(6, after_4=lambda: _queue(base))
    with pytest.raises(_Enough):
        await loop.repeat(loop.mails, shift(base), pause=pauses)
    assert pauses.seconds == [2, 4, 5, 5, 1, 2]


async def test_a_fault_is_told_without_its_text_and_the_next_turn_comes(
    base: Floor, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await _queue(base)
    unusable = settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:geen-poort"})
    pauses = _Pauses(2)
    without = Floor(unusable, base.database, base.store, base.keyring, base.clock)
    with caplog.at_level(logging.ERROR), pytest.raises(_Enough):
        await loop.repeat(loop.mails, shift(without), pause=pauses)
    assert pauses.seconds == [5, 5]
    told = [vars(record) for record in caplog.records if record.name == "poortwachter.jobs"]
    assert len(told) == 2
    assert all(entry["error"] == "ValueError" and "send_due" in entry["where"] for entry in told)
    assert "geen-poort" not in str(told)

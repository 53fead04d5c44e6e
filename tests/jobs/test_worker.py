"""The worker as its own process would run it, and the serving process that does its work."""

import asyncio
import json
import os
import signal
from datetime import timedelta
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from idp import worker
from idp.core import clock, floor, mail
from idp.core.errors import Misconfigured
from idp.core.settings import Settings
from idp.jobs import loop
from idp.jobs.counted import Turns
from idp.jobs.shift import Shift
from idp.main import create_app
from tests.helpdesk.test_blindness import listening
from tests.http.test_measures import fetched

QUEUED = "second_factor_on"


class Postbox:
    """Completes `first` with the first mail."""

    def __init__(self) -> None:
        self.first: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        if not self.first.done():
            self.first.set_result(message_from_bytes(envelope.content))
        return "250 OK"


async def _queue(settings: Settings) -> None:
    laid = await floor.lay(settings)
    async with laid.database.begin() as db:
        long_ago = clock.utc_now() - timedelta(days=1)
        await mail.queue(db, QUEUED, "ict@regenboog.example", now=long_ago, contact="de helpdesk")
    await laid.close()


async def test_the_worker_sends_until_it_is_told_to_stop(settings: Settings) -> None:
    running = asyncio.get_running_loop()
    postbox = Postbox()
    async with await running.create_server(lambda: SMTP(postbox, loop=running), "127.0.0.1", 0) as server:
        chosen = settings.model_copy(
            update={
                "smtp_url": f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}",
                "mail_from": "poort@idp.example",
                "metrics_address": "127.0.0.1:0",
            }
        )
        await _queue(chosen)
        before = signal.getsignal(signal.SIGTERM)
        with listening() as logged:
            working = asyncio.create_task(worker.run(chosen))
            sent = await asyncio.wait_for(postbox.first, 10)
        [port] = [json.loads(line)["port"] for line in logged if "counters shown" in line]
        told = await fetched(port, "GET /metrics HTTP/1.1")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(working, 10)
    assert (sent["To"], sent["From"]) == ("ict@regenboog.example", "poort@idp.example")
    assert signal.getsignal(signal.SIGTERM) == before
    assert "# TYPE poortwachter_turns counter" in told
    assert "process_start_time_seconds " in told
    assert told.endswith("# EOF\n")
    assert "regenboog" not in told


def test_a_worker_counts_turns_by_kind_and_outcome_and_nothing_else() -> None:
    turns = Turns()
    turns.turned("mails", 3, 0.25)
    turns.turned("mails", 0, 0.25)
    turns.turned("imports", None, 1.5)
    assert {
        'poortwachter_turns_total{kind="mails",outcome="ended"} 2',
        'poortwachter_turns_total{kind="imports",outcome="failed"} 1',
        'poortwachter_work_total{kind="mails"} 3',
        'poortwachter_work_total{kind="imports"} 0',
        'poortwachter_turn_seconds_total{kind="mails"} 0.500000',
    } <= set(turns.lines())


async def test_a_turn_that_fails_is_counted_as_one(settings: Settings) -> None:
    """And the next one comes: the loop outlives it."""
    turns, laid = Turns(), await floor.lay(settings)
    outcomes: list[int | Exception] = [2, OSError("away")]

    async def mails(_: Shift) -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def pause(_: float) -> None:
        if not outcomes:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await loop.repeat(mails, Shift(laid, ()), pause=pause, tally=turns)
    await laid.close()
    told = set(turns.lines())
    assert 'poortwachter_turns_total{kind="mails",outcome="ended"} 1' in told
    assert 'poortwachter_turns_total{kind="mails",outcome="failed"} 1' in told


async def test_the_worker_refuses_what_must_not_run(settings: Settings) -> None:
    with pytest.raises(Misconfigured):
        await worker.run(settings.model_copy(update={"secret_key": ""}))


async def test_the_serving_process_sends_mails_itself_on_the_embedded_default(settings: Settings) -> None:
    if not settings.embedded:
        pytest.skip("on a database server the worker does this")
    running = asyncio.get_running_loop()
    postbox = Postbox()
    async with await running.create_server(lambda: SMTP(postbox, loop=running), "127.0.0.1", 0) as server:
        chosen = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"})
        await _queue(chosen)
        app = create_app(chosen)
        async with app.router.lifespan_context(app):
            sent = await asyncio.wait_for(postbox.first, 10)
    assert sent["To"] == "ict@regenboog.example"

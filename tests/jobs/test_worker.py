"""The worker as its own process would run it, and the serving process that does its work."""

import asyncio
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
from idp.main import create_app

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
            }
        )
        await _queue(chosen)
        before = signal.getsignal(signal.SIGTERM)
        working = asyncio.create_task(worker.run(chosen))
        sent = await asyncio.wait_for(postbox.first, 10)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(working, 10)
    assert (sent["To"], sent["From"]) == ("ict@regenboog.example", "poort@idp.example")
    assert signal.getsignal(signal.SIGTERM) == before


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

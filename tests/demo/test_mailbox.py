"""Mails arrive over SMTP and are shown as plain text, whatever they hold."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import httpx2 as httpx
import pytest
from aiosmtpd.smtp import SMTP

from idp.demo import mailbox
from idp.demo.mailbox import KEPT, Mailbox
from idp.demo.pages import Brand
from tests.clock import Clock

POSTBUS = Brand("postbus", "De postbus", "Mails van de poort", "http://127.0.0.1:8003")


@pytest.fixture
def letters() -> Mailbox:
    return Mailbox(Clock())


@pytest.fixture
async def port(letters: Mailbox) -> AsyncIterator[int]:
    running = asyncio.get_running_loop()
    async with await running.create_server(lambda: SMTP(letters, loop=running), "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _send(port: int, subject: str, text: str, *, html: str = "") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "poort@idp.example", "ict@school.example", subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port)


async def _page(letters: Mailbox) -> httpx.Response:
    app = mailbox.create(POSTBUS, letters, idp="http://localhost:8000")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=POSTBUS.address) as client:
        return await client.get("/")


async def test_an_empty_mailbox_says_how_to_get_a_mail(letters: Mailbox) -> None:
    assert "Nog geen mail" in (await _page(letters)).text


async def test_the_newest_mail_is_first_with_reader_sender_and_moment(letters: Mailbox, port: int) -> None:
    await _send(port, "De eerste", "Goedendag,\n\nÉén.")
    await _send(port, "Zoë's tweede", "Twee.")
    text = (await _page(letters)).text
    assert text.index("Zoë&#39;s tweede") < text.index("De eerste")
    for shown in ("ict@school.example", "poort@idp.example", "23-11-2026 08:30:00", "Goedendag,\n\nÉén."):
        assert shown in text


async def test_what_looks_like_a_page_stays_text(letters: Mailbox, port: int) -> None:
    await _send(port, "<b>vet</b>", "<script>alert(1)</script>", html="<img src=x onerror=alert(2)>")
    page = await _page(letters)
    assert "&lt;script&gt;alert(1)" in page.text
    assert "&lt;b&gt;vet" in page.text
    assert "onerror" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_an_address_in_a_mail_is_a_link_and_nothing_else_is(letters: Mailbox, port: int) -> None:
    await _send(
        port, "Kies", "Ga naar http://localhost:8000/thuis, of naar\n\nhttp://localhost:8000/a?token=x-1\n\nscript:a"
    )
    text = (await _page(letters)).text
    for address in ("http://localhost:8000/thuis", "http://localhost:8000/a?token=x-1"):
        assert f'<a href="{address}">{address}</a>' in text
    assert text.partition("<h2>Kies")[2].partition("</article>")[0].count("href=") == 2


async def test_only_so_many_mails_are_kept(letters: Mailbox, port: int) -> None:
    for number in range(3):
        await _send(port, f"Mail {number}", "x")
    assert letters.letters.maxlen == KEPT
    assert [letter.subject for letter in letters.letters] == ["Mail 2", "Mail 1", "Mail 0"]

"""An upload is the same however the network cuts it, and what is none is refused before a byte of a file is taken (D39, RFC 7578)."""

import re
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from idp.http.forms import Unreadable
from idp.http.uploads import upload_of

MARK = "scheidslijn"
KIND = f"multipart/form-data; boundary={MARK}"


def body(*parts: tuple[str, bytes]) -> bytes:
    return (
        b"".join(f"--{MARK}\r\n{head}\r\n\r\n".encode() + text + b"\r\n" for head, text in parts)
        + f"--{MARK}--\r\n".encode()
    )


def field(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


FILE = field("file") + '; filename="een.xml"\r\nContent-Type: text/xml'


def request(pieces: Iterable[bytes], kind: str = KIND) -> Request:
    left = iter([*pieces])

    async def receive() -> Message:
        piece = next(left, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}, receive)


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


# Line ends and dashes, so that pieces of the boundary come up in the middle of the file.
CONTENT = st.lists(st.sampled_from([b"\r\n", b"--", b"\r", MARK.encode(), b"x", b"\x00\xff"]), max_size=30).map(
    b"".join
)


@settings(max_examples=60, deadline=None)
@given(content=CONTENT, size=st.integers(1, 40))
async def test_the_file_is_the_same_however_it_is_cut(content: bytes, size: int) -> None:
    if f"\r\n--{MARK}".encode() in b"\r\n" + content:
        return
    sent = body((field("ticket"), b"t0"), (FILE, content))
    upload = await upload_of(request(sent[start : start + size] for start in range(0, len(sent), size)))
    assert upload.fields == {"ticket": "t0"}
    assert await whole(upload.chunks) == content


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (body((FILE, b"x")), "text/xml"),
        (body((FILE, b"x")), "multipart/form-data"),
        (body((FILE, b"x")), "multipart/form-data; boundary=" + "x" * 71),
        (body((FILE, b"x")), "multipart/form-data; boundary=anders"),
        (body((field("ticket"), b"t0")), KIND),
        (body((field("ticket"), b"t0"), (field("ticket"), b"t1"), (FILE, b"x")), KIND),
        (body((field("ticket"), b"x" * 5000), (FILE, b"x")), KIND),
        (body((field("ticket"), b"\xff"), (FILE, b"x")), KIND),
        (body(("Content-Type: text/plain", b"t0"), (FILE, b"x")), KIND),
        (body(("X-Long: " + "x" * 5000, b"t0"), (FILE, b"x")), KIND),
        (body(*((field(f"n{chr(97 + n)}"), b"") for n in range(12)), (FILE, b"x")), KIND),
        (b"vooraf" + body((FILE, b"x")), KIND),
        (b"", KIND),
    ],
)
async def test_what_is_no_upload_is_refused_before_the_file(sent: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        await upload_of(request([sent[:7], sent[7:]], kind))


@pytest.mark.parametrize("cut", [1, 5, 40])
async def test_a_file_that_is_cut_off_is_no_file(cut: int) -> None:
    sent = body((field("ticket"), b"t0"), (FILE, b"x" * 100))
    upload = await upload_of(request([sent[: len(sent) - cut - 2]]))
    with pytest.raises(Unreadable, match=re.escape("the file is cut off")):
        await whole(upload.chunks)


async def test_no_more_is_taken_than_there_may_be() -> None:
    sent = body((FILE, b"x" * 10_000))
    pieces = [sent[start : start + 500] for start in range(0, len(sent), 500)]
    assert len(await whole((await upload_of(request(pieces), largest=len(sent))).chunks)) == 10_000
    upload = await upload_of(request(pieces), largest=5_000)
    with pytest.raises(Unreadable, match="too large"):
        await whole(upload.chunks)

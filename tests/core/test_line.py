"""The one line to the store: whose answer is whose, and what happens when it breaks, hangs or talks nonsense (ADR 10)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from redis import Redis as PlainRedis

from idp.core.errors import Unavailable
from idp.core.line import LATE, Broken, Line, Refusal, dial
from idp.core.valkey import RedisStore
from tests.storage import Storage

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(talk: Talk) -> AsyncIterator[str]:
    """A server that talks as told; its address."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        server.close()


@pytest.fixture
async def url(storage: Storage) -> str:
    """The address of this run's empty store."""
    _, address = storage.fresh()
    if address is None:
        pytest.skip("the embedded store has no line")
    return address


async def nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(1024):
        pass


async def a_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1024)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await nothing(reader, writer)


async def more_than_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1024)
    writer.write(b"$1\r\na\r\n$1\r\nb\r\n")
    await nothing(reader, writer)


async def a_word_and_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1024)
    writer.write(b"$5\r\nab")


@pytest.mark.parametrize("talk", [nothing, a_page, a_word_and_gone])
async def test_a_line_that_brings_no_answer_breaks_and_says_nothing_of_the_question(talk: Talk) -> None:
    async with answering(talk) as url:
        line = await dial(url, seconds=0.2)
        with pytest.raises(Broken) as broken:
            await line.ask(("GET", b"a secret key"))
        assert "secret" not in repr(broken.value)
        assert line.closed
        with pytest.raises(Broken):
            await line.ask(("PING",))


async def test_an_answer_too_many_ends_the_line_before_anybody_gets_the_wrong_one() -> None:
    async with answering(more_than_asked) as url:
        line = await dial(url)
        assert await line.ask(("GET", b"k")) == b"a"
        assert line.closed


async def test_one_question_more_after_a_break_and_not_two() -> None:
    calls = 0

    async def first_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        await reader.read(1024)
        if calls > 2:
            writer.write(b"$5\r\nvalue\r\n")

    async with answering(first_gone) as url:
        store = RedisStore(url)
        with pytest.raises(Unavailable):
            await store.get("session", b"k")
        assert calls == 1  # a fresh line that breaks is a server in trouble, not an old connection
        with pytest.raises(Unavailable):
            await store.get("session", b"k")
        assert await store.get("session", b"k") == b"value"
        await store.close()


async def test_everybody_gets_the_own_answer(url: str) -> None:
    store = RedisStore(url)

    async def mine(number: int) -> bool:
        key = str(number).encode()
        await store.put(("attempt", key, key, 60))
        if number % 7 == 0:
            # Somebody who does not wait for the answer must not leave it to the next.
            hasty = asyncio.ensure_future(store.get("attempt", b"0"))
            await asyncio.sleep(0)
            hasty.cancel()
        return await store.get("attempt", key) == key and await store.take("attempt", key) == key

    assert all(await asyncio.gather(*(mine(number) for number in range(500))))
    await store.close()


async def test_a_store_that_was_restarted_is_found_again_by_the_next_call(url: str) -> None:
    store = RedisStore(url)
    await store.put(("session", b"k", b"v", 60))
    with PlainRedis.from_url(url) as redis:
        redis.client_kill_filter(_type="normal", skipme=True)
    assert await store.get("session", b"k") == b"v"
    await store.close()


async def test_name_password_and_database_of_the_url_are_used(url: str) -> None:
    at = urlsplit(url).netloc.rpartition("@")[2]
    with PlainRedis.from_url(url) as redis:
        redis.acl_setuser("idp-test", enabled=True, passwords=["+letmein"], keys=["session:*"], categories=["+@all"])
        try:
            line = await dial(f"redis://idp-test:letmein@{at}/3")
            assert await line.ask(("SET", b"session:x", b"1")) == b"OK"
            # What a transaction's one command is refused refuses the whole.
            with pytest.raises(Refusal, match=r"^(NOPERM|EXECABORT)$"):
                await line.ask(("MULTI",), ("SET", b"other:x", b"1"), ("EXEC",))
            line.hang_up()
            with pytest.raises(Refusal, match=r"^WRONGPASS$"):
                await dial(f"redis://idp-test:wrong@{at}/3")
        finally:
            redis.acl_deluser("idp-test")
    with PlainRedis.from_url(f"redis://{at}/3") as third:
        assert third.getdel("session:x") == b"1"


async def test_a_socket_of_this_machine_will_do(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1024):
            heard.append(said)
            writer.write(b"+OK\r\n")
        writer.close()

    server = await asyncio.start_unix_server(once, tmp_path / "a store")
    line = await dial(f"unix://:pass%2Fword@{tmp_path}/a%20store?db=2")
    assert await line.ask(("PING",)) == b"OK"
    line.hang_up()
    server.close()
    assert [b"pass/word" in heard[0], b"SELECT" in heard[1]] == [True, True]


async def test_an_error_inside_a_transaction_is_a_refusal(url: str) -> None:
    line: Line = await dial(url)
    await line.ask(("SET", b"held:word", b"word"))
    with pytest.raises(Refusal, match=r"^ERR$"):
        await line.ask(("MULTI",), ("INCRBY", b"held:word", 1), ("EXEC",))
    line.hang_up()


async def test_what_is_only_told_travels_with_the_next_question_and_before_it(url: str) -> None:
    line = await dial(url)
    await line.ask(("SET", b"told:word", b"word"))
    line.tell(("DEL", b"told:word"))
    with PlainRedis.from_url(url) as redis:
        assert redis.get(b"told:word") == b"word", "it waits for company"
    assert await line.ask(("GET", b"told:word")) is None
    # Neither sent after the end nor torn out of it.
    line.tell(("DEL", b"told:word"))
    line.hang_up()
    line.tell(("DEL", b"told:word"))


async def test_what_cannot_be_sent_leaves_nobody_with_the_answer_of_another(url: str) -> None:
    line = await dial(url)
    for never in (line.tell, line.ask):
        with pytest.raises(TypeError):
            await cast(Any, never)(("SET", b"k", None))
    await line.ask(("SET", b"own:word", b"word"))
    assert await line.ask(("GET", b"own:word")) == b"word"
    line.hang_up()


async def test_what_is_only_told_goes_alone_when_nobody_comes_along(url: str) -> None:
    line, other = await dial(url), await dial(url)
    await line.ask(("SET", b"told:word", b"word"))
    line.tell(("DEL", b"told:word"))
    async with asyncio.timeout(2):
        while await other.ask(("EXISTS", b"told:word")):
            pass
    for each in (line, other):
        each.hang_up()


async def test_what_many_ask_at_once_travels_together_and_each_gets_his_own_answer() -> None:
    chunks: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            chunks.append(chunk)
            writer.write(b"".join(b"+%c\r\n" % letter for letter in chunk if letter in b"abc"))

    async with answering(echo) as url:
        line = await dial(url, seconds=2)
        assert await asyncio.gather(*(line.ask((letter,)) for letter in "abc")) == [b"a", b"b", b"c"]
        assert len(chunks) == 1
        assert await line.ask(("c",)) == b"c"
        line.hang_up()


async def test_who_asks_to_be_called_after_the_next_answer_is_called_behind_those_who_waited_for_it(url: str) -> None:
    store, order = RedisStore(url), []

    async def wait() -> None:
        await store.get("attempt", b"k")
        order.append("went on")

    try:
        assert not store.after_next(order.clear), "there is no line"
        await store.check()
        assert not store.after_next(order.clear), "nobody waits"
        waits, called = asyncio.ensure_future(wait()), asyncio.Event()
        await asyncio.sleep(0)
        assert store.after_next(lambda: order.append("called"))
        assert store.after_next(called.set)
        await asyncio.wait_for(called.wait(), 2)
        assert order == ["went on", "called"]
        assert not store.after_next(order.clear)
        await waits
    finally:
        await store.close()


async def test_who_asks_to_be_called_after_the_next_answer_is_called_when_the_line_ends_instead() -> None:
    called = asyncio.Event()
    async with answering(nothing) as url:
        line = await dial(url, seconds=0.2)
        waits = asyncio.ensure_future(line.ask(("GET", b"k")))
        await asyncio.sleep(0)
        assert line.after_next(called.set)
        await asyncio.wait_for(called.wait(), 2)
        with pytest.raises(Broken):
            await waits
        assert not line.after_next(called.set)


async def test_nobody_counts_on_a_line_whose_answer_is_late() -> None:
    async with answering(nothing) as url:
        line = await dial(url, seconds=1)
        waits = asyncio.ensure_future(line.ask(("GET", b"k")))
        await asyncio.sleep(0)
        assert line.after_next(lambda: None)
        answered, _ = await asyncio.wait([waits], timeout=2 * LATE)
        counted_on, closed = line.after_next(lambda: None), line.closed
        line.hang_up()
        assert not answered
        assert not counted_on
        assert not closed
        with pytest.raises(Broken):
            await waits


class Deaf(asyncio.Transport):
    """Where nothing goes to."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass


async def test_an_answer_that_nobody_awaits_is_not_the_next() -> None:
    line, called = Line(), list[str]()
    line.connection_made(Deaf())
    waits = asyncio.ensure_future(line.ask(("MULTI",), ("PING",)))
    await asyncio.sleep(0)
    assert line.after_next(lambda: called.append("called"))
    line.data_received(b"+OK\r\n")
    await asyncio.sleep(0)
    assert called == []
    line.data_received(b"+PONG\r\n")
    await asyncio.sleep(0)
    assert called == ["called"]
    assert await waits == b"PONG"
    line.connection_lost(None)


async def test_who_gave_up_is_not_waited_for_once_his_answer_has_come(url: str) -> None:
    line = await dial(url)
    try:
        hasty = asyncio.ensure_future(line.ask(("PING",)))
        await asyncio.sleep(0)
        hasty.cancel()
        assert await line.ask(("PING",)) == b"PONG"
        assert not line.after_next(lambda: None)
    finally:
        line.hang_up()

"""Many askers of one statement in one round trip: each gets what he would have got alone, and nobody pays for another (ADR 16)."""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
import pytest

from idp.core.db import Database
from idp.core.errors import Unavailable
from idp.core.floor import lay
from idp.core.hot import Hot, Statement
from idp.core.hot_postgres import PostgresHot
from idp.core.settings import Settings
from idp.core.together import MOST, PASSED_OVER, TURNS, Args, Company, Gathered, Rows, Together, for_many
from tests.attacks.meanwhile import Meanwhile
from tests.core.test_hot import ONCE, READ, WRITE, seeded

WRITE_MANY = Statement(ONCE.select, ONCE.write, Together(whose=("name", 2)))
ALWAYS = Statement(WRITE.select, WRITE.write, Together())
STRICT = Statement(WRITE.select, WRITE.write, WRITE_MANY.together)
WRITE_NOWAIT = Statement(f"{ONCE.select} NOWAIT", ONCE.write, WRITE_MANY.together)
AT_LAST = 2.5
"""Seconds: what does not end within it waits for somebody. Who comes back for a row gives up a little later."""


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


async def test_each_gets_his_own_row_or_none(database: Database) -> None:
    hot = (await seeded(database)).hot
    names = ["a", "nobody", "b", *[f"nobody {n}" for n in range(3 * MOST)], "a", "b"]
    rows = await asyncio.gather(*(hot.row(READ, name) for name in names))
    assert [tuple(row) if row else None for row in rows] == [{"a": ("a", 7), "b": ("b", 1)}.get(name) for name in names]


async def test_each_that_was_written_gets_its_row_and_no_other_does(database: Database) -> None:
    hot = (await seeded(database)).hot
    # Nothing leaves for those who ask too much; one name is asked for by many.
    asked = [("a", f"made {n % 20}", 5 if n % 3 else 9) for n in range(60)]
    rows = await asyncio.gather(*(hot.row(WRITE_MANY, *args) for args in asked))
    got = [args[1] for args, row in zip(asked, rows, strict=True) if row]
    assert sorted(got) == sorted({args[1] for args in asked if args[2] == 5}), "each name once, whoever asked for it"
    assert all(tuple(row) == (7, args[1]) for args, row in zip(asked, rows, strict=True) if row)
    for name in {args[1] for args in asked}:
        assert (await hot.row(READ, name) is not None) == (name in got)


async def test_what_is_always_written_is_written_for_each(database: Database) -> None:
    hot = (await seeded(database)).hot
    rows = await asyncio.gather(*(hot.row(ALWAYS, "a", f"made {n}", 5) for n in range(20)))
    assert [tuple(row) if row else None for row in rows] == [(7, f"made {n}") for n in range(20)]
    assert [tuple(row) if (row := await hot.row(READ, f"made {n}")) else None for n in range(20)] == [
        (f"made {n}", 7) for n in range(20)
    ]


async def test_who_cannot_be_written_takes_nobody_along(database: Database) -> None:
    hot = (await seeded(database)).hot
    asked = [f"made {n}" if n % 4 else "b" for n in range(24)]
    rows = await asyncio.gather(*(hot.row(STRICT, "a", name, 0) for name in asked), return_exceptions=True)
    for name, row in zip(asked, rows, strict=True):
        assert isinstance(row, Exception) == (name == "b"), name
    assert not any(isinstance(row, Unavailable) for row in rows), "the database is there"


class Slow:
    """A database that answers when it is told to; it writes down who came together. By themselves they wait for it for ever."""

    def __init__(self, *, patience: float = 3600) -> None:
        self.came: list[list[Args]] = []
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.away = False
        self.stuck = asyncio.Event()
        self.gathered: Gathered[str] = Gathered(self.one, self.many, patience=patience)

    async def one(self, _: str, args: Args) -> Rows:
        return (await self.many("", [args]))[0]

    async def many(self, _: str, askers: Sequence[Args]) -> list[Rows]:
        self.came.append(list(askers))
        self.begun.set()
        await (self.stuck if ("stuck",) in askers else self.open).wait()
        if self.away and len(askers) > 1:
            raise Unavailable("database")
        return [[args] for args in askers]

    async def asked(self, *names: str, keys: bool = False, of: str = "") -> list[asyncio.Task[Rows]]:
        """Tasks that asked for these names and wait, for as long as anybody gathers."""
        tasks = [asyncio.create_task(self.gathered.rows(of, (name,), key=name if keys else None)) for name in names]
        for _ in range(3 * TURNS):
            await asyncio.sleep(0)
        return tasks


class Others:
    """Those who wait for an answer from somewhere else, as long as `due`."""

    def __init__(self) -> None:
        self.due = True
        self.calls: list[Callable[[], None]] = []

    def after_next(self, call: Callable[[], None]) -> bool:
        if self.due:
            self.calls.append(call)
        return self.due

    def answered(self) -> None:
        self.calls.pop()()


async def test_who_come_in_the_same_turns_of_the_event_loop_go_together() -> None:
    slow = Slow()
    await slow.asked("a", "b")
    assert slow.came == [[("a",), ("b",)]]


async def test_who_comes_alone_goes_at_once_and_the_rest_together() -> None:
    slow = Slow()
    tasks = await slow.asked("0")
    tasks += await slow.asked(*(str(n) for n in range(1, 1 + MOST + 3)))
    assert [len(group) for group in slow.came] == [1]
    slow.open.set()
    found = await asyncio.gather(*tasks)
    assert [row[0] for (row,) in found] == [str(n) for n in range(1 + MOST + 3)]
    assert [len(group) for group in slow.came[1:]] == [MOST, 3]


async def test_who_is_about_to_come_is_waited_for() -> None:
    slow, others = Slow(), Others()
    slow.open.set()
    slow.gathered.company = others.after_next
    first = await slow.asked("first")
    assert slow.came == [], "somebody is on his way"
    then = await slow.asked("then")
    others.answered()
    assert await asyncio.gather(*first, *then) == [[("first",)], [("then",)]]
    assert slow.came == [[("first",), ("then",)]]
    others.due = False
    last = await slow.asked("last")
    assert last[0].done(), "nobody is on his way"


async def test_who_does_not_come_is_waited_for_as_long_as_a_round_trip_and_no_longer() -> None:
    slow, others = Slow(patience=0.05), Others()
    slow.open.set()
    slow.gathered.company = others.after_next
    (first,) = await slow.asked("first")
    assert slow.came == []
    assert await asyncio.wait_for(first, AT_LAST) == [("first",)]


async def test_whoever_comes_when_nobody_waits_for_him_any_more_sends_nobody_off() -> None:
    slow, others = Slow(patience=0.05), Others()
    slow.gathered.company = others.after_next
    tasks = await slow.asked("first")
    await asyncio.wait_for(slow.begun.wait(), AT_LAST)
    others.due = False
    tasks += await slow.asked("then")
    others.answered()
    tasks += await slow.asked("with him")
    assert slow.came == [[("first",)]]
    slow.open.set()
    await asyncio.gather(*tasks)
    assert slow.came[1:] == [[("then",), ("with him",)]]


async def test_nobody_waits_for_those_who_could_not_come_along() -> None:
    slow, others = Slow(), Others()
    slow.gathered.company = others.after_next
    await slow.asked(*(str(n) for n in range(MOST)))
    assert [len(group) for group in slow.came] == [MOST]


async def test_when_all_give_up_before_they_went_the_next_waits_for_nobody() -> None:
    slow, others = Slow(), Others()
    slow.open.set()
    slow.gathered.company = others.after_next
    for task in await slow.asked("gone", "too"):
        task.cancel()
    others.due = False
    others.answered()
    (here,) = await slow.asked("here")
    assert here.done()
    assert slow.came == [[("here",)]]


async def nothing() -> None:
    pass


class Told(Meanwhile):
    """A hot path that keeps whom it is told to expect."""

    def __init__(self, hot: Hot) -> None:
        super().__init__(hot, nothing)
        self.expected: list[Company] = []

    def expect(self, company: Company) -> None:
        self.expected.append(company)


async def test_a_database_is_told_to_expect_whoever_waits_for_its_store(database: Database, settings: Settings) -> None:
    database.hot = told = Told(database.hot)
    laid = await lay(settings, database=database)
    assert told.expected == [laid.store.after_next]
    await laid.store.close()


async def test_all_who_wait_go_beside_one_that_does_not_return() -> None:
    """Whether or not anybody else comes: a database that no longer answers lets nobody wait for five seconds of each who came before him."""
    slow = Slow(patience=0)
    tasks = await slow.asked("stuck", of="one")
    tasks += await slow.asked(*(str(n) for n in range(3 * MOST)), "other", of="one")
    tasks += await slow.asked("alone", of="two")
    await slow.asked()
    assert sorted(map(len, slow.came)) == [1, 1, 1, MOST, MOST, MOST]
    slow.open.set()
    slow.stuck.set()
    await asyncio.gather(*tasks)


async def test_one_that_does_not_return_is_waited_for_once() -> None:
    slow = Slow(patience=0)
    slow.open.set()
    (stuck,), (waits,) = await slow.asked("stuck"), await slow.asked("waits")
    assert await asyncio.wait_for(waits, AT_LAST) == [("waits",)]
    for n in range(3):
        (comes,) = await slow.asked(f"comes {n}")
        assert comes.done(), "nobody is in front of him"
    slow.stuck.set()
    assert await stuck == [("stuck",)]
    tasks = await slow.asked("after", "all")
    assert [len(rows) for rows in await asyncio.gather(*tasks)] == [1, 1]


async def test_they_wait_for_every_statement_and_what_most_wait_for_goes_first() -> None:
    slow = Slow()
    tasks = await slow.asked("first", of="one")
    tasks += await slow.asked("a", of="two") + await slow.asked("b", of="three") + await slow.asked("c", of="three")
    assert slow.came == [[("first",)]]
    slow.open.set()
    await asyncio.gather(*tasks)
    assert slow.came[1:] == [[("b",), ("c",)], [("a",)]]


async def test_who_waits_longest_is_passed_over_so_often_and_no_more() -> None:
    slow = Slow()
    tasks = await slow.asked("first", of="one")
    tasks += await slow.asked("rare", of="rare")
    for n in range(2 * PASSED_OVER):
        tasks += await slow.asked("popular", "popular", of=f"popular {n}")
    slow.open.set()
    await asyncio.gather(*tasks)
    assert slow.came.index([("rare",)]) == 1 + PASSED_OVER
    assert len(slow.came) == 2 + 2 * PASSED_OVER


async def test_who_shares_a_key_comes_after() -> None:
    slow = Slow()
    tasks = await slow.asked("x") + await slow.asked("same", "other", "same", "last", keys=True)
    slow.open.set()
    await asyncio.gather(*tasks)
    assert slow.came[1:] == [[("same",), ("other",)], [("same",), ("last",)]]


async def test_who_gave_up_is_not_asked_for_and_holds_nobody_up() -> None:
    slow = Slow()
    tasks = await slow.asked("first") + await slow.asked("gone", "here")
    tasks[1].cancel()
    tasks[0].cancel()
    await asyncio.sleep(0)
    slow.open.set()
    assert (await tasks[2]) == [("here",)]
    assert slow.came == [[("first",)], [("here",)]]
    assert tasks[1].cancelled()


async def test_a_database_that_is_away_is_away_for_all_who_asked() -> None:
    slow = Slow()
    slow.away = True
    tasks = await slow.asked("x") + await slow.asked("one", "two")
    slow.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers[0] == [("x",)]
    assert all(isinstance(answer, Unavailable) for answer in answers[1:])
    assert len(slow.came) == 2, "nobody asks again what may have been written"


async def test_who_asks_for_what_somebody_holds_holds_nobody_up(database: Database) -> None:
    """Alone or among others; whoever came behind him waits neither for the lock nor for his next try."""
    await seeded(database)
    if database.sqlite:
        pytest.skip("on SQLite they go together by another way")
    hot, other = PostgresHot(database.url, pool=4, patience=3600), await asyncpg.connect(plain(database.url))
    try:
        holding = other.transaction()
        await holding.start()
        await other.execute("INSERT INTO versions (name, number) VALUES ('held', 1)")
        await other.execute("UPDATE versions SET number = 7 WHERE name = 'a'")
        held = [asyncio.create_task(hot.row(WRITE_NOWAIT, "a", "made of a", 5))]
        free = [asyncio.create_task(hot.row(READ, "b")) for _ in range(3)]
        await asyncio.wait_for(asyncio.gather(*free), AT_LAST)
        held += [asyncio.create_task(hot.row(WRITE_MANY, "b", name, 0)) for name in ("first", "held", "made")]
        await asyncio.wait_for(asyncio.gather(held[1], held[3]), AT_LAST)
        assert not held[0].done()
        assert not held[2].done()
        await holding.commit()
        rows = [tuple(row) if row else None for row in await asyncio.wait_for(asyncio.gather(*held), AT_LAST)]
        assert rows == [(7, "made of a"), (1, "first"), None, (1, "made")]
    finally:
        await other.close()
        await hot.close()


@pytest.mark.parametrize("statement", [READ, WRITE_MANY, ALWAYS])
def test_parameters_become_those_of_each(statement: Statement) -> None:
    types = ["text"] if statement is READ else ["text", "text", "int8"]
    text = for_many(statement.select, statement.write, statement.together, types)
    assert text.count("$") == len(types)
    assert "q.a1" in text

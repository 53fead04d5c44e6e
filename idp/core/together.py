"""Many askers of one statement in one round trip: while one is under way, and until those have come who are about to, who asks the same gathers and
goes together (ADR 16).

Each gets the row that he would have got alone. Nobody is answered before the commit that holds his row (D9), and who is alone waits for nobody.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from idp.core.errors import Unavailable

Args = tuple[object, ...]
Rows = Sequence[Sequence[Any]]
Asked = TypeVar("Asked", bound=Hashable)

PATIENCE = 0.05
"""Seconds that a round trip is waited for, with the gathering before it, by nobody more than twice so long; then all who wait go beside it."""
MOST = 16
"""Askers in one round trip: by then the share of each in its cost is small."""
FIRST_TURNS, TURNS = 2, 4
"""Turns of the event loop before the first round trip, and between two: who is on his way to ask will have asked. While others have something to do
each is theirs; with nobody there they take some microseconds.
"""
PASSED_OVER = 3
"""How often more askers of another statement may go before those who wait longest."""

Company = Callable[[Callable[[], None]], bool]
"""Calls back soon after whoever awaits the next answer of somebody else has gone on with it; False where nobody counts on one."""

_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Together:
    """How many who write go together. `whose`: for a statement that may write nothing for some, the column that tells whose row was written, with the
    number of the parameter that is stored there.
    """

    whose: tuple[str, int] | None = None

    def key(self, args: Args) -> object:
        """What no two who go together share: the database could not say whose row it wrote. None for who goes with everybody."""
        return args[self.whose[1] - 1] if self.whose else None


def for_many(select: str, write: str | None, together: Together | None, types: Sequence[str]) -> str:
    """The statement for an array of each parameter, whose types are given in order. A row ends with the place of its asker, from 1; the rows of one
    stand in their order, and who gets none has no row.
    """
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
    names = ", ".join(f"a{number}" for number in range(1, len(types) + 1))
    asked = f"q AS MATERIALIZED (SELECT * FROM unnest({arrays}) WITH ORDINALITY AS q({names}, nth))"  # noqa: S608
    if write is None:
        # OFFSET 0: each question is planned as it is alone, not as one join over all of them. One that locks is so anyway.
        return f"WITH {asked} SELECT x.*, q.nth FROM q CROSS JOIN LATERAL ({_of_each(select)} OFFSET 0) x"  # noqa: S608
    found = f"p AS MATERIALIZED (SELECT x.*, q.nth FROM q CROSS JOIN LATERAL ({_of_each(select)}) x)"  # noqa: S608
    written = _of_each(write).replace("FROM p", "FROM p JOIN q USING (nth)")
    if together is None or together.whose is None:
        return f"WITH {asked}, {found}, r AS ({written}) SELECT p.* FROM p"  # noqa: S608
    column, number = together.whose
    written = f"r AS ({written} RETURNING {column})"
    # Nothing stands in the way of a NULL, so its row was written.
    written_for = f"q.a{number} IS NULL OR q.a{number} IN (SELECT {column} FROM r)"  # noqa: S608
    theirs = f"SELECT p.* FROM p JOIN q USING (nth) WHERE {written_for}"  # noqa: S608
    return f"WITH {asked}, {found}, {written} {theirs}"


def _of_each(text: str) -> str:
    return _PARAMETER.sub(r"q.a\1", text)


@dataclass(frozen=True, slots=True)
class _Asker:
    args: Args
    key: object
    turn: asyncio.Future[Rows]


class Gathered(Generic[Asked]):
    """The askers of one event loop. `one` asks for one of them, `many` for several of the same statement, in their order.

    `company` tells of those who will come from somewhere else: they are waited for.
    """

    def __init__(
        self,
        one: Callable[[Asked, Args], Awaitable[Rows]],
        many: Callable[[Asked, Sequence[Args]], Awaitable[Sequence[Rows]]],
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._one, self._many, self._patience = one, many, patience
        self.company: Company | None = None
        self._trip: object | None = None
        """The round trip that is waited for, or gathers those who will go; any other that is under way took too long."""
        self._watched = False
        self._waiting: dict[Asked, deque[_Asker]] = {}
        self._passed = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def rows(self, statement: Asked, args: Args, *, key: object = None) -> Rows:
        """His rows. Raises what `one` raises."""
        turn: asyncio.Future[Rows] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(statement, deque()).append(_Asker(args, key, turn))
        if self._trip is None:
            self._gather(FIRST_TURNS)
        if not self._watched:
            self._watch()
        return await turn

    def _gather(self, turns: int) -> None:
        trip = self._trip = object()
        after_turns(turns, partial(self._await_company, trip))

    def _await_company(self, trip: object) -> None:
        if trip is not self._trip:
            return
        longest = max(map(len, self._waiting.values()), default=0)
        # Nobody waits for those who could not come along.
        room = 0 < longest < MOST
        if not room or self.company is None or not self.company(partial(self._gathered, trip)):
            self._set_out(trip)

    def _gathered(self, trip: object) -> None:
        if trip is self._trip:
            self._set_out(trip)

    def _returned(self, trip: object) -> None:
        if trip is self._trip:
            self._gather(TURNS)

    def _watch(self) -> None:
        self._watched = True
        asyncio.get_running_loop().call_later(self._patience, self._overtake, self._trip)

    def _overtake(self, trip: object) -> None:
        """All who wait go beside a round trip that is still under way, or waits for company that does not come."""
        self._watched = False
        if trip is self._trip:
            while self._waiting:
                self._set_out(object())
        elif self._waiting:
            self._watch()

    def _set_out(self, trip: object) -> None:
        """With most of those who wait for the same statement, the rest of them is behind the others then; nobody is under way where nobody waits."""
        self._trip = None
        while self._waiting:
            statement = self._next()
            waiting = self._waiting.pop(statement)
            askers = _who_go_together(waiting)
            if waiting:
                self._waiting[statement] = waiting
            if askers:
                self._trip = trip
                self._begin(self._ask(trip, statement, askers))
                return

    def _next(self) -> Asked:
        """What most wait for; what somebody has waited for longest, where that was passed over often enough."""
        longest = next(iter(self._waiting))
        most = max(self._waiting, key=lambda statement: len(self._waiting[statement]))
        if most == longest or self._passed == PASSED_OVER:
            self._passed = 0
            return longest
        self._passed += 1
        return most

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, trip: object, statement: Asked, askers: list[_Asker]) -> None:
        try:
            if len(askers) == 1:
                await self._alone(statement, askers[0])
            else:
                await self._all(statement, askers)
        finally:
            self._returned(trip)

    async def _all(self, statement: Asked, askers: list[_Asker]) -> None:
        try:
            found = await self._many(statement, [asker.args for asker in askers])
        except Unavailable as away:
            for asker in askers:
                _fail(asker, away)
        except Exception:
            # A row that somebody holds, a value that cannot be: that is one asker's, and nobody else pays or waits for it.
            for asker in askers:
                self._begin(self._alone(statement, asker))
        else:
            for asker, rows in zip(askers, found, strict=True):
                if not asker.turn.done():
                    asker.turn.set_result(rows)

    async def _alone(self, statement: Asked, asker: _Asker) -> None:
        try:
            rows = await self._one(statement, asker.args)
        except Exception as failed:
            _fail(asker, failed)
        else:
            if not asker.turn.done():
                asker.turn.set_result(rows)


def after_turns(turns: int, call: Callable[[], None]) -> None:
    """Calls it after so many turns of the event loop, 1 or more."""
    loop = asyncio.get_running_loop()
    if turns > 1:
        loop.call_soon(after_turns, turns - 1, call)
    else:
        loop.call_soon(call)


def _fail(asker: _Asker, failed: Exception) -> None:
    if not asker.turn.done():
        asker.turn.set_exception(failed)


def _who_go_together(waiting: deque[_Asker]) -> list[_Asker]:
    """The first who wait, without those who gave up; who shares a key with one of them stays, and those behind him with him."""
    taken: list[_Asker] = []
    keys: set[object] = set()
    while waiting and len(taken) < MOST:
        asker = waiting[0]
        if asker.turn.done():
            waiting.popleft()
            continue
        if asker.key is not None and asker.key in keys:
            break
        keys.add(asker.key)
        taken.append(waiting.popleft())
    return taken

"""The hot path of a house in which something happens at the very moment when a statement is asked."""

from collections.abc import Awaitable, Callable, Sequence

from idp.core.hot import Hot, Row, Statement
from idp.core.together import Company


class Meanwhile:
    """Once, `before` or `after` one statement."""

    def __init__(
        self,
        hot: Hot,
        happens: Callable[[], Awaitable[None]],
        *,
        before: Statement | None = None,
        after: Statement | None = None,
    ) -> None:
        self.hot, self.happens, self.before, self.after, self.happened = hot, happens, before, after, False

    async def row(self, statement: Statement, *args: object) -> Row | None:
        if statement is self.before:
            await self._happen()
        found = await self.hot.row(statement, *args)
        if statement is self.after:
            await self._happen()
        return found

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        return await self.hot.rows(statement, *args)

    def expect(self, company: Company) -> None:
        self.hot.expect(company)

    async def close(self) -> None:
        await self.hot.close()

    async def _happen(self) -> None:
        if not self.happened:
            self.happened = True
            await self.happens()

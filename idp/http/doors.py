"""The short way in: a request whose path is one of ours goes straight to its endpoint (ADR 4).

The framework's own way (five layers, an exit stack, a list of patterns tried one by one) costs 45 microseconds a request; a look into a
dictionary costs one. Every path that is not found here takes the framework's way and ends the same.
"""

from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from idp.core.errors import Problem
from idp.http import problems
from idp.http.headers import with_base
from idp.http.later import OPERATION
from idp.http.measures import OTHER, Measures

Endpoint = Callable[[Request], Awaitable[Response]]
Found = tuple[Endpoint, str]
"""With the path of its route, by which it is counted."""


class Doors(FastAPI):
    """The framework's application with doors before it: routes of the forms `/a/b`, `/a/{name}` and `/a/{name}/{other}`, found by method and path."""

    def __init__(self, *, doors: Iterable[Route], measures: Measures, **framework: Any) -> None:
        super().__init__(**framework)
        self.measures = measures
        self._whole: dict[tuple[str, str], Found] = {}
        self._with_one: dict[tuple[str, str], tuple[Found, str]] = {}
        self._with_two: dict[tuple[str, str], tuple[Found, str, str]] = {}
        for route in doors:
            self.router.routes.append(route)
            folder, _, last = route.path.rpartition("/")
            above, _, middle = folder.rpartition("/")
            for method in route.methods or ():
                if "{" not in route.path:
                    self._whole[method, route.path] = (route.endpoint, route.path)
                elif "{" not in folder and ":" not in last:
                    self._with_one[method, folder] = ((route.endpoint, route.path), last.strip("{}"))
                elif "{" not in above and "{" in last and ":" not in route.path:
                    self._with_two[method, above] = ((route.endpoint, route.path), middle.strip("{}"), last.strip("{}"))

    def loaded(self, routes: Iterable[BaseRoute]) -> None:
        """Routes that were loaded just now get their doors: those without a parameter, which no other route of theirs is like."""
        for route in routes:
            if isinstance(route, Route) and "{" not in route.path:
                for method in route.methods or ():
                    self._whole.setdefault((method, route.path), (route.endpoint, route.path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        began, found = perf_counter(), self._endpoint(scope)
        if found is None:
            await self._by_the_framework(scope, receive, send, began=began)
            return
        endpoint, operation = found
        scope["app"] = self
        request = Request(scope, receive)
        try:
            try:
                response = await endpoint(request)
            except Problem as problem:
                response = await problems.on_problem(request, problem)
        except Exception as crash:  # the outermost place: what nobody foresaw becomes a page with a reference
            response = await problems.on_crash(request, crash)
        response.raw_headers = with_base(response.status_code, response.raw_headers)
        self.measures.answered(operation, response.status_code, perf_counter() - began)
        await response(scope, receive, send)

    async def _by_the_framework(self, scope: Scope, receive: Receive, send: Send, *, began: float) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.measures.answered(scope.get(OPERATION, OTHER), message["status"], perf_counter() - began)
            await send(message)

        await super().__call__(scope, receive, counted)

    def _endpoint(self, scope: Scope) -> Found | None:
        method, path = scope["method"], scope["path"]
        found = self._whole.get((method, path))
        if found is not None:
            return found
        folder, _, last = path.rpartition("/")
        if not last:
            return None
        if (with_one := self._with_one.get((method, folder))) is not None:
            scope["path_params"] = {with_one[1]: last}
            return with_one[0]
        above, _, middle = folder.rpartition("/")
        if middle and (with_two := self._with_two.get((method, above))) is not None:
            scope["path_params"] = {with_two[1]: middle, with_two[2]: last}
            return with_two[0]
        return None

"""Routes whose module is imported when somebody first asks for one of them: what most processes of a morning never need (D43)."""

from collections.abc import Callable, Sequence
from typing import Final

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

Load = Callable[[], Sequence[BaseRoute]]
Loaded = Callable[[Sequence[BaseRoute]], None]


class Later(BaseRoute):
    """Every route under `path`, in the order in which `load` gives them; `loaded` is told of them, once."""

    def __init__(self, path: str, load: Load, loaded: Loaded | None = None) -> None:
        self._path = path
        self._load = load
        self._loaded = loaded
        self._routes: Sequence[BaseRoute] | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or not (scope["path"] + "/").startswith(self._path + "/"):
            return Match.NONE, {}
        if self._routes is None:
            self._routes = self._load()
            if self._loaded is not None:
                self._loaded(self._routes)
        found: tuple[Match, Scope] = Match.NONE, {}
        for route in self._routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, **_noted(route)}
            if match is Match.PARTIAL and found[0] is Match.NONE:
                # The path is right and the method is not: the route itself says so (405).
                found = match, {**child, **_noted(route)}
        return found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope.pop(_FOUND).handle(scope, receive, send)


_FOUND = "poortwachter.route"
OPERATION: Final = "poortwachter.operation"
"""Where a scope has the path of its route, by which it is counted."""


def _noted(route: BaseRoute) -> dict[str, object]:
    return {_FOUND: route, OPERATION: route.path} if isinstance(route, Route) else {_FOUND: route}

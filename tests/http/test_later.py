"""Routes that wait for their module behave like any others once they are asked for."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.http.doors import Doors
from idp.http.later import Later
from idp.http.measures import Measures


async def _number(request: Request) -> Response:
    return PlainTextResponse(request.path_params["number"])


async def _posted(_: Request) -> Response:
    return PlainTextResponse("posted")


def test_they_load_once_and_only_when_asked() -> None:
    loads = []

    def load() -> list[BaseRoute]:
        loads.append(1)
        return [
            Route("/room/{number}", _number),
            Route("/room/{number}", _posted, methods=["POST"]),
            Route("/room", _posted),
        ]

    client = TestClient(Starlette(routes=[Later("/room", load), Route("/rooms", _posted)]))
    assert (client.get("/rooms").text, client.get("/elsewhere").status_code, loads) == ("posted", 404, [])
    assert [client.get("/room/12").text, client.post("/room/12").text, client.get("/room").text] == [
        "12",
        "posted",
        "posted",
    ]
    assert [client.get("/room/1/2").status_code, client.put("/room/12").status_code, loads] == [404, 405, [1]]


def test_the_next_one_takes_the_short_way_in() -> None:
    app = Doors(doors=[], measures=Measures(started=0.0))
    app.router.routes.append(
        Later("/room", lambda: [Route("/room", _posted), Route("/room/{number}", _number)], app.loaded)
    )
    layers: list[str] = []
    app.add_middleware(_counting, layers=layers)
    client = TestClient(app)
    said = [client.get(path).text for path in ("/room", "/room", "/room/12", "/room/12")]
    assert (said, layers) == (["posted", "posted", "12", "12"], ["/room", "/room/12", "/room/12"])


def _counting(app: ASGIApp, layers: list[str]) -> ASGIApp:
    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        layers.append(scope["path"])
        await app(scope, receive, send)

    return counted

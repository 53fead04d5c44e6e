"""What a publisher remembers of a browser stays with that browser, and gets a new key at a sign-in."""

from collections.abc import AsyncIterator

import httpx2 as httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.demo import visits
from idp.demo.visits import Visits

BASE = "https://uitgever.example"


async def _keep(request: Request) -> Response:
    request.session.update(request.query_params)
    return PlainTextResponse("kept")


async def _tell(request: Request) -> Response:
    return PlainTextResponse(request.session.get("name", "nobody"))


async def _forget(request: Request) -> Response:
    request.session.clear()
    return PlainTextResponse("forgotten")


@pytest.fixture
def app() -> Starlette:
    made = Starlette(routes=[Route("/keep", _keep), Route("/tell", _tell), Route("/forget", _forget)])
    made.add_middleware(Visits, cookie="bezoek", cross_site="yes")
    return made


@pytest.fixture
async def one(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        yield client


@pytest.fixture
async def other(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        yield client


async def test_two_browsers_are_two_visits(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    await one.get("/keep?name=Sem")
    await other.get("/keep?name=Yara")
    assert [(await client.get("/tell")).text for client in (one, other)] == ["Sem", "Yara"]


async def test_who_only_looks_gets_no_cookie(one: httpx.AsyncClient) -> None:
    assert "set-cookie" not in (await one.get("/tell")).headers


async def test_a_cookie_that_somebody_made_up_opens_nothing(one: httpx.AsyncClient) -> None:
    one.cookies.set("bezoek", "verzonnen", domain="uitgever.example")
    answer = await one.get("/keep?name=Sem")
    assert "verzonnen" not in answer.headers["set-cookie"]


async def test_a_new_key_keeps_the_visit_and_ends_the_old_key(one: httpx.AsyncClient) -> None:
    await one.get("/keep?name=Sem")
    old = one.cookies["bezoek"]
    await one.get("/keep?renew=yes")
    assert one.cookies["bezoek"] != old
    assert (await one.get("/tell")).text == "Sem"
    one.cookies.clear()
    one.cookies.set("bezoek", old, domain="uitgever.example")
    assert (await one.get("/tell")).text == "nobody"


async def test_what_is_forgotten_is_gone(one: httpx.AsyncClient) -> None:
    await one.get("/keep?name=Sem")
    await one.get("/forget")
    assert (await one.get("/tell")).text == "nobody"


async def test_a_visit_that_is_ended_by_its_own_browser_is_gone_too() -> None:
    """A frame of a sign-out brings the visit's cookie along, in browsers that let it."""
    kept: dict[str, visits.Visit] = {}

    async def end(_: Request) -> Response:
        visits.end(kept, name="Sem")
        return PlainTextResponse("ended")

    ended = Starlette(routes=[Route("/keep", _keep), Route("/tell", _tell), Route("/end", end)])
    ended.add_middleware(Visits, cookie="bezoek", kept=kept)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=ended), base_url=BASE) as client:
        await client.get("/keep?name=Sem")
        await client.get("/end")
        assert (await client.get("/tell")).text == "nobody"
    assert kept == {}


async def test_the_cookie_says_whether_it_crosses_sites(app: Starlette, one: httpx.AsyncClient) -> None:
    cookie = (await one.get("/keep?name=Sem")).headers["set-cookie"]
    assert "HttpOnly; SameSite=None; Secure" in cookie


async def test_the_oldest_visit_goes_when_there_are_too_many(app: Starlette) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as first:
        await first.get("/keep?name=Sem")
        for _ in range(visits.MOST):
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as later:
                await later.get("/keep?name=iemand")
        assert (await first.get("/tell")).text == "nobody"

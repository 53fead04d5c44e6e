"""Who measures finds the way through the pages as they are: a page whose form or links change is seen here, not at the next measurement."""

import ipaddress
import socket
from collections.abc import AsyncIterator

import pytest

from bench.client import Answer, Browser
from bench.journeys import Answers, nth, sign_in
from bench.load import WrongAnswerError
from idp.core.settings import Settings
from tests.cards import card_of
from tests.directory.uwlr.standing import serving_app
from tests.house import AT_SCHOOL, BASE, CALLBACK, ELSEWHERE, PASSWORD, House, authorize_url
from tests.journeys.stories import shortcut


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Who measures comes from this machine and says, as a proxy does, from where."""
    return settings.model_copy(update={"trusted_proxies": (ipaddress.ip_network("127.0.0.0/8"),)})


@pytest.fixture
async def origin(house: House) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving_app(house.app, bound):
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"


async def comes(origin: str, address: str, url: str, answers: Answers) -> Answer:
    browser = Browser(origin, [("X-Forwarded-For", address)])
    try:
        return await sign_in(browser, url, answers, until=CALLBACK)
    finally:
        browser.close()


@pytest.mark.parametrize(
    ("group", "secret"),
    [("Groep 6", {"pin": "0042"}), ("Groep 2", {"picked": "tree,boat,apple"}), (None, {"instead": "card"})],
    ids=["pin", "pictures", "card"],
)
async def test_a_child_is_in(house: House, origin: str, group: str | None, secret: dict[str, str]) -> None:
    own: Answers = {"group": group, "child": nth(0)} if group else {"card": await card_of(house, "Noor")}
    answer = await comes(origin, AT_SCHOOL, BASE + shortcut(house.school), {**own, **secret})
    assert answer.status == 200
    assert "/signin/" not in answer.url


async def test_a_teacher_comes_back_at_the_publisher(house: House, origin: str) -> None:
    answers: Answers = {"way": "staff", "email": "juf@regenboog.example", "password": PASSWORD}
    answer = await comes(origin, ELSEWHERE, BASE + authorize_url().url, answers)
    assert answer.header("location").startswith(CALLBACK)
    assert "code=" in answer.header("location")


async def test_who_gives_the_wrong_secret_is_told_so(house: House, origin: str) -> None:
    wrong: Answers = {"group": "Groep 6", "child": nth(0), "pin": "1234"}
    with pytest.raises(WrongAnswerError):
        await comes(origin, AT_SCHOOL, BASE + shortcut(house.school), wrong)

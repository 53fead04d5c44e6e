"""An independent service provider, pysaml2, takes our answers for what they are. It reads the clock of the machine, so this house runs by it too."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from metadata.saml.policy import Policy
from tests.clock import Clock
from tests.house import House, staff_signs_in
from tests.journeys.test_a_publisher_asks_over_saml import answered, ask, publish
from tests.protocols.saml import service_provider
from tests.protocols.saml.keys import rsa_pair


@pytest.fixture
def clock() -> Clock:
    """The machine's time, standing still."""
    made = Clock()
    made.now = datetime.now(UTC)
    return made


@pytest.fixture(params=["RS256", "ES256"])
def alg(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_pysaml2_accepts_what_the_teacher_brings(house: House, alg: str, tmp_path: Path) -> None:
    await publish(house, Policy(name_id="pairwise", alg="ES256" if alg == "ES256" else "RS256"))
    document = (await house.browser().request("GET", "/saml/metadata")).response.content
    judge = service_provider.client(tmp_path, idp_metadata=document, pair=rsa_pair("sp"))
    browser = house.browser()
    page = await staff_signs_in(browser, await ask(house, browser), "juf")
    response, relay_state = answered(page)
    assert relay_state == "terug&<waar>"
    accepted: Any = service_provider.accept(judge, response)
    assert accepted.ava["mail"] == ["juf@regenboog.example"]
    assert accepted.ava["displayName"] == ["Juf Jansen"]
    again, _ = answered(await ask(house, browser, ID="_b2"))
    assert service_provider.accept(judge, again, request_id="_b2").name_id.text == accepted.name_id.text

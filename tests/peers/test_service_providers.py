"""Three service providers that others wrote, by their own metadata and signed requests: signed and encrypted, there and back (C-217, C-219)."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from metadata.saml.policy import Policy
from tests.clock import Clock
from tests.conformance.saml_party import answer, connect
from tests.house import ECKID, House, pupil_signs_in
from tests.peers.service_providers import JUDGES, Refused
from tests.protocols.saml.keys import rsa_pair


@pytest.fixture
def clock() -> Clock:
    """The machine's time, standing still."""
    made = Clock()
    made.now = datetime.now(UTC)
    return made


@pytest.mark.parametrize("name", sorted(JUDGES))
async def test_a_child_arrives_signed_and_encrypted(house: House, tmp_path: Path, name: str) -> None:
    pair = rsa_pair("sp")
    ours = (await house.browser().request("GET", "/saml/metadata")).response.content
    with JUDGES[name](tmp_path, ours, pair) as judge:
        await connect(house, judge.metadata, Policy(dialect="entree"))
        browser = house.browser()
        asked = urlsplit(judge.url)
        page = await pupil_signs_in(
            browser, await browser.get(f"{asked.path}?{asked.query}"), house, "Noor", "Groep 6", "4711"
        )
        found = answer(page, opens=pair)
        with pytest.raises(Refused, match="ignature"):
            judge.accept(found.octets.replace(b"</samlp:StatusCode>", b" </samlp:StatusCode>"))
        accepted = judge.accept(found.octets)
        assert accepted.name_id == found.name_id.text
        assert accepted.attributes["eckId"] == [ECKID]
        assert found.relay_state == "terug"

"""One look at a source: believed from the host whose key the operator pinned (C-205), and given up where that hangs (R-06)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from idp.core import fetching, outgoing
from idp.core.fetching import public_key_pin
from metadata import intake, sources
from metadata.intake import IntakeRefused
from metadata.sources import Wanted
from tests.attacks.test_fetching_what_lies_inside import saying
from tests.core.test_fetching import secured
from tests.directory.uwlr.standing import conversing, http
from tests.directory.uwlr.test_tls import AUTHORITY, SERVER
from tests.metadata.aggregates import entity, group

NAME = "https://sp1.example/saml"


async def test_c205_a_pinned_host_vouches_and_another_key_does_not(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
    tls, now = outgoing.trusting(roots=roots), datetime(2026, 11, 23, tzinfo=UTC)
    pins = [public_key_pin(one.certificate.public_bytes(Encoding.DER)) for one in (SERVER, AUTHORITY)]
    document = http(group([entity(1), entity(2)]), kind="application/samlmetadata+xml")
    async with conversing(saying(document), secure=secured(SERVER, tmp_path)) as address:
        right, wrong = (sources.untold(address, trusted=(), pin=pin, wanted=Wanted((NAME,)), now=now) for pin in pins)
        arrived = await intake.look(right, loopback_allowed=True, tls=tls)
        with pytest.raises(IntakeRefused, match="pinned") as refused:
            await intake.look(wrong, loopback_allowed=True, tls=tls)
    assert arrived.read is not None
    assert (list(arrived.read.entities), arrived.read.counted) == ([NAME], 2)
    assert refused.value.code == "metadata.not_fetched"
    with pytest.raises(ValueError, match="neither was given"):
        sources.untold("https://sp.example/", trusted=(), pin=None, wanted=Wanted(), now=now)


async def test_r06_a_host_that_hangs_is_given_up() -> None:
    """In the worker, so that no sign-in ever waits for it; how seldom it is asked then, `tests/jobs/test_metadata.py` tells."""

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    async with conversing(silent) as address:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        source = sources.untold(address, trusted=("x",), pin=None, wanted=Wanted(), now=now)
        with pytest.raises(IntakeRefused, match="too long"):
            await intake.look(source, loopback_allowed=True, seconds=0.05)
    assert fetching.SECONDS <= 5

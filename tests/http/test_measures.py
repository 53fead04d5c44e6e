"""Counters in memory, shown on a port of their own: by operation and code, and by nothing that a request brings (D37)."""

import asyncio
import json

import pytest
from pydantic import ValidationError

from idp.core.settings import Settings
from idp.http import metrics_port
from idp.http.measures import Measures
from tests.clock import Clock
from tests.helpdesk.test_blindness import listening
from tests.house import House, open_house
from tests.storage import Storage


async def fetched(port: int, head: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}\r\nHost: x\r\n\r\n".encode())
    told = (await reader.read()).decode()
    writer.close()
    return told


async def test_what_was_counted_is_shown_at_one_address_of_the_port_only() -> None:
    measures = Measures(started=1.5)
    measures.answered("/oidc/token", 200, 0.25)
    measures.answered("/oidc/token", 400, 0.5)
    measures.problem("csrf")
    measures.refused("consent.not_given")
    async with metrics_port.shown(measures, "127.0.0.1:0") as port:
        told = await fetched(port, "GET /metrics HTTP/1.1")
        assert "Content-Type: application/openmetrics-text" in told
        for line in (
            'poortwachter_requests_total{operation="/oidc/token",status="2xx"} 1',
            'poortwachter_request_seconds_count{operation="/oidc/token"} 2',
            'poortwachter_request_seconds_sum{operation="/oidc/token"} 0.750000',
            'poortwachter_problems_total{code="csrf"} 1',
            'poortwachter_refusals_total{code="consent.not_given"} 1',
            "process_start_time_seconds 1.500",
        ):
            assert line in told.splitlines()
        assert told.endswith("# EOF\n")
        for other in ("GET / HTTP/1.1", "POST /metrics HTTP/1.1", "GET /metrics?x=1 HTTP/1.1", "?"):
            assert (await fetched(port, other)).startswith("HTTP/1.1 404"), other
        async with metrics_port.shown(measures, f"127.0.0.1:{port}") as next_port:
            assert next_port > port, "a second worker takes the next port"


async def test_a_process_shows_them_where_that_is_asked_for(settings: Settings, storage: Storage, shared: None) -> None:
    """And not otherwise; the log says on which port."""
    asked = settings.model_copy(update={"metrics_address": "127.0.0.1:0"})
    with listening() as logged:
        async with open_house(asked, Clock(), storage) as house:
            await house.browser().request("GET", "/livez")
            [port] = [json.loads(line)["port"] for line in logged if "counters shown" in line]
            assert 'operation="/livez",status="2xx"} 1' in await fetched(port, "GET /metrics HTTP/1.1")
    with pytest.raises(OSError, match=r"refused|[Cc]onnect"):
        await fetched(port, "GET /metrics HTTP/1.1")
    for wrong in ("9464", "127.0.0.1", "127.0.0.1:x", "http://127.0.0.1:9464"):
        with pytest.raises(ValidationError):
            Settings(_env_file=None, secret_key="s" * 32, metrics_address=wrong)


async def test_every_road_is_counted_under_the_path_of_its_route(house: House) -> None:
    browser = house.browser()
    for path in ("/livez", "/desk/99ZZ/staff", "/signin/geheim", "/verzonnen/naam", "/help/mfa"):
        await browser.request("GET", path)
    told = house.app.measures.text()
    for operation, status in (("/livez", 2), ("/desk/{school}/staff", 3), ("other", 4), ("/help/{subject}", 2)):
        assert f'operation="{operation}",status="{status}xx"}} 1' in told
    assert not any(word in told for word in ("99ZZ", "geheim", "verzonnen"))
    assert (await browser.request("GET", "/metrics")).status == 404

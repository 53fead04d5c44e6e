"""Knocking at a party's registered addresses, to see what its software does with what it never asked for.

Only addresses that the operator registered are asked, each by the guarded way of `idp.core.fetching`, and what comes back is told by its status and
the names in its query: no page of the party's is kept. What the software does next at our token endpoint is seen there (`code.probe`).
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from idp.core import fetching, ids
from idp.core.fetching import Fetched, FetchRefused
from idp.core.floor import Floor
from idp.sandbox import exchanges, seen
from idp.sandbox.seen import PROBE, Seen, Step, probe_thread
from metadata.connections import Connection

Ask = Callable[[str], Awaitable[Fetched]]
"""What answers at an address. Raises `FetchRefused`."""

MOST: Final = 4
"""Addresses of one client at a time."""
MOST_BYTES: Final = 256 * 1024
PAUSE: Final = 10
"""Seconds between two rounds for one party: nobody makes us knock all day."""


def guarded(floor: Floor) -> Ask:
    """Asks an address as everything that others named is asked; a redirect is an answer."""

    async def ask(address: str) -> Fetched:
        loopback = floor.settings.loopback
        return await fetching.get(address, loopback_allowed=loopback, redirects=None, most=MOST_BYTES)

    return ask


async def may_begin(floor: Floor, party_id: int) -> bool:
    """Whether this party's addresses were left alone for long enough."""
    return await floor.store.first("watched", floor.keyring.mac("token", "probed", str(party_id)), PAUSE)


async def probe(floor: Floor, party_id: int, school_id: int, client: Connection, ask: Ask) -> int:
    """Knocks at every address of an OIDC client, and keeps what was seen as exchanges of its own; returns how many there were."""
    begun = 0
    for redirect_uri in client.addresses[:MOST]:
        code = PROBE + ids.token()
        wrong = {"code": code, "state": ids.token(), "iss": "https://iemand-anders.example"}
        answered = _told(await _asked(ask, _with(redirect_uri, wrong)))
        asked = {"redirect_uri": seen.address(redirect_uri), "code": True, "state": True, "iss": wrong["iss"]}
        step = Step("probe", client.name, asked, answered)
        begun += await exchanges.keep(floor, Seen(party_id, school_id, probe_thread(code), step), at=floor.now)
    start = client.details.get("initiate_login_uri")
    if isinstance(start, str):
        issuer = floor.settings.base_url
        answer = await _asked(ask, _with(start, {"iss": issuer}))
        step = Step(
            "probe_start",
            client.name,
            {"initiate_login_uri": seen.address(start), "iss": issuer},
            _begins(answer, issuer),
        )
        begun += await exchanges.keep(floor, Seen(party_id, school_id, None, step), at=floor.now)
    return begun


async def _asked(ask: Ask, address: str) -> Fetched | str:
    try:
        return await ask(address)
    except FetchRefused as refused:
        return refused.code


def _told(answer: Fetched | str) -> dict[str, Any]:
    return {"trouble": answer} if isinstance(answer, str) else {"status": answer.status}


def _begins(answer: Fetched | str, issuer: str) -> dict[str, Any]:
    """Whether software that was told to begin asks us, and with which parameters."""
    told = _told(answer)
    to = answer.headers.get("location", "") if isinstance(answer, Fetched) else ""
    if not to.startswith(issuer + "/"):
        return told
    names = sorted({name for name, _ in parse_qsl(urlsplit(to).query) if len(name) < 40})
    return told | {"leads_to": seen.address(to).partition("?")[0], "parameters": names[: seen.MOST_NAMES * 2]}


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

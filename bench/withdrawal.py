"""`make bench-withdrawal`: consent is taken back under load, and no release is committed after it (`consent_withdrawal`, D9).

Two nodes of two workers each serve one PostgreSQL (fsync on) and one Valkey. Teachers go on and on, 500 requests a second: refresh tokens, and now
and then a whole sign-on. Meanwhile this process takes the yes to one publisher after another back. The database keeps when each transaction was
committed, so the proof does not trust a clock of ours: no release record of a publisher may have been committed after the end of its yes. Beside
it: nothing that was asked after the withdrawal had returned was answered.
"""

import asyncio
import contextlib
import itertools
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, text

from bench import oidc, processes, product
from bench.__main__ import RESULTS
from bench.client import Browser, HttpError
from bench.journeys import Answers, nth, sign_in
from bench.load import WrongAnswerError
from bench.nation_country import execute, floor_of
from bench.oidc import RelyingParty, Tokens
from bench.product import BRIN, CLIENT, ELSEWHERE, IDP, PASSWORD, STAFF, Installation
from bench.target import until_ready
from consent import ticks
from consent.models import Release, Tick
from directory import schools
from idp.core.floor import Floor
from metadata import parties
from metadata.oidc import clients
from protocols.attributes import catalogue
from tests.servers import Server, free_port, postgres_server, valkey_server

NODES, WORKERS, PUBLISHERS = 2, 2, 6
REQUESTS_A_SECOND: Final = 500.0
PACE: Final = 1.1 * REQUESTS_A_SECOND
"""At which turns begin: a sign-on that is refused ends before its third request."""
WARM_UP, BETWEEN, AFTERWARDS = 1.5, 1.2, 1.5
"""Seconds: before the first withdrawal, from one to the next, after the last."""
A_SIGN_ON_IN: Final = 12
"""One in so many turns is a whole sign-on, which is three requests."""


@dataclass(slots=True)
class Journal:
    """What came of the requests, and when each publisher's yes was over as we saw it (`time.perf_counter`)."""

    over: dict[int, float]
    counts: Counter[str]
    took_ms: list[float]

    def note(self, publisher: int, began: float, *, answered: bool, requests: int) -> None:
        """One turn of one person at one publisher that ended."""
        self.counts["requests"] += requests
        late = self.over.get(publisher, began) < began
        self.counts["answered_after" if answered and late else "answered" if answered else "refused"] += 1


def main() -> int:
    """Measures and writes the figures; 1 where a release followed a withdrawal, or the load was not what it should be."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        Path(folder).chmod(0o755)
        database = stack.enter_context(postgres_server(fsync=True))
        store = stack.enter_context(valkey_server(append_only=True))
        asyncio.run(_remembering(database))
        place = product.installation(Path(folder), {"IDP_DATABASE_URL": database.url, "IDP_REDIS_URL": store.url})
        figures = asyncio.run(_measured(place))
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, "consent_withdrawal": figures}, indent=2) + "\n")
    print(figures)
    proven = figures["releases_after"] == figures["answered_after"] == 0 and figures["withdrawals"] == PUBLISHERS
    return 0 if proven and figures["requests_s"] >= REQUESTS_A_SECOND else 1


async def _remembering(database: Server) -> None:
    """Has the server keep the moment of every commit, from its next start on."""
    await execute(database.url, "ALTER SYSTEM SET track_commit_timestamp = on")
    database.stop()
    await asyncio.to_thread(database.start)


async def _measured(place: Installation) -> dict[str, Any]:
    await asyncio.to_thread(_school, place)
    async with floor_of(place) as laid:
        known = [await _publisher(laid, number) for number in range(PUBLISHERS)]
        async with _nodes(place) as origins:
            chains = await _people(place, origins, known)
            journal = Journal({}, Counter(), [])
            began = time.perf_counter()
            length = WARM_UP + BETWEEN * PUBLISHERS + AFTERWARDS
            turns = itertools.count()
            going = [asyncio.create_task(chain.go_on(journal, turns, began, length)) for chain in chains]
            await _withdraw_all(laid, known, journal)
            await asyncio.gather(*going)
            took = time.perf_counter() - began
        figures = await _proof(laid)
    return {
        **figures,
        "answered_after": journal.counts["answered_after"],
        "answered": journal.counts["answered"],
        "refused": journal.counts["refused"],
        "requests_s": round(journal.counts["requests"] / took, 1),
        "withdrawal_ms": round(max(journal.took_ms), 1),
        "nodes": NODES,
        "workers": WORKERS,
    }


def _school(place: Installation) -> None:
    place.idp("migrate")
    place.idp("schools", "add", "--brin", BRIN, "--name", "Measured school")
    for email in STAFF:
        person = ["--school", BRIN, "--email", email, "--role", "teacher"]
        place.idp("people", "add-staff", *person, "--password-stdin", stdin=PASSWORD + "\n")


async def _publisher(laid: Floor, number: int) -> int:
    """A publisher that the school ticked, whose client is called after its number."""
    now = laid.now
    given = {**CLIENT, "client_id": _client(number), "grant_types": ["authorization_code", "refresh_token"]}
    valid = clients.validated(given, scopes=catalogue.SCOPES, loopback_allowed=True)
    async with laid.database.begin() as db:
        school = await schools.by_code(db, BRIN)
        party_id = await parties.add_party(
            db, name=_client(number), kind="publisher", fields=catalogue.NAMES, sector=f"p{number}.example", now=now
        )
        await parties.add_client(db, laid.keyring, party_id, valid, now=now)
        await ticks.give(db, school.id, party_id, catalogue.NAMES, now=now, by="bench")
    return party_id


def _client(number: int) -> str:
    return f"publisher-{number}"


@contextlib.asynccontextmanager
async def _nodes(place: Installation) -> AsyncIterator[Sequence[str]]:
    """The origins at which the nodes answer; the first is the one that all of them say they are."""
    ports = [place.origin.rpartition(":")[2], *(str(free_port()) for _ in range(NODES - 1))]
    words = [str(IDP), "serve", "--host", "127.0.0.1", "--workers", str(WORKERS), "--port"]
    started = [processes.spawn([*words, port], log=place.log, env=place.settings) for port in ports]
    for process in started:
        # Here everybody shares both cores: what counts is what happens at once.
        os.sched_setaffinity(process.pid, range(os.cpu_count() or 1))
    try:
        origins = [f"http://127.0.0.1:{port}" for port in ports]
        for origin, process in zip(origins, started, strict=True):
            await until_ready(origin, oidc.DISCOVERY, process, log=place.log)
        yield origins
    finally:
        processes.end(started)


@dataclass(frozen=True, slots=True)
class Chain:
    """One person at one publisher on one node: refreshing again and again, now and then a whole sign-on."""

    publisher: int
    rp: RelyingParty
    tokens: Tokens
    browser: Browser

    async def go_on(self, journal: Journal, turns: "itertools.count[int]", began: float, length: float) -> None:
        """Takes turns with all others, so that together they send so many requests a second."""
        weight = (A_SIGN_ON_IN - 1 + 3) / A_SIGN_ON_IN
        while True:
            turn = next(turns)
            wait = began + turn * weight / PACE - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            if time.perf_counter() - began > length:
                return
            before, at = self.browser.requests, time.perf_counter()
            try:
                await (
                    oidc.sso(self.rp, self.browser) if turn % A_SIGN_ON_IN == 0 else self.tokens.refresh(self.browser)
                )
                answered = True
            except (WrongAnswerError, KeyError):
                # Refused: there is no answer in which the next token, or a code, could stand.
                answered = False
            except HttpError as error:
                raise RuntimeError("a node went away") from error
            journal.note(self.publisher, at, answered=answered, requests=self.browser.requests - before)


async def _people(place: Installation, origins: Sequence[str], known: Sequence[int]) -> list[Chain]:
    """Every teacher at every publisher, signed in, on one node or the other by turns."""
    provider = await oidc.register(place.origin, _client(0), CLIENT["client_secret"], scope="openid profile email")
    chains = []
    for place_, email in enumerate(STAFF):
        for number, party_id in enumerate(known):
            browser = Browser(origins[(place_ + number) % len(origins)], ELSEWHERE)
            rp = replace(provider, client_id=_client(number))
            answers: Answers = {"way": "staff", "email": email, "password": PASSWORD, "terms": nth(0)}
            await sign_in(browser, oidc.request(rp).url, answers, until=oidc.REDIRECT_URI)
            tokens = Tokens(rp)
            await tokens.fetch(browser)
            chains.append(Chain(party_id, rp, tokens, browser))
    return chains


async def _withdraw_all(laid: Floor, known: Sequence[int], journal: Journal) -> None:
    async with laid.database.read() as db:
        school = await schools.by_code(db, BRIN)
    await asyncio.sleep(WARM_UP)
    for party_id in known:
        began = time.perf_counter()
        async with laid.database.begin() as db:
            await ticks.withdraw(db, school.id, party_id, now=laid.now, by="bench")
        journal.over[party_id] = time.perf_counter()
        journal.took_ms.append((journal.over[party_id] - began) * 1000)
        await asyncio.sleep(BETWEEN)


async def _proof(laid: Floor) -> dict[str, Any]:
    """What the database says: per publisher the commit that ended the yes, and the last commit of a release before or after it."""
    ended, left = text("pg_xact_commit_timestamp(ticks.xmin)"), text("pg_xact_commit_timestamp(releases.xmin)")
    async with laid.database.read() as db:
        closed = {row[0]: row[1] for row in await db.execute(select(Tick.party_id, ended).where(~Tick.given))}
        released = [(row[0], row[1]) for row in await db.execute(select(Release.party_id, left))]
    after = [one for one in released if one[0] in closed and one[1] >= closed[one[0]]]
    last = {party: max(moment for one, moment in released if one == party) for party in closed}
    gaps = [(closed[party] - last[party]).total_seconds() * 1000 for party in closed]
    return {
        "releases_after": len(after),
        "releases": len(released),
        "withdrawals": len(closed),
        "nearest_ms": round(min(gaps), 2) if gaps else None,
    }


if __name__ == "__main__":
    raise SystemExit(main())

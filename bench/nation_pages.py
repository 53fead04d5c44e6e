"""Lists and sign-ins among 1.4 million pupils: how long a page takes, and what a sign-in costs beside one where nobody else is."""

import asyncio
import ipaddress
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pyotp

from bench import oidc, product
from bench.client import Browser, Button, forms
from bench.journeys import Answers, nth, sign_in
from bench.load import Plan, Subject, WrongAnswerError, measure
from bench.nation_country import SEED, Country, execute, floor_of
from bench.product import AT_SCHOOL, CLIENT, ELSEWHERE, Installation
from directory import schools
from directory.imports import couplings
from directory.lifecycle import search, staff_list
from idp.core.clock import school_year
from idp.core.floor import Floor
from idp.demo import nation_people
from idp.demo.seed import PASSWORD
from metadata import parties

_USED: set[str] = set()
REPEATS = 40
ROUNDS = 3
SPREAD = 200
"""Groups of the country, each of another school, from which children sign in."""
GROUPS, CHILDREN = 10, 22
"""Of the measured school, and in its group 8."""
PLAN = Plan(seconds=4.0, warm_up=1.0, repeats=1)
PAGES = (
    "",
    "/staff",
    "/staff/pending",
    "/imports",
    "/substitutes",
    "/substitutes/history",
    "/networks",
    "/school-year",
    "/reorganisations",
    "/evidence",
)
Figures = dict[str, float]


async def list_pages(country: Country) -> dict[str, Any]:
    """`list_pages`: the 95th percentile of the slowest list, among the desk's pages at a large school and what commands list."""
    await settled(country)
    async with product.serving(country.full), floor_of(country.full) as laid:
        shown = await _desk(country) | await _lists(country, laid)
    slowest = max(shown, key=lambda name: shown[name])
    return {"p95_ms": shown[slowest], "slowest": slowest, "lists": shown, "schools": country.schools}


async def fast_path(country: Country) -> dict[str, float]:
    """`nation_fast_path`: the larger of two ratios, of the fast path and of a pupil's sign-in, in processor time."""
    await settled(country)
    async with AsyncExitStack() as stack:
        alone_pids, _ = await stack.enter_async_context(product.serving(country.empty))
        among_pids, _ = await stack.enter_async_context(product.serving(country.full))
        pids = tuple(country.database)
        alone = await product.subjects(country.empty, (alone_pids[0], *pids), suffix="")
        among = await _among_others(country, (among_pids[0], *pids))
        figures: dict[str, float] = {}
        for key in ("oidc_sso_rs256", "pupil_pin"):
            apart, together = await _in_turn(alone[key], among[key])
            figures |= {f"{key}_empty_cpu_ms": apart, f"{key}_nation_cpu_ms": together}
            figures[f"{key}_ratio"] = round(together / apart, 3)
    ratio = max(figures["oidc_sso_rs256_ratio"], figures["pupil_pin_ratio"])
    return {"ratio": ratio, **figures, "schools": float(country.schools)}


async def _in_turn(alone: Subject, among: Subject) -> tuple[float, float]:
    """Medians of processor milliseconds, the two measured by turns so that both see the same machine."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for figures, subject in zip(found, (alone, among), strict=True):
            (run,) = await measure(subject, PLAN)
            figures.append(run.cpu_ms)
    return round(statistics.median(found[0]), 4), round(statistics.median(found[1]), 4)


async def settled(country: Country) -> None:
    """What the database would tidy up in the middle of a measurement, it tidies up before."""
    await execute(country.full.settings["IDP_DATABASE_URL"], "VACUUM ANALYZE", "CHECKPOINT")


@asynccontextmanager
async def at_the_desk(country: Country) -> AsyncIterator[tuple[Browser, str]]:
    """A coordinator of a large school, signed in with two steps, and where the desk's pages begin."""
    some = (nation_people.make(SEED, place) for place in nation_people.invented(min(country.schools, 500)))
    made = max(some, key=lambda one: len(one.pupils))
    coordinator, base = made.staff[0], f"{country.full.origin}/desk/{made.place.brin}{made.place.location}"
    browser = Browser(country.full.origin, ELSEWHERE)
    code = await _unused_code(coordinator.totp or "")
    answers: Answers = {"way": "staff", "email": coordinator.email, "password": PASSWORD, "code": code, "terms": nth(0)}
    try:
        page = await sign_in(browser, base, answers)
        if page.status != 200 or "/desk/" not in page.url:
            raise WrongAnswerError("the desk", page)
        yield browser, base
    finally:
        browser.close()


async def _unused_code(secret: str) -> str:
    """A code counts once: whoever signed in with it a moment ago waits for the next one."""
    totp = pyotp.TOTP(secret)
    if totp.now() in _USED:
        await asyncio.sleep(totp.interval - time.time() % totp.interval)
    code = totp.now()
    _USED.add(code)
    return code


async def _desk(country: Country) -> dict[str, float]:
    """The pages of a large school's desk, each asked again and again by one coordinator."""
    async with at_the_desk(country) as (browser, base):

        def asked(path: str) -> Callable[[], Awaitable[None]]:
            async def ask() -> None:
                if (answer := await browser.get(base + path)).status != 200:
                    raise WrongAnswerError("a page of the desk", answer)

            return ask

        found = {f"desk{path}": await p95(asked(path)) for path in PAGES}
        form = next(one for one in forms(await browser.get(f"{base}/staff")) if "q" in one.fields)

        async def look_for() -> None:
            if (answer := await browser.post(form.action, {**form.fields, "q": "jansen"})).status != 200:
                raise WrongAnswerError("the search of the desk", answer)

        return {**found, "desk/staff search": await p95(look_for)}


async def _lists(country: Country, laid: Floor) -> dict[str, float]:
    """What the operator's and the helpdesk's commands list, without the start of a process."""
    names = ("regenboog", "blauwe", "99a", "e")
    rows = await execute(
        laid.database.url, "SELECT school_id FROM enrolments GROUP BY school_id ORDER BY count(*) DESC LIMIT 1"
    )
    large, turn = rows[0]["school_id"], itertools.count()
    async with laid.database.read() as db:
        middle = await schools.by_code(db, next(iter(nation_people.invented(1))).brin + "01" * (country.schools > 1))

        async def all_schools() -> None:
            await schools.listed(db, after=middle)

        async def schools_found() -> None:
            await schools.listed(db, search=names[next(turn) % len(names)])

        async def all_couplings() -> None:
            await couplings.listed(db, mode="automatic", after=country.schools // 2)

        async def all_parties() -> None:
            await parties.listed(db)

        async def pupils_found() -> None:
            await search.pupils(db, large, "jan")

        async def all_pupils() -> None:
            await search.pupils(db, large)

        async def all_staff() -> None:
            await staff_list.page(db, large, today=laid.now.date())

        lists = (all_schools, schools_found, all_couplings, all_parties, pupils_found, all_pupils, all_staff)
        return {one.__name__: await p95(one) for one in lists}


async def p95(ask: Callable[[], Awaitable[None]]) -> float:
    """The 95th percentile of so many milliseconds, after once for nothing."""
    await ask()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - began)
    return round(sorted(taken)[int(REPEATS * 0.95)] * 1000, 1)


@dataclass(frozen=True, slots=True)
class _Room:
    """A group of some school, and the PINs of its children by the value of their tiles."""

    instelling_ref: str
    address: str
    group: str
    pins: Mapping[str, str]

    def child(self, shown: Sequence[Button], number: int) -> Button:
        ours = [button for button in shown if button.value in self.pins]
        return ours[number % len(ours)]


async def _among_others(country: Country, pids: Sequence[int]) -> dict[str, Subject]:
    """The same two operations, by children of a great many schools of the country."""
    place = country.full
    rooms = await _rooms(place)
    turn = itertools.count()
    rp = await oidc.register(place.origin, CLIENT["client_id"], CLIENT["client_secret"], scope="openid profile email")

    async def pupil(browser: Browser) -> None:
        browser.jar.forget()
        number = next(turn)
        room = rooms[number % len(rooms)]
        browser.headers = [("X-Forwarded-For", room.address)]
        answers: dict[str, Any] = {"group": room.group, "pin": ""}

        def child(shown: Sequence[Button]) -> Button:
            pressed = room.child(shown, number // len(rooms))
            answers["pin"] = room.pins[pressed.value]
            return pressed

        answers["child"] = child
        shortcut = f"{place.origin}/login/leerlingen/snelkoppelaar?INSTELLING_REF={room.instelling_ref}"
        answer = await sign_in(browser, shortcut, answers)
        if answer.status != 200 or "/signin/" in answer.url:
            raise WrongAnswerError("pupil sign-in", answer)

    async def sso(browser: Browser) -> None:
        await oidc.sso(rp, browser)

    return {
        "oidc_sso_rs256": Subject(place.origin, sso, pids, pupil, AT_SCHOOL),
        "pupil_pin": Subject(place.origin, pupil, pids, None, AT_SCHOOL),
    }


async def _rooms(place: Installation) -> list[_Room]:
    """Groups of many schools, which from now on said yes to the measured publisher."""
    async with floor_of(place) as laid:
        url, year = laid.database.url, school_year(laid.now)
        # As many tiles on each page as at the measured school, or the pages would be compared and not the countries.
        chosen = await execute(
            url,
            f"""WITH sized AS (
                SELECT DISTINCT ON (g.school_id) g.id, g.name, g.school_id,
                    (SELECT count(*) FROM groups o WHERE o.school_id = g.school_id AND o.active AND o.kind = 'stamgroep') AS groups,
                    (SELECT count(*) FROM enrolments e WHERE e.group_id = g.id AND e.active) AS children
                FROM groups g JOIN schools s ON s.id = g.school_id AND s.brin <> '{product.BRIN}'
                WHERE g.kind = 'stamgroep' AND g.active AND g.school_year = '{year}' AND g.year_group = '8'
                ORDER BY g.school_id, g.id)
            SELECT d.id, d.name, d.school_id, s.instelling_ref, a.network FROM sized d
            JOIN schools s ON s.id = d.school_id JOIN school_addresses a ON a.school_id = d.school_id
            ORDER BY abs(d.groups - {GROUPS}) + abs(d.children - {CHILDREN}), d.school_id LIMIT {SPREAD}""",
        )
        ids = ", ".join(str(row["school_id"]) for row in chosen)
        measured = f"(SELECT id FROM schools WHERE brin = '{product.BRIN}')"
        tick = "party_id, given, field_set_id, changed_at, changed_by"
        await execute(
            url,
            f"INSERT INTO ticks (school_id, {tick}) SELECT s.id, {tick} FROM ticks t, schools s"
            f" WHERE t.school_id = {measured} AND s.id IN ({ids}) ON CONFLICT DO NOTHING",
        )
        rooms = []
        for row in chosen:
            children = await execute(
                url,
                "SELECT e.person_id, p.sealed FROM enrolments e JOIN pupil_secrets p ON p.person_id = e.person_id"
                f" WHERE e.group_id = {row['id']} AND e.active AND p.kind = 'pin'",
            )
            pins = {
                str(child["person_id"]): laid.keyring.open(
                    child["sealed"], bound_to=f"pupil_secrets.sealed.{child['person_id']}"
                ).decode()
                for child in children
            }
            address = str(ipaddress.ip_network(row["network"])[7])
            rooms.append(_Room(row["instelling_ref"], address, row["name"], pins))
    return rooms

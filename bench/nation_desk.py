"""Every page of the desk of a large school among 1.4 million pupils, its log full of a year's lines (`desk_pages`)."""

from datetime import UTC, datetime
from typing import Any, Final

from starlette.routing import Route

from bench import product
from bench.client import Browser
from bench.load import WrongAnswerError
from bench.nation_country import Country, execute
from bench.nation_pages import at_the_desk, p95, settled
from idp.core.clock import AMSTERDAM
from idp.web.desk import rooms
from idp.web.desk.guards import ADDRESS

OWN_LINES, OTHER_LINES = 250_000, 750_000
"""A year of a large school, and what others wrote between them."""
NOT_THERE: Final = frozenset({"/privacy/audit-report", "/deputy", "/networks/remove"})
"""A file of the operator; a page that is another colleague's; one that wants to know which network."""


async def desk_pages(country: Country) -> dict[str, Any]:
    """`desk_pages`: the 95th percentile of the slowest page of the desk, of all that stand under an address without a number in it."""
    async with product.serving(country.full), at_the_desk(country) as (browser, base):
        await _fill_log(country, base)
        await settled(country)
        paths = [*_plain(), *_searches()]
        for (
            path
        ) in paths:  # once along all of them: a worker of some minutes old is measured, not one that just started
            await browser.get(base + path)
        found = {path: await _asked(browser, base + path) for path in paths}
    slowest = max(found, key=lambda path: found[path])
    return {"p95_ms": found[slowest], "slowest": slowest, "pages": found, "schools": country.schools}


def _plain() -> list[str]:
    here = f"{ADDRESS}/{{school}}"
    routes = [one for one in rooms.ROUTES if isinstance(one, Route) and "GET" in (one.methods or ())]
    paths = [one.path.removeprefix(here) for one in routes if one.path.startswith(here)]
    return [path for path in paths if "{" not in path and path not in NOT_THERE]


def _searches() -> list[str]:
    """The log of a whole year, of a rare kind and of a common one."""
    today = datetime.now(UTC).astimezone(AMSTERDAM).date()
    since = f"/trail?since={today.replace(year=today.year - 1, day=min(today.day, 28))}"
    return [since, f"{since}&kind=signin", f"{since}&kind=school"]


async def _asked(browser: Browser, url: str) -> float:
    async def ask() -> None:
        if (answer := await browser.get(url)).status != 200:
            raise WrongAnswerError("a page of the desk", answer)

    return await p95(ask)


async def _fill_log(country: Country, base: str) -> None:
    """Lines of the measured school and of others, as children sign in: spread over a year."""
    url, code = country.full.settings["IDP_DATABASE_URL"], base.rpartition("/")[2]
    brin, location = code[:4], code[4:]
    school = f"(SELECT id FROM schools WHERE brin = '{brin}' AND location = '{location}')"
    for rows, which in ((OWN_LINES, school), (OTHER_LINES, "(SELECT min(id) FROM schools) + n % 1000")):
        await execute(
            url,
            "INSERT INTO ledger (at, action, school_id, actor, subject, detail)"
            " SELECT now() - (interval '1 year' * n / " + str(rows) + "),"
            " CASE WHEN n % 20 = 0 THEN 'signin.failed' ELSE 'signin.passed' END,"
            f' {which}, gen_random_uuid()::text, NULL, \'{{"way": "child"}}\''
            f" FROM generate_series({rows}, 1, -1) n",
        )

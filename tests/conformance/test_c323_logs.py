"""C-323: what happened stands in the ledger, who it was only by a random id; log lines hold no secret, name or ECK-iD."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from directory.models import Enrolment, Person, School
from idp.core import ledger_reading
from idp.core.log import JsonLines
from idp.core.models import LedgerEntry
from idp.http import cookies
from tests.conformance.relying_party import (
    Arrival,
    arrives,
    basic,
    claims_at_userinfo,
    post_token,
    redeems,
    tokens_of,
    userinfo,
    withdraw,
)
from tests.house import ECKID, PASSWORD, House, authorize_url, pupil_signs_in, staff_signs_in


class Lines(logging.Handler):
    """Every line as the product would write it, those of the test's own client aside."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("httpx2", "httpcore", "asyncio")):
            self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


async def everything(house: House) -> set[str]:
    """Every kind of journey, well and badly ended; returns every secret and name that took part."""
    secrets = {"Noor", "Finn", "Beek", "Jansen", ECKID, PASSWORD, "4711", "0042", "juf@", "ict@", "fout-wachtwoord-9"}
    secrets |= {house.client_secret, house.totp_secret, "9999", "mis-geheim-van-een-party"}
    child = await arrives(house)
    secrets |= await _follow(house, child)
    wrong = house.browser()
    await pupil_signs_in(wrong, await wrong.get(authorize_url().url), house, "Finn", "Groep 6", "9999")
    asked, staff = authorize_url(), house.browser()
    await staff_signs_in(staff, await staff.get(asked.url), "juf", "fout-wachtwoord-9")
    page = await staff_signs_in(staff, await staff.get(asked.url), "ict")
    await staff.choose(page, "code", "000000")
    page = await staff.choose(await staff.get(page.url), "code", house.code())
    secrets |= await _follow(house, Arrival(staff, page, asked)) | {house.code()}
    await staff.get("/account")
    bad = await arrives(house, child.browser)
    secrets.add(bad.code)
    await redeems(house, bad, code_verifier="b" * 43)
    await redeems(house, child)
    await post_token(staff, {}, headers=basic("rekenrijk", "mis-geheim-van-een-party"))
    await userinfo(staff, "not-a-token-but-secret")
    secrets.add("not-a-token-but-secret")
    for path in ("/oidc/logout?id_token_hint=geheime-hint-123", f"{authorize_url().url}&client_id=x", "/signin/geen"):
        await child.browser.request("GET", path)
    await child.browser.request("POST", "/signout", data={"ticket": "geheim-kaartje"})
    secrets |= {"geheime-hint-123", "geheim-kaartje"}
    await withdraw(house)
    await arrives(house, house.browser())
    kept = [browser.cookies for browser in (child.browser, staff, wrong)]
    # The number of a group says nothing of who, and stands in addresses too.
    secrets |= {value for jar in kept for name, (value, _) in jar.items() if name != cookies.GROUP}
    return secrets


async def _follow(house: House, arrival: Arrival) -> set[str]:
    """Redeems and asks UserInfo; returns what was secret in it."""
    tokens = await tokens_of(house, arrival)
    told = await claims_at_userinfo(arrival.browser, tokens["access_token"])
    return {arrival.code, tokens["access_token"], tokens["id_token"], arrival.asked.verifier, told["sub"]}


def found_in(text: str, secrets: set[str]) -> list[str]:
    """Which kinds of secret stand in a text: as words where they are short."""
    return [secret[:4] for secret in secrets if secret and re.search(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", text)]


async def test_c323_no_log_line_of_any_journey_holds_a_secret_a_name_or_an_eckid(house: House, lines: Lines) -> None:
    secrets = await everything(house)
    text = "\n".join(lines.lines)
    assert '"event":"problem"' in text  # something was logged at all
    assert found_in(text, secrets) == []
    assert found_in('{"why":"Noor"}', secrets) == ["Noor"]  # and it would have been found
    # D37: whoever reads the log does not learn which school uses which party.
    schools = ("school", "99ZZ", "Regenboog", house.school.instelling_ref)
    for line in lines.lines:
        assert not ("ekenrijk" in line and any(word in line for word in schools)), line


async def test_c323_what_is_given_cannot_forge_a_line(house: House, lines: Lines) -> None:
    evil = 'x\n{"at":"2026-01-01","level":"info","event":"signin.passed"}\r\n'
    browser = house.browser()
    for url in (authorize_url(client_id=evil).url, authorize_url(redirect_uri=evil).url, f"/nergens?{evil}"):
        await browser.request("GET", url)
    await browser.request("POST", "/signin/x", data={"step": evil, "ticket": evil})
    assert lines.lines
    for line in lines.lines:
        assert "\n" not in line
        assert '"event":"signin.passed"' not in line


async def entries(house: House) -> list[dict[str, Any]]:
    async with house.floor.database.read() as db:
        rows = await db.execute(select(LedgerEntry.__table__).order_by(LedgerEntry.id))
        return [dict(row) for row in rows.mappings()]


async def test_c323_the_ledger_tells_what_happened_and_names_nobody(house: House) -> None:
    secrets = await everything(house)
    made = await entries(house)
    actions = [entry["action"] for entry in made]
    for action in (
        "signin.passed",
        "signin.failed",
        "second_factor.passed",
        "second_factor.failed",
        "consent.given",
        "consent.withdrawn",
    ):
        assert action in actions
    assert all(entry["at"] == house.clock.now for entry in made)
    text = "\n".join(str(entry) for entry in made)
    assert found_in(text, secrets) == []
    actors = {entry["actor"] for entry in made if entry["action"].startswith(("signin", "second"))}
    assert all(re.fullmatch(r"[0-9a-f-]{36}|unknown", actor) for actor in actors)


async def test_c323_a_crawl_of_the_ledger_finds_nobody_and_each_school_sees_its_own(house: House) -> None:
    """Everybody's name, address and key of every table of people, looked for in every entry; then each school's own part."""
    await everything(house)
    written = [entry for entry in await entries(house) if entry["detail"] or entry["subject"]]
    text = "\n".join(json.dumps([entry["actor"], entry["subject"], entry["detail"]]) for entry in written)
    columns = Person.first_name, Person.surname, Person.email
    async with house.floor.database.read() as db:
        told = {value for row in await db.execute(select(*columns)) for value in row if value}
        told |= {one for one in (await db.execute(select(Enrolment.las_key))).scalars() if one}
        schools = (await db.execute(select(School.id))).scalars().all()
        parts = {school: await ledger_reading.of_school(db, school) for school in schools}
    assert len(told) > 5
    assert found_in(text, told) == []
    assert all(parts.values())
    of_school = {entry["id"]: entry["school_id"] for entry in await entries(house)}
    assert all(of_school[one.id] == school for school, part in parts.items() for one in part)

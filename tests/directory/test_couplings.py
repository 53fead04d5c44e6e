"""Couplings with administration systems: both sides agree, a key where one is needed, and who is asked when (R22-R26, D5)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from directory.imports import checking, couplings, hours, nights, systems
from directory.imports.couplings import Coupled
from directory.imports.models import AdministrationSystem, Coupling
from directory.imports.nights import Claimed
from directory.imports.uwlr.faults import FAULTS, Refused
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM
from idp.core.crypto import Keyring
from idp.core.db import Database, Db
from idp.core.models import LedgerEntry
from idp.demo.las import CUSTOMER
from tests.directory.uwlr.standing import KEY, a_las, serving, source
from tests.directory.uwlr.test_tls import CLIENT, UNTIL
from tests.house import House

BY = "operator:cli"
CONTACT = "helpdesk@poortwachter.example"


@dataclass
class Desk:
    """A house whose school chose a system, and short ways to what the tests do."""

    house: House

    @property
    def now(self) -> datetime:
        return self.house.clock.now

    @property
    def school(self) -> KnownSchool:
        return self.house.school

    @property
    def database(self) -> Database:
        return self.house.floor.database

    @property
    def keyring(self) -> Keyring:
        return self.house.floor.keyring

    async def configure(self, code: str = "parnassys", endpoint: str = "https://las.example/uwlr") -> None:
        async with self.database.begin() as db:
            await systems.configure(
                db,
                code,
                now=self.now,
                by=BY,
                endpoint=endpoint,
                customer_code="poortwachter",
                customer_name="Poortwachter",
            )

    async def couple(self, code: str = "parnassys", endpoint: str = "https://las.example/uwlr") -> None:
        """Everything that both sides do, up to a coupling that is asked every night."""
        await self.configure(code, endpoint)
        async with self.database.begin() as db:
            await couplings.couple(db, self.school.id, code, now=self.now, by=BY)
            await couplings.agree(db, self.school.id, "school", now=self.now, by=BY)
            if (await systems.of(db, code)).needs_key:
                await couplings.set_key(db, self.school.id, KEY, now=self.now, by=BY, keyring=self.keyring)
            else:
                await couplings.agree(db, self.school.id, "system", now=self.now, by=BY)
            await couplings.set_mode(db, self.school.id, "automatic", now=self.now, by=BY)

    async def coupled(self) -> Coupled:
        async with self.database.read() as db:
            return await couplings.require(db, self.school.id)

    async def tonight(self) -> None:
        """Moves to the moment when the school is due."""
        at = (await self.coupled()).next_run_at
        assert at is not None
        self.house.clock.now = at

    async def claim(self) -> list[Claimed]:
        async with self.database.begin() as db:
            return await nights.claim(db, now=self.now, keyring=self.keyring, most=5)

    async def settle(self, claimed: Claimed, refused: str | None = None, *, taken_in: bool = True) -> bool:
        async with self.database.begin() as db:
            why = Refused(refused) if refused else None
            return await nights.settle(db, claimed, why, now=self.now, by="system", contact=CONTACT, taken_in=taken_in)

    async def set_mode(self, mode: couplings.Mode) -> None:
        async with self.database.begin() as db:
            await couplings.set_mode(db, self.school.id, mode, now=self.now, by=BY)

    async def actions(self) -> list[str]:
        async with self.database.read() as db:
            query = select(LedgerEntry.action).where(LedgerEntry.school_id == self.school.id).order_by(LedgerEntry.id)
            return [action for action in (await db.execute(query)).scalars() if action.startswith("coupling.")]


@pytest.fixture
async def desk(house: House) -> Desk:
    return Desk(house)


async def test_the_known_systems_are_there_by_themselves(database: Database) -> None:
    async with database.read() as db:
        known = {system.code: system for system in await systems.listed(db)}
    assert known.keys() == {"parnassys", "esis", "dotcomschool", "eduscope", "other"}
    assert {code for code, system in known.items() if not system.needs_key} == {"eduscope", "other"}
    assert all(system.help_nl and system.help_en and not system.reachable for system in known.values())


async def test_a_system_is_a_row_that_an_operator_changes(database: Database) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    async with database.begin() as db:
        made = await systems.configure(
            db, "esis", now=now, by=BY, endpoint="https://esis.example/uwlr2.2.svc", staged=True
        )
        assert (made.name, made.endpoint, made.staged, made.needs_key) == (
            "ESIS",
            "https://esis.example/uwlr2.2.svc",
            True,
            True,
        )
        assert (await systems.configure(db, "esis", now=now, by=BY, endpoint="")).endpoint is None
        added = await systems.configure(db, "nieuw-las", now=now, by=BY, name="Nieuw LAS", needs_key=False)
        assert added in await systems.listed(db)
        assert len(await systems.listed(db)) == 6


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("ESIS", {}),
        ("", {}),
        ("x" * 33, {"name": "X"}),
        ("nieuw", {}),
        ("esis", {"endpoint": "http://esis.example/"}),
        ("esis", {"endpoint": "esis.example"}),
        ("esis", {"customer_code": "x" * 65}),
        ("esis", {"customer_code": ""}),
        ("esis", {"name": ""}),
    ],
)
async def test_what_no_system_can_have(database: Database, code: str, given: dict[str, str]) -> None:
    async with database.begin() as db:
        with pytest.raises(ValueError, match=r"must be|endpoint|code|name"):
            await systems.configure(db, code, now=datetime(2026, 11, 23, tzinfo=UTC), by=BY, **given)  # type: ignore[arg-type]


async def test_our_certificate_is_sealed_for_its_row(desk: Desk) -> None:
    await desk.couple("esis")
    async with desk.database.begin() as db:
        kept = await systems.set_certificate(db, "esis", CLIENT.pem, now=desk.now, by=BY, keyring=desk.keyring)
        sealed = (await db.execute(select(AdministrationSystem.certificate))).scalar_one()
    assert kept.certificate_until == UNTIL
    assert sealed is not None
    assert b"PRIVATE" not in sealed
    await desk.tonight()
    (claimed,) = await desk.claim()
    assert claimed.source.certificate == CLIENT.pem
    assert "PRIVATE" not in repr(claimed)
    async with desk.database.begin() as db:
        gone = await systems.set_certificate(db, "esis", None, now=desk.now, by=BY, keyring=desk.keyring)
    assert gone.certificate_until is None


async def test_couplings_that_waited_for_their_system_are_asked_the_next_night(desk: Desk) -> None:
    async with desk.database.begin() as db:
        await couplings.couple(db, desk.school.id, "esis", now=desk.now, by=BY)
        await couplings.agree(db, desk.school.id, "school", now=desk.now, by=BY)
        await couplings.set_key(db, desk.school.id, KEY, now=desk.now, by=BY, keyring=desk.keyring)
        waiting = await couplings.set_mode(db, desk.school.id, "automatic", now=desk.now, by=BY)
    assert (waiting.lacking, waiting.next_run_at) == ("not_set_up", None)
    await desk.configure("esis")
    coupled = await desk.coupled()
    assert coupled.active
    assert coupled.next_run_at == hours.next_night(desk.school.id, desk.now)
    await desk.tonight()
    assert len(await desk.claim()) == 1


async def test_what_lacks_more_than_its_system_is_passed_over_at_night(desk: Desk) -> None:
    async with desk.database.begin() as db:
        await couplings.couple(db, desk.school.id, "esis", now=desk.now, by=BY)
        await couplings.set_mode(db, desk.school.id, "automatic", now=desk.now, by=BY)
    await desk.configure("esis")
    await desk.tonight()
    assert await desk.claim() == []
    desk.house.clock.move(hours=5)
    async with desk.database.begin() as db:
        await couplings.agree(db, desk.school.id, "school", now=desk.now, by=BY)
        late = await couplings.set_key(db, desk.school.id, KEY, now=desk.now, by=BY, keyring=desk.keyring)
    # In the middle of the day nobody is surprised: its time is the coming night.
    assert late.next_run_at == hours.next_night(desk.school.id, desk.now)


async def test_both_sides_must_agree_before_a_night_asks(desk: Desk) -> None:
    await desk.configure()
    steps: list[tuple[str | None, Callable[[Db], Awaitable[Coupled]]]] = [
        ("turned_off", lambda db: couplings.couple(db, desk.school.id, "parnassys", now=desk.now, by=BY)),
        ("key_missing", lambda db: couplings.set_mode(db, desk.school.id, "automatic", now=desk.now, by=BY)),
        (
            "not_agreed",
            lambda db: couplings.set_key(db, desk.school.id, KEY, now=desk.now, by=BY, keyring=desk.keyring),
        ),
        (None, lambda db: couplings.agree(db, desk.school.id, "school", now=desk.now, by=BY)),
    ]
    for lacking, step in steps:
        async with desk.database.begin() as db:
            coupled = await step(db)
        assert coupled.lacking == lacking
        assert coupled.active is (lacking is None)
        assert (coupled.next_run_at is not None) is coupled.active
        assert lacking is None or lacking in FAULTS
    assert await desk.actions() == ["coupling.chosen", "coupling.mode", "coupling.key_entered", "coupling.agreed"]


@pytest.mark.parametrize("side", ["school", "system"])
async def test_either_side_can_end_it_at_once(desk: Desk, side: couplings.Side) -> None:
    await desk.couple()
    await desk.tonight()
    async with desk.database.begin() as db:
        coupled = await couplings.withdraw(db, desk.school.id, side, now=desk.now, by=BY)
    assert (coupled.active, coupled.next_run_at) == (False, None)
    assert await desk.claim() == []
    async with desk.database.begin() as db:
        assert (await couplings.agree(db, desk.school.id, side, now=desk.now, by=BY)).active


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_system_without_keys_agrees_by_answering(desk: Desk, allowed: bool) -> None:
    las = a_las(brin="99ZZ")
    las.schools["99ZZ", ""].key = CUSTOMER if allowed else "not ours"
    async with serving(las) as endpoint:
        await desk.configure("eduscope", endpoint)
        async with desk.database.begin() as db:
            await couplings.couple(db, desk.school.id, "eduscope", now=desk.now, by=BY)
            await couplings.agree(db, desk.school.id, "school", now=desk.now, by=BY)
            await couplings.set_mode(db, desk.school.id, "automatic", now=desk.now, by=BY)
        assert not (await desk.coupled()).active
        found = await checking.check(
            desk.database, desk.school, now=desk.now, by=BY, keyring=desk.keyring, contact=CONTACT
        )
    coupled = await desk.coupled()
    assert (found.error, coupled.refused) == ((None, None) if allowed else ("las_key_refused", "las_key_refused"))
    assert (coupled.active, coupled.next_run_at is not None) == (allowed, allowed)


async def test_the_key_is_sealed_and_nowhere_else(desk: Desk) -> None:
    await desk.couple()
    async with desk.database.read() as db:
        sealed = (await db.execute(select(Coupling.key))).scalar_one()
        told = [*(await db.execute(select(LedgerEntry.detail))).scalars()]
    assert sealed is not None
    assert KEY.encode() not in sealed
    assert desk.keyring.open(sealed, bound_to=f"couplings.key.{desk.school.id}") == KEY.encode()
    assert KEY not in repr(told) + repr(await desk.coupled())


@pytest.mark.parametrize("key", ["", "  ", "x" * 65, "a\nb", "a\x00b"])
async def test_what_no_key_can_be(desk: Desk, key: str) -> None:
    await desk.configure()
    async with desk.database.begin() as db:
        await couplings.couple(db, desk.school.id, "parnassys", now=desk.now, by=BY)
        with pytest.raises(ValueError, match="1 to 64 printable") as refused:
            await couplings.set_key(db, desk.school.id, key, now=desk.now, by=BY, keyring=desk.keyring)
    assert not key.strip() or key not in str(refused.value)


async def test_another_system_begins_anew(desk: Desk) -> None:
    await desk.couple()
    async with desk.database.begin() as db:
        same = await couplings.couple(db, desk.school.id, "parnassys", now=desk.now, by=BY)
        assert same.active
        other = await couplings.couple(db, desk.school.id, "esis", now=desk.now, by=BY)
    assert (other.mode, other.has_key, other.agreed_by_school_at, other.next_run_at) == ("off", False, None, None)


async def test_manual_stops_the_nights_and_automatic_asks_for_everything(desk: Desk) -> None:
    await desk.couple()
    await desk.tonight()
    (claimed,) = await desk.claim()
    assert await desk.settle(claimed)
    assert (await desk.coupled()).received_until == claimed.asked_at
    async with desk.database.begin() as db:
        assert await couplings.to_manual(db, [desk.school.id, 0], now=desk.now, by=BY) == 1
        assert await couplings.to_manual(db, [desk.school.id], now=desk.now, by=BY) == 0
    assert (await desk.coupled()).next_run_at is None
    await desk.set_mode("automatic")
    again = await desk.coupled()
    assert again.received_until is None
    assert again.next_run_at is not None
    assert again.next_run_at > desk.now


async def test_without_a_coupling_there_is_nothing_to_change(desk: Desk) -> None:
    async with desk.database.begin() as db:
        assert await couplings.of(db, desk.school.id) is None
        for attempt in (
            couplings.set_mode(db, desk.school.id, "manual", now=desk.now, by=BY),
            couplings.set_key(db, desk.school.id, KEY, now=desk.now, by=BY, keyring=desk.keyring),
            couplings.agree(db, desk.school.id, "school", now=desk.now, by=BY),
            nights.open_now(db, desk.school, now=desk.now, keyring=desk.keyring),
        ):
            with pytest.raises(LookupError, match="no coupling"):
                await attempt
        with pytest.raises(LookupError, match="no administration system"):
            await couplings.couple(db, desk.school.id, "geen", now=desk.now, by=BY)


async def test_a_check_takes_nothing_in_and_proves_the_other_side(desk: Desk) -> None:
    async with serving(a_las(brin="99ZZ")) as endpoint:
        await desk.couple(endpoint=endpoint)
        before = await desk.coupled()
        found = await checking.check(
            desk.database, desk.school, now=desk.now, by=BY, keyring=desk.keyring, contact=CONTACT
        )
    assert (found.error, found.school_year, found.groups, found.pupils, found.with_eckid) == (
        None,
        "2026-2027",
        6,
        24,
        21,
    )
    after = await desk.coupled()
    assert (after.received_until, after.next_run_at) == (None, before.next_run_at)


async def test_a_check_says_what_is_wrong(desk: Desk) -> None:
    await desk.couple(endpoint=await gone())
    found = await checking.check(desk.database, desk.school, now=desk.now, by=BY, keyring=desk.keyring, contact=CONTACT)
    assert found == checking.Checked("unreachable")
    await desk.set_mode("off")
    found = await checking.check(desk.database, desk.school, now=desk.now, by=BY, keyring=desk.keyring, contact=CONTACT)
    assert found == checking.Checked("turned_off")


async def gone() -> str:
    async with serving(a_las()) as endpoint:
        return endpoint


async def test_couplings_are_listed_in_pages(desk: Desk) -> None:
    await desk.couple()

    async def page(db: Db, **chosen: object) -> list[str]:
        return [line.system for line in await couplings.listed(db, **chosen)]  # type: ignore[arg-type]

    async with desk.database.read() as db:
        assert await page(db) == await page(db, mode="automatic") == ["parnassys"]
        assert await page(db, mode="manual") == await page(db, after=desk.school.id) == []


@given(
    st.integers(1, 10_000_000),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds the zone
)
def test_every_school_has_its_minute_in_every_night(school_id: int, now: datetime) -> None:
    at = hours.next_night(school_id, now)
    assert now < at <= now + timedelta(hours=26)
    local = at.astimezone(AMSTERDAM)
    assert timedelta(minutes=30) <= timedelta(hours=local.hour, minutes=local.minute) < timedelta(hours=6, minutes=30)


def test_schools_are_spread_over_the_night() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    minutes = [hours.next_night(school_id, now) for school_id in range(1, 6101)]
    assert max(minutes.count(minute) for minute in set(minutes)) <= 21


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2027-05-31T21:00", None),
        ("2027-05-31T22:00", "2027-2028"),
        ("2027-07-31T21:59", "2027-2028"),
        ("2027-07-31T22:00", None),
    ],
)
def test_the_coming_year_is_prepared_for_from_june(day: str, year: str | None) -> None:
    assert nights.coming_year(datetime.fromisoformat(day).replace(tzinfo=UTC)) == year


def test_a_source_never_shows_its_secrets() -> None:
    assert KEY not in repr(source("https://las.example/", certificate=CLIENT.pem))

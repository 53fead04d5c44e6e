"""What the operator announces: on the sign-in pages and on Actueel, at no statement a page (R157, R161)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.core.db import Database
from idp.core.errors import Unavailable
from idp.core.models import LedgerEntry
from idp.support import announcements
from idp.support.announcements import FRESH, Kind, KnownAnnouncements
from tests.house import House, authorize_url
from tests.journeys.stories import at_our_door, shortcut, teacher_signs_in

TITLE = "Inloggen gaat traag"


async def announce(
    house: House,
    kind: Kind = "outage",
    *,
    title: str = TITLE,
    begins: datetime | None = None,
    ends: datetime | None = None,
    subject: str | None = None,
) -> int:
    async with house.floor.database.begin() as db:
        return await announcements.add(
            db,
            kind,
            titles={"nl": title, "en": f"{title} (English)"},
            texts={"nl": "Wij zoeken het uit.\nHerstel om 10 uur.", "en": "We are on it."},
            shown_from=begins or house.clock.now,
            shown_until=ends,
            by="operator:cli",
            now=house.clock.now,
            subject=subject,
        )


async def test_an_outage_stands_on_the_sign_in_pages_and_on_actueel_until_it_is_ended(house: House) -> None:
    browser = house.browser()
    assert "Er zijn geen storingen bekend." in (await browser.get("/actueel")).text
    number = await announce(house)
    house.clock.move(seconds=FRESH.seconds)
    for page in (await browser.get("/"), await at_our_door(browser), await browser.get("/password/forgotten")):
        assert TITLE in page.text, page.title
        assert 'href="/actueel"' in page.text
    teacher = house.browser()
    assert TITLE in (await teacher_signs_in(teacher)).text, "and where one lands"
    actueel = await browser.get("/actueel")
    assert actueel.heading == "Actueel"
    assert "Herstel om 10 uur." in actueel.text
    assert "23 november 2026, 08:30" in actueel.text, "as the clock stands in Amsterdam"
    async with house.floor.database.begin() as db:
        await announcements.end(db, number, by="operator:cli", now=house.clock.now)
    house.clock.move(seconds=FRESH.seconds)
    assert TITLE not in (await browser.get("/")).text
    assert "Opgelost of afgelopen op" in (await browser.get("/actueel")).text
    async with house.floor.database.read() as db:
        entries = select(LedgerEntry.action, LedgerEntry.actor).where(LedgerEntry.action.like("notice.%"))
        told = [tuple(row) for row in await db.execute(entries.order_by(LedgerEntry.id))]
    assert told == [("notice.added", "operator:cli"), ("notice.ended", "operator:cli")]


async def test_news_about_a_subject_stands_above_its_questions_too(house: House) -> None:
    """R161."""
    browser = house.browser()
    await announce(house, "news", title="Elke groep heeft een invalaccount", subject="invalkrachten")
    house.clock.move(seconds=FRESH.seconds)
    assert 'href="/help/invalkrachten"' in (await browser.get("/actueel")).text
    assert "Elke groep heeft een invalaccount" in (await browser.get("/help/invalkrachten")).text
    assert "Elke groep heeft een invalaccount" not in (await browser.get("/help/las")).text.partition("<main")[2]
    with pytest.raises(ValueError, match="invalkrachten"):
        announcements.read_subject("zeppelins")


async def test_a_child_is_asked_one_thing_only(house: House) -> None:
    await announce(house)
    page = await house.browser().get(shortcut(house.school))
    assert page.heading == "In welke groep zit je?"
    assert TITLE not in page.text
    assert "/help" not in page.text


async def test_who_is_sent_here_by_a_publisher_reads_it_in_english_too(house: House) -> None:
    await announce(house)
    browser = house.browser("198.51.100.77", language="en")
    page = await browser.get(authorize_url().url)
    assert f"{TITLE} (English)" in page.text


async def test_outages_stand_before_news_and_what_is_to_come_stands_nowhere(house: House) -> None:
    now = house.clock.now
    await announce(house, "news", title="Nieuwe knop")
    await announce(house, begins=now + timedelta(hours=1), title="Onderhoud vannacht")
    await announce(house, begins=now - timedelta(days=1))
    browser = house.browser()
    front, actueel = await browser.get("/"), await browser.get("/actueel")
    assert "Nieuwe knop" not in front.text, "the first one, and how many more"
    assert TITLE in front.text
    assert actueel.text.index(TITLE) < actueel.text.index("Nieuwe knop")
    assert "Onderhoud vannacht" not in actueel.text


async def test_pages_ask_the_database_once_in_half_a_minute_however_many_there_are(house: House) -> None:
    known = house.resources.announcements
    await known.read(now=house.clock.now)
    await announce(house)
    for _ in range(3):
        await known.read(now=house.clock.now)
        assert known.shown(now=house.clock.now) == [], "nobody asked again"
        house.clock.move(seconds=9)
    house.clock.move(seconds=9)
    await known.read(now=house.clock.now)
    assert [one.titles["nl"] for one in known.shown(now=house.clock.now)] == [TITLE]


@pytest.mark.parametrize("minutes", [-5, 0])
async def test_what_nobody_could_read_is_refused(house: House, minutes: int) -> None:
    with pytest.raises(ValueError, match="before anybody read it"):
        await announce(house, ends=house.clock.now + timedelta(minutes=minutes))
    number = await announce(house)
    async with house.floor.database.begin() as db:
        await announcements.end(db, number, by="operator:cli", now=house.clock.now)
        with pytest.raises(ValueError, match="over already"):
            await announcements.end(db, number, by="operator:cli", now=house.clock.now)
        with pytest.raises(LookupError):
            await announcements.end(db, number + 1, by="operator:cli", now=house.clock.now)


async def test_a_sign_in_page_does_not_wait_for_news_while_the_database_is_away(house: House, tmp_path: Path) -> None:
    away = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/idp.sqlite")
    with pytest.raises(Unavailable):
        async with away.read():
            pass
    known = KnownAnnouncements(away)
    await known.read(now=house.clock.now)
    assert known.shown(now=house.clock.now) == []
    await away.close()

"""The privacy page (R54, R60): who answers for the data, and terms that are those of the purge."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import insert, update

from directory.models import Board, School
from idp.core import keeping, seals
from idp.core.settings import Settings
from idp.jobs import retention
from idp.web.desk.terms import TERMS
from tests.clock import Clock
from tests.desk.sitting import base, sits_down
from tests.house import House, open_house
from tests.storage import Storage
from tests.web.test_translations import TEXTS, placeholders


def test_what_pages_tell_is_what_the_purge_holds_to() -> None:
    assert (keeping.LEDGER.span, keeping.RECORDS.span) == (seals.KEPT, retention.THIRTEEN_MONTHS)
    assert (keeping.MAILS.span, keeping.UNANSWERED.span) == (retention.MAILS, retention.UNANSWERED)
    assert keeping.LEDGER.span == timedelta(days=7 * 365 + 2)
    assert keeping.RECORDS.span == timedelta(days=396)


def test_no_term_is_typed_into_its_words() -> None:
    for lang, texts in TEXTS.items():
        for what, count in TERMS.items():
            words = texts[f"desk.evidence.term.{what}.for"]
            assert ("count" in placeholders(words)) == bool(count), (lang, what)
            assert not re.search(r"\d", words), (lang, what)


async def test_the_page_names_the_board_and_asks_for_its_number(house: House) -> None:
    browser = await sits_down(house)
    evidence = await browser.get(f"{base(house)}/evidence")
    assert f'href="{base(house)}/privacy"' in evidence.text
    assert "7 jaar" in evidence.text
    page = await browser.get(f"{base(house)}/privacy")
    for words in (
        "Verwerkingsverantwoordelijke",
        "Verwerker",
        "7 jaar",
        "13 maanden",
        "Het bestuur heeft die getekend",
    ):
        assert words in page.text
    asked = unquote(re.search(r'href="(mailto:[^"]+)"', page.text)[1])  # type: ignore[index]
    assert "Bestuursnaam: \nBestuursnummer: \nSchool: De Regenboog (99ZZ)" in asked
    async with house.floor.database.begin() as db:
        made = insert(Board).values(number="41234", name="Stichting & Co").returning(Board.id)
        board = (await db.execute(made)).scalar_one()
        await db.execute(update(School).where(School.id == house.school.id).values(board_id=board))
    page = await browser.get(f"{base(house)}/privacy")
    assert "bestuursnummer 41234" in page.text
    asked = unquote(re.search(r'href="(mailto:[^"]+)"', page.text)[1])  # type: ignore[index]
    assert "Bestuursnaam: Stichting & Co\nBestuursnummer: 41234" in asked


async def test_the_report_of_the_audit_and_the_films_are_those_that_the_operator_names(
    settings: Settings, storage: Storage, tmp_path: Path
) -> None:
    """R19, R58."""
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.7 made up")
    named = {"audit_report": report, "videos": {"las": "https://video.example/las"}}
    async with open_house(settings.model_copy(update=named), Clock(), storage) as house:
        browser = await sits_down(house)
        page = await browser.get(f"{base(house)}/privacy")
        assert f'href="{base(house)}/privacy/audit-report"' in page.text
        file = (await browser.get(f"{base(house)}/privacy/audit-report")).response
        assert (file.content, file.headers["content-type"]) == (report.read_bytes(), "application/pdf")
        assert 'filename="auditrapport.pdf"' in file.headers["content-disposition"]
        steps = await browser.get(f"{base(house)}/setting-up")
        assert steps.text.count("https://video.example/las") == 1
        assert "https://video.example/las" in (await browser.get("/help/las")).text
        assert "video.example" not in (await browser.get("/help/privacy")).text
        report.unlink()
        assert (await browser.get(f"{base(house)}/privacy/audit-report")).status == 404


async def test_without_a_report_the_page_says_so(house: House) -> None:
    browser = await sits_down(house)
    assert "Er is nog geen rapport" in (await browser.get(f"{base(house)}/privacy")).text
    assert (await browser.get(f"{base(house)}/privacy/audit-report")).status == 404

"""The privacy page (R54, R60): who answers for the data, and terms that are those of the purge."""

import re
from datetime import timedelta
from urllib.parse import unquote

from sqlalchemy import insert, update

from directory.models import Board, School
from idp.core import keeping, seals
from idp.jobs import retention
from idp.web.desk.terms import TERMS
from tests.desk.sitting import base, sits_down
from tests.house import House
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

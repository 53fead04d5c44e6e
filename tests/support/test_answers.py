"""Questions with their answers: found by word and by subject, the same in both languages, and leading somewhere (R160)."""

import re
import string
import unicodedata

import pytest

from idp.main import every_route
from idp.support import answers
from tests.house import House

LANGUAGES = ("nl", "en")
FILLED_IN = {"contact", "sender", "hours"}


def every(lang: str) -> list[answers.Answer]:
    return [one for part in answers.subjects(lang) for one in part.answers]


def test_both_languages_answer_the_same_questions_and_every_key_is_there_once() -> None:
    keys = [(one.subject, one.key) for one in every("nl")]
    assert keys == [(one.subject, one.key) for one in every("en")]
    assert len(keys) > 40
    assert len({key for _, key in keys}) == len(keys)
    assert all(re.fullmatch(r"[a-z-]+", key) for pair in keys for key in pair)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_answer_is_whole_and_leads_to_pages_that_exist(lang: str) -> None:
    paths = {route.path for route in every_route()}
    for one in every(lang):
        lines = [line for block in one.blocks for line in block.lines]
        assert lines, one.key
        assert one.question, one.key
        assert {name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name} <= FILLED_IN
        assert {to for to, _ in one.links} <= paths, one.key
        assert all(len(sentence.split()) <= 30 for line in lines for sentence in re.split(r"[.!?:] ", line)), one.key


@pytest.mark.parametrize(
    ("lang", "asked", "key"),
    [
        ("nl", "wachtwoord vergeten", "wachtwoord-vergeten"),
        ("nl", "MFA telefoon kwijt", "mfa-kwijt"),
        ("nl", "ip adres", "hier-niet-inloggen"),
        ("nl", "IP-adres", "hier-niet-inloggen"),
        ("nl", "fusie", "fusie"),
        ("nl", "privacy", "welke-gegevens"),
        ("nl", "thuis inloggen", "hoe-thuis"),
        ("nl", "zulu", "netwerkomgeving-thuis"),
        ("nl", "captcha", "extra-controle"),
        ("nl", "storing", "is-er-storing"),
        ("nl", "spam", "geen-mail"),
        ("nl", "ICT-coördinator invaller", "invaller"),
        ("nl", "browser sluiten", "echt-sluiten"),
        ("en", "merger", "fusie"),
        ("en", "forgot my password", "wachtwoord-vergeten"),
        ("nl", "password", "wachtwoord-vergeten"),
    ],
)
def test_the_words_that_people_use_find_the_answer(lang: str, asked: str, key: str) -> None:
    assert key in [one.key for one in answers.search(lang, asked)][:3]


def test_nothing_is_found_for_nothing_and_many_words_cost_little() -> None:
    for asked in ("", "   ", "zeppelin", "?!", "a", unicodedata.normalize("NFD", "é")):
        assert answers.search("nl", asked) == [], asked
    assert answers.search("nl", "storing " * 5_000)[0].subject == "storing"


async def test_the_pages_show_subjects_answers_and_what_was_searched_for(house: House) -> None:
    browser = house.browser("198.51.100.77")
    page = await browser.get("/help")
    assert page.heading == "Hulp bij inloggen"
    assert page.text.count('href="/help/') >= len(answers.subjects("nl"))
    page = await browser.get("/help?q=%3Cb%3Espam")
    assert "&lt;b&gt;spam" in page.text
    assert "noreply@poortwachter.example" in page.text, "this installation's own sender"
    assert (await browser.get("/help/fusie")).heading == "Fusie, splitsing, andere BRIN"
    assert "helpdesk@poortwachter.example" in (await browser.get("/help/storing")).text
    assert (await browser.get("/help/nergens")).status == 404
    english = await house.browser(language="en").get("/help?q=merger")
    assert "Our school is going to merge" in english.text

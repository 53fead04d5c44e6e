"""The guide names every room that there is to try, on the front door and in the terminal."""

from pathlib import Path

import pytest

from idp.demo import terminal
from idp.demo.guide import Guide, GuideParent
from idp.http.language import LANGUAGES
from idp.http.pages import Pages
from tests.web.samples import SAMPLES

PAGES = Pages()
ROOMS = ("/classroom", "/desk")


@pytest.mark.parametrize("room", ROOMS)
def test_the_front_door_leads_to_the_rooms_of_staff(room: str) -> None:
    page = PAGES.html("nl", "home.html", **SAMPLES["home.html"]["demo"])
    assert f'<a href="{room}">' in page
    assert f'<a href="{room}">' not in PAGES.html("nl", "home.html", **SAMPLES["home.html"]["plain"])


def test_the_terminal_says_where_staff_begin_and_what_there_is_to_try() -> None:
    shown = Guide("http://localhost:8000", (), (), (), (), (), "http://localhost:8003/", "http://localhost:8006/")
    told = "\n".join(terminal.lines(shown, PAGES, folder=Path("demo"), settings=Path("demo/env")))
    for room in ROOMS:
        assert f"http://localhost:8000{room} " in told
    for word in ("coupling", "import", "substitute", "merger", "'Naar het beheer'"):
        assert word in told


def test_the_terminal_says_how_a_parent_comes_in() -> None:
    parents = (GuideParent("ouder@gezin.example", ("Noor", "Sem")),)
    shown = Guide("http://localhost:8000", (), (), (), parents, (), "http://localhost:8003/", "http://localhost:8006/")
    told = "\n".join(terminal.lines(shown, PAGES, folder=Path("demo"), settings=Path("demo/env")))
    assert "A parent of Noor and Sem: choose 'Thuis', then 'Inloggen als ouder'." in told
    assert "ouder@gezin.example" in told
    assert "http://localhost:8003/" in told.partition("ouder@gezin.example")[2].splitlines()[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_guide_says_to_press_is_what_stands_on_the_buttons(lang: str) -> None:
    told = PAGES.text(lang, "demo.staff_text")
    assert PAGES.text(lang, "signin.other_way") in told
    assert PAGES.text(lang, "way.staff.name") in told
    assert PAGES.text(lang, "desk.open") in PAGES.text(lang, "demo.then_desk")
    assert PAGES.text(lang, "home.parent.choose") in PAGES.text(lang, "demo.home_as_parent")
    for kind in ("pin", "pictures"):
        assert PAGES.text(lang, f"home.code.{kind}") in PAGES.text(lang, "demo.home_type")
    assert PAGES.text(lang, "demo.home_code") in PAGES.text(lang, "demo.home_type")

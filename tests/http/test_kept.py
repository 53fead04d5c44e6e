"""Pages that were rendered before and are filled in: the same as rendered anew, and nothing of the visitor before stays (D10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.http.kept import Kept, Own, own
from idp.http.pages import Pages

PAGES = Pages()
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def page(kept: Kept | None, label: str, names: list[str], ticket: str = "t") -> str:
    context = {
        "action": own("/signin/x"),
        "ticket": own(ticket),
        "step": "secret",
        "party": {"name": names[0]} if names else None,
        "error": None,
        "lang_switch_url": None,
        "child": {"label": own(label), "picture": own("cat"), "tiles": own("/signin/x/tiles")},
        "wait_seconds": 0,
    }
    return (
        kept.html(PAGES.html, "nl", "signin/pin.html", context)
        if kept
        else PAGES.html("nl", "signin/pin.html", **context)
    )


@given(label=WORDS, names=st.lists(WORDS | st.sampled_from(["\x020\x03", "\\u0002", "<b>"]), max_size=1))
def test_a_page_filled_in_is_the_page_rendered(label: str, names: list[str]) -> None:
    kept = Kept()
    for word in ("an earlier one", label, label):
        assert page(kept, word, names) == page(None, word, names)


def test_nothing_of_the_visitor_before_is_kept_or_shown() -> None:
    kept = Kept()
    first = page(kept, "Noor", [], ticket="geheim-1")
    second = page(kept, "Finn", [], ticket="geheim-2")
    assert "Noor" in first
    assert "Noor" not in second
    assert "geheim-1" not in second
    assert "geheim-1" not in repr(vars(kept))
    assert len(kept._pieces) == 1, "both were one page"


def test_another_word_that_is_nobodys_own_is_another_page() -> None:
    kept = Kept()
    assert "Rekenrijk" in page(kept, "Noor", ["Rekenrijk"])
    assert "Rekenrijk" not in page(kept, "Noor", ["Taalrijk"])


def test_who_is_called_like_a_mark_sees_himself_and_is_not_kept() -> None:
    kept = Kept()
    assert "geheim" not in page(kept, "Noor", ["\x021\x03"], ticket="geheim").partition("<form")[0]
    assert kept._pieces == {}


def test_a_template_that_changes_an_own_word_is_found_out() -> None:
    def shouts(lang: str, template: str, **context: str) -> str:
        return context["word"].upper()[:2]

    with pytest.raises(ValueError, match="own"):
        Kept().html(shouts, "nl", "x", {"word": Own("abc")})


def test_what_was_kept_first_goes_when_there_is_too_much() -> None:
    kept = Kept()
    for number in range(310):
        kept.html(lambda _lang, _template, *, n: str(n), "nl", "x", {"n": number})
    assert len(kept._pieces) == 300

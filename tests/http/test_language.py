"""The language of a page, by what the browser accepts (RFC 9110, 12.5.4)."""

import pytest

from idp.http import language


@pytest.mark.parametrize(
    ("accepted", "best"),
    [
        ("", "nl"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("nl,en;q=0.7", "nl"),
        ("en;q=0.2,nl;q=0.3", "nl"),
        ("de,fr;q=0.5", "nl"),
        ("en;q=many,nl;q=0.1", "nl"),
        ("en," + "x" * 1000, "en"),
    ],
)
def test_the_best_of_ours_else_dutch(accepted: str, best: str) -> None:
    assert language.preferred(accepted) == best


def test_what_no_browser_sends_is_not_remembered() -> None:
    language._remembered.cache_clear()
    for number in range(10):
        language.preferred(f"en;q=0.{number}," + "x" * 1000)
    assert language._remembered.cache_info().currsize == 0
    assert [language.preferred("en"), language.preferred("en")] == ["en", "en"]
    assert language._remembered.cache_info().currsize == 1

"""`idp refusals explain`: a code that nobody was given, and none at all (D37)."""

from tests.cli.conftest import Installation


def test_a_code_that_is_not_kept_is_not_explained(idp: Installation) -> None:
    assert idp("refusals", "explain", "WJYV-TQRS", "--json").error["error"] == "not_found"
    assert idp("refusals", "explain", "brief 2026-114").code == 1
